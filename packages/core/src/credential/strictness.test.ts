import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import {
  type Refused,
  refusedClaims,
  refusedDisclosures,
  refusedHeaders,
  refusedKeyBindings,
  refusedSignatures,
  refusedTexts,
} from '../../test/refused-credentials.ts';
import { refusedDigests, refusedHiding, refusedMarkers } from '../../test/refused-digests.ts';
import { disclose, makeCredential, sha256 } from '../../test/sample-credential.ts';
import { namelessTexts, unsupportedCredentials } from '../../test/unsupported-credentials.ts';
import { DEFAULT_CREDENTIAL_BOUNDS, parseCredential } from './parsed-credential.ts';

const VECTORS = new URL('../../../../spec/vectors/credential/invalid/strictness.json', import.meta.url);

type Vector = {
  readonly name: string;
  readonly kind: string;
  readonly input: { readonly text: string };
  readonly expect: Refused['expect'];
  readonly origin: string;
};

function vectors(): Vector[] {
  const made = [
    refusedSignatures(),
    refusedHeaders(),
    refusedTexts(),
    refusedClaims(),
    refusedKeyBindings(),
    refusedDisclosures(),
    refusedDigests(),
    refusedMarkers(),
    refusedHiding(),
  ];
  return made.flat().map(({ name, text, expect: expected, rule }) => {
    return { name, kind: 'credential.refused', input: { text }, expect: expected, origin: `Holdfast, after ${rule}` };
  });
}

describe('a credential that must be refused', () => {
  const stored = JSON.parse(readFileSync(VECTORS, 'utf8')) as Vector[];

  it('is stored as its recipe makes it, so that the vectors stay signed and wrong in one thing only', async () => {
    await expect(`${JSON.stringify(vectors(), null, 1)}\n`).toMatchFileSnapshot(VECTORS.pathname);
  });

  test.each(stored)('is refused for $name', ({ input, expect: expected }) => {
    expect(parseCredential(input.text)).toMatchObject({ ok: false, reason: expected });
  });
});

describe('a credential of another kind', () => {
  test.each(unsupportedCredentials())('is called $name, not malformed', ({ name, text }) => {
    const parsed = parseCredential(text);
    expect(parsed).toMatchObject({ ok: false, reason: { code: 'format.unsupported' } });
    expect(parsed).toHaveProperty('detail', expect.stringContaining(`: ${name}`));
  });

  test.each(namelessTexts())('has no name when it is none: %s', (text) => {
    expect(parseCredential(text)).toMatchObject({ ok: false, reason: { code: 'format.malformed' } });
  });
});

describe('the bounds of a presentation', () => {
  const { maxLength, maxDisclosures, maxDepth } = DEFAULT_CREDENTIAL_BOUNDS;
  const many = (count: number) => Array.from({ length: count }, (_, i) => disclose(`c${i}`, i));
  const withMany = (count: number) =>
    makeCredential({ payload: { _sd: many(count).map(sha256) }, disclosures: many(count) });

  it('lets pass as many disclosures as it states and refuses one more', () => {
    expect(parseCredential(withMany(maxDisclosures))).toMatchObject({ ok: true });
    const parsed = parseCredential(withMany(maxDisclosures + 1));
    expect(parsed).toMatchObject({ ok: false, reason: { code: 'disclosure.too_many' } });
  });

  it('counts tildes without cutting a million of them apart', () => {
    const parsed = parseCredential('~'.repeat(60_000));
    expect(parsed).toMatchObject({ ok: false, reason: { code: 'disclosure.too_many' } });
  });

  it('refuses a text one character too long before reading it, and still says what was presented', () => {
    const text = `${makeCredential()}${'A'.repeat(maxLength)}`.slice(0, maxLength + 1);
    const parsed = parseCredential(text);
    expect(parsed).toMatchObject({ ok: false, reason: { code: 'format.too_long' }, presentedDigest: sha256(text) });
    expect(parseCredential(text.slice(0, maxLength))).not.toMatchObject({ reason: { code: 'format.too_long' } });
  });

  it('takes bounds of its caller', () => {
    const bounds = { maxLength: 10_000, maxDepth: 3, maxDisclosures: 1 };
    expect(parseCredential(withMany(2), bounds)).toMatchObject({ reason: { code: 'disclosure.too_many' } });
    const deep = makeCredential({ payload: { a: { b: { c: {} } } } });
    expect(parseCredential(deep, bounds)).toMatchObject({ reason: { code: 'format.too_deep' } });
    expect(parseCredential(withMany(9), { ...bounds, maxLength: 100 })).toMatchObject({
      reason: { code: 'format.too_long' },
    });
  });

  it('refuses depth that only disclosures inside disclosures reach', () => {
    const levels = maxDepth - 2;
    let inner = disclose('leaf', { end: {} });
    const chain = [inner];
    for (let i = 0; i < levels; i += 1) {
      inner = disclose(`level${i}`, { _sd: [sha256(inner)] });
      chain.push(inner);
    }
    const text = makeCredential({ payload: { _sd: [sha256(inner)] }, disclosures: chain });
    expect(parseCredential(text)).toMatchObject({ ok: false, reason: { code: 'format.too_deep' } });
  });
});
