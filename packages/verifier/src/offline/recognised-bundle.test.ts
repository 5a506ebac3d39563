import { encodeVerdict, type JsonObject, parseOfflineBundle, type VerdictRequest } from '@holdfast/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock, settle } from '../../test/manual-clock.ts';
import { createTestFeed, type TestFeed } from '../../test/test-feed.ts';
import { createTownFeed, inhabitant, TOWN_LIST, townRecognition } from '../../test/town-feed.ts';
import { createWorldEngine } from '../../test/verify-world.ts';
import { createFollower, type Follower } from '../follow/follower.ts';
import { createFollowerStoreMemory } from '../follow/follower-store-memory.ts';
import { EMPTY_POLICY } from '../verify/policy.ts';
import { createVerifier } from '../verify/verifier.ts';
import { makeBundle } from './make-bundle.ts';
import { openBundle } from './open-bundle.ts';

const START = 1_700_000_100_000;
const VIEW: VerdictRequest = { class: 'view', freshness: { mode: 'any' } };
const engine = createWorldEngine();

let clock: ManualClock;
let [home, town]: [TestFeed, TestFeed] = [] as never;
let [ours, theirs]: [Follower, Follower] = [] as never;
let [kept, townKept] = [createFollowerStoreMemory(), createFollowerStoreMemory()];
let life: AbortController;

beforeEach(async () => {
  life = new AbortController();
  clock = createManualClock(START);
  [kept, townKept] = [createFollowerStoreMemory(), createFollowerStoreMemory()];
  [home, town] = [createTestFeed(), createTownFeed(START)];
  home.log.epoch(START);
  ours = await follow(home, kept);
  theirs = await follow(town, townKept);
  home.log.recognise(townRecognition(town, START));
  await mint(home);
});
afterEach(() => life.abort());

async function follow({ network, source }: TestFeed, store: typeof kept): Promise<Follower> {
  const entropy = { bytes: (count: number) => new Uint8Array(count).fill(128) };
  const follower = createFollower({ network, source, store, engine, clock, entropy });
  await follower.start(life.signal);
  await follower.pull(life.signal);
  return follower;
}

async function mint(feed: TestFeed): Promise<void> {
  feed.mint();
  await settle();
}

const make = (recognised = new Map([[town.network, townKept]]), lists?: readonly string[]) =>
  makeBundle({ store: kept, recognised, engine, policy: EMPTY_POLICY, ...(lists === undefined ? {} : { lists }) });
const open = (text: string) => openBundle(text, { engine, clock, network: home.network });

describe('a bundle of a network that recognises another', () => {
  it('says of a credential of the other what one that follows both says, byte for byte, also when it was revoked', async () => {
    const text = inhabitant(town, START);
    const followers = new Map([[town.network, theirs]]);
    const online = createVerifier({ follower: ours, followers, engine, policy: EMPTY_POLICY, clock });
    for (const outcome of ['valid', 'revoked']) {
      const offline = await open(await make());
      const [a, b] = [await online.verify(text, VIEW), await offline.verify(text, VIEW)];
      expect(a.verdict.outcome).toBe(outcome);
      expect(encodeVerdict(b.verdict)).toBe(encodeVerdict(a.verdict));
      expect([...offline.recognised.keys()]).toEqual([town.network]);
      town.log.revoke([{ list: TOWN_LIST, index: 7 }]);
      await mint(town);
    }
  });

  it('grows old by the network that was read the least', async () => {
    await clock.advance(400_000);
    home.log.epoch(clock.now());
    await ours.pull(life.signal);
    const offline = await open(await make());
    const { verdict } = await offline.verify(inhabitant(town, START), VIEW);
    expect(verdict).toMatchObject({ outcome: 'valid', freshness: 'stale', ageMs: 400_000 });
  });

  it('that was not taken along is one that is not followed; one whose list was not is unknown', async () => {
    const codesOf = async (bundle: string) => {
      const { verdict } = await (await open(bundle)).verify(inhabitant(town, START), VIEW);
      return [verdict.outcome, ...verdict.reasons.map(({ code }) => code)];
    };
    expect(await codesOf(await make(new Map()))).toEqual(['unknown', 'recognition.not_followed', 'status.unavailable']);
    const listless = await make(new Map([[town.network, townKept]]), []);
    expect(await codesOf(listless)).toEqual(['unknown', 'status.unavailable']);
  });

  it('takes along none that it does not recognise any more, and none that was only put into the file', async () => {
    const before = JSON.parse(await make()) as JsonObject;
    home.log.recognise(townRecognition(town, START, { types: [] }));
    await mint(home);
    const after = await make();
    expect(parseOfflineBundle(after).recognised).toBeUndefined();
    const { recognised } = before;
    const slipped = await open(JSON.stringify({ ...(JSON.parse(after) as JsonObject), recognised }));
    const { verdict } = await slipped.verify(inhabitant(town, START), VIEW);
    expect(verdict.reasons).toEqual([{ code: 'recognition.ended', path: '' }]);
  });

  it.each<[string, (bundle: Changeable) => unknown]>([
    ['recognitions', ({ network }) => Object.assign(network, { recognitions: [] })],
    [
      'recognised network (status list)',
      ({ recognised: [{ lists }] }) => Object.assign(lists[0] ?? {}, { leaf: '[]' }),
    ],
    ['recognised network (epoch)', ({ recognised: [{ position }] }) => Object.assign(position, { time: START - 1 })],
    ['recognised network (checkpoint)', ({ recognised: [other], checkpoint }) => Object.assign(other, { checkpoint })],
    ['recognised network (name)', ({ recognised }) => recognised.push(recognised[0])],
    [
      'recognised network (parties)',
      ({ recognised: [other], network: { parties } }) => Object.assign(other.network, { parties }),
    ],
  ])('in which something was changed is refused, and named is its %s', async (part, change) => {
    const bundle = JSON.parse(await make()) as Changeable;
    change(bundle);
    await expect(open(JSON.stringify(bundle))).rejects.toMatchObject({ code: 'bundle.unproved', details: { part } });
  });

  it('with more lists than a bundle has, all networks counted, is refused', async () => {
    const bundle = JSON.parse(await make()) as Changeable;
    const [other] = bundle.recognised;
    const many = (lists: ListPart[]) =>
      Array.from({ length: 600 }, () => lists.map((list) => ({ ...list, packed: '' })));
    for (const part of [bundle, other]) part.lists = many(part.lists).flat();
    await expect(open(JSON.stringify(bundle))).rejects.toMatchObject({ code: 'bundle.malformed' });
  });
});

type ListPart = { leaf: string; packed: string };
type Part = {
  position: { time: number };
  checkpoint: string;
  network: { parties: string[]; recognitions: string[] };
  lists: ListPart[];
};
type Changeable = Part & { recognised: [Part, ...Part[]] };
