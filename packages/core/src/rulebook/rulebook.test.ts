import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { testRulebook } from '../../test/log-builder.ts';
import { rulebookJsonSchema } from '../../test/rulebook-json-schema.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { encodeBase64url } from '../encoding/text.ts';
import { encodeVkey, vkeyOf } from '../log/note.ts';
import { DEFAULT_FRESHNESS } from '../verdict/freshness.ts';
import { type FreshnessRule, grantOf, type Rulebook, rulebookSchema, textOfClass } from './rulebook.ts';

const RULEBOOK = testRulebook(createIdealSignatures());
const witness = (name: string, type: 1 | 4 = 4) =>
  encodeVkey(vkeyOf(`${name}.example`, { kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(new Uint8Array(32)) }, type));

const accepts = (rulebook: unknown) => rulebookSchema.safeParse(rulebook).success;

function withPay(changes: Partial<FreshnessRule>): Rulebook {
  const pay = { ...DEFAULT_FRESHNESS.network.pay, ...changes };
  return { ...RULEBOOK, freshness: { ...DEFAULT_FRESHNESS, network: { ...DEFAULT_FRESHNESS.network, pay } } };
}

describe('a rulebook', () => {
  test('is the same after it was read from JSON', () => {
    expect(rulebookSchema.parse(JSON.parse(JSON.stringify(RULEBOOK)))).toEqual(RULEBOOK);
  });

  test('the freshness rules we ship are themselves a legal table', () => {
    expect(accepts({ ...RULEBOOK, freshness: DEFAULT_FRESHNESS })).toBe(true);
  });

  const { effects } = DEFAULT_FRESHNESS.network.pay;
  test.each([
    ['weaker evidence that allows more', withPay({ effects: { ...effects, live: 'reserve', recent: 'final' } })],
    ['cut-off evidence that allows more', withPay({ effects: { ...effects, 'cut-off': 'final' } })],
    ['a recent band that ends before live', withPay({ recentMs: 1 })],
    ['a stale band that ends before recent', withPay({ staleMs: 20_000 })],
    ['an age below zero', withPay({ liveMs: -1 })],
    ['an amount that is no whole number', withPay({ advanceMax: '1.5' })],
    ['an amount with a leading zero', withPay({ advanceMax: '007' })],
    ['no officers', { ...RULEBOOK, officers: [] }],
    ['one officer named twice', { ...RULEBOOK, officers: [...RULEBOOK.officers, ...RULEBOOK.officers.slice(0, 1)] }],
    [
      'two officers with one key',
      { ...RULEBOOK, officers: [...RULEBOOK.officers, { ...RULEBOOK.officers[0], id: 'officer-z' }] },
    ],
    ['a power granted twice', { ...RULEBOOK, powers: RULEBOOK.powers.map((grant) => ({ ...grant, power: 'lift' })) }],
    ['a quorum of none', { ...RULEBOOK, powers: RULEBOOK.powers.map((grant) => ({ ...grant, quorum: 0 })) }],
    ['a power of nobody', { ...RULEBOOK, powers: RULEBOOK.powers.map((grant) => ({ ...grant, roles: [] })) }],
    ['a power we do not know', { ...RULEBOOK, powers: [{ ...RULEBOOK.powers[0], power: 'pay' }] }],
    ['a tick of nothing', { ...RULEBOOK, tickMs: 0 }],
    [
      'a key that is private',
      { ...RULEBOOK, keys: { ...RULEBOOK.keys, governor: { ...RULEBOOK.keys.governor, d: 'x' } } },
    ],
    ['no notice', { ...RULEBOOK, notice: undefined }],
    [
      'a quorum larger than its witnesses',
      { ...RULEBOOK, witnesses: { quorum: 2, members: [{ vkey: witness('a') }] } },
    ],
    ['a quorum of no witnesses', { ...RULEBOOK, witnesses: { quorum: 1, members: [] } }],
    [
      'one key under the names of two witnesses',
      { ...RULEBOOK, witnesses: { quorum: 1, members: [{ vkey: witness('a') }, { vkey: witness('b') }] } },
    ],
    ["a log's key for a witness", { ...RULEBOOK, witnesses: { quorum: 1, members: [{ vkey: witness('a', 1) }] } }],
    ['a witness without a key', { ...RULEBOOK, witnesses: { quorum: 1, members: [{ vkey: 'nobody' }] } }],
    [
      'a witness at no address',
      { ...RULEBOOK, witnesses: { quorum: 1, members: [{ vkey: witness('a'), url: 'ftp://a.example' }] } },
    ],
  ])('is refused with %s', (_, rulebook) => {
    expect(accepts(rulebook)).toBe(false);
  });

  test('grants a power or does not', () => {
    expect(grantOf(RULEBOOK, 'suspend')).toMatchObject({ quorum: 1 });
    expect(grantOf({ ...RULEBOOK, powers: [] }, 'suspend')).toBeUndefined();
  });

  test('has public words for its classes, else the class itself', () => {
    expect(textOfClass(RULEBOOK, 'residence-ended')).toBe('residence ended');
    expect(textOfClass(RULEBOOK, 'other')).toBe('other');
  });

  test('spec/schemas/rulebook.json is what the code reads: write it anew from rulebookJsonSchema', () => {
    const url = new URL('../../../../spec/schemas/rulebook.json', import.meta.url);
    expect(JSON.parse(readFileSync(url, 'utf8'))).toEqual(rulebookJsonSchema());
  });
});
