import { type CodedError, checkTerms, encodeBase64url, encodeUtf8, sha256 } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { DAY_MS, LIST_URI } from '../../../../core/test/log-builder.ts';
import { readable } from '../../../../core/test/readable.ts';
import {
  approve,
  bodies,
  createGovernorWorld,
  decided,
  officerParty,
  revoke,
  settle,
  suspend,
  target,
} from '../../../test/governor-world.ts';
import type { Governor } from './governor.ts';

describe('a revocation', () => {
  test('needs two officers, enters the log in one append, and answers with a position that covers it', async () => {
    const world = await createGovernorWorld();
    const proposal = await world.governor.propose(revoke(7, 8), 'key-1');
    expect(proposal).toMatchObject({ state: 'collecting', needed: 2, approvals: [], owner: 'officers: revoker' });
    expect(await approve(world, proposal, 'officer-a')).toMatchObject({ state: 'collecting' });
    expect(world.appended).toEqual([]);
    const done = await approve(world, proposal, 'officer-b');
    expect(bodies(world.appended[0]).map((body) => body?.type)).toEqual(['decision', 'status']);
    expect(world.appended).toHaveLength(1);
    expect([world.value(7), world.value(8), world.value(9)]).toEqual([1, 1, 0]);
    const [entry = ''] = world.appended[0] ?? [];
    const decision = world.log.entries.indexOf(entry);
    expect(done).toMatchObject({ state: 'carried-out', entries: { decision, carriedOut: decision + 1 } });
    expect(done.position).toEqual(world.log.state.position);
    expect(done.approvals.map(({ officer }) => officer)).toEqual(['officer-a', 'officer-b']);
  });

  test('says nothing in public of what it is about', async () => {
    const world = await createGovernorWorld();
    const proposal = await decided(world, revoke(7), 'key-1');
    const text = readable(JSON.stringify([proposal, await world.governor.list(), world.appended[0]?.[0]]));
    expect(text).not.toContain(LIST_URI);
    expect(text).not.toContain('moved away');
    const { terms } = proposal;
    expect(terms.targets.count).toBe(1);
    expect(Object.keys(terms.parameters).sort()).toEqual(['evidence', 'reasons']);
  });

  test('is signed by officers who recompute what they sign', async () => {
    const world = await createGovernorWorld();
    const { id, digest } = await world.governor.propose(
      { ...revoke(7), evidence: [{ class: 'register', digest: 'e'.repeat(43) }] },
      'k',
    );
    const { terms, openings } = await world.governor.openings(id);
    const expected = { genesis: world.log.state.name, power: 'revoke' as const, targets: [target(7)] };
    expect(checkTerms(terms, openings, expected)).toBe(digest);
    expect(() => checkTerms(terms, openings, { ...expected, targets: [target(8)] })).toThrow();
    expect(openings.reasons.map(({ value }) => value)).toEqual(['moved away']);
    expect(openings.evidence.map(({ value }) => value)).toEqual([{ class: 'register', digest: 'e'.repeat(43) }]);
  });

  test('waits no longer than it is told for an epoch, and gives the position to who asks again', async () => {
    const world = await createGovernorWorld();
    const proposal = await world.governor.propose(revoke(7), 'key-1');
    await approve(world, proposal, 'officer-a');
    const answer = world.governor.approve(proposal.id, world.approval(proposal.digest, 'officer-b'));
    await world.clock.advance(2_000);
    const done = await answer;
    expect(done.state).toBe('carried-out');
    expect(done.position).toBeUndefined();
    world.epoch();
    expect((await world.governor.find(proposal.id)).position).toEqual(world.log.state.position);
  });

  test('by two officers at once happens once', async () => {
    const world = await createGovernorWorld();
    const proposal = await world.governor.propose(revoke(7), 'key-1');
    const answers = ['officer-a', 'officer-b'].map((officer) => approve(world, proposal, officer));
    const states = (await Promise.all(answers)).map(({ state }) => state);
    expect(states).toContain('carried-out');
    expect(world.appended).toHaveLength(1);
  });
});

describe('other powers', () => {
  test('one officer suspends for a bounded time, and it lapses by itself', async () => {
    const world = await createGovernorWorld();
    const proposal = await world.governor.propose(suspend(7, DAY_MS), 'key-1');
    const until = world.log.state.time + DAY_MS;
    expect(proposal).toMatchObject({ needed: 1, terms: { parameters: { until } } });
    expect(await approve(world, proposal, 'officer-a')).toMatchObject({ state: 'carried-out' });
    expect(world.value(7)).toBe(2);
    world.epoch(until);
    expect(world.value(7)).toBe(0);
  });

  test('a suspension lasts as long as the rulebook grants when nothing else is said', async () => {
    const world = await createGovernorWorld();
    const { terms } = await world.governor.propose(suspend(7), 'key-1');
    expect(terms.parameters.until).toBe(world.log.state.time + 14 * DAY_MS);
  });

  test('two officers lift a suspension', async () => {
    const world = await createGovernorWorld();
    await decided(world, suspend(7), 'key-1');
    const lift = { power: 'lift', class: 'residence-ended', targets: [target(7)] } as const;
    expect(await decided(world, lift, 'key-2')).toMatchObject({ state: 'carried-out' });
    expect(world.value(7)).toBe(0);
  });

  test('a party is accredited as it was approved', async () => {
    const world = await createGovernorWorld();
    const party = officerParty(world.signatures, 'officer-d');
    expect(await decided(world, { power: 'accredit', class: 'founding', party }, 'key-1')).toMatchObject({
      state: 'carried-out',
    });
    expect(world.log.state.parties.get('officer-d')).toEqual(party);
  });

  test('a rulebook is amended after its notice, however late the last approval came', async () => {
    const world = await createGovernorWorld();
    const rulebook = { ...world.log.rulebook, title: 'Second' };
    const proposal = await world.governor.propose({ power: 'amend', class: 'founding', rulebook }, 'key-1');
    await approve(world, proposal, 'officer-a');
    world.epoch(proposal.terms.expiry - 1);
    expect(await approve(world, proposal, 'officer-b')).toMatchObject({ state: 'carried-out' });
    const effectiveAt = Number(proposal.terms.parameters.effectiveAt);
    expect((await world.governor.rulebook()).scheduled).toMatchObject([{ effectiveAt, rulebook: { title: 'Second' } }]);
    world.epoch(effectiveAt);
    expect((await world.governor.rulebook()).rulebook.title).toBe('Second');
  });
});

describe('repeats', () => {
  test('the same request under the same key is the same proposal, also when it is over', async () => {
    const world = await createGovernorWorld();
    const first = await world.governor.propose(revoke(7), 'key-1');
    expect(await world.governor.propose(revoke(7), 'key-1')).toEqual(first);
    await approve(world, first, 'officer-a');
    await approve(world, first, 'officer-b');
    expect(await world.governor.propose(revoke(7), 'key-1')).toMatchObject({ id: first.id, state: 'carried-out' });
    expect(await world.governor.list()).toHaveLength(1);
  });

  test('another request under the same key is a conflict, and changes nothing', async () => {
    const world = await createGovernorWorld();
    await world.governor.propose(revoke(7), 'key-1');
    const conflict = { code: 'decision.idempotency-conflict' };
    await expect(world.governor.propose(revoke(8), 'key-1')).rejects.toMatchObject(conflict);
    expect(await world.governor.list()).toHaveLength(1);
  });

  test('an approval that is repeated is one approval, before and after', async () => {
    const world = await createGovernorWorld();
    const proposal = await world.governor.propose(revoke(7), 'key-1');
    await approve(world, proposal, 'officer-a');
    const again = await approve(world, proposal, 'officer-a');
    expect(again).toMatchObject({ state: 'collecting', approvals: [{ officer: 'officer-a' }] });
    const done = await approve(world, proposal, 'officer-b');
    expect(await approve(world, proposal, 'officer-b')).toEqual(done);
    expect(await approve(world, proposal, 'officer-a')).toEqual(done);
    expect(world.appended).toHaveLength(1);
  });
});

describe('silence', () => {
  test('every proposal that is open has an owner, a due time and a default; none that is over has', async () => {
    const world = await createGovernorWorld();
    const proposal = await world.governor.propose({ ...revoke(7), expiresInMs: 10_000 }, 'key-1');
    const dueAt = world.log.state.time + 10_000;
    expect(proposal).toMatchObject({ owner: 'officers: revoker', dueAt, default: 'lapses' });
    world.fail('unreachable');
    await approve(world, proposal, 'officer-a');
    const answer = world.governor.approve(proposal.id, world.approval(proposal.digest, 'officer-b'));
    await settle();
    const authorised = await world.governor.find(proposal.id);
    expect(authorised).toMatchObject({ state: 'authorised', owner: 'governor', dueAt, default: 'lapses' });
    await world.clock.advance(10_000);
    const done = await answer;
    expect(done.state).toBe('carried-out');
    expect([done.owner, done.dueAt, done.default]).toEqual([undefined, undefined, undefined]);
  });

  test('a proposal lapses at the first epoch at its due time, and not a millisecond before', async () => {
    for (const [offset, state] of [
      [-1, 'collecting'],
      [0, 'expired'],
    ] as const) {
      const world = await createGovernorWorld();
      const proposal = await world.governor.propose(revoke(7), 'key-1');
      await approve(world, proposal, 'officer-a');
      world.epoch(proposal.terms.expiry + offset);
      expect((await world.governor.find(proposal.id)).state).toBe(state);
      const late = approve(world, proposal, 'officer-b');
      if (state === 'expired') await expect(late).rejects.toMatchObject({ code: 'decision.expired' });
      else expect((await late).state).toBe('carried-out');
      expect(world.value(7)).toBe(state === 'expired' ? 0 : 1);
    }
  });

  test('a proposal drafted under other rules lapses when they change', async () => {
    const world = await createGovernorWorld();
    const effectiveAt = world.log.state.time + 7 * DAY_MS;
    world.log.amend({ ...world.log.rulebook, title: 'Second' }, effectiveAt);
    world.epoch(effectiveAt - 1);
    const proposal = await world.governor.propose(revoke(7), 'key-1');
    await approve(world, proposal, 'officer-a');
    world.epoch(effectiveAt);
    const lapsed = { state: 'expired', why: 'rulebook-changed' };
    expect(await world.governor.find(proposal.id)).toMatchObject(lapsed);
    expect(await approve(world, proposal, 'officer-a')).toMatchObject(lapsed);
    const code = 'decision.rulebook-changed';
    await expect(approve(world, proposal, 'officer-b')).rejects.toMatchObject({ code });
  });
});

describe('the rulebook', () => {
  test('comes with the genesis that the network is named after', async () => {
    const world = await createGovernorWorld();
    const { network, genesis, index, rulebook } = await world.governor.rulebook();
    expect(encodeBase64url(sha256(encodeUtf8(genesis)))).toBe(network);
    expect([network, index, rulebook]).toEqual([world.log.state.name, 0, world.log.rulebook]);
  });

  test('a network that shows another genesis is not believed', async () => {
    const world = await createGovernorWorld();
    Object.assign(world.ports.network, { fetchEntries: async () => ['another'] });
    await expect(world.governor.rulebook()).rejects.toMatchObject({ code: 'decision.genesis' });
  });

  test('a network that does not answer is not waited for', async () => {
    const world = await createGovernorWorld();
    const fetchEntries = (_from: number, _to: number, signal: AbortSignal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    Object.assign(world.ports.network, { fetchEntries });
    const answer = world.governor.rulebook().catch((error: CodedError) => error.code);
    await world.clock.advance(5_000);
    expect(await answer).toBe('decision.network-silent');
  });
});

describe('closing', () => {
  test('ends while the network is away, and leaves the matter for the next start', async () => {
    const world = await createGovernorWorld();
    const proposal = await world.governor.propose(revoke(7), 'key-1');
    world.fail(...Array<'unreachable'>(3).fill('unreachable'));
    await approve(world, proposal, 'officer-a');
    void world.governor.approve(proposal.id, world.approval(proposal.digest, 'officer-b'));
    await settle();
    const closed: Governor = world.governor;
    await closed[Symbol.asyncDispose]();
    expect(world.appended).toEqual([]);
    const next = await world.restart();
    await world.clock.advance(60_000);
    expect((await next.find(proposal.id)).state).toBe('carried-out');
  });
});
