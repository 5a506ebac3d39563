import { createHash, createHmac } from 'node:crypto';
import { CodedError, encodeVerdict, type JsonObject, TICK_MS, type VerdictRequest } from '@holdfast/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { civicParty, LIST_URI } from '../../../core/test/log-builder.ts';
import { createManualClock, type ManualClock, settle } from '../../test/manual-clock.ts';
import { createTestFeed, ORIGIN, type TestFeed } from '../../test/test-feed.ts';
import { type CredentialOptions, createRealKey, createWorldEngine, issue, present } from '../../test/verify-world.ts';
import { createFollower, type Follower } from '../follow/follower.ts';
import { createFollowerStoreMemory } from '../follow/follower-store-memory.ts';
import type { SignatureEngine } from '../signatures/engine.ts';
import { EMPTY_POLICY } from './policy.ts';
import { createVerifier, type Verified, type Verifier, type VerifyOptions } from './verifier.ts';

const VIEW: VerdictRequest = { class: 'view', freshness: { mode: 'any' } };
const START = 1_700_000_100_000;
const engine = createWorldEngine();
const holder = createRealKey();

let feed: TestFeed;
let clock: ManualClock;
let follower: Follower;
let life: AbortController;
let verifier: Verifier;

beforeEach(async () => {
  life = new AbortController();
  clock = createManualClock(START);
  feed = createTestFeed();
  feed.log.epoch(clock.now());
  follower = await follow(feed);
  verifier = createVerifier({ follower, engine, policy: EMPTY_POLICY, clock });
});
afterEach(() => life.abort());

/** A follower that has read everything minted so far. */
async function follow({ network, source }: TestFeed): Promise<Follower> {
  const started = createFollower({
    network,
    source,
    store: createFollowerStoreMemory(),
    engine,
    clock,
    entropy: { bytes: (count) => new Uint8Array(count).fill(128) },
  });
  await started.start(life.signal);
  await started.pull(life.signal);
  return started;
}

/** From now on the network is silent: nothing is pushed, and nothing that is asked is ever answered. */
function cutOff(): void {
  const silence = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  feed.source.fetchCheckpoint = silence;
  feed.source.fetchEntries = (_from, _to, signal) => silence(signal);
  feed.source.stream = async function* (_from, signal) {
    yield await silence(signal);
  };
  feed.hangUp();
}

function residence(changes: Partial<CredentialOptions> & { readonly claims?: JsonObject } = {}): string {
  const key = feed.log.signatures.key('civic credential');
  const seconds = Math.floor(clock.now() / 1000);
  return issue({
    key,
    header: { kid: key.kid },
    holder: holder.jwk,
    status: { uri: LIST_URI, index: 7 },
    network: { log: ORIGIN, size: 6 },
    ...changes,
    claims: {
      iss: 'https://civic.example',
      vct: 'residence',
      iat: seconds - 60,
      exp: seconds + 86_400,
      ...changes.claims,
    },
  });
}

const verify = (text: string, changes: Partial<VerdictRequest> = {}, options: VerifyOptions = {}, by = verifier) =>
  by.verify(text, { ...VIEW, ...changes }, options);
const encode = (text: string) => Buffer.from(text).toString('base64url');
const decode = (text: string) => Buffer.from(text, 'base64url').toString();
const answerOf = ({ verdict }: Verified) => [verdict.outcome, ...verdict.reasons.map(({ code }) => code)];

describe('a credential of the network', () => {
  it('is valid at a stated position', async () => {
    const { verdict, durationMs } = await verify(residence());
    expect(verdict).toMatchObject({ outcome: 'valid', allows: { effect: 'final' }, issuer: { source: 'network' } });
    expect(verdict.basis.positions).toEqual([follower.position]);
    expect(verdict.basis.tick).toBe(Math.floor(START / TICK_MS));
    expect(durationMs).toBe(0);
  });

  it('gets byte-equal verdicts from two verifiers on the same basis', async () => {
    const other = createVerifier({ follower: await follow(feed), engine, policy: EMPTY_POLICY, clock });
    const text = residence();
    const [a, b] = [await verify(text), await verify(text, {}, {}, other)];
    expect(encodeVerdict(a.verdict)).toBe(encodeVerdict(b.verdict));
  });

  it('is revoked once the revocation has been read, and only then', async () => {
    const text = residence();
    feed.log.revoke([{ list: LIST_URI, index: 7 }]);
    expect(answerOf(await verify(text))).toEqual(['valid']);
    feed.mint();
    await settle();
    expect(answerOf(await verify(text))).toEqual(['revoked', 'status.revoked']);
    expect(answerOf(await verify(residence({ status: { uri: LIST_URI, index: 8 } })))).toEqual(['valid']);
  });

  it('is refused when forged, altered, expired, of no type we know, or of an issuer that may not', async () => {
    const stranger = createRealKey();
    const kid = feed.log.signatures.key('civic credential').kid;
    const good = residence();
    const altered = good.replace(/\.[^.~]+~/, (signature) => `.${'A'.repeat(signature.length - 2)}~`);
    const cases: readonly [string, readonly string[]][] = [
      [residence({ key: stranger, header: { kid } }), ['invalid', 'signature.invalid']],
      [altered, ['invalid', 'signature.invalid']],
      [residence({ claims: { exp: START / 1000 - 1 } }), ['expired', 'time.expired']],
      [residence({ claims: { nbf: START / 1000 + 600 } }), ['not-yet-valid', 'time.not_yet_valid']],
      [residence({ claims: { vct: 'licence' } }), ['invalid', 'trust.not_authorized']],
      [residence({ status: { uri: LIST_URI, index: 131_072 } }), ['invalid', 'status.index_out_of_range']],
      ['not a credential', ['invalid', 'format.malformed']],
      ['', ['invalid', 'format.malformed']],
    ];
    for (const [text, expected] of cases) expect(answerOf(await verify(text))).toEqual(expected);
  });

  it('is refused when its text breaks the rules of its format, whoever signed it', async () => {
    const key = feed.log.signatures.key('civic credential');
    const [signed = '', disclosure = ''] = residence().split('~');
    const [header, payload] = signed
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(decode(part)));
    const sign = (head: object, body: string, signature = (input: string) => key.sign(input)) => {
      const input = `${encode(JSON.stringify(head))}.${encode(body)}`;
      return `${input}.${Buffer.from(signature(input)).toString('base64url')}~`;
    };
    const body = JSON.stringify(payload);
    const hmac = (input: string) => createHmac('sha512', key.jwk.x).update(input).digest();
    const hidden = encode(JSON.stringify(['0123456789012345678901', 'exp', 9_999_999_999]));
    const digest = createHash('sha256').update(hidden).digest('base64url');
    const cases: readonly [string, string][] = [
      [sign({ ...header, alg: 'none' }, body), 'signature.alg_not_allowed'],
      [sign({ ...header, alg: 'none' }, body, () => new Uint8Array()), 'signature.alg_not_allowed'],
      [sign({ ...header, alg: 'HS256' }, body, hmac), 'signature.alg_not_allowed'],
      [sign({ ...header, alg: 'EdDSA' }, body), 'signature.alg_not_allowed'],
      [sign({ ...header, typ: 'JWT' }, body), 'format.unsupported_typ'],
      [sign({ ...header, crit: ['b64'] }, body), 'format.critical_header'],
      [`${signed}~${disclosure}~${disclosure}~`, 'disclosure.duplicate'],
      [`${signed}~${hidden}~`, 'disclosure.unreferenced'],
      [
        `${sign(header, JSON.stringify({ ...payload, exp: undefined, _sd: [digest] }))}${hidden}~`,
        'disclosure.reserved_claim',
      ],
      [sign(header, body.replace('{', '{"__proto__":{"outcome":"valid"},')), 'format.forbidden_member'],
      [sign(header, body.replace('{', '{"vct":"residence","vct":"other",')), 'format.duplicate_member'],
      [sign(header, `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`), 'format.too_deep'],
      [`${sign(header, body)}${'x'.repeat(70_000)}`, 'format.too_long'],
      [`${signed}~${'WyJhIiwiYiIsMV0~'.repeat(300)}`, 'disclosure.too_many'],
    ];
    const proofs = { asked: 0 };
    const counting: SignatureEngine = {
      verify: (checks) => {
        proofs.asked += 1;
        return engine.verify(checks);
      },
    };
    const counted = createVerifier({ follower, engine: counting, policy: EMPTY_POLICY, clock });
    for (const [text, code] of cases) expect(answerOf(await verify(text, {}, {}, counted))).toEqual(['invalid', code]);
    expect(proofs.asked).toBe(0);
    expect(({} as { outcome?: string }).outcome).toBeUndefined();
  });

  it('cannot be vouched for by a key that the network does not list, whatever certificate comes with it', async () => {
    const stranger = createRealKey();
    const unlisted = await verify(residence({ key: stranger, header: { kid: stranger.kid } }));
    expect(answerOf(unlisted)[0]).toBe('unknown');
    expect(answerOf(unlisted)).toContain('trust.key_not_found');
    expect(unlisted.verdict.allows.effect).toBe('none');
    const resolve = () => expect.fail('a stranger was asked about an issuer of ours');
    const foreign = {
      keys: { resolve },
      status: { read: resolve, readVerified: resolve, verify: resolve, seen: () => [] },
    };
    const curious = createVerifier({ follower, engine, foreign, policy: EMPTY_POLICY, clock });
    expect(answerOf(await verify(residence({ key: stranger, header: {} }), {}, {}, curious))).toEqual([
      'invalid',
      'signature.invalid',
    ]);
  });
});

describe('the proof of its holder', () => {
  const asked = { nonce: 'nonce-1', audience: 'x509_hash:north' };
  const signed = () => ({ ...asked, iat: START / 1000 });

  it('is valid for the request it was made for, and for no other', async () => {
    const text = present(residence(), holder, signed());
    expect(answerOf(await verify(text, asked))).toEqual(['valid']);
    expect(answerOf(await verify(text, { ...asked, nonce: 'nonce-2' }))).toEqual(['invalid', 'holder.nonce']);
    expect(answerOf(await verify(text, { ...asked, audience: 'south' }))).toEqual(['invalid', 'holder.audience']);
    expect(answerOf(await verify(residence(), asked))).toEqual(['invalid', 'holder.kb_missing']);
  });

  it('does not pass from one presentation to another, nor from a thief', async () => {
    const [withName, without] = [present(residence(), holder, signed()), present(residence(), holder, signed(), [])];
    const borrowed = without.slice(0, without.lastIndexOf('~') + 1) + withName.slice(withName.lastIndexOf('~') + 1);
    expect(answerOf(await verify(borrowed, asked))).toEqual(['invalid', 'holder.sd_hash']);
    const stolen = present(residence(), createRealKey(), signed());
    expect(answerOf(await verify(stolen, asked))).toEqual(['invalid', 'holder.signature']);
  });
});

describe('a position ahead of ours', () => {
  it('is read up to before judging, once for all who ask', async () => {
    const text = residence();
    feed.log.revoke([{ list: LIST_URI, index: 7 }]);
    feed.log.epoch();
    const positions = [feed.log.state.position ?? expect.fail('there is an epoch')];
    const before = feed.calls.checkpoints;
    const wait = Promise.all([1, 2, 3].map(() => verify(text, { freshness: { mode: 'at-least', positions } })));
    await clock.advance(250);
    for (const verified of await wait) expect(answerOf(verified)).toEqual(['revoked', 'status.revoked']);
    expect(feed.calls.checkpoints - before).toBe(1);
  });

  it('that nobody can read up to is unknown within the deadline, with the whole network down', async () => {
    cutOff();
    const text = residence();
    const ahead = { ...(follower.position ?? expect.fail('it has read')), size: 1000 };
    const wait = verify(text, { freshness: { mode: 'at-least', positions: [ahead] } }, { deadlineMs: 200 });
    await clock.advance(200);
    const verified = await wait;
    expect(answerOf(verified)).toEqual(['unknown', 'position.ahead']);
    expect(verified.durationMs).toBe(200);
    // Whoever asks for nothing special is not kept waiting.
    expect((await verify(text)).durationMs).toBe(0);
  });

  it('is also that of a credential whose list was opened after it', async () => {
    cutOff();
    const wait = verify(residence({ network: { log: ORIGIN, size: 1000 } }));
    await clock.advance(300);
    expect(answerOf(await wait)).toEqual(['unknown', 'position.behind_credential']);
  });

  it('of a forged credential makes nobody read on', async () => {
    const kid = feed.log.signatures.key('civic credential').kid;
    const before = feed.calls.checkpoints;
    const forged = residence({ key: createRealKey(), header: { kid }, network: { log: ORIGIN, size: 2 ** 50 } });
    const { verdict, durationMs } = await verify(forged);
    expect(verdict.outcome).toBe('invalid');
    expect([durationMs, feed.calls.checkpoints]).toEqual([0, before]);
  });

  it('said by the asker beside a wish for youth is waited for, and the wish still holds', async () => {
    const [text, position] = [residence(), follower.position ?? expect.fail('it has read')];
    const young = { freshness: { mode: 'max-age', maxAgeMs: 0 } } as const;
    expect((await verify(text, young, { seen: [position] })).verdict.basis.request).toEqual({ ...VIEW, ...young });
    cutOff();
    const wait = verify(text, young, { seen: [{ ...position, size: position.size + 1 }] });
    await clock.advance(300);
    expect(answerOf(await wait)).toEqual(['unknown', 'position.ahead']);
    // A log that is not followed here is no reason to refuse somebody who follows it too.
    const elsewhere = { ...position, size: position.size + 1, log: 'other.example' };
    const unmoved = await verify(text, {}, { seen: [elsewhere] });
    expect([...answerOf(unmoved), unmoved.durationMs]).toEqual(['valid', 0]);
    const asked = verify(text, { freshness: { mode: 'at-least', positions: [elsewhere] } });
    expect(answerOf(await asked)).toEqual(['unknown', 'position.log_unknown']);
  });
});

describe('when things do not work', () => {
  it('an engine that throws makes it unknown, never valid and never forged', async () => {
    const broken: SignatureEngine = {
      verify: () => Promise.reject(new CodedError('signature.overloaded', 'full')),
    };
    const { verdict } = await verify(
      residence(),
      {},
      {},
      createVerifier({ follower, engine: broken, policy: EMPTY_POLICY, clock }),
    );
    expect(verdict).toMatchObject({
      outcome: 'unknown',
      allows: { effect: 'none' },
      basis: { missing: ['signature.unavailable'] },
    });
    const { verdict: pay } = await verify(
      residence(),
      { class: 'pay' },
      {},
      createVerifier({ follower, engine: broken, policy: EMPTY_POLICY, clock }),
    );
    expect(pay.allows.effect).toBe('queue');
  });

  it('a thread that died is asked once more', async () => {
    let calls = 0;
    const dying: SignatureEngine = {
      verify: (checks) => {
        calls += 1;
        if (calls === 1) return Promise.reject(new CodedError('signature.interrupted', 'gone'));
        return engine.verify(checks);
      },
    };
    expect(
      answerOf(
        await verify(residence(), {}, {}, createVerifier({ follower, engine: dying, policy: EMPTY_POLICY, clock })),
      ),
    ).toEqual(['valid']);
  });

  it('an engine that says nothing about a check has not said yes', async () => {
    const mute = createVerifier({ follower, engine: { verify: async () => [] }, policy: EMPTY_POLICY, clock });
    expect(answerOf(await verify(residence(), {}, {}, mute))).toEqual(['invalid', 'signature.invalid']);
  });

  it('a cut-off network makes evidence old, not the credential bad', async () => {
    const text = residence();
    cutOff();
    await clock.advance(60_000);
    expect((await verify(text, { class: 'pay' })).verdict).toMatchObject({
      outcome: 'valid',
      freshness: 'recent',
      allows: { effect: 'reserve' },
    });
    await clock.advance(3_600_000);
    expect((await verify(text, { class: 'pay' })).verdict).toMatchObject({ outcome: 'unknown', freshness: 'cut-off' });
  });

  it('a local clock that is behind makes nothing young: the network has signed a later time', async () => {
    const text = residence();
    cutOff();
    clock.jump(-3_600_000);
    await clock.advance(60_000);
    expect((await verify(text)).verdict).toMatchObject({ ageMs: 60_000, freshness: 'recent' });
  });

  it('a follower that has read nothing yet is waited for, then the answer is unknown', async () => {
    const { network, source } = createTestFeed();
    const late = createFollower({
      network,
      source: { ...source, fetchCheckpoint: () => Promise.reject(new CodedError('feed.unreachable', 'down')) },
      store: createFollowerStoreMemory(),
      engine,
      clock,
      entropy: { bytes: (count) => new Uint8Array(count).fill(128) },
    });
    const wait = verify(residence(), {}, {}, createVerifier({ follower: late, engine, policy: EMPTY_POLICY, clock }));
    await clock.advance(300);
    expect(answerOf(await wait)).toContain('trust.issuer_unknown');
    expect((await wait).verdict).toMatchObject({ outcome: 'unknown', basis: { positions: [] } });
  });

  it('a feed that forks is worth nothing, and the verdict says so', async () => {
    const text = residence();
    const other = createTestFeed({ key: feed.key });
    const size = feed.log.entries.length;
    while (other.log.entries.length < size) other.log.epoch();
    feed.source.fetchCheckpoint = async () => other.checkpoint(size);
    await follower.pull(life.signal).catch(() => undefined);
    const { verdict } = await verify(text);
    expect(verdict).toMatchObject({ outcome: 'unknown', conflict: true, allows: { effect: 'none' } });
    expect(verdict.reasons).toEqual([{ code: 'feed.fork', path: '' }]);
    expect(verdict.basis.missing).toEqual(['feed.fork']);
  });

  it('keys that change while a signature is looked at are looked at again', async () => {
    const text = residence();
    const next = feed.log.signatures.key('civic credential 2');
    let isChanged = false;
    const slow: SignatureEngine = {
      async verify(checks) {
        const results = await engine.verify(checks);
        if (isChanged) return results;
        isChanged = true;
        const party = civicParty(feed.log.signatures, { keys: [{ use: 'credential', key: next.jwk }] });
        feed.log.accredit(party);
        feed.mint();
        await settle();
        return results;
      },
    };
    const verified = await verify(
      text,
      {},
      {},
      createVerifier({ follower, engine: slow, policy: EMPTY_POLICY, clock }),
    );
    expect(answerOf(verified)).toContain('trust.key_not_found');
    expect(verified.verdict.outcome).toBe('unknown');
  });

  it('a moment of the past is judged as of then', async () => {
    const text = residence({ claims: { exp: START / 1000 + 60 } });
    await clock.advance(120_000);
    expect(answerOf(await verify(text))[0]).toBe('expired');
    const { verdict } = await verify(text, {}, { at: START + 10_000 });
    expect([verdict.outcome, verdict.basis.tick]).toEqual(['valid', Math.floor((START + 10_000) / TICK_MS)]);
  });
});
