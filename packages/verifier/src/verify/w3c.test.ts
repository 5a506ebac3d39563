import { gzipSync } from 'node:zlib';
import {
  BITSTRING_TYP,
  createBitstringPayload,
  encodeBase64url,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  encodeVerdict,
  encodeVerdictInput,
  type JsonObject,
  judgeReplay,
  packBitstring,
  prepareReplay,
  type VerdictRequest,
} from '@holdfast/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../../test/manual-clock.ts';
import { createOutside, createRealKey, type Outside, type RealKey } from '../../test/verify-world.ts';
import { createNodeEngine } from '../signatures/node-engine.ts';
import { EMPTY_POLICY } from './policy.ts';
import { createVerifier, type Verified } from './verifier.ts';

const START = Date.UTC(2026, 10, 20);
const VIEW: VerdictRequest = { class: 'view', freshness: { mode: 'any' } };
const DID = 'did:web:school.example';
const DID_KEY = `${DID}#key-1`;
const LISTS = { revocation: 'https://school.example/lists/1', suspension: 'https://school.example/lists/2' } as const;
const key = createRealKey();
const didJwk = (of: RealKey) => `did:jwk:${encodeBase64url(encodeUtf8(JSON.stringify(of.jwk)))}`;

let clock: ManualClock;
let outside: Outside;
let verify: (text: string, request?: Partial<VerdictRequest>) => Promise<Verified>;

beforeEach(() => {
  clock = createManualClock(START);
  trusting(DID, { types: ['ExampleDegreeCredential'] });
});

function trusting(issuer: string, more: object = {}): void {
  const policy = { ...EMPTY_POLICY, trustedIssuers: [{ issuer, ...more }] };
  const engine = createNodeEngine();
  outside = createOutside(policy, clock, engine);
  const method = { id: DID_KEY, type: 'JsonWebKey', controller: DID, publicKeyJwk: { ...key.jwk } };
  const document = { id: DID, verificationMethod: [method], assertionMethod: [DID_KEY] };
  outside.serve('https://school.example/.well-known/did.json', JSON.stringify(document), 'application/did+json');
  serve('revocation');
  serve('suspension');
  const verifier = createVerifier({ engine, foreign: outside.sources, policy, clock });
  verify = (text, request) => verifier.verify(text, { ...VIEW, ...request });
}

const signed = (payload: JsonObject, by = key, kid = DID_KEY) => {
  const input = encodeSigningInput({ alg: 'ES256', typ: 'vc+jwt', kid }, payload);
  return encodeJws(input, by.sign(input));
};

type ListOptions = {
  readonly set?: readonly number[];
  readonly iat?: number;
  readonly by?: RealKey;
  readonly claims?: JsonObject;
};

/** The list of one purpose, with these indices set, at its address. */
function serve(
  purpose: keyof typeof LISTS,
  { set = [], iat = START / 1000, by = key, claims = {} }: ListOptions = {},
): void {
  const values = new Uint8Array(131_072);
  for (const index of set) values[index] = 1;
  const compressed = new Uint8Array(gzipSync(packBitstring(values, 1)));
  const uri = LISTS[purpose];
  const payload = createBitstringPayload({
    uri,
    issuer: DID,
    purpose,
    iat,
    exp: iat + 3600,
    ttlMs: 60_000,
    compressed,
  });
  outside.serve(uri, signed({ ...payload, ...claims }, by), `application/${BITSTRING_TYP}`);
}

const entry = (purpose: string, statusListIndex: string, changes: JsonObject = {}) => ({
  ...{ type: 'BitstringStatusListEntry', statusPurpose: purpose, statusListIndex },
  statusListCredential: LISTS[purpose as 'revocation'] ?? LISTS.revocation,
  ...changes,
});

const degree = (changes: JsonObject = {}): JsonObject => ({
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  type: ['VerifiableCredential', 'ExampleDegreeCredential'],
  issuer: { id: DID, name: 'Example School' },
  validFrom: '2020-01-01T00:00:00Z',
  credentialSubject: { id: 'did:example:ada' },
  credentialStatus: [entry('revocation', '94567'), entry('suspension', '7')],
  ...changes,
});

const answerOf = ({ verdict }: Verified) => [verdict.outcome, ...verdict.reasons.map(({ code }) => code)];

describe('a W3C credential of a stranger', () => {
  it('is valid by its issuer’s did:web, with every list it names read, and all of it in the basis', async () => {
    const { verdict } = await verify(signed(degree()));
    expect(verdict).toMatchObject({
      outcome: 'valid',
      type: 'ExampleDegreeCredential',
      issuer: { id: DID, source: 'did:web' },
      freshness: 'live',
      notEstablished: ['truth-of-claims', 'possession'],
    });
    expect(verdict.basis.foreign.map(({ kind, source }) => [kind, source])).toEqual([
      ['key', 'did:web'],
      ['status', LISTS.revocation],
      ['status', LISTS.suspension],
    ]);
  });

  it('is valid by did:jwk, and by keys its issuer publishes', async () => {
    const did = didJwk(key);
    trusting(did);
    const own = signed(degree({ issuer: did, credentialStatus: undefined as never }), key, `${did}#0`);
    expect(answerOf(await verify(own))).toEqual(['valid']);
    const url = 'https://school.example/i';
    trusting(url);
    const metadata = JSON.stringify({ issuer: url, jwks: { keys: [{ ...key.jwk, kid: 'a' }] } });
    outside.serve('https://school.example/.well-known/jwt-vc-issuer/i', metadata, 'application/json');
    const published = signed(degree({ issuer: url, credentialStatus: undefined as never }), key, 'a');
    expect(answerOf(await verify(published))).toEqual(['valid']);
    expect((await verify(published)).verdict.notEstablished).toContain('revocation');
  });

  it('is revoked or suspended by the bit at its own index and no other', async () => {
    serve('revocation', { set: [94_567] });
    expect(answerOf(await verify(signed(degree())))).toEqual(['revoked', 'status.revoked']);
    const neighbour = degree({ credentialStatus: entry('revocation', '94560') });
    expect(answerOf(await verify(signed(neighbour)))).toEqual(['valid']);
    serve('suspension', { set: [7], iat: START / 1000 + 1 });
    const suspended = degree({ credentialStatus: entry('suspension', '7') });
    clock.jump(120_000);
    expect(answerOf(await verify(signed(suspended)))).toEqual(['suspended', 'status.suspended']);
  });

  it.each<[string, JsonObject, readonly string[]]>([
    ['expired', { validUntil: '2026-11-01T00:00:00Z' }, ['expired', 'time.expired']],
    ['expired by its signature', { exp: START / 1000 - 1 }, ['expired', 'time.expired']],
    ['not valid yet', { validFrom: '2027-01-01T00:00:00+01:00' }, ['not-yet-valid', 'time.not_yet_valid']],
    ['of a type that is not trusted', { type: ['VerifiableCredential'] }, ['unknown', 'trust.issuer_unknown']],
    ['of another issuer than its key', { issuer: 'did:web:other.example' }, ['invalid', 'signature.issuer_mismatch']],
    ['beyond its list', { credentialStatus: entry('revocation', '131072') }, ['invalid', 'status.index_out_of_range']],
    [
      'revocable in another way too',
      { credentialStatus: [entry('revocation', '5'), { type: 'Other' }] },
      ['unknown', 'status.mechanism_unsupported'],
    ],
    ['of a purpose nobody knows', { credentialStatus: entry('colour', '5') }, ['unknown', 'status.wrong_subject']],
    [
      'in need of larger entries than its list has',
      { credentialStatus: entry('revocation', '5', { statusSize: 2 }) },
      ['unknown', 'status.malformed'],
    ],
  ])('is %s', async (_what, changes, expected) => {
    const { verdict } = await verify(signed(degree(changes)));
    expect([verdict.outcome, verdict.reasons[0]?.code]).toEqual(expected);
  });

  it('is judged again, byte for byte, from what was kept; other bytes of a list are told from those it stood on', async () => {
    serve('revocation', { set: [94_567] });
    const text = signed(degree());
    const { verdict, evidence } = await verify(text);
    const envelope = { iss: 'north', iat: START / 1000, jti: '1', durationMs: 1, verdict };
    const input = encodeVerdictInput(envelope, 'ES256', 'k');
    const keep = (change: (packed: Uint8Array) => Uint8Array) => ({
      v: 1 as const,
      signed: encodeJws(input, new Uint8Array(64)),
      presented: text,
      foreign: {
        ...(evidence.issuerKey === undefined ? {} : { issuerKey: evidence.issuerKey }),
        bitstrings: (evidence.bitstrings ?? []).map((list) =>
          list.ok ? { ...list, packed: encodeBase64url(change(list.packed)) } : list,
        ),
      },
    });
    const plan = prepareReplay(keep((packed) => packed));
    const results = await createNodeEngine().verify(plan.checks.map(({ check }) => check));
    expect(judgeReplay(plan, results)).toMatchObject({ same: true, recomputed: { outcome: 'revoked' } });
    const other = keep((packed) => packed.map(() => 0));
    expect(() => prepareReplay(other)).toThrow(expect.objectContaining({ details: { what: 'foreign list' } }));
  });

  it('with a signature its key did not make is invalid, and no list is fetched for it', async () => {
    expect(answerOf(await verify(signed(degree(), createRealKey())))[0]).toBe('invalid');
    expect(outside.requests.filter((url) => url.includes('/lists/'))).toEqual([]);
  });

  it('was shown by nobody in particular: asked for a holder’s proof, it has none', async () => {
    const asked = await verify(signed(degree()), { nonce: 'n', audience: 'a' });
    expect(asked.verdict.outcome).toBe('invalid');
  });

  it('answers no query for an SD-JWT VC, though its type bears the same name', async () => {
    const query = {
      credentials: [{ id: 'd', format: 'dc+sd-jwt', meta: { vct_values: ['ExampleDegreeCredential'] } }],
    };
    expect(answerOf(await verify(signed(degree()), { query }))).toEqual(['invalid', 'query.type_mismatch']);
  });

  it.each<[string, ListOptions, string]>([
    ['signed by somebody else', { by: createRealKey() }, 'status.bad_signature'],
    ['of another address', { claims: { id: LISTS.suspension } }, 'status.wrong_subject'],
    ['of another issuer', { claims: { issuer: 'did:web:other.example' } }, 'status.key_unavailable'],
    ['from the future', { iat: START / 1000 + 3600 }, 'status.future'],
    ['that is no list', { claims: { type: ['VerifiableCredential'] } }, 'status.typ'],
    ['that has run out', { iat: START / 1000 - 7200 }, 'status.expired'],
  ])('whose list is one %s is unknown', async (_what, list, code) => {
    serve('revocation', list);
    expect(answerOf(await verify(signed(degree())))).toEqual(['unknown', code]);
  });

  it('whose lists are silent is unknown within the deadline, and gets the same bytes from whoever heard as little', async () => {
    const text = signed(degree());
    await verify(signed(degree({ credentialStatus: undefined as never })));
    outside.silence();
    const [a] = await Promise.all([verify(text), clock.advance(400)]);
    expect(answerOf(a)).toEqual(['unknown', 'status.unavailable']);
    expect(a.verdict.basis.missing).toEqual(['status.unavailable', 'status.unavailable']);
    expect(encodeVerdict(a.verdict)).toContain('"status.unavailable"');
  });
});
