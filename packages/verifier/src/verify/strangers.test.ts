import { encodeBase64url, encodeUtf8, type JsonObject, sha256, type VerdictRequest } from '@holdfast/core';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../../test/manual-clock.ts';
import {
  type Chain,
  type CredentialOptions,
  createChain,
  createOutside,
  createRealKey,
  issue,
  listToken,
  type Outside,
} from '../../test/verify-world.ts';
import { createNodeEngine } from '../signatures/node-engine.ts';
import { EMPTY_POLICY, type Policy, parsePolicy } from './policy.ts';
import { createVerifier, type Verified } from './verifier.ts';

const START = Date.UTC(2026, 10, 20);
const ISSUER = 'https://town.example/i/one';
const LIST = 'https://town.example/lists/1';
const VIEW: VerdictRequest = { class: 'view', freshness: { mode: 'any' } };
const engine = createNodeEngine();

let chain: Chain;
let clock: ManualClock;
let outside: Outside;

beforeAll(async () => {
  chain = await createChain('town.example', ISSUER);
});
beforeEach(() => {
  clock = createManualClock(START);
  trusting({ anchors: [chain.anchor] });
});

let verify: (text: string, changes?: Partial<VerdictRequest>) => Promise<Verified>;

function trusting(changes: Partial<Policy>): void {
  const policy = { ...EMPTY_POLICY, ...changes };
  outside = createOutside(policy, clock, engine);
  outside.serve(LIST, listToken(chain.leafKey, list()), 'application/statuslist+jwt');
  const verifier = createVerifier({ engine, foreign: outside.sources, policy, clock });
  verify = (text, request = {}) => verifier.verify(text, { ...VIEW, ...request });
}

function list(values: Record<number, number> = {}, iat = START / 1000) {
  const bytes = new Uint8Array(1024);
  for (const [index, value] of Object.entries(values)) bytes[Number(index)] = value;
  return { uri: LIST, values: bytes, iat };
}

function serve(token: string, contentType = 'application/statuslist+jwt'): void {
  outside.serve(LIST, token, contentType);
}

function licence(changes: Partial<CredentialOptions> & { readonly claims?: JsonObject } = {}): string {
  return issue({
    key: chain.leafKey,
    header: { x5c: chain.x5c },
    status: { uri: LIST, index: 3 },
    ...changes,
    claims: { iss: ISSUER, vct: 'licence', iat: START / 1000, exp: START / 1000 + 86_400, ...changes.claims },
  });
}

/** Certificates take the platform's threads a while, in which our clock stands still: it goes on until there is an answer. */
async function asTimePasses(verified: Promise<Verified>): Promise<Verified> {
  let isDone = false;
  const done = verified.finally(() => {
    isDone = true;
  });
  while (!isDone) await clock.advance(100);
  return done;
}

const answerOf = ({ verdict }: Verified) => [verdict.outcome, ...verdict.reasons.map(({ code }) => code)];

describe('a stranger with a certificate', () => {
  it('is trusted when an anchor of ours stands behind it', async () => {
    const { verdict } = await verify(licence());
    expect(verdict).toMatchObject({ outcome: 'valid', issuer: { id: ISSUER, source: 'x5c' }, freshness: 'live' });
    expect(verdict.basis.positions).toEqual([]);
    expect(verdict.basis.foreign).toMatchObject([{ kind: 'status', source: LIST, asOf: START }]);
    expect(verdict.basis.anchors).toMatch(/^[\w-]{43}$/);
  });

  it('is unknown when nobody is trusted: integrity and status are told, with the fingerprint that would trust it', async () => {
    trusting({});
    const { verdict } = await verify(licence());
    expect(verdict.reasons).toEqual([{ code: 'trust.no_anchors', path: '' }]);
    expect(verdict.outcome).toBe('unknown');
    const resultOf = (name: string) => verdict.checks.find((check) => check.name === name)?.result;
    expect([resultOf('issuer-signature'), resultOf('status')]).toEqual(['passed', 'passed']);
    const { fingerprint = '' } = verdict.issuer ?? {};
    trusting({ anchors: [fingerprint] });
    expect(answerOf(await verify(licence()))).toEqual(['valid']);
  });

  it('is no issuer of ours when our anchors stand behind others', async () => {
    trusting({ anchors: [(await createChain('town.example', ISSUER)).anchor] });
    expect(answerOf(await verify(licence()))).toEqual(['invalid', 'trust.not_anchored']);
  });

  it('may not speak in the name of another', async () => {
    const borrowed = licence({ claims: { iss: 'https://city.example/i/one' } });
    expect(answerOf(await verify(borrowed))).toEqual(['invalid', 'signature.issuer_mismatch', 'status.unavailable']);
    expect(outside.requests).toEqual([]);
  });

  it('proves nothing with a signature that its certificate did not make', async () => {
    expect(answerOf(await verify(licence({ key: createRealKey() })))).toEqual(['invalid', 'signature.invalid']);
    expect(outside.requests).toEqual([]);
  });

  it('is trusted for one key and one type when a policy says so', async () => {
    trusting({ trustedIssuers: [{ issuer: ISSUER, key: chain.leafKey.kid, types: ['licence'] }] });
    expect(answerOf(await verify(licence()))).toEqual(['valid']);
    expect(answerOf(await verify(licence({ claims: { vct: 'degree' } })))).toEqual(['unknown', 'trust.no_anchors']);
    trusting({ trustedIssuers: [{ issuer: ISSUER }] });
    // Anyone can make a certificate for any name: without an anchor or the key, the name alone is nothing.
    expect(answerOf(await verify(licence()))).toEqual(['unknown', 'trust.no_anchors']);
  });
});

describe('the status list of a stranger', () => {
  it('says revoked and suspended, and nothing about other indices', async () => {
    serve(listToken(chain.leafKey, list({ 3: 1, 4: 2 })));
    expect(answerOf(await verify(licence()))).toEqual(['revoked', 'status.revoked']);
    expect(answerOf(await verify(licence({ status: { uri: LIST, index: 4 } })))).toEqual([
      'suspended',
      'status.suspended',
    ]);
    expect(answerOf(await verify(licence({ status: { uri: LIST, index: 2 } })))).toEqual(['valid']);
  });

  it('counts when another key of the same authority and name signed it', async () => {
    const sibling = await chain.another();
    serve(listToken(sibling.key, list({ 3: 1 }), { header: { x5c: sibling.x5c } }));
    expect(answerOf(await verify(licence()))).toEqual(['revoked', 'status.revoked']);
  });

  it('is worth nothing when somebody else signed it, with or without a certificate', async () => {
    const other = await createChain('town.example', ISSUER);
    for (const token of [
      listToken(createRealKey(), list()),
      listToken(other.leafKey, list(), { header: { x5c: other.x5c } }),
      listToken(other.leafKey, list(), { header: { kid: chain.leafKey.kid } }),
      listToken(chain.leafKey, list(), { header: { alg: 'none' } }),
      listToken(chain.leafKey, list(), { header: { alg: 'HS256' } }),
    ]) {
      trusting({ anchors: [chain.anchor] });
      serve(token);
      const [outcome, code] = answerOf(await verify(licence()));
      expect([outcome, code]).toEqual([
        'unknown',
        expect.stringMatching(/^status\.(bad_signature|key_unavailable|alg_not_allowed)$/),
      ]);
    }
  });

  it('is worth nothing when the same authority has certified somebody else, also where the credential names nobody', async () => {
    const neighbour = await chain.another('village.example', 'https://village.example/i/two');
    const text = licence({ claims: { iss: undefined as never } });
    expect(answerOf(await verify(text))).toEqual(['valid']);
    trusting({ anchors: [chain.anchor] });
    serve(listToken(neighbour.key, list(), { header: { x5c: neighbour.x5c } }));
    expect(answerOf(await verify(text))).toEqual(['unknown', 'status.key_unavailable']);
    expect(answerOf(await verify(licence()))).toEqual(['unknown', 'status.key_unavailable']);
  });

  it('is worth nothing when it is another list, of another type, out of date, or does not reach that far', async () => {
    const hour = 3600;
    const cases: readonly [string, readonly string[]][] = [
      [listToken(chain.leafKey, { ...list(), uri: `${LIST}0` }), ['unknown', 'status.wrong_subject']],
      [listToken(chain.leafKey, list(), { header: { typ: 'JWT' } }), ['unknown', 'status.typ']],
      [listToken(chain.leafKey, list({}, START / 1000 - 2 * hour)), ['unknown', 'status.expired']],
      [listToken(chain.leafKey, { ...list(), values: new Uint8Array(0) }), ['invalid', 'status.index_out_of_range']],
      ['not a token', ['unknown', 'status.malformed']],
    ];
    for (const [token, expected] of cases) {
      trusting({ anchors: [chain.anchor] });
      serve(token);
      expect(answerOf(await verify(licence()))).toEqual(expected);
    }
  });

  it('that has run out still says who was revoked', async () => {
    serve(listToken(chain.leafKey, list({ 3: 1 }, START / 1000 - 7200)));
    expect(answerOf(await verify(licence()))).toEqual(['revoked', 'status.revoked']);
  });

  it('that takes a revocation back is a conflict, and no better than stale', async () => {
    serve(listToken(chain.leafKey, list({ 3: 1 })));
    await verify(licence());
    await clock.advance(400_000);
    serve(listToken(chain.leafKey, list({}, START / 1000 + 300)));
    const { verdict } = await verify(licence(), { class: 'pay' });
    expect(verdict).toMatchObject({ outcome: 'valid', conflict: true, allows: { effect: 'reserve' } });
    expect(verdict.basis.missing).toEqual(['status.reversed']);
  });

  it('is fetched for authentic credentials only', async () => {
    const forged = licence().replace(/\.[^.~]+~/, (signature) => `.${'B'.repeat(signature.length - 2)}~`);
    expect(answerOf(await verify(forged))[0]).toBe('invalid');
    expect(outside.requests).toEqual([]);
    await verify(licence());
    expect(outside.requests).toEqual([LIST]);
  });

  it('is never fetched from our own network, by any address a credential may name', async () => {
    for (const uri of [
      'http://town.example/lists/1',
      'https://127.0.0.1/lists/1',
      'https://[::1]/lists/1',
      'https://169.254.169.254/latest/meta-data',
      'https://10.0.0.1/lists/1',
      'https://localhost/lists/1',
      'https://intranet.example/lists/1',
      'https://town.example:8443/lists/1',
      'https://user:secret@town.example/lists/1',
      'file:///etc/passwd',
      'data:application/statuslist+jwt,x',
      'javascript:1',
    ]) {
      expect(answerOf(await verify(licence({ status: { uri, index: 3 } }))), uri).toEqual([
        'unknown',
        'status.unavailable',
      ]);
    }
    expect(outside.requests).toEqual([]);
  });
});

describe('a stranger without a certificate', () => {
  const key = createRealKey();
  const metadata = (changes: object = {}) =>
    JSON.stringify({ issuer: ISSUER, jwks: { keys: [{ ...key.jwk, kid: 'k1' }] }, ...changes });
  const plain = (claims: JsonObject = {}) =>
    issue({ key, header: { kid: 'k1' }, claims: { iss: ISSUER, vct: 'licence', iat: START / 1000, ...claims } });
  const location = 'https://town.example/.well-known/jwt-vc-issuer/i/one';

  it('is found by its metadata; whom to trust is the policy’s word', async () => {
    outside.serve(location, metadata(), 'application/json');
    const { verdict } = await verify(plain());
    expect(answerOf({ verdict } as Verified)).toEqual(['unknown', 'trust.issuer_unknown']);
    expect(verdict.basis.foreign).toEqual([
      { kind: 'key', source: 'jwt-vc-issuer', digest: encodeBase64url(sha256(encodeUtf8(metadata()))), asOf: START },
    ]);
    trusting({ trustedIssuers: [{ issuer: ISSUER }] });
    outside.serve(location, metadata(), 'application/json');
    expect(answerOf(await verify(plain()))).toEqual(['valid']);
  });

  it('whose key the policy holds is not asked for it, unless the credential names another', async () => {
    trusting(parsePolicy({ id: 'p', trustedIssuers: [{ issuer: ISSUER, key: { ...key.jwk }, types: ['licence'] }] }));
    outside.silence();
    const named = (kid: string) => issue({ key, header: { kid }, claims: { iss: ISSUER, vct: 'licence' } });
    const bare = (by = key, vct = 'licence') => issue({ key: by, claims: { iss: ISSUER, vct } });
    expect(answerOf(await verify(bare()))).toEqual(['valid']);
    expect(answerOf(await verify(named(key.kid)))).toEqual(['valid']);
    expect(answerOf(await verify(bare(createRealKey())))).toEqual(['invalid', 'signature.invalid']);
    expect(outside.requests).toEqual([]);
    expect(answerOf(await asTimePasses(verify(named('another'))))).toEqual(['unknown', 'trust.key_unavailable']);
    expect(answerOf(await asTimePasses(verify(bare(key, 'degree'))))).toEqual(['unknown', 'trust.key_unavailable']);
  });

  it('is a DID, whose key is in its name or on its host', async () => {
    const jwk = `did:jwk:${encodeBase64url(encodeUtf8(JSON.stringify(key.jwk)))}`;
    const web = 'did:web:town.example:i:one';
    const method = { id: `${web}#k1`, type: 'JsonWebKey', controller: web, publicKeyJwk: key.jwk };
    const document = { id: web, verificationMethod: [method], assertionMethod: [`${web}#k1`] };
    trusting({ trustedIssuers: [{ issuer: jwk }, { issuer: web, key: key.kid }] });
    outside.serve('https://town.example/i/one/did.json', JSON.stringify(document), 'application/did+json');
    const signed = (iss: string, kid: string) => issue({ key, header: { kid }, claims: { iss, vct: 'licence' } });
    expect(answerOf(await verify(signed(jwk, `${jwk}#0`)))).toEqual(['valid']);
    expect(answerOf(await verify(signed(web, `${web}#k1`)))).toEqual(['valid']);
    expect(answerOf(await verify(signed(web, `${jwk}#0`)))).toEqual(['invalid', 'signature.issuer_mismatch']);
  });

  it('that says nothing within the deadline is unknown, and patience may help', async () => {
    outside.silence();
    const { verdict, durationMs } = await asTimePasses(verify(plain(), { class: 'pay' }));
    expect(verdict).toMatchObject({ outcome: 'unknown', allows: { effect: 'queue' } });
    expect(verdict.reasons).toContainEqual({ code: 'trust.key_unavailable', path: '' });
    expect(verdict.basis.missing).toEqual(['trust.key_unavailable']);
    expect(durationMs).toBeGreaterThanOrEqual(300);
  });

  it('whose list says nothing within the deadline is unknown too', async () => {
    // Its certificates are known from before: checking them takes real time, which no clock of a test can hurry.
    await verify(licence({ status: { uri: 'https://town.example/lists/another', index: 3 } }));
    outside.silence();
    expect(answerOf(await asTimePasses(verify(licence())))).toEqual(['unknown', 'status.unavailable']);
  });

  it('is unknown where strangers are not looked for at all', async () => {
    const alone = createVerifier({ engine, policy: EMPTY_POLICY, clock });
    expect(answerOf(await alone.verify(plain(), VIEW))).toEqual(['unknown', 'trust.issuer_unknown']);
  });
});

describe('a status that cannot be read here', () => {
  it('is not the same as none', async () => {
    const key = chain.leafKey;
    const claims = { iss: ISSUER, vct: 'licence', iat: START / 1000, exp: START / 1000 + 60 };
    const text = issue({ key, header: { x5c: chain.x5c }, claims });
    expect(answerOf(await verify(text))).toEqual(['valid']);
    const [signed = ''] = text.split('~');
    const payload = JSON.parse(Buffer.from(signed.split('.')[1] ?? '', 'base64url').toString());
    const input = `${signed.split('.')[0]}.${Buffer.from(JSON.stringify({ ...payload, status: { other: {} } })).toString('base64url')}`;
    const other = `${input}.${Buffer.from(key.sign(input)).toString('base64url')}~${text.split('~').slice(1).join('~')}`;
    expect(answerOf(await verify(other))).toEqual(['unknown', 'status.mechanism_unsupported']);
  });
});
