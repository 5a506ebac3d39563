import { describe, expect, test } from 'vitest';
import { civicParty, DAY_MS } from '../../../../core/test/log-builder.ts';
import { createGovernorWorld, type GovernorWorld, revoke, target } from '../../../test/governor-world.ts';
import type { ProposalRequest } from './request.ts';

describe('a proposal may use the whole of what the rulebook grants', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => target(i));
  test('targets, words, documents and time', async () => {
    const { governor, log } = await createGovernorWorld();
    const evidence = Array.from({ length: 16 }, () => ({ class: 'register', digest: 'd'.repeat(43) }));
    const reason = 'x'.repeat(2000);
    const most = { ...revoke(), targets: hundred, reason, evidence, expiresInMs: 7 * DAY_MS };
    const { id, terms } = await governor.propose(most, 'key-1');
    expect(terms).toMatchObject({ targets: { count: 100 }, expiry: log.state.time + 7 * DAY_MS });
    const { openings } = await governor.openings(id);
    expect([openings.targets, openings.reasons, openings.evidence].map(({ length }) => length)).toEqual([100, 1, 16]);
    expect(new Set([...openings.targets, ...openings.evidence].map(({ salt }) => salt)).size).toBe(116);
    expect(openings.rulebook ?? openings.party).toBeUndefined();
  });

  test('the longest suspension, and the shortest', async () => {
    const { governor, log } = await createGovernorWorld();
    for (const durationMs of [1, 14 * DAY_MS]) {
      const request = { ...revoke(7), power: 'suspend', durationMs } as const;
      const { terms } = await governor.propose(request, `key ${durationMs}`);
      expect(terms.parameters.until).toBe(log.state.time + durationMs);
    }
  });

  test('the shortest notice, said or left to the governor', async () => {
    const { governor, log } = await createGovernorWorld();
    const earliest = log.state.time + 14 * DAY_MS;
    const rulebook = { ...log.rulebook, title: 'Second' };
    for (const effectiveAt of [undefined, earliest, earliest + DAY_MS]) {
      const said = effectiveAt === undefined ? {} : { effectiveAt };
      const request = { power: 'amend', class: 'founding', rulebook, ...said } as const;
      const { id, terms } = await governor.propose(request, `key ${effectiveAt}`);
      expect(terms.parameters.effectiveAt).toBe(effectiveAt ?? earliest);
      expect((await governor.openings(id)).openings.rulebook).toEqual(rulebook);
    }
  });
});

describe('a proposal that could never be carried out is refused at once', () => {
  const cases: readonly (readonly [string, string, (world: GovernorWorld) => object])[] = [
    ['a class the rulebook does not take', 'decision.class', () => ({ class: 'a mood' })],
    ['no target', 'decision.targets', () => ({ targets: [] })],
    ['one target twice', 'decision.targets', () => ({ targets: [target(7), target(7)] })],
    [
      'more targets than granted',
      'decision.targets',
      () => ({ targets: Array.from({ length: 101 }, (_, i) => target(i)) }),
    ],
    ['a list nobody opened', 'decision.list-unknown', () => ({ targets: [{ list: 'https://x.example', index: 1 }] })],
    ['an index beyond the list', 'decision.index-out-of-range', () => ({ targets: [target(131_072)] })],
    ['an index below zero', 'decision.index-out-of-range', () => ({ targets: [target(-1)] })],
    ['half an index', 'decision.index-out-of-range', () => ({ targets: [target(0.5)] })],
    ['a credential that is revoked', 'decision.already-revoked', () => ({ targets: [target(1)] })],
    [
      'a suspension of one that is revoked',
      'decision.already-revoked',
      () => ({ power: 'suspend', targets: [target(1)] }),
    ],
    ['lifting what is not suspended', 'decision.not-suspended', () => ({ power: 'lift' })],
    ['a suspension beyond the longest', 'decision.duration', () => ({ power: 'suspend', durationMs: 14 * DAY_MS + 1 })],
    ['a suspension of no time', 'decision.duration', () => ({ power: 'suspend', durationMs: 0 })],
    ['approvals for longer than granted', 'decision.expiry', () => ({ expiresInMs: 7 * DAY_MS + 1 })],
    ['approvals for no time', 'decision.expiry', () => ({ expiresInMs: 0 })],
    ['no words as reason', 'decision.reason', () => ({ reason: '' })],
    ['too many words', 'decision.reason', () => ({ reason: 'x'.repeat(2001) })],
    [
      'too many documents',
      'decision.evidence',
      () => ({ evidence: Array(17).fill({ class: 'x', digest: 'd'.repeat(43) }) }),
    ],
    ['a power nobody has', 'decision.power', () => ({ power: 'reinstate' })],
    ['no party', 'decision.party', () => ({ power: 'accredit', party: { id: 'x' } })],
    [
      'a party with a member that the fold drops',
      'decision.party',
      ({ log }) => ({ power: 'accredit', party: { ...civicParty(log.signatures), more: 1 } }),
    ],
    ['no rulebook', 'decision.rulebook', () => ({ power: 'amend', rulebook: {} })],
    [
      'a rulebook with other officers',
      'decision.rulebook',
      ({ log }) => ({ power: 'amend', rulebook: { ...log.rulebook, officers: log.rulebook.officers.slice(1) } }),
    ],
    [
      'a rulebook with another key',
      'decision.rulebook',
      ({ log }) => ({
        power: 'amend',
        rulebook: { ...log.rulebook, keys: { ...log.rulebook.keys, network: log.rulebook.keys.governor } },
      }),
    ],
    [
      'another name of the log',
      'decision.rulebook',
      ({ log }) => ({ power: 'amend', rulebook: { ...log.rulebook, log: { ...log.rulebook.log, origin: 'other' } } }),
    ],
    [
      'a key of the log that is none',
      'decision.rulebook',
      ({ log }) => ({ power: 'amend', rulebook: { ...log.rulebook, log: { ...log.rulebook.log, vkey: 'nonsense' } } }),
    ],
    [
      'a rulebook before its notice',
      'decision.notice',
      ({ log }) => ({ power: 'amend', rulebook: log.rulebook, effectiveAt: log.state.time + 14 * DAY_MS - 1 }),
    ],
    [
      'more than an entry holds',
      'decision.too-large',
      ({ log }) => ({
        power: 'accredit',
        party: civicParty(log.signatures, { anchors: Array(4).fill('x'.repeat(4000)) }),
      }),
    ],
  ];
  test.each(cases)('%s: %s', async (_, code, changes) => {
    const world = await createGovernorWorld();
    world.log.revoke([target(1)]);
    world.epoch();
    const base = { power: 'revoke', class: 'residence-ended', targets: [target(7)], ...changes(world) };
    await expect(world.governor.propose(base as unknown as ProposalRequest, 'key-1')).rejects.toMatchObject({ code });
    expect(await world.governor.list()).toEqual([]);
  });

  test('before the first epoch nothing can be proposed', async () => {
    const world = await createGovernorWorld({ until: 'genesis' });
    const code = 'decision.network-not-ready';
    await expect(world.governor.propose(revoke(7), 'k')).rejects.toMatchObject({ code });
  });

  test('with a key that the rulebook does not name nothing can be proposed', async () => {
    const world = await createGovernorWorld();
    const other = world.signatures.key('somebody').jwk;
    Object.assign(world.ports.signer, { readPublicKey: async () => other });
    await expect(world.governor.propose(revoke(7), 'k')).rejects.toMatchObject({ code: 'decision.governor-key' });
  });

  test('more open proposals than the bound are refused until one ends', async () => {
    const world = await createGovernorWorld({ bounds: { maxOpen: 2 } });
    await world.governor.propose({ ...revoke(1), expiresInMs: 10_000 }, 'key-1');
    const second = await world.governor.propose(revoke(2), 'key-2');
    await expect(world.governor.propose(revoke(3), 'key-3')).rejects.toMatchObject({ code: 'decision.too-many-open' });
    expect((await world.governor.propose(revoke(2), 'key-2')).id).toBe(second.id);
    world.epoch(world.log.state.time + 10_000);
    expect((await world.governor.propose(revoke(3), 'key-3')).state).toBe('collecting');
  });
});
