import { readFileSync } from 'node:fs';
import { deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ISSUER_KEY, jwt, NOW } from '../../test/sample-credential.ts';
import type { Refusal } from '../credential/refusal.ts';
import { packStatuses, readStatus } from './packed.ts';
import {
  createStatusTokenPayload,
  judgeStatusToken,
  MAX_STATUS_TOKEN_LENGTH,
  parseStatusToken,
  type StatusToken,
  type StatusTokenReason,
} from './status-token.ts';

const URI = 'https://issuer.example/lists/1';
const HEADER = { alg: 'EdDSA', typ: 'statuslist+jwt', kid: 'k1' };
const LIST = { bits: 2, lst: deflateSync(packStatuses(Uint8Array.of(0, 1, 2, 3), 2)).toString('base64url') };
const PAYLOAD = { sub: URI, iat: NOW, exp: NOW + 86_400, ttl: 300, status_list: LIST };

function token(payload: object = {}, header: object = {}): string {
  return jwt({ ...HEADER, ...header }, { ...PAYLOAD, ...payload }, ISSUER_KEY);
}

function parsed(text: string): StatusToken {
  const result = parseStatusToken(text);
  if (!result.ok) throw new Error(result.detail);
  return result;
}

describe('a status list token', () => {
  it('is read with its list still compressed', () => {
    const list = { ...LIST, aggregation_uri: 'https://issuer.example/lists' };
    const read = parsed(token({ status_list: list }, { x5c: ['MIIB'] }));
    expect(read).toMatchObject({
      header: { alg: 'EdDSA', kid: 'k1', x5c: ['MIIB'] },
      uri: URI,
      iat: NOW,
      exp: NOW + 86_400,
      ttl: 300,
      bits: 2,
      aggregationUri: 'https://issuer.example/lists',
    });
    const packed = inflateSync(read.compressed);
    expect([0, 1, 2, 3].map((index) => readStatus(packed, read.bits, index))).toEqual([0, 1, 2, 3]);
  });

  it('may leave out what is optional', () => {
    const read = parsed(token({ exp: undefined, ttl: undefined }));
    expect(['exp', 'ttl', 'aggregationUri'].filter((member) => member in read)).toEqual([]);
  });

  it('is read back as it was made', () => {
    const content = { uri: URI, iat: NOW, exp: NOW + 600, ttl: 300, bits: 1, compressed: Uint8Array.of(1, 2) } as const;
    const made = parsed(jwt(HEADER, createStatusTokenPayload({ ...content, aggregationUri: `${URI}s` })));
    expect(made).toMatchObject({ ...content, aggregationUri: `${URI}s` });
  });

  it.each([
    { iat: NOW, exp: NOW + 299, ttl: 300 },
    { iat: NOW, exp: NOW + 300, ttl: 0 },
    { iat: NOW + 0.5, exp: NOW + 300, ttl: 1 },
    { iat: NOW, exp: Number.NaN, ttl: 1 },
  ])('is not made to be void before it is asked for again: %j', (times) => {
    const content = { uri: URI, bits: 1, compressed: Uint8Array.of(1), ...times } as const;
    expect(() => createStatusTokenPayload(content)).toThrow(expect.objectContaining({ code: 'status.token-times' }));
  });
});

describe('a text that is no usable status list token', () => {
  type Refused = {
    readonly name: string;
    readonly text: string;
    readonly expect: Refusal<StatusTokenReason>['reason'];
  };
  const VECTORS = new URL('../../../../spec/vectors/status/invalid/tokens.json', import.meta.url);
  const list = (change: object) => token({ status_list: { ...LIST, ...change } });
  const at = (code: StatusTokenReason, path: string) => ({ code, path });
  const malformed = (path: string) => at('status.malformed', path);

  const recipes: Refused[] = [
    { name: 'a word', text: 'hello', expect: { code: 'status.malformed' } },
    { name: 'another typ', text: token({}, { typ: 'dc+sd-jwt' }), expect: at('status.typ', 'header/typ') },
    { name: 'no typ', text: token({}, { typ: undefined }), expect: at('status.typ', 'header/typ') },
    { name: 'alg none', text: token({}, { alg: 'none' }), expect: at('status.alg_not_allowed', 'header/alg') },
    { name: 'alg HS256', text: token({}, { alg: 'HS256' }), expect: at('status.alg_not_allowed', 'header/alg') },
    { name: 'a critical header', text: token({}, { crit: ['x'] }), expect: { code: 'status.malformed' } },
    { name: 'a kid that is a number', text: token({}, { kid: 1 }), expect: malformed('header/kid') },
    { name: 'no sub', text: token({ sub: undefined }), expect: malformed('/sub') },
    { name: 'a sub that is a number', text: token({ sub: 1 }), expect: malformed('/sub') },
    { name: 'no iat', text: token({ iat: undefined }), expect: malformed('/iat') },
    { name: 'iat in milliseconds', text: token({ iat: NOW * 1000 }), expect: malformed('/iat') },
    { name: 'exp as text', text: token({ exp: 'never' }), expect: malformed('/exp') },
    { name: 'a ttl of zero', text: token({ ttl: 0 }), expect: malformed('/ttl') },
    { name: 'a negative ttl', text: token({ ttl: -1 }), expect: malformed('/ttl') },
    { name: 'no list', text: token({ status_list: undefined }), expect: malformed('/status_list') },
    { name: 'a list that is text', text: token({ status_list: 'eNo' }), expect: malformed('/status_list') },
    { name: 'three bits', text: list({ bits: 3 }), expect: malformed('/status_list/bits') },
    { name: 'bits as text', text: list({ bits: '1' }), expect: malformed('/status_list/bits') },
    { name: 'no lst', text: list({ lst: undefined }), expect: malformed('/status_list/lst') },
    { name: 'an empty lst', text: list({ lst: '' }), expect: malformed('/status_list/lst') },
    { name: 'an lst with padding', text: list({ lst: 'eNo=' }), expect: { code: 'status.malformed' } },
    {
      name: 'an aggregation that is a number',
      text: list({ aggregation_uri: 1 }),
      expect: malformed('/status_list/aggregation_uri'),
    },
  ];
  const stored = JSON.parse(readFileSync(VECTORS, 'utf8')) as {
    name: string;
    input: { text: string };
    expect: object;
  }[];

  it('is stored as its recipe makes it', async () => {
    const made = recipes.map(({ name, text, expect: expected }) => {
      return {
        name,
        kind: 'status.token',
        input: { text },
        expect: expected,
        origin: 'Holdfast, after Token Status List section 5.1',
      };
    });
    await expect(`${JSON.stringify(made, null, 1)}\n`).toMatchFileSnapshot(VECTORS.pathname);
  });

  test.each(stored)('is refused for $name', ({ input, expect: expected }) => {
    const result = parseStatusToken(input.text);
    expect(result).toMatchObject({ ok: false });
    expect(result).toHaveProperty('reason', expected);
  });

  it('is refused unread when it is too large', () => {
    const text = 'A'.repeat(MAX_STATUS_TOKEN_LENGTH + 1);
    expect(parseStatusToken(text)).toMatchObject({ reason: { code: 'status.too_large' } });
    expect(parseStatusToken(text.slice(1))).toMatchObject({ reason: { code: 'status.malformed' } });
  });

  it('is answered with a value, never an exception', () => {
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.json());
    fc.assert(
      fc.property(texts, (text) => {
        expect(parseStatusToken(text)).toMatchObject({ ok: false });
      }),
    );
    const payloads = fc.object({ key: fc.constantFrom(...Object.keys(PAYLOAD), 'bits', 'lst'), maxDepth: 2 });
    fc.assert(
      fc.property(payloads, (payload) => {
        expect(typeof parseStatusToken(token(payload)).ok).toBe('boolean');
      }),
    );
  });
});

describe('a token with a good signature', () => {
  const REQUEST = { uri: URI, now: NOW, skewS: 60 };
  const judged = (payload: object, request: object = {}) =>
    judgeStatusToken(parsed(token(payload)), { ...REQUEST, ...request });

  it('may be used for its own list while it lives', () => {
    expect(judged({})).toEqual([]);
    expect(judged({ exp: undefined })).toEqual([]);
  });

  it('says nothing about another list of the same key', () => {
    expect(judged({ sub: `${URI}/` })).toEqual(['status.wrong_subject']);
  });

  it('is void from the second it expires, whatever the skew', () => {
    expect(judged({ exp: NOW + 1 })).toEqual([]);
    expect(judged({ exp: NOW })).toEqual(['status.expired']);
    expect(judged({ exp: NOW + 0.9 })).toEqual(['status.expired']);
  });

  it('may come from a clock that is ahead by the skew, and no more', () => {
    expect(judged({ iat: NOW + 60 })).toEqual([]);
    expect(judged({ iat: NOW + 61 })).toEqual(['status.future']);
  });

  it('has every reason named', () => {
    const all = ['status.wrong_subject', 'status.expired', 'status.future'];
    expect(judged({ sub: 'x', iat: NOW + 9999, exp: NOW - 1 })).toEqual(all);
  });
});
