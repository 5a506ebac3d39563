import { encodeVerdict, type Recognition, type VerdictRequest } from '@holdfast/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { civicParty, LIST_URI } from '../../../core/test/log-builder.ts';
import { createManualClock, type ManualClock, settle } from '../../test/manual-clock.ts';
import { checkpointText, createLogKey, createTestFeed, ORIGIN, type TestFeed } from '../../test/test-feed.ts';
import { createTownFeed, inhabitant, TOWN, TOWN_LIST, TOWN_ORIGIN, townRecognition } from '../../test/town-feed.ts';
import { createWorldEngine, issue } from '../../test/verify-world.ts';
import { createFollower, type Follower } from '../follow/follower.ts';
import type { FollowerStore } from '../follow/follower-store.ts';
import { createFollowerStoreMemory } from '../follow/follower-store-memory.ts';
import { createPastLog, type PastLog } from '../follow/past-log.ts';
import type { FollowedNetwork } from './followed-network.ts';
import { EMPTY_POLICY } from './policy.ts';
import { createVerifier, type Verifier, type VerifyOptions } from './verifier.ts';

const START = 1_700_000_100_000;
const VIEW: VerdictRequest = { class: 'view', freshness: { mode: 'any' } };
const engine = createWorldEngine();

let clock: ManualClock;
let home: TestFeed;
let other: TestFeed;
let [ours, theirs]: [Follower, Follower] = [] as never;
let followers: Map<string, FollowedNetwork>;
let stores: [FollowerStore, FollowerStore];
let life: AbortController;
let verifier: Verifier;

beforeEach(async () => {
  life = new AbortController();
  clock = createManualClock(START);
  home = createTestFeed();
  home.log.epoch(START);
  other = createTownFeed(START);
  stores = [createFollowerStoreMemory(), createFollowerStoreMemory()];
  [ours, theirs] = [await follow(home, stores[0]), await follow(other, stores[1])];
  followers = new Map([[other.network, theirs]]);
  verifier = createVerifier({ follower: ours, followers, engine, policy: EMPTY_POLICY, clock });
});
afterEach(() => life.abort());

async function follow({ network, source }: TestFeed, store = createFollowerStoreMemory()): Promise<Follower> {
  const entropy = { bytes: (count: number) => new Uint8Array(count).fill(128) };
  const started = createFollower({ network, source, store, engine, clock, entropy });
  await started.start(life.signal);
  await started.pull(life.signal);
  return started;
}

async function recognise(changes: Partial<Recognition> = {}): Promise<void> {
  home.log.recognise(townRecognition(other, START, changes));
  await mint(home);
}

async function mint(feed: TestFeed): Promise<void> {
  feed.mint();
  await settle();
}

const citizen = (network?: { readonly log: string; readonly size: number }) => inhabitant(other, START, network);

async function answer(text = citizen(), changes: Partial<VerdictRequest> = {}, options: VerifyOptions = {}) {
  const { verdict } = await verifier.verify(text, { ...VIEW, ...changes }, options);
  return [verdict.outcome, ...verdict.reasons.map(({ code }) => code)];
}

describe('a verifier that follows two networks', () => {
  it('knows nothing of the other before ours recognises it, takes its word after, and no longer when it ends', async () => {
    expect(await answer()).toEqual(['unknown', 'recognition.none']);
    await recognise();
    const { verdict } = await verifier.verify(citizen(), VIEW);
    expect(verdict).toMatchObject({ outcome: 'valid', issuer: { id: TOWN, network: other.network } });
    const held = [ours.position, theirs.position].sort((a, b) => ((a?.log ?? '') < (b?.log ?? '') ? -1 : 1));
    expect(verdict.basis.positions).toEqual(held);
    await recognise({ types: [] });
    expect(await answer()).toEqual(['invalid', 'recognition.ended']);
  });

  it('gives byte-equal verdicts to another one at the same two positions', async () => {
    await recognise();
    const again = new Map([[other.network, await follow(other)]]);
    const twin = createVerifier({
      follower: await follow(home),
      followers: again,
      engine,
      policy: EMPTY_POLICY,
      clock,
    });
    const text = citizen();
    const [a, b] = [await verifier.verify(text, VIEW), await twin.verify(text, VIEW)];
    expect(encodeVerdict(a.verdict)).toBe(encodeVerdict(b.verdict));
  });

  it('never accepts what the other network has revoked, once it was read there', async () => {
    await recognise();
    other.log.revoke([{ list: TOWN_LIST, index: 7 }]);
    await mint(other);
    expect(await answer()).toEqual(['revoked', 'status.revoked']);
  });

  it('reads on in the other log to where the credential, or whoever asks, says that it was opened', async () => {
    await recognise();
    other.log.revoke([{ list: TOWN_LIST, index: 7 }]);
    other.log.epoch();
    other.hangUp();
    const { size } = other.log.state.tree;
    expect(await answer(citizen({ log: TOWN_ORIGIN, size }))).toEqual(['revoked', 'status.revoked']);
    const beyond = { log: TOWN_ORIGIN, size: size + 1, root: 'r'.repeat(43), time: START };
    const answered = answer(citizen(), { freshness: { mode: 'at-least', positions: [beyond] } }, { deadlineMs: 10 });
    await settle();
    await clock.advance(20);
    expect(await answered).toEqual(['revoked', 'position.ahead', 'status.revoked']);
  });

  it('doubts credentials of the other network when its log forks, and none of ours', async () => {
    await recognise();
    const forged = { ...other.log.entries, length: other.log.entries.length };
    const lie = Array.from(forged, (entry, i) => (i === other.log.entries.length - 1 ? `${entry}x` : entry));
    other.source.fetchCheckpoint = async () => other.key.signNote(checkpointText(lie, TOWN_ORIGIN));
    await theirs.pull(life.signal).catch(() => undefined);
    expect(theirs.contradiction).toBe('feed.fork');
    const { verdict } = await verifier.verify(citizen(), VIEW);
    expect(verdict).toMatchObject({ outcome: 'unknown', conflict: true, reasons: [{ code: 'recognition.fork' }] });
    const key = home.log.signatures.key('civic credential');
    const claims = { iss: 'https://civic.example', vct: 'residence', exp: START / 1000 + 60 };
    const own = issue({ key, header: { kid: key.kid }, status: { uri: LIST_URI, index: 7 }, claims });
    expect(await answer(own)).toEqual(['valid']);
  });

  it('says that a network it does not follow, or has read nothing of, would have to be read', async () => {
    await recognise();
    followers.clear();
    expect(await answer()).toEqual(['unknown', 'recognition.not_followed', 'status.unavailable']);
    const silent = { view: () => undefined, contradiction: undefined, now: () => START, awaitSize: async () => false };
    followers.set(other.network, silent);
    expect(await answer()).toEqual(['unknown', 'recognition.unread', 'status.unavailable']);
    followers.set(other.network, theirs);
    expect(await answer()).toEqual(['valid']);
  });

  it('takes no log for another one that has the origin of ours', async () => {
    const impostor = createTestFeed({ key: createLogKey(ORIGIN), log: { until: 'genesis' } });
    impostor.log.epoch(START - 60_000);
    impostor.log.accredit(civicParty(impostor.log.signatures, { id: 'https://mine.example' }));
    impostor.log.epoch(START);
    followers.set(impostor.network, await follow(impostor));
    const key = impostor.log.signatures.key('civic credential');
    const claims = { iss: 'https://mine.example', vct: 'residence', exp: START / 1000 + 60 };
    const text = issue({ key, header: { kid: key.kid }, claims });
    const { verdict } = await verifier.verify(text, VIEW);
    expect(verdict).toMatchObject({ outcome: 'unknown', reasons: [{ code: 'recognition.log_mismatch' }] });
    expect(verdict.basis.positions).toEqual([ours.position]);
  });

  it('consults the other network for a credential of ours only when a position in it is asked for', async () => {
    const key = home.log.signatures.key('civic credential');
    const claims = { iss: 'https://civic.example', vct: 'residence', exp: START / 1000 + 60 };
    const own = issue({ key, header: { kid: key.kid }, status: { uri: LIST_URI, index: 7 }, claims });
    const position = theirs.position ?? { log: '', size: 0, root: '', time: 0 };
    const ahead = { ...position, size: position.size + 1 };
    const plain = await verifier.verify(own, VIEW, { seen: [ahead] });
    expect(plain.verdict.basis).toMatchObject({ positions: [ours.position], request: VIEW });
    const asked = await verifier.verify(own, { ...VIEW, freshness: { mode: 'at-least', positions: [position] } });
    expect(asked.verdict).toMatchObject({ outcome: 'valid', basis: { recognised: { network: other.network } } });
  });

  it('judges nothing of the other network as of an earlier point of ours where no point of it is named', async () => {
    await recognise();
    const position = ours.position ?? { log: '', size: 0, root: '', time: 0 };
    expect(await answer(citizen(), { freshness: { mode: 'at', position } })).toEqual([
      'unknown',
      'recognition.not_pinned',
      'status.unavailable',
    ]);
  });
});

describe('a verdict at a position in each of two networks', () => {
  const at = (): VerdictRequest['freshness'] & { mode: 'at' } => {
    const [position, there] = [ours.position, theirs.position];
    if (position === undefined || there === undefined) return expect.fail('both have read');
    return { mode: 'at', position, recognised: [there] };
  };
  const create = (past: PastLog | undefined = createPastLog(stores[1], engine)) =>
    createVerifier({
      ...{ follower: ours, followers, engine, policy: EMPTY_POLICY, clock },
      past: createPastLog(stores[0], engine),
      pastOf: (name) => (name === other.network ? past : undefined),
    });
  const outcomeOf = async (who: Verifier, freshness: VerdictRequest['freshness'], options: VerifyOptions = {}) => {
    const { verdict } = await who.verify(citizen(), { class: 'pay', freshness }, options);
    return [verdict.outcome, ...verdict.reasons.map(({ code }) => code)];
  };
  async function revokeThere() {
    other.log.revoke([{ list: TOWN_LIST, index: 7 }]);
    await mint(other);
    await mint(home);
  }

  it('is the same bytes before and after the other network revokes, and for another verifier that reads both later', async () => {
    await recognise();
    const freshness = at();
    const text = citizen();
    const first = await create().verify(text, { class: 'pay', freshness });
    expect(first.verdict).toMatchObject({ outcome: 'valid', allows: { effect: 'reserve' } });
    expect(first.verdict.basis.positions).toHaveLength(2);
    await revokeThere();
    expect(await answer()).toEqual(['revoked', 'status.revoked']);
    const later = await create().verify(text, { class: 'pay', freshness });
    expect(encodeVerdict(later.verdict)).toBe(encodeVerdict(first.verdict));
    // Where the later point is named, the revocation is in it.
    const newer = { ...freshness, recognised: at().recognised ?? [] };
    expect(await outcomeOf(create(), newer)).toEqual(['revoked', 'status.revoked']);
  });

  it('is unknown when the other log never stood there, is lost, or has not been read so far', async () => {
    await recognise();
    const freshness = at();
    const [there] = freshness.recognised ?? [];
    if (there === undefined) return expect.fail('it is named');
    await revokeThere();
    const invented = { ...freshness, recognised: [{ ...there, root: 'A'.repeat(43) }] };
    const unknown = (code: string) => ['unknown', code, 'status.unavailable'];
    expect(await outcomeOf(create(), invented)).toEqual(unknown('recognition.not_held'));
    const lost = createPastLog({ readEntries: async () => [] }, engine);
    expect(await outcomeOf(create(lost), freshness)).toEqual(unknown('recognition.not_held'));
    expect(await outcomeOf(create(undefined), freshness)).toEqual(['valid']);
    const nobody = createVerifier({
      ...{ follower: ours, followers, engine, policy: EMPTY_POLICY, clock },
      past: createPastLog(stores[0], engine),
    });
    expect(await outcomeOf(nobody, freshness)).toEqual(unknown('recognition.not_ready'));
    const ahead = { ...freshness, recognised: [{ ...there, size: there.size + 1000 }] };
    const answered = outcomeOf(create(), ahead, { deadlineMs: 100 });
    await settle();
    await clock.advance(100);
    expect(await answered).toEqual(unknown('recognition.not_ready'));
  });

  it('is in conflict when the other log has shown two histories since, and valid no more', async () => {
    await recognise();
    const freshness = at();
    followers.set(other.network, {
      ...{ view: () => theirs.view(), contradiction: 'feed.rollback' },
      ...{ now: () => clock.now(), awaitSize: async () => false },
    });
    const { verdict } = await create().verify(citizen(), { class: 'pay', freshness });
    expect(verdict).toMatchObject({ outcome: 'unknown', conflict: true, reasons: [{ code: 'recognition.fork' }] });
  });

  it('folds the other log for nobody who may not order it, and for no credential of ours', async () => {
    await recognise();
    const freshness = at();
    await revokeThere();
    let reads = 0;
    const readEntries = async (from: number, to: number) => {
      reads += 1;
      return stores[1].readEntries(from, to);
    };
    const counted = createPastLog({ readEntries }, engine);
    const latest = { ...at(), recognised: freshness.recognised ?? [] };
    expect(await outcomeOf(create(counted), latest, { mayRefold: false })).toEqual([
      'unknown',
      'recognition.not_ready',
      'status.unavailable',
    ]);
    const key = home.log.signatures.key('civic credential');
    const claims = { iss: 'https://civic.example', vct: 'residence', exp: START / 1000 + 60 };
    const own = issue({ key, header: { kid: key.kid }, status: { uri: LIST_URI, index: 7 }, claims });
    const { verdict } = await create(counted).verify(own, { class: 'pay', freshness });
    expect(verdict).toMatchObject({ outcome: 'valid', basis: { positions: [freshness.position] } });
    expect(reads).toBe(0);
  });
});
