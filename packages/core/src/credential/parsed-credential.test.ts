import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { acceptedCredentials } from '../../test/accepted-credentials.ts';
import { BOUND, disclose, HOLDER_KEY, makeCredential, NOW, sha256, VISIBLE } from '../../test/sample-credential.ts';
import { sha256Base64url } from '../encoding/bytes.ts';
import { canonicalJson } from '../encoding/json.ts';
import { type Credential, parseCredential } from './parsed-credential.ts';

function folder(name: string): URL {
  return new URL(`../../../../spec/vectors/credential/valid/${name}`, import.meta.url);
}

function parsed(text: string): Credential {
  const result = parseCredential(text);
  if (!result.ok) throw new Error(`${result.reason.code} at ${result.reason.path}: ${result.detail}`);
  return result;
}

describe('a presentation that is good', () => {
  const VECTORS = folder('presentations.json');
  type Vector = {
    readonly name: string;
    readonly input: { readonly text: string };
    readonly expect: { readonly claims: object; readonly paths: readonly unknown[] };
  };
  const stored = JSON.parse(readFileSync(VECTORS, 'utf8')) as Vector[];

  it('is stored as its recipe makes it', async () => {
    const made = acceptedCredentials().map(({ name, text, claims, paths, rule }) => {
      const expected = { claims: JSON.parse(canonicalJson(claims)) as object, paths };
      return {
        name,
        kind: 'credential.accepted',
        input: { text },
        expect: expected,
        origin: `Holdfast, after ${rule}`,
      };
    });
    await expect(`${JSON.stringify(made, null, 1)}\n`).toMatchFileSnapshot(VECTORS.pathname);
  });

  test.each(stored)('has these claims: $name', ({ input, expect: expected }) => {
    const { claims, disclosures } = parsed(input.text);
    expect(canonicalJson(claims)).toBe(canonicalJson(expected.claims));
    expect(disclosures.map(({ path }) => path)).toEqual(expected.paths);
  });
});

describe('digests of disclosures', () => {
  type Vector = {
    readonly name: string;
    readonly input: { readonly disclosure: string };
    readonly expect: { readonly digest: string };
  };
  const vectors = JSON.parse(readFileSync(folder('sd-jwt-digests.json'), 'utf8')) as Vector[];

  test.each(vectors)('are those of $name', ({ input, expect: expected }) => {
    expect(sha256Base64url(input.disclosure)).toBe(expected.digest);
    const [, name] = JSON.parse(Buffer.from(input.disclosure, 'base64url').toString()) as unknown[];
    const isElement = (JSON.parse(Buffer.from(input.disclosure, 'base64url').toString()) as unknown[]).length === 2;
    const payload = isElement ? { at: [{ '...': expected.digest }] } : { _sd: [expected.digest] };
    const { disclosures } = parsed(makeCredential({ payload, disclosures: [input.disclosure] }));
    expect(disclosures).toEqual([
      isElement ? { path: ['at', 0], digest: expected.digest } : { path: [name], name, digest: expected.digest },
    ]);
  });
});

describe('what parseCredential gives', () => {
  const status = { status_list: { idx: 7, uri: 'https://issuer.example/lists/1' } };
  const network = { log: 'issuer.example/log', size: 12 };

  it('is the registered claims, typed, and everything the signatures are over', () => {
    const name = disclose('given_name', 'Ada');
    const payload = { ...BOUND, status, network, nbf: NOW - 60, _sd: [sha256(name)] };
    const text = makeCredential({ header: { x5c: ['MIIB'] }, payload, disclosures: [name], keyBinding: {} });
    const signed = text.slice(0, text.lastIndexOf('~') + 1);
    expect(parsed(text)).toMatchObject({
      ok: true,
      format: 'dc+sd-jwt',
      legacyTyp: false,
      header: { alg: 'EdDSA', typ: 'dc+sd-jwt', kid: 'k1', x5c: ['MIIB'] },
      vct: VISIBLE.vct,
      issuer: VISIBLE.iss,
      cnf: HOLDER_KEY.jwk,
      status: { uri: status.status_list.uri, index: 7 },
      network,
      iat: VISIBLE.iat,
      nbf: NOW - 60,
      exp: VISIBLE.exp,
      payload: { ...VISIBLE, ...payload },
      claims: { given_name: 'Ada' },
      disclosures: [{ path: ['given_name'], name: 'given_name', digest: sha256(name) }],
      keyBinding: { key: HOLDER_KEY.jwk, sdHash: sha256(signed), nonce: 'nonce-of-this-request', iat: NOW },
      presentedDigest: sha256(text),
      issuerSigned: signed,
    });
  });

  it('leaves out what the issuer left out', () => {
    const credential = parsed(makeCredential({ payload: { iss: undefined, exp: undefined, iat: undefined } }));
    const absent = ['issuer', 'cnf', 'status', 'otherStatus', 'network', 'iat', 'nbf', 'exp', 'keyBinding'];
    expect(absent.filter((member) => member in credential)).toEqual([]);
  });

  it('flags the former typ, and only that', () => {
    expect(parsed(makeCredential({ header: { typ: 'vc+sd-jwt' } }))).toMatchObject({
      legacyTyp: true,
      format: 'dc+sd-jwt',
    });
  });

  it('names status mechanisms it cannot read, so that nobody takes them for no status', () => {
    const other = parsed(makeCredential({ payload: { status: { identifier_list: { id: 'x' } } } }));
    expect(other.status).toBeUndefined();
    expect(other.otherStatus).toEqual(['identifier_list']);
    const both = parsed(makeCredential({ payload: { status: { identifier_list: {}, ...status } } }));
    expect(both).toMatchObject({ status: { index: 7 }, otherStatus: ['identifier_list'] });
  });

  it('rounds fractions of a second towards refusal', () => {
    const payload = { nbf: 100.2, exp: 200.8, iat: 50.5 };
    expect(parsed(makeCredential({ payload }))).toMatchObject({ nbf: 101, exp: 200, iat: 50 });
  });

  it.each([{ log: '', size: 1 }, { log: 'x', size: 0 }, { log: 'x', size: 1.5 }, { log: 1, size: 1 }, { size: 1 }, []])(
    'takes a claim network of another shape for an ordinary claim: %j',
    (shape) => {
      const credential = parsed(makeCredential({ payload: { network: shape } }));
      expect(credential.network).toBeUndefined();
      expect(canonicalJson(credential.claims.network)).toBe(canonicalJson(shape));
    },
  );

  it('reads nothing from a prototype, and changes none', () => {
    const { claims } = parsed(makeCredential({ payload: { a: { b: {} } } }));
    expect(claims.toString).toBeUndefined();
    expect((claims.a as { b: object }).b).not.toHaveProperty('constructor');
    expect(({} as { admin?: true }).admin).toBeUndefined();
  });

  it('repeats no character in a path that could end a tag or turn the text around', () => {
    const evil = '<b>\u202e\u2028';
    const text = makeCredential({ payload: { [evil]: { _sd: 1 } } });
    expect(parseCredential(text)).toMatchObject({ reason: { code: 'disclosure.digest_malformed', path: '/?b???' } });
  });
});
