import {
  CodedError,
  encodeJws,
  encodeVerdict,
  encodeVerdictInput,
  type Verdict,
  type VerdictRequest,
} from '@holdfast/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIST_URI } from '../../../core/test/log-builder.ts';
import { createManualClock, type ManualClock, settle } from '../../test/manual-clock.ts';
import { createTestFeed, ORIGIN, type TestFeed } from '../../test/test-feed.ts';
import { createRealKey, createWorldEngine, issue, type RealKey } from '../../test/verify-world.ts';
import { createCheckLanes } from '../checks/check-desk.ts';
import type { CheckResultStore } from '../checks/check-result-store.ts';
import { createCheckResultStoreMemory } from '../checks/check-result-store-memory.ts';
import { checkSigningInput } from '../checks/check-statement.ts';
import { createExternalCheckMemory, type MemoryCheck } from '../checks/external-check-memory.ts';
import { createFollower, type Follower } from '../follow/follower.ts';
import { createFollowerStoreMemory } from '../follow/follower-store-memory.ts';
import { EMPTY_POLICY, type Policy, parsePolicy, policyDigest } from './policy.ts';
import { createVerifier, type Verified, type Verifier, type VerifyOptions } from './verifier.ts';

const START = 1_700_000_100_000;
const VIEW: VerdictRequest = { class: 'view', freshness: { mode: 'any' } };
const LICENCE = {
  id: 'licence',
  kind: 'http',
  url: 'https://register.example/',
  maxAgeMs: 60_000,
  onSilence: 'unknown',
};
const engine = createWorldEngine();
const bank = createRealKey();

let feed: TestFeed;
let clock: ManualClock;
let follower: Follower;
let life: AbortController;
let checkers: Map<string, MemoryCheck>;

beforeEach(async () => {
  life = new AbortController();
  clock = createManualClock(START);
  feed = createTestFeed();
  feed.log.accredit({
    id: 'bank',
    kind: 'verifier',
    name: 'Bank',
    keys: [{ use: 'verdict', key: bank.jwk }],
    accreditations: [],
  });
  feed.log.epoch(clock.now());
  const entropy = { bytes: (count: number) => new Uint8Array(count) };
  const store = createFollowerStoreMemory();
  follower = createFollower({ network: feed.network, source: feed.source, store, engine, clock, entropy });
  await follower.start(life.signal);
  await follower.pull(life.signal);
  checkers = new Map();
});
afterEach(() => life.abort());

const policyOf = (changes: object): Policy => parsePolicy({ id: 'test', ...changes });

function verifierOf(changes: object, stored?: CheckResultStore): Verifier {
  const policy = policyOf(changes);
  const lanes = createCheckLanes({
    ...{ clock, engine, entropy: (length) => new Uint8Array(length) },
    ...(stored === undefined ? {} : { stored }),
    createCheck: ({ id }) => {
      const check = createExternalCheckMemory(`memory ${id}`, { state: 'passed', asOf: clock.now() });
      checkers.set(id, check);
      return check;
    },
  });
  return createVerifier({ follower, engine, policy, clock, checks: lanes.desk(policy) });
}

function checker(id = 'licence'): MemoryCheck {
  const found = checkers.get(id);
  if (found === undefined) throw new Error(`there is no checker ${id}`);
  return found;
}

function residence(claims: object = {}, index = 7): string {
  const key = feed.log.signatures.key('civic credential');
  const seconds = Math.floor(START / 1000);
  return issue({
    ...{ key, header: { kid: key.kid }, network: { log: ORIGIN, size: 6 } },
    status: { uri: LIST_URI, index },
    claims: { iss: 'https://civic.example', vct: 'residence', iat: seconds - 60, exp: seconds + 86_400, ...claims },
  });
}

const verify = (by: Verifier, text: string, options: VerifyOptions = {}, request: Partial<VerdictRequest> = {}) =>
  by.verify(text, { ...VIEW, ...request }, options);
const answerOf = ({ verdict }: Verified) => [verdict.outcome, ...verdict.reasons.map(({ code }) => code)];
const hang = () => new Promise<never>(() => undefined);

describe('a policy with a check', () => {
  it('asks, and keeps the answer until it is too old', async () => {
    const verifier = verifierOf({ checks: [LICENCE] });
    const text = residence();
    const { verdict, stages } = await verify(verifier, text);
    expect(answerOf({ verdict } as Verified)).toEqual(['valid']);
    expect(verdict.basis.checks).toMatchObject([{ id: 'licence', source: 'memory licence', asOf: START }]);
    expect(stages.checks).toEqual({ licence: 0 });
    await clock.advance(60_000);
    await verify(verifier, text);
    expect(checker().questions).toHaveLength(1);
    await clock.advance(1);
    await verify(verifier, text);
    expect(checker().questions).toHaveLength(2);
  });

  it('after a restart stands on what it was told before, at the age that it has', async () => {
    const stored = createCheckResultStoreMemory();
    const text = residence();
    const before = await verify(verifierOf({ checks: [LICENCE] }, stored), text);
    await clock.advance(50_000);
    const restarted = verifierOf({ checks: [LICENCE] }, stored);
    const after = await verify(restarted, text);
    expect(after.verdict.basis.checks).toEqual(before.verdict.basis.checks);
    expect(checker().questions).toEqual([]);
    await clock.advance(10_001);
    const asked = await verify(restarted, text);
    expect(asked.verdict.basis.checks).toMatchObject([{ asOf: START + 50_000 }]);
    expect(checker().questions).toHaveLength(1);
    // Another setting is another check, and another credential another question.
    await verify(verifierOf({ checks: [{ ...LICENCE, claims: ['given_name'] }] }, stored), text);
    expect(checker().questions).toHaveLength(1);
    await verify(verifierOf({ checks: [LICENCE] }, stored), residence({}, 8));
    expect(checker().questions).toHaveLength(1);
  });

  it('after a restart never takes a no for anything else, however old, while its checker is silent', async () => {
    const stored = createCheckResultStoreMemory();
    const text = residence();
    const first = verifierOf({ checks: [LICENCE] }, stored);
    checker().answer({ state: 'failed', asOf: START });
    expect(answerOf(await verify(first, text))).toEqual(['invalid', 'check.failed']);
    await clock.advance(3_600_000);
    feed.mint();
    await settle();
    const restarted = verifierOf({ checks: [LICENCE] }, stored);
    checker().answer(() => Promise.reject(new CodedError('check.unreachable', 'away')));
    expect(answerOf(await verify(restarted, text))).toEqual(['invalid', 'check.failed']);
  });

  it('asks as if nothing were stored where the store is away, hangs or fails to write', async () => {
    const away = () => Promise.reject(new CodedError('database.unreachable', 'away'));
    const memory = createCheckResultStoreMemory();
    for (const read of [away, hang]) {
      const verifier = verifierOf({ checks: [LICENCE] }, { ...memory, read, keep: away });
      const text = residence();
      const first = verify(verifier, text, { deadlineMs: 100 });
      await settle();
      await clock.advance(100);
      // One that hangs uses up the time of the question, and says nothing about the checker.
      expect(answerOf(await first)).toEqual(read === away ? ['valid'] : ['unknown', 'check.silent']);
    }
  });

  it('tells the checker what the policy shows it and no more', async () => {
    const shown = verifierOf({ checks: [{ ...LICENCE, claims: ['given_name'] }] });
    await verify(shown, residence());
    expect(checker().questions[0]).toMatchObject({ claims: { given_name: 'Ada' }, type: 'residence' });
    const hidden = verifierOf({ checks: [LICENCE] });
    await verify(hidden, residence());
    expect(checker().questions[0]?.claims).toEqual({});
  });

  it('does not ask without a claim that the checker needs', async () => {
    const verifier = verifierOf({ checks: [{ ...LICENCE, claims: ['licence_number'] }] });
    expect(answerOf(await verify(verifier, residence()))).toEqual(['unknown', 'check.claims_missing']);
    expect(checker().questions).toEqual([]);
  });

  it('asks nobody about a credential that is forged, revoked, expired or of nobody', async () => {
    const verifier = verifierOf({ checks: [LICENCE] });
    const forged = residence().replace(/\.[\w-]{86}~/, `.${'A'.repeat(86)}~`);
    feed.log.revoke([{ list: LIST_URI, index: 7 }]);
    feed.mint();
    await settle();
    const stranger = residence({ iss: 'https://nobody.example' }, 8);
    const expired = residence({ exp: START / 1000 }, 8);
    for (const text of [forged, residence(), stranger, expired, 'not a credential']) {
      const { verdict } = await verify(verifier, text);
      expect(verdict.outcome).not.toBe('valid');
      expect(verdict.checks.filter(({ name }) => name === 'check:licence').map(({ why }) => why ?? '')).toEqual(
        text === 'not a credential' ? [] : ['not-reached'],
      );
    }
    expect(checker().questions).toEqual([]);
  });

  it('answers within its deadline while every checker hangs, and says by when it will be known', async () => {
    const ids = ['a', 'b', 'c', 'd'];
    const verifier = verifierOf({ checks: ids.map((id) => ({ ...LICENCE, id, timeoutMs: 5000 })) });
    for (const id of ids) checker(id).answer(hang);
    const verified = verify(verifier, residence());
    await clock.advance(300);
    const { verdict, promisedBy, durationMs, stages } = await verified;
    expect(answerOf({ verdict } as Verified)).toEqual(['unknown', ...ids.map(() => 'check.silent')]);
    expect([durationMs, promisedBy, stages.checks?.a]).toEqual([300, START + 5000, 300]);
  });

  it('uses an answer that came after the deadline the next time, without asking again', async () => {
    const verifier = verifierOf({ checks: [LICENCE] });
    let finish = () => {};
    checker().answer(() => new Promise((resolve) => (finish = () => resolve({ state: 'passed', asOf: START }))));
    const text = residence();
    const late = verify(verifier, text);
    await clock.advance(300);
    expect(answerOf(await late)).toEqual(['unknown', 'check.silent']);
    finish();
    await settle();
    expect(answerOf(await verify(verifier, text, { mayAskChecks: false }))).toEqual(['valid']);
    expect(checker().questions).toHaveLength(1);
  });

  it('sees a revocation that arrives while it waits for a checker', async () => {
    const verifier = verifierOf({ checks: [LICENCE] });
    checker().answer(hang);
    const waiting = verify(verifier, residence());
    await settle();
    feed.log.revoke([{ list: LIST_URI, index: 7 }]);
    feed.mint();
    await clock.advance(300);
    expect(answerOf(await waiting)).toEqual(['revoked', 'status.revoked']);
  });

  it('keeps a no that is old while its checker is silent', async () => {
    const verifier = verifierOf({ checks: [{ ...LICENCE, onSilence: 'reserve' }] });
    checker().answer({ state: 'failed', asOf: START });
    expect(answerOf(await verify(verifier, residence()))).toEqual(['invalid', 'check.failed']);
    const text = residence();
    await verify(verifier, text);
    checker().answer(hang);
    await clock.advance(600_000);
    feed.mint();
    await settle();
    const waiting = verify(verifier, text);
    await clock.advance(300);
    expect(answerOf(await waiting)).toEqual(['invalid', 'check.failed']);
  });

  it('asks only for what it was asked for: by type, by class, by profile', async () => {
    const requiredFor = { types: ['degree'], classes: ['pay'] };
    const verifier = verifierOf({
      checks: [
        { ...LICENCE, requiredFor },
        { ...LICENCE, id: 'all' },
      ],
    });
    const { verdict } = await verify(verifier, residence());
    expect(verdict.basis.checks?.map(({ id }) => id)).toEqual(['all']);
    expect(checker('licence').questions).toEqual([]);
  });

  it('does nothing new without time to wait: what is known counts', async () => {
    const verifier = verifierOf({ checks: [LICENCE] });
    expect(answerOf(await verify(verifier, residence(), { deadlineMs: 0 }))).toEqual(['unknown', 'check.silent']);
    expect(checker().questions).toEqual([]);
  });

  it('changes its digest with every setting, and has the old one without checks', () => {
    const digests = [{}, { maxAgeMs: 1 }, { onSilence: 'reserve' }, { timeoutMs: 1 }].map((changes) =>
      policyDigest(policyOf({ checks: [{ ...LICENCE, ...changes }] })),
    );
    expect(new Set(digests).size).toBe(4);
    expect(policyDigest(policyOf({ id: 'default', checks: [] }))).toBe(policyDigest(EMPTY_POLICY));
  });
});

describe("another party's word", () => {
  const acceptFrom = [{ party: 'bank', checks: ['licence'], maxAgeMs: 30_000 }];
  const credentialOf = async (text: string) => (await verify(verifierOf({}), text)).verdict.basis.credential ?? '';

  function result(by: RealKey, credential: string, changes: object = {}, kid = by.kid): string {
    const input = checkSigningInput(
      { alg: 'ES256', kid, iss: 'bank', iat: START / 1000 },
      { check: 'licence', credential, result: 'passed', asOf: START - 1000, ...changes },
    );
    return encodeJws(input, by.sign(input));
  }

  async function hand(texts: readonly string[], text: string, changes: object = { acceptFrom }) {
    const verifier = verifierOf({ checks: [LICENCE], ...changes });
    checker().answer(() => Promise.reject(new Error('nobody is asked')));
    const verified = await verify(verifier, text, { handed: texts });
    return { verified, asked: checker().questions.length, verifier };
  }

  it('is used instead of asking, whether it comes as a result or in a signed verdict', async () => {
    const text = residence();
    const other = await verify(verifierOf({ checks: [LICENCE] }), text);
    const signedVerdict = signVerdict(other.verdict, bank);
    for (const handed of [result(bank, await credentialOf(text)), signedVerdict]) {
      const { verified, asked } = await hand([handed], text);
      expect([answerOf(verified), asked, verified.ignored]).toEqual([['valid'], 0, []]);
      expect(verified.verdict.basis.checks).toMatchObject([{ id: 'licence', source: 'bank' }]);
      expect(verified.evidence.checks?.[0]?.found).toMatchObject({ proof: handed });
    }
  });

  it('that says no counts as a no', async () => {
    const text = residence();
    const { verified } = await hand([result(bank, await credentialOf(text), { result: 'failed' })], text);
    expect(answerOf(verified)).toEqual(['invalid', 'check.failed']);
  });

  it('lasts no longer than its acceptance says', async () => {
    const text = residence();
    const { verifier, verified } = await hand([result(bank, await credentialOf(text))], text);
    expect(verified.verdict.usableUntil).toBeLessThanOrEqual(START - 1000 + 30_000);
    await clock.advance(29_000);
    expect(answerOf(await verify(verifier, text))).toEqual(['valid']);
    await clock.advance(1);
    expect(answerOf(await verify(verifier, text))[1]).toBe('check.unreachable');
  });

  it.each<[string, (credential: string) => string]>([
    ['evidence.unreadable', () => 'not a statement'],
    ['evidence.unreadable', () => 'x'.repeat(70_000)],
    ['evidence.party_not_accepted', (credential) => foreign(credential)],
    ['evidence.other_credential', () => result(bank, 'c'.repeat(43))],
    ['evidence.no_such_check', (credential) => result(bank, credential, { check: 'other' })],
    ['evidence.too_old', (credential) => result(bank, credential, { asOf: START - 30_001 })],
    ['evidence.from_the_future', (credential) => result(bank, credential, { asOf: START + 60_001 })],
    ['evidence.key_not_accredited', (credential) => result(createRealKey(), credential)],
    ['evidence.signature', (credential) => result(createRealKey(), credential, {}, bank.kid)],
  ])('is ignored, and the checker asked, because of %s', async (why, make) => {
    const text = residence();
    const { verified, asked } = await hand([make(await credentialOf(text))], text);
    expect(verified.ignored).toEqual([{ index: 0, why }]);
    expect([answerOf(verified)[1], asked]).toEqual(['check.unreachable', 1]);
  });

  function foreign(credential: string): string {
    const input = checkSigningInput(
      { alg: 'ES256', kid: bank.kid, iss: 'shop', iat: START / 1000 },
      { check: 'licence', credential, result: 'passed', asOf: START },
    );
    return encodeJws(input, bank.sign(input));
  }

  it('does not count by a key that the network has ended, nor under a policy that does not accept it', async () => {
    const text = residence();
    const handed = result(bank, await credentialOf(text));
    expect((await hand([handed], text, {})).verified.ignored).toEqual([
      { index: 0, why: 'evidence.party_not_accepted' },
    ]);
    const keys = [{ use: 'verdict' as const, key: bank.jwk, until: START }];
    feed.log.accredit({ id: 'bank', kind: 'verifier', name: 'Bank', keys, accreditations: [] });
    feed.mint();
    await settle();
    expect((await hand([handed], text)).verified.ignored).toEqual([{ index: 0, why: 'evidence.key_not_accredited' }]);
  });

  it('is read up to a number, and the rest is named', async () => {
    const text = residence();
    const { verified } = await hand(Array(17).fill('x'), text);
    expect(verified.ignored).toHaveLength(17);
    expect(verified.ignored).toContainEqual({ index: 16, why: 'evidence.too_many' });
  });

  function signVerdict(verdict: Verdict, by: RealKey): string {
    const envelope = { iss: 'bank', iat: START / 1000, jti: 'v1', durationMs: 1, verdict };
    const input = encodeVerdictInput(envelope, 'ES256', by.kid);
    return encodeJws(input, by.sign(input));
  }
});

describe('two verifiers under one policy', () => {
  it('give byte-equal verdicts on the same results', async () => {
    const text = residence();
    const [a, b] = [verifierOf({ checks: [LICENCE] }), verifierOf({ checks: [LICENCE] })];
    expect(encodeVerdict((await verify(a, text)).verdict)).toBe(encodeVerdict((await verify(b, text)).verdict));
  });
});
