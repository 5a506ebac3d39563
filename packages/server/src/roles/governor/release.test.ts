import { bindingDigest, canonicalJson } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { MAX_PROGRAM_BYTES } from '../../../../core/src/program/program.ts';
import { DAY_MS, testRulebook } from '../../../../core/test/log-builder.ts';
import { readable } from '../../../../core/test/readable.ts';
import { createIdealSignatures } from '../../../../core/test/test-keys.ts';
import { buildProgram, distributorParty, RETRY, testProgram } from '../../../../core/test/test-program.ts';
import { createGovernorWorld, decided, type GovernorWorld, revoke, target } from '../../../test/governor-world.ts';
import type { ProposalRequest } from './request.ts';

const release = { power: 'release', class: 'founding' } as const;

async function withDistributor(): Promise<GovernorWorld> {
  const world = await createGovernorWorld();
  world.log.accredit(distributorParty(world.log.signatures));
  world.epoch();
  return world;
}

describe('releasing money', () => {
  test('a program begins with two officers, under exactly the rules they signed', async () => {
    const world = await withDistributor();
    const program = testProgram(world.log);
    const proposal = await decided(world, { ...release, program }, 'key-1');
    expect(proposal).toMatchObject({ state: 'carried-out', needed: 2 });
    expect((await world.governor.openings(proposal.id)).openings.program).toEqual(program);
    expect(world.log.state.programs.get('relief')?.program).toEqual(program);
    expect(world.log.state.refused.size).toBe(0);
  });

  test('a program as long as one may be fits into the log with all that was said for it', async () => {
    const world = await withDistributor();
    const issuers = Array.from({ length: 40 }, (_, i) => `https://${i}.${'x'.repeat(180)}`);
    const base = testProgram(world.log, { uniqueness: { claim: ['resident_id'], issuers, key: 'k'.repeat(43) } });
    const missing = MAX_PROGRAM_BYTES - Buffer.byteLength(canonicalJson(base));
    const program = { ...base, eligibility: `${' '.repeat(missing)}${base.eligibility}` };
    expect(Buffer.byteLength(canonicalJson(program))).toBe(MAX_PROGRAM_BYTES);
    expect(await decided(world, { ...release, program }, 'key-1')).toMatchObject({ state: 'carried-out' });
    expect(world.log.state.programs.get('relief')?.program).toEqual(program);
  });

  test('one act on one payment passes the same quorum, and the log shows its digest alone', async () => {
    const world = await withDistributor();
    buildProgram(world.log, 'released');
    world.epoch();
    expect(await decided(world, { ...release, instruction: RETRY }, 'key-1')).toMatchObject({ state: 'carried-out' });
    expect([...world.log.state.exceptions.values()]).toEqual([expect.objectContaining({ program: 'relief' })]);
    expect(readable(world.log.entries.join())).not.toContain(RETRY.payment);
  });

  const refused: readonly (readonly [string, string, (world: GovernorWorld) => object])[] = [
    ['what is no program', 'decision.program', () => ({ program: { id: 'x' } })],
    [
      'a program with a member that the fold drops',
      'decision.program',
      ({ log }) => ({ program: { ...testProgram(log), more: 1 } }),
    ],
    [
      'a program that contradicts itself',
      'decision.program',
      ({ log }) => ({
        program: testProgram(log, { budget: '1', allocation: { mode: 'instant', amount: '2', maxRecipients: 1 } }),
      }),
    ],
    ['a program that stands', 'decision.program-exists', ({ log }) => ({ program: testProgram(log) })],
    [
      'a program nobody may run',
      'decision.program-organiser',
      ({ log }) => ({ program: testProgram(log, { id: 'other', organiser: 'https://stranger.example' }) }),
    ],
    [
      'a program whose window is over',
      'decision.program-window',
      ({ log }) => ({
        program: testProgram(log, { id: 'other', window: { opensAt: 0, closesAt: log.state.time } }),
      }),
    ],
    ['what is no instruction', 'decision.instruction', () => ({ instruction: { ...RETRY, act: 'burn' } })],
    [
      'an act on a program nobody knows',
      'decision.program-unknown',
      () => ({ instruction: { ...RETRY, program: 'other' } }),
    ],
    ['a power over too long a time', 'decision.expiry', () => ({ instruction: RETRY, expiresInMs: 8 * DAY_MS })],
  ];
  test.each(refused)('refuses %s: %s', async (_, code, request) => {
    const world = await withDistributor();
    buildProgram(world.log, 'released');
    world.epoch();
    const asked = { ...release, ...request(world) } as unknown as ProposalRequest;
    await expect(world.governor.propose(asked, 'key-1')).rejects.toMatchObject({ code });
    expect(await world.governor.list()).toEqual([]);
  });
});

describe('powers that a rulebook may grant apart', () => {
  const rules = testRulebook(createIdealSignatures());
  const [grant = expect.fail('granted')] = rules.powers;
  const more = (['return', 'reinstate'] as const).map((power) => ({ ...grant, power }));
  const rulebook = { ...rules, powers: [...rules.powers, ...more] };

  test('money is returned by one, and sent by no less than a release', async () => {
    const world = await createGovernorWorld({ rulebook });
    buildProgram(world.log, 'released');
    world.epoch();
    const cancel = { ...RETRY, act: 'cancel' } as const;
    const asked = { power: 'return', class: 'founding' } as const;
    expect(await decided(world, { ...asked, instruction: cancel }, 'key-1')).toMatchObject({ state: 'carried-out' });
    const retry = world.governor.propose({ ...asked, instruction: RETRY }, 'key-2');
    await expect(retry).rejects.toMatchObject({ code: 'decision.instruction' });
  });

  test('whoever held a revoked credential is reinstated, and the log tells nobody who', async () => {
    const world = await createGovernorWorld({ rulebook });
    const request = { power: 'reinstate', class: 'founding', targets: [target(7)] } as const;
    await expect(world.governor.propose(request, 'key-1')).rejects.toMatchObject({ code: 'decision.not-revoked' });
    await decided(world, revoke(7), 'key-2');
    const done = await decided(world, request, 'key-3');
    expect(done).toMatchObject({ state: 'carried-out' });
    const [leaf] = (await world.governor.openings(done.id)).openings.targets;
    expect([...world.log.state.exceptions]).toEqual([
      [bindingDigest(leaf), expect.objectContaining({ kind: 'reinstatement' })],
    ]);
    expect(world.value(7)).toBe(1);
  });
});
