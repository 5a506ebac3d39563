import { CodedError, encodeVerdict, encodeVkey, type Position, TICK_MS, type VerdictRequest } from '@holdfast/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIST_URI } from '../../../core/test/log-builder.ts';
import { NEW_ORIGIN, succeedLog } from '../../../core/test/succession.ts';
import { createManualClock, type ManualClock, settle } from '../../test/manual-clock.ts';
import { checkpointText, createLogKey, createTestFeed, ORIGIN, type TestFeed } from '../../test/test-feed.ts';
import { createRealKey, createWorldEngine, issue, present } from '../../test/verify-world.ts';
import type { FeedSource } from '../follow/feed-source.ts';
import { createFollower, type Follower } from '../follow/follower.ts';
import type { FollowerStore } from '../follow/follower-store.ts';
import { createFollowerStoreMemory } from '../follow/follower-store-memory.ts';
import { createPastLog } from '../follow/past-log.ts';
import type { SignatureEngine } from '../signatures/engine.ts';
import type { FollowedNetwork } from './followed-network.ts';
import { EMPTY_POLICY } from './policy.ts';
import { createVerifier, type Verified, type Verifier, type VerifyOptions } from './verifier.ts';

const START = 1_700_000_100_000;
const engine = createWorldEngine();
const holder = createRealKey();

let feed: TestFeed;
let clock: ManualClock;
let life: AbortController;
/** The position before the holder's credential was revoked, and a verifier that has read on since. */
let before: Position;
let store: FollowerStore;
let follower: Follower;
let reads: number;
let verifier: Verifier;
let text: string;

beforeEach(async () => {
  life = new AbortController();
  clock = createManualClock(START);
  feed = createTestFeed();
  feed.log.epoch(clock.now());
  store = createFollowerStoreMemory();
  follower = await follow(feed, store);
  before = follower.position ?? expect.fail('it has read');
  text = residence();
  verifier = create();
});
afterEach(() => life.abort());

async function follow({ network, source }: TestFeed, kept: FollowerStore): Promise<Follower> {
  const entropy = { bytes: (count: number) => new Uint8Array(count).fill(128) };
  const started = createFollower({ network, source, store: kept, engine, clock, entropy });
  await started.start(life.signal);
  await started.pull(life.signal);
  return started;
}

/** A verifier over the same follower, with nothing at hand yet. `readEntries` may lie. */
function create(changes: Partial<FollowerStore> & { readonly engine?: SignatureEngine } = {}): Verifier {
  reads = 0;
  const counted = {
    readEntries: (from: number, to: number) => {
      reads += 1;
      return (changes.readEntries ?? store.readEntries)(from, to);
    },
  };
  const past = createPastLog(counted, changes.engine ?? engine);
  return createVerifier({ follower, past, engine, policy: EMPTY_POLICY, clock });
}

function residence(): string {
  const key = feed.log.signatures.key('civic credential');
  const seconds = Math.floor(START / 1000);
  return issue({
    key,
    header: { kid: key.kid },
    holder: holder.jwk,
    status: { uri: LIST_URI, index: 7 },
    network: { log: ORIGIN, size: 6 },
    claims: { iss: 'https://civic.example', vct: 'residence', iat: seconds - 60, exp: seconds + 86_400 },
  });
}

/** Time passes, the credential is revoked, and the verifier reads on. */
async function revokeAndReadOn(): Promise<void> {
  feed.log.revoke([{ list: LIST_URI, index: 7 }]);
  await mint();
}

async function mint(): Promise<Position> {
  await clock.advance(5000);
  feed.mint();
  await settle();
  return follower.position ?? expect.fail('it has read');
}

const at = (position: Position): VerdictRequest => ({ class: 'pay', freshness: { mode: 'at', position }, amount: '7' });
const verifyAt = (position: Position, options: VerifyOptions = {}, by = verifier, presented = text) =>
  by.verify(presented, at(position), options);
const answerOf = ({ verdict }: Verified) => [verdict.outcome, ...verdict.reasons.map(({ code }) => code)];

describe('a verdict at a position', () => {
  it('is the same bytes at every verifier that holds or held it, however late it is asked', async () => {
    const first = await verifyAt(before);
    expect(answerOf(first)).toEqual(['valid']);
    expect(first.verdict.basis).toMatchObject({ positions: [before], tick: Math.floor(before.time / TICK_MS) });
    await revokeAndReadOn();
    const other = await follow(feed, createFollowerStoreMemory());
    const past = createPastLog(store, engine);
    const elsewhere = createVerifier({ follower: other, past, engine, policy: EMPTY_POLICY, clock });
    clock.jump(40 * 86_400_000);
    expect(answerOf(await verifier.verify(text, { class: 'view', freshness: { mode: 'any' } }))[0]).toBe('revoked');
    for (const by of [verifier, create(), elsewhere]) {
      const again = await verifyAt(before, { deadlineMs: 10_000, seen: [follower.position ?? before] }, by);
      expect(encodeVerdict(again.verdict)).toBe(encodeVerdict(first.verdict));
    }
    const garbage = await Promise.all([verifyAt(before, {}, verifier, 'x'), verifyAt(before, {}, create(), 'x')]);
    expect(encodeVerdict(garbage[0].verdict)).toBe(encodeVerdict(garbage[1].verdict));
    expect(garbage[0].verdict).toMatchObject({ outcome: 'invalid', basis: { positions: [before] } });
  });

  it('takes the proof of the holder that was made for it, days before the position or days after', async () => {
    const asked = { nonce: 'program 1, destination 2', audience: 'winter-relief' };
    const proofs = [-3, 0, 3].map((days) =>
      present(text, holder, { ...asked, iat: Math.floor(START / 1000) + days * 86_400 }),
    );
    for (const proof of proofs) {
      const request = { ...at(before), ...asked };
      expect(answerOf(await verifier.verify(proof, request))).toEqual(['valid']);
      const other = { ...request, nonce: 'program 1, destination 3' };
      expect(answerOf(await verifier.verify(proof, other))).toEqual(['invalid', 'holder.nonce']);
    }
  });

  it('folds the log once for all who ask', async () => {
    await revokeAndReadOn();
    const all = await Promise.all(Array.from({ length: 200 }, () => verifyAt(before)));
    expect(new Set(all.map(({ verdict }) => encodeVerdict(verdict))).size).toBe(1);
    expect(all[0]?.verdict.outcome).toBe('valid');
    const once = reads;
    expect(answerOf(await verifyAt(before))).toEqual(['valid']);
    // One entry looked at, and the log read in one piece.
    expect([once, reads]).toEqual([2, 2]);
  });

  it('is given of a position ahead once it is read, by one pull for all who ask', async () => {
    feed.log.revoke([{ list: LIST_URI, index: 7 }]);
    feed.log.epoch();
    const ahead = feed.log.state.position ?? expect.fail('there is an epoch');
    const pulls = feed.calls.checkpoints;
    const wait = Promise.all([1, 2, 3].map(() => verifyAt(ahead)));
    await clock.advance(250);
    for (const verified of await wait) expect(answerOf(verified)).toEqual(['revoked', 'status.revoked']);
    expect(feed.calls.checkpoints - pulls).toBe(1);
  });
});

describe('a position that cannot be judged at', () => {
  it('is unknown when it is of another log, of another history, of another time, or no epoch', async () => {
    await revokeAndReadOn();
    const cases: readonly [Partial<Position>, string][] = [
      [{ log: 'other.example/log' }, 'position.log_unknown'],
      [{ root: 'A'.repeat(43) }, 'position.not_held'],
      [{ time: before.time + 1 }, 'position.not_held'],
      [{ size: before.size - 1 }, 'position.not_held'],
      [{ ...(follower.position ?? before), root: before.root }, 'position.not_held'],
    ];
    for (const [change, code] of cases) {
      expect(answerOf(await verifyAt({ ...before, ...change })), JSON.stringify(change)).toEqual(['unknown', code]);
    }
    expect(answerOf(await verifyAt(before))).toEqual(['valid']);
  });

  it('is unknown within the deadline when it is ahead and nobody can be asked', async () => {
    feed.source.fetchCheckpoint = () => new Promise(() => {});
    feed.hangUp();
    const wait = verifyAt({ ...before, size: 1000 }, { deadlineMs: 200 });
    await clock.advance(200);
    const verified = await wait;
    expect(answerOf(verified)).toEqual(['unknown', 'position.ahead']);
    expect(verified.verdict.allows.effect).toBe('queue');
    expect(verified.durationMs).toBe(200);
  });

  it('is unknown when the log kept does not reach back, is another one, or is damaged', async () => {
    await revokeAndReadOn();
    const damaged = async (from: number, to: number) =>
      (await store.readEntries(from, to)).map((entry, i) => (from + i === 2 ? `${entry}x` : entry));
    for (const readEntries of [async () => [], damaged]) {
      expect(answerOf(await verifyAt(before, {}, create({ readEntries })))).toEqual(['unknown', 'position.log_lost']);
    }
    const alone = createVerifier({ follower, engine, policy: EMPTY_POLICY, clock });
    expect(answerOf(await verifyAt(before, {}, alone))).toEqual(['unknown', 'position.not_ready']);
    const networkless = createVerifier({ engine, policy: EMPTY_POLICY, clock });
    expect(answerOf(await verifyAt(before, {}, networkless))).toEqual(['unknown', 'position.log_unknown']);
  });

  it('is unknown while it is worked out, and not after', async () => {
    await revokeAndReadOn();
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const slow = create({ engine: { verify: async (checks) => opened.then(() => engine.verify(checks)) } });
    const wait = verifyAt(before, { deadlineMs: 100 }, slow);
    await clock.advance(100);
    expect(answerOf(await wait)).toEqual(['unknown', 'position.not_ready']);
    const patient = verifyAt(before, { deadlineMs: 10_000 }, slow);
    open();
    expect(answerOf(await patient)).toEqual(['valid']);
    expect(reads).toBe(2);
  });

  it('is worked out again when the store was away', async () => {
    await revokeAndReadOn();
    let isAway = true;
    const readEntries = async (from: number, to: number) => {
      if (isAway) throw new CodedError('database.unreachable', 'away');
      return store.readEntries(from, to);
    };
    const flaky = create({ readEntries });
    expect(answerOf(await verifyAt(before, {}, flaky))).toEqual(['unknown', 'position.not_ready']);
    isAway = false;
    expect(answerOf(await verifyAt(before, {}, flaky))).toEqual(['valid']);
  });
});

describe('what positions cost', () => {
  it('whoever may not have the log folded again is told so, and nothing is read for it', async () => {
    await revokeAndReadOn();
    const latest = follower.position ?? expect.fail('it has read');
    const stranger = { mayRefold: false };
    expect(answerOf(await verifyAt(before, stranger))).toEqual(['unknown', 'position.not_ready']);
    expect(reads).toBe(0);
    expect(answerOf(await verifyAt(latest, stranger))).toEqual(['revoked', 'status.revoked']);
    expect(answerOf(await verifyAt(before))).toEqual(['valid']);
    expect(answerOf(await verifyAt(before, stranger))).toEqual(['valid']);
  });

  it('four are at hand, and the one asked for longest ago makes room', async () => {
    const positions = [before];
    for (let i = 0; i < 5; i += 1) positions.push(await mint());
    const [a = before, b = before, c = before, d = before, e = before] = positions;
    for (const position of [a, b, c, d, a, e]) expect((await verifyAt(position)).verdict.outcome).toBe('valid');
    const full = reads;
    for (const position of [a, c, d, e]) expect((await verifyAt(position)).verdict.outcome).toBe('valid');
    expect(reads).toBe(full);
    expect(answerOf(await verifyAt(b))).toEqual(['valid']);
    expect(reads).toBeGreaterThan(full);
  });

  it('only so many are worked out at once; the next is told to ask again', async () => {
    const positions = [before];
    for (let i = 0; i < 5; i += 1) positions.push(await mint());
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const slow = create({ engine: { verify: async (checks) => opened.then(() => engine.verify(checks)) } });
    const [fifth = before] = positions.slice(4, 5);
    const four = positions.slice(0, 4).map((position) => verifyAt(position, { deadlineMs: 10_000 }, slow));
    expect(answerOf(await verifyAt(fifth, {}, slow))).toEqual(['unknown', 'position.not_ready']);
    open();
    for (const verified of await Promise.all(four)) expect(answerOf(verified)).toEqual(['valid']);
    expect(answerOf(await verifyAt(fifth, {}, slow))).toEqual(['valid']);
  });

  it('two histories of the log put everything in doubt that was read from it', async () => {
    await revokeAndReadOn();
    const forked: FollowedNetwork = {
      view: () => follower.view(),
      contradiction: 'feed.fork',
      now: () => clock.now(),
      awaitSize: async () => false,
    };
    const past = createPastLog(store, engine);
    const doubting = createVerifier({ follower: forked, past, engine, policy: EMPTY_POLICY, clock });
    expect((await verifyAt(before, {}, doubting)).verdict).toMatchObject({ outcome: 'unknown', conflict: true });
  });
});

describe('a position in a log that another one has succeeded', () => {
  it('is judged at as before, byte for byte, and what lies beyond its end at nobody’s word', async () => {
    const places = new Map<number, { readonly store: FollowerStore }>();
    const successors = {
      find: async (place: number) => places.get(place),
      open: async (place: number) =>
        places.set(place, { store: createFollowerStoreMemory() }).get(place) ?? expect.fail(),
    };
    const shown = { log: feed.log, key: feed.key };
    const source: FeedSource = {
      ...feed.source,
      fetchCheckpoint: async () => shown.key.signNote(checkpointText(shown.log.entries, shown.key.vkey.name)),
      fetchEntries: async (from, to) => shown.log.entries.slice(from, to),
    };
    const entropy = { bytes: (count: number) => new Uint8Array(count).fill(128) };
    const parts = {
      network: feed.network,
      source,
      store: createFollowerStoreMemory(),
      successors,
      engine,
      clock,
      entropy,
    };
    const over = createFollower(parts);
    await over.pull(life.signal);
    const judge = async (position: Position) => {
      const of = createVerifier({ follower: over, past: over.past, engine, policy: EMPTY_POLICY, clock });
      const request: VerdictRequest = { class: 'view', freshness: { mode: 'at', position } };
      return (await of.verify(text, request)).verdict;
    };
    feed.log.epoch();
    await over.pull(life.signal);
    const then = await judge(before);
    expect(then.outcome).toBe('valid');
    const key = createLogKey(NEW_ORIGIN);
    const log = { origin: NEW_ORIGIN, vkey: encodeVkey(key.vkey) };
    const next = succeedLog(feed.log, { rulebook: { log } });
    next.log.append(next.opening);
    next.log.epoch();
    next.log.revoke([{ list: LIST_URI, index: 7 }]);
    next.log.epoch();
    Object.assign(shown, { log: next.log, key });
    const { position: end } = feed.log.state;
    await over.pull(life.signal);
    expect(over.position).toEqual(next.log.state.position);
    expect(encodeVerdict(await judge(before))).toBe(encodeVerdict(then));
    expect((await judge(over.position ?? before)).outcome).toBe('revoked');
    const beyond = { ...(end ?? before), size: (end?.size ?? 0) + 1 };
    expect((await judge(beyond)).reasons).toMatchObject([{ code: 'position.not_held' }]);
    expect((await judge({ ...before, log: 'log.example/nowhere' })).reasons).toMatchObject([
      { code: 'position.log_unknown' },
    ]);
  });
});
