import { describe, expect, test } from 'vitest';
import {
  approve,
  createGovernorWorld,
  decided,
  type GovernorWorld,
  officerParty,
  revoke,
} from '../../../test/governor-world.ts';
import type { Proposal } from './proposal.ts';

describe('an approval that does not count is refused', () => {
  const cases: readonly (readonly [string, string, (world: GovernorWorld, proposal: Proposal) => string])[] = [
    ['no JWS', 'approval.malformed', () => 'approved!'],
    ['a statement', 'approval.malformed', ({ log }, { digest }) => log.statement({ digest }, 'officer-a')],
    ['another digest', 'approval.other-decision', (world) => world.approval('a'.repeat(43), 'officer-a')],
    ['a stranger', 'approval.unknown-officer', (world, { digest }) => world.approval(digest, 'stranger')],
    ['the governor itself', 'approval.unknown-officer', (world, { digest }) => world.approval(digest, 'governor')],
    ['an officer without the role', 'approval.role', (world, { digest }) => world.approval(digest, 'officer-c')],
    [
      'a forged signature',
      'approval.signature',
      (world, { digest }) => `${world.approval(digest, 'officer-a').slice(0, -4)}AAAA`,
    ],
  ];
  test.each(cases)('%s: %s', async (_, code, approval) => {
    const world = await createGovernorWorld();
    const proposal = await world.governor.propose(revoke(7), 'key-1');
    await expect(world.governor.approve(proposal.id, approval(world, proposal))).rejects.toMatchObject({ code });
    expect((await world.governor.find(proposal.id)).approvals).toEqual([]);
    expect(world.asked()).toBe(0);
  });

  test('a proposal that is not there', async () => {
    const { governor } = await createGovernorWorld();
    const code = 'decision.unknown';
    await expect(governor.approve('nothing', 'x')).rejects.toMatchObject({ code });
    await expect(governor.find('nothing')).rejects.toMatchObject({ code });
    await expect(governor.openings('nothing')).rejects.toMatchObject({ code });
  });

  test('a third officer, after it was decided', async () => {
    const world = await createGovernorWorld();
    await decided(
      world,
      { power: 'accredit', class: 'founding', party: officerParty(world.signatures, 'officer-d') },
      'k',
    );
    const proposal = await decided(world, revoke(7), 'key-1');
    const code = 'decision.not-open';
    await expect(
      world.governor.approve(proposal.id, world.approval(proposal.digest, 'officer-d')),
    ).rejects.toMatchObject({ code });
  });

  test('an officer who was removed after approving is not counted', async () => {
    const world = await createGovernorWorld();
    await decided(
      world,
      { power: 'accredit', class: 'founding', party: officerParty(world.signatures, 'officer-d') },
      'k1',
    );
    const proposal = await world.governor.propose(revoke(7), 'key-1');
    await approve(world, proposal, 'officer-d');
    const removed = officerParty(world.signatures, 'officer-d', { keys: [] });
    await decided(world, { power: 'accredit', class: 'founding', party: removed }, 'k2');
    expect(await approve(world, proposal, 'officer-a')).toMatchObject({ state: 'collecting' });
    expect(world.value(7)).toBe(0);
    expect(await approve(world, proposal, 'officer-b')).toMatchObject({ state: 'carried-out' });
  });
});

test('an officer with other roles besides the one that is needed may approve', async () => {
  const world = await createGovernorWorld();
  const party = officerParty(world.signatures, 'officer-d', { roles: ['clerk', 'revoker'] });
  await decided(world, { power: 'accredit', class: 'founding', party }, 'key-1');
  const proposal = await world.governor.propose(revoke(7), 'key-2');
  expect((await approve(world, proposal, 'officer-d')).approvals).toMatchObject([{ officer: 'officer-d' }]);
});
