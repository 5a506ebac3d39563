import { readFileSync } from 'node:fs';
import { encodeVerdict, encodeVkey, type JsonObject, type VerdictRequest } from '@holdfast/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { civicParty, LIST_URI, testRulebook } from '../../../core/test/log-builder.ts';
import { createManualClock, type ManualClock, settle } from '../../test/manual-clock.ts';
import { createLogKey, createTestFeed, ORIGIN, type TestFeed } from '../../test/test-feed.ts';
import { createTestWitness, type TestWitness, witnessesOf } from '../../test/test-witness.ts';
import { createOutside, createRealKey, createWorldEngine, issue, listToken } from '../../test/verify-world.ts';
import { createFollower, type Follower } from '../follow/follower.ts';
import { createFollowerStoreMemory } from '../follow/follower-store-memory.ts';
import { createPastLog } from '../follow/past-log.ts';
import { EMPTY_POLICY, type Policy, parsePolicy, policyDigest } from '../verify/policy.ts';
import { createVerifier } from '../verify/verifier.ts';
import { makeBundle } from './make-bundle.ts';
import { openBundle } from './open-bundle.ts';
import { recordFetch } from './recorded-documents.ts';

const VIEW: VerdictRequest = { class: 'view', freshness: { mode: 'any' } };
const START = 1_700_000_100_000;
const engine = createWorldEngine();

let feed: TestFeed;
let clock: ManualClock;
let follower: Follower;
let life: AbortController;
let kept = createFollowerStoreMemory();

beforeEach(async () => {
  life = new AbortController();
  clock = createManualClock(START);
  kept = createFollowerStoreMemory();
  feed = createTestFeed();
  feed.log.revoke([{ list: LIST_URI, index: 9 }]);
  feed.log.epoch(clock.now());
  const entropy = { bytes: (count: number) => new Uint8Array(count).fill(128) };
  follower = createFollower({ network: feed.network, source: feed.source, store: kept, engine, clock, entropy });
  await follower.start(life.signal);
  await follower.pull(life.signal);
});
afterEach(() => life.abort());

function residence(index = 7): string {
  const key = feed.log.signatures.key('civic credential');
  const iat = Math.floor(START / 1000) - 60;
  return issue({
    key,
    header: { kid: key.kid },
    status: { uri: LIST_URI, index },
    network: { log: ORIGIN, size: 6 },
    claims: { iss: 'https://civic.example', vct: 'residence', iat, exp: iat + 8_640_000 },
  });
}

const make = (options: Partial<Parameters<typeof makeBundle>[0]> = {}) =>
  makeBundle({ store: kept, engine, policy: EMPTY_POLICY, ...options });
const open = (text: string, options: Parameters<typeof openBundle>[1] = {}) =>
  openBundle(text, { engine, clock, network: feed.network, ...options });

describe('a verifier with a bundle', () => {
  it.each([
    ['valid', 7],
    ['revoked', 9],
  ])('says %s byte for byte as one that follows the network says it at that position', async (outcome, index) => {
    const online = createVerifier({ follower, engine, policy: EMPTY_POLICY, clock });
    const offline = await open(await make());
    const text = residence(index);
    const [a, b] = [await online.verify(text, VIEW), await offline.verify(text, VIEW)];
    expect(a.verdict.outcome).toBe(outcome);
    expect(encodeVerdict(b.verdict)).toBe(encodeVerdict(a.verdict));
    // Also when it is asked as of then: the clock has no part in it.
    clock.jump(3_600_000);
    const at: VerdictRequest = { ...VIEW, freshness: { mode: 'at', position: offline.position } };
    const [c, d] = [await online.verify(text, at), await offline.verify(text, at)];
    expect(encodeVerdict(d.verdict)).toBe(encodeVerdict(c.verdict));
  });

  it('revokes by a stolen key alone, and not as of a position before it was declared', async () => {
    const online = createVerifier({ follower, engine, policy: EMPTY_POLICY, clock });
    const before = follower.position ?? expect.fail('it has read');
    const party = civicParty(feed.log.signatures);
    feed.log.accredit({ ...party, keys: party.keys.map((key) => ({ ...key, compromised: 1 })) });
    feed.log.epoch(clock.now() + 5000);
    await follower.pull(life.signal);
    const text = residence();
    const codes = ['key.compromised', 'status.revoked'];
    const found = await online.verify(text, VIEW);
    expect([found.verdict.outcome, ...found.verdict.reasons.map(({ code }) => code)]).toEqual(['revoked', ...codes]);
    const offline = await open(await make());
    expect(encodeVerdict((await offline.verify(text, VIEW)).verdict)).toBe(encodeVerdict(found.verdict));
    const without = await open(await make({ lists: [] }));
    expect((await without.verify(text, VIEW)).verdict.outcome).toBe('revoked');
    const past = createPastLog({ readEntries: (from, to) => kept.readEntries(from, to) }, engine);
    const pinned = createVerifier({ follower, engine, policy: EMPTY_POLICY, clock, past });
    const at: VerdictRequest = { ...VIEW, freshness: { mode: 'at', position: before } };
    expect((await pinned.verify(text, at, { mayRefold: true })).verdict.outcome).toBe('valid');
  });

  it('grows old like any that is cut off, and ends by not knowing', async () => {
    const offline = await open(await make());
    const text = residence();
    const effects = [0, 60_000, 3_600_000, 100_000_000].map(async (later) => {
      const { verdict } = await offline.verify(text, VIEW, { at: START + later });
      return [verdict.outcome, verdict.freshness, verdict.allows.effect];
    });
    expect(await Promise.all(effects)).toEqual([
      ['valid', 'live', 'final'],
      ['valid', 'recent', 'final'],
      ['valid', 'stale', 'advance'],
      ['unknown', 'cut-off', 'none'],
    ]);
  });

  it('does not know the status on a list that was left out, and never takes that for a yes', async () => {
    const offline = await open(await make({ lists: [] }));
    const { verdict } = await offline.verify(residence(9), VIEW);
    expect([verdict.outcome, verdict.reasons.map(({ code }) => code)]).toEqual(['unknown', ['status.unavailable']]);
  });

  it('has not read further than its position, whoever asks', async () => {
    const offline = await open(await make());
    const ahead = { ...offline.position, size: offline.position.size + 1 };
    const freshness = { mode: 'at-least', positions: [ahead] } as const;
    const { verdict } = await offline.verify(residence(), { ...VIEW, freshness });
    expect(verdict.reasons).toMatchObject([{ code: 'position.ahead' }]);
  });

  it('judges by the policy it carries, with the digest it had', async () => {
    const { jwk, kid } = createRealKey();
    const issuers = [
      { issuer: 'https://a.example', key: { ...jwk }, types: ['t'] },
      { issuer: 'https://b.example', key: kid },
    ];
    const policy = parsePolicy({ id: 'desk', trustedIssuers: issuers });
    const offline = await open(await make({ policy }));
    expect(policyDigest(offline.policy)).toBe(policyDigest(policy));
    expect((await open(await make({ policy }), { policy: EMPTY_POLICY })).policy).toEqual(EMPTY_POLICY);
  });
});

describe('the witnesses of a bundle', () => {
  const file = new URL('../../../../spec/vectors/log/valid/tlog-policies.json', import.meta.url);
  const named = JSON.parse(readFileSync(file, 'utf8')) as { input: { policy: string } }[];
  const witnesses = named.map(({ input }) => input.policy).find((policy) => !/quorum none/.test(policy)) ?? '';

  it('are those that its policy names: a file that names its own changes nothing', async () => {
    const bundle = JSON.parse(await make()) as { network: object };
    const changed = { ...bundle, network: { ...bundle.network, witnessed: { notes: [], policy: witnesses } } };
    const [a, b] = [await open(JSON.stringify(bundle)), await open(JSON.stringify(changed))];
    const text = residence();
    expect(encodeVerdict((await b.verify(text, VIEW)).verdict)).toBe(
      encodeVerdict((await a.verify(text, VIEW)).verdict),
    );
  });

  it('that the reader’s own policy names have said nothing in it, so nothing in it has an age', async () => {
    const asking = await open(await make(), { policy: { ...EMPTY_POLICY, witnesses } });
    expect((await asking.verify(residence(), VIEW)).verdict.outcome).toBe('unknown');
  });
});

describe('a bundle of a network that names witnesses', () => {
  const [w1, w2] = ['w1', 'w2'].map((name) => createTestWitness(`${name}.example`)) as [TestWitness, TestWitness];

  async function followWitnessed(): Promise<void> {
    const key = createLogKey();
    const { signatures } = feed.log;
    const log = { origin: key.vkey.name, vkey: encodeVkey(key.vkey) };
    const rulebook = testRulebook(signatures, { log, witnesses: witnessesOf(2, [w1, w2]) });
    feed = createTestFeed({ key, log: { signatures, rulebook } });
    kept = createFollowerStoreMemory();
    const entropy = { bytes: (count: number) => new Uint8Array(count).fill(128) };
    follower = createFollower({ network: feed.network, source: feed.source, store: kept, engine, clock, entropy });
    await follower.start(life.signal);
    await follower.pull(life.signal);
    feed.push({ cosigned: w1.cosign(w2.cosign(feed.checkpoint(), START), START) });
    await settle();
    feed.mint();
    await settle();
  }

  it('carries what they said, and says the same as one that follows; what was changed in it proves nothing', async () => {
    await followWitnessed();
    const online = createVerifier({ follower, engine, policy: EMPTY_POLICY, clock });
    const [text, shown] = [await make(), residence()];
    const [a, b] = [await online.verify(shown, VIEW), await (await open(text)).verify(shown, VIEW)];
    expect(a.verdict.basis.witnessed?.[0]?.time).toBe(START);
    expect(a.verdict.notEstablished).not.toContain('witnessed-time');
    expect(encodeVerdict(b.verdict)).toBe(encodeVerdict(a.verdict));
    const later = changed(JSON.parse(text), ['network', 'witnessed', 'notes', 0, 'note'], (note: string) =>
      w1
        .cosign(note, START + 60_000)
        .replace(/w1.example [^\n]+/, (line) => `${line.slice(0, -8)}AAAA${line.slice(-4)}`),
    );
    await expect(open(JSON.stringify(later))).rejects.toMatchObject({
      code: 'bundle.unproved',
      details: { part: 'witness' },
    });
    const elsewhere = changed(JSON.parse(text), ['network', 'witnessed', 'notes', 0, 'consistency'], () => []);
    await expect(open(JSON.stringify(elsewhere))).rejects.toMatchObject({ details: { part: 'witnesses' } });
    const silent = await open(JSON.stringify(changed(JSON.parse(text), ['network', 'witnessed', 'notes'], () => [])));
    expect((await silent.verify(shown, VIEW)).verdict.freshness).toBe('cut-off');
  });
});

describe('a stranger whose documents were taken along', () => {
  const policy: Policy = { ...EMPTY_POLICY, trustedIssuers: [{ issuer: 'https://far.example' }] };
  const uri = 'https://far.example/status/1';
  const key = createRealKey();
  const metadata = JSON.stringify({ issuer: 'https://far.example', jwks: { keys: [{ ...key.jwk, kid: key.kid }] } });

  it.each([
    ['valid', 4],
    ['revoked', 5],
  ])('is %s offline as it was when they were fetched', async (outcome, index) => {
    const outside = createOutside(policy, clock, engine, (fetch) => recordFetch(fetch, () => clock.now()));
    outside.serve('https://far.example/.well-known/jwt-vc-issuer', metadata, 'application/json');
    const iat = Math.floor(START / 1000);
    const values = Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0);
    outside.serve(uri, listToken(key, { uri, values, iat }), 'application/statuslist+jwt');
    const text = issue({
      key,
      header: { kid: key.kid },
      status: { uri, index },
      claims: { iss: 'https://far.example', vct: 'licence', iat, exp: iat + 8_640_000 },
    });
    const online = createVerifier({ follower, engine, policy, clock, foreign: outside.sources });
    const a = await online.verify(text, VIEW);
    expect(a.verdict.outcome).toBe(outcome);
    const offline = await open(await make({ policy, documents: outside.documents() }));
    const b = await offline.verify(text, VIEW);
    expect(encodeVerdict(b.verdict)).toBe(encodeVerdict(a.verdict));
    const bare = await open(await make({ policy }));
    expect((await bare.verify(text, VIEW)).verdict.outcome).toBe('unknown');
  });
});

describe('a bundle that was changed', () => {
  const another = (text: string) => text.slice(0, -8) + (text.at(-8) === 'A' ? 'B' : 'A') + text.slice(-7);

  it.each<[string, readonly (string | number)[], (value: never) => unknown]>([
    ['epoch', ['position', 'root'], another],
    ['epoch', ['position', 'time'], (time: number) => time + 1],
    ['epoch', ['network', 'epoch', 'inclusion'], (hashes: string[]) => hashes.slice(1)],
    ['epoch', ['network', 'epoch', 'inclusion'], () => ['?']],
    ['rulebook', ['network', 'rulebook'], () => []],
    ['parties', ['network', 'parties'], (leaves: string[]) => leaves.slice(1)],
    ['critical', ['network', 'critical'], () => ['["x"]']],
    ['status list', ['lists', 0, 'packed'], another],
    ['status list', ['lists', 0, 'packed'], () => '!'],
    ['status list', ['lists', 0, 'leaf'], (leaf: string) => leaf.replace('civic', 'other')],
    ['checkpoint', ['checkpoint'], () => feed.checkpoint(1)],
    ['checkpoint', ['checkpoint'], another],
    ['genesis', ['position', 'log'], () => 'another.example/log'],
  ])('is refused, and named is its %s (%j)', async (part, path, change) => {
    const refused = open(JSON.stringify(changed(JSON.parse(await make()), path, change)));
    await expect(refused).rejects.toMatchObject({ code: 'bundle.unproved', details: { part } });
  });

  it('of another network is refused by whoever knows the name', async () => {
    const stranger = createTestFeed();
    stranger.log.epoch(clock.now());
    const refused = open(await make(), { network: stranger.network });
    await expect(refused).rejects.toMatchObject({ code: 'bundle.other-network' });
  });

  it.each([
    ['text', () => '{'],
    ['text', () => '[]'],
    ['position', (bundle: JsonObject) => JSON.stringify({ ...bundle, position: null })],
    ['lists.0.index', (bundle: JsonObject) => JSON.stringify({ ...bundle, lists: [{ leaf: '', index: -1 }] })],
    ['network', (bundle: JsonObject) => JSON.stringify({ ...bundle, network: undefined })],
    ['v', (bundle: JsonObject) => JSON.stringify({ ...bundle, v: 2 })],
  ])('until it is none is told where: %s', async (member, change) => {
    const refused = open(change(JSON.parse(await make()) as JsonObject));
    await expect(refused).rejects.toMatchObject({ code: 'bundle.malformed', details: { member } });
  });
});

/** The same value, but for what lies at `path`. */
function changed(value: unknown, path: readonly (string | number)[], change: (value: never) => unknown): unknown {
  const [member, ...rest] = path;
  if (member === undefined) return change(value as never);
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, unknown>;
  copy[member] = changed(copy[member], rest, change);
  return copy;
}
