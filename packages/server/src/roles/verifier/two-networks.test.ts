import { explain, judgeReplay, prepareReplay, type ReplayBundle, type VerdictRequest } from '@holdfast/core';
import {
  createFollower,
  createFollowerStoreMemory,
  createPastLog,
  createVerifier,
  EMPTY_POLICY,
} from '@holdfast/verifier';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { settle } from '../../../../verifier/test/manual-clock.ts';
import type { TestFeed } from '../../../../verifier/test/test-feed.ts';
import {
  createTownFeed,
  inhabitant,
  TOWN_LIST,
  TOWN_ORIGIN,
  townRecognition,
} from '../../../../verifier/test/town-feed.ts';
import { createVerifierWorld, START, type VerifierWorld } from '../../../test/verifier-world.ts';
import type { VerifierFeed } from './neighbours.ts';
import { createVerifierRole, type VerifierRole } from './verifier-role.ts';

const life = new AbortController();
let world: VerifierWorld;
let town: TestFeed;
let others: Map<string, VerifierFeed>;
let north: VerifierRole;

beforeEach(async () => {
  world = await createVerifierWorld();
  town = createTownFeed(START);
  others = new Map([[town.network, await follow(town)]]);
  north = await startNorth();
  world.feed.log.recognise(townRecognition(town, START));
  world.feed.mint();
  await settle();
});
afterEach(() => world[Symbol.asyncDispose]());

async function follow({ network, source }: TestFeed): Promise<VerifierFeed> {
  const { clock, engine } = world;
  const store = createFollowerStoreMemory();
  const entropy = { bytes: (count: number) => new Uint8Array(count).fill(7) };
  const follower = createFollower({ network, source, store, engine, clock, entropy });
  await follower.start(life.signal);
  await follower.pull(life.signal);
  return { follower, past: createPastLog(store, engine) };
}

async function startNorth(): Promise<VerifierRole> {
  const { follower, store, engine, clock } = world;
  const followers = new Map([...others].map(([name, { follower: other }]) => [name, other]));
  const past = createPastLog(store, engine);
  const verifier = createVerifier({ follower, followers, past, engine, policy: EMPTY_POLICY, clock });
  return createVerifierRole(await world.role('north', { verifier, others }));
}

async function replay(bundle: ReplayBundle) {
  const plan = prepareReplay(bundle);
  return judgeReplay(plan, await world.engine.verify(plan.checks.map(({ check }) => check)));
}

const want: Pick<VerdictRequest, 'class' | 'freshness'> = { class: 'view', freshness: { mode: 'any' } };

test('a verdict on two networks is judged again from a bundle that proves both, and only both', async () => {
  const { id, verdict } = await north.verify({ credential: inhabitant(town, START), want });
  expect(verdict.outcome).toBe('valid');
  // Both logs go on; the bundle proves where the verdict stood.
  town.log.revoke([{ list: TOWN_LIST, index: 7 }]);
  for (const feed of [town, world.feed]) feed.mint();
  await settle();
  const bundle = await north.replayBundle(id);
  expect(await replay(bundle)).toMatchObject({ same: true, broken: [] });
  const { recognised, network, ...rest } = bundle;
  expect(() => prepareReplay({ ...rest, ...(network === undefined ? {} : { network }) })).toThrow('other network');
  const { recognitions: _, ...silent } = network ?? {
    genesis: '',
    epoch: { entry: '', inclusion: [] },
    rulebook: [],
    parties: [],
    critical: [],
  };
  expect(() => prepareReplay({ ...bundle, network: silent })).toThrow('recognitions');
  const swapped = { ...rest, network: recognised?.network, recognised: { network } } as unknown as ReplayBundle;
  expect(() => prepareReplay(swapped)).toThrow('does not prove');
  const { list: _list, ...listless } = recognised?.network ?? silent;
  expect((await replay({ ...bundle, recognised: { network: listless } })).same).toBe(false);
});

test('a fork of the other network, and that nobody recognised it, are replayed as well', async () => {
  const forked: VerifierFeed = others.get(town.network) ?? (await follow(town));
  const { past, follower } = forked;
  const doubted = {
    view: () => follower.view(),
    contradiction: 'feed.fork',
    now: () => START,
    awaitSize: async () => true,
  };
  others.set(town.network, { past, follower: doubted });
  const inDoubt = await startNorth();
  const { id, verdict } = await inDoubt.verify({ credential: inhabitant(town, START), want });
  expect(verdict.reasons).toEqual([{ code: 'recognition.fork', path: '' }]);
  expect((await replay(await inDoubt.replayBundle(id))).same).toBe(true);
});

test('the gap between two answers names the network that was read late, and whose decision it was', async () => {
  const credential = inhabitant(town, START);
  const before = await north.verify({ credential, want });
  town.log.revoke([{ list: TOWN_LIST, index: 7 }]);
  town.mint();
  await settle();
  const after = await north.verify({ credential, want });
  expect(after.verdict.outcome).toBe('revoked');
  const deciding = await north.deciding(after.id);
  expect(deciding?.decisions[0]).toMatchObject({ power: 'revoke', officers: ['officer-a', 'officer-b'] });
  const sides = [
    { name: 'north', verdict: after.verdict },
    { name: 'south', verdict: before.verdict },
  ] as const;
  expect(explain(...sides, deciding)).toMatchObject({
    cause: { kind: 'decision', deciding: { entry: deciding?.entry } },
    gap: { behind: 'south', log: TOWN_ORIGIN },
    next: { action: 'reads-on', who: 'south' },
  });
  world.feed.log.recognise(townRecognition(town, START, { types: [] }));
  world.feed.mint();
  await settle();
  const ended = await north.verify({ credential: inhabitant(town, START), want: { ...want, class: 'pay' } });
  expect(ended.verdict.reasons.map(({ code }) => code)).toEqual(['recognition.ended', 'status.revoked']);
});

test('who was shown another history of either log is not told that it was read here, and the verdict is replayed', async () => {
  const credential = inhabitant(town, START);
  const { verdict } = await north.verify({ credential, want });
  expect(verdict.outcome).toBe('valid');
  for (const seen of verdict.basis.positions) {
    const ask = (position: typeof seen) =>
      north.verify({ credential, want: { ...want, freshness: { mode: 'at-least', positions: [position] } } });
    expect((await ask(seen)).verdict.outcome).toBe('valid');
    const elsewhere = await ask({ ...seen, root: seen.root.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')) });
    expect(elsewhere.verdict).toMatchObject({ outcome: 'unknown', reasons: [{ code: 'position.not_held' }] });
    expect(elsewhere.verdict.basis.missing).toEqual(['position.not_held']);
    expect(await replay(await north.replayBundle(elsewhere.id))).toMatchObject({ same: true, broken: [] });
  }
});
