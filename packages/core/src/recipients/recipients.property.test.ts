import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keccak256 } from '../encoding/keccak.ts';
import { isCodedError } from '../errors.ts';
import { parseAddress } from '../merkle/address.ts';
import { UINT256_MAX } from '../merkle/words.ts';
import { claimKey, createKeyIndex } from './key-index.ts';
import { createListReader, MAX_FAULTS } from './list-reader.ts';
import { type AmountFormat, formatAmount, MAX_DECIMALS, parseListedAmount } from './listed-amount.ts';
import { encodeRecipient, type Recipient } from './recipient.ts';
import { parseStellarAddress } from './stellar-address.ts';
import { parseVerification, type Verification } from './verification.ts';

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return isCodedError(error) ? error.code : String(error);
  }
  return undefined;
}

const FORMAT: AmountFormat = { units: 'token', decimals: 18, max: UINT256_MAX, form: 'plain', zero: 'accepted' };

test('an amount is read back as it is shown, whatever the decimals', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: UINT256_MAX }), fc.nat({ max: MAX_DECIMALS }), (amount, decimals) => {
      const text = formatAmount(amount, decimals);
      expect(parseListedAmount(text, { ...FORMAT, decimals })).toBe(amount);
      expect(parseListedAmount(`${amount}`, { ...FORMAT, units: 'minor', decimals })).toBe(amount);
    }),
  );
});

test('no text whatever is an amount that is not written with digits and one point', () => {
  const character = fc.constantFrom(...'0123456789..,+-eE \u00a0\u0661_\'x"');
  fc.assert(
    fc.property(fc.string({ unit: character, maxLength: 8 }), fc.nat({ max: 4 }), (text, decimals) => {
      // Sablier's published expression; one with no digit in it crashes there, and is refused here.
      const isSablier = new RegExp(`^[+]?[0-9]*\\.?[0-9]{0,${decimals}}$`).test(text) && /[1-9]/.test(text);
      const code = codeOf(() => parseListedAmount(text, { ...FORMAT, decimals, form: 'lenient', zero: 'refused' }));
      expect(code === undefined).toBe(isSablier);
      if (code !== undefined) expect(code).toMatch(/^list\.amount-/);
      const isPlain = new RegExp(`^[0-9]+(?:\\.[0-9]{1,${Math.max(1, decimals)}})?$`).test(text);
      const plain = codeOf(() => parseListedAmount(text, { ...FORMAT, decimals }));
      expect(plain === undefined).toBe(isPlain && (decimals > 0 || !text.includes('.')));
    }),
    { numRuns: 2000 },
  );
});

test('minor units have no decimals, however many the token has', () => {
  expect(codeOf(() => parseListedAmount('1.5', { ...FORMAT, units: 'minor' }))).toBe('list.amount-too-precise');
});

test('keys are remembered with the row that had them first', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 3000 }), { maxLength: 4000, minLength: 2500 }), (keys) => {
      const index = createKeyIndex();
      const plain = new Map<number, number>();
      for (const [row, key] of keys.entries()) {
        expect(claimKey(index, `key ${key}`, row, keccak256)).toBe(plain.get(key));
        if (!plain.has(key)) plain.set(key, row);
      }
      expect(index.count).toBe(plain.size);
    }),
    { numRuns: 3 },
  );
});

test('keys whose hashes begin alike are told apart', () => {
  const alike = (bytes: Uint8Array) => Uint8Array.of(...new Uint8Array(15), bytes.at(-1) ?? 0, ...new Uint8Array(16));
  const index = createKeyIndex();
  for (let row = 0; row < 200; row += 1) {
    expect(claimKey(index, String.fromCharCode(row % 100), row, alike)).toBe(row < 100 ? undefined : row - 100);
  }
});

const ACCOUNT = 'GB3SAK22KSTIFQAV5GCDNPW7RTQCWGFDKALBY5KJ3JRF2DLSED3E7PVH';
const CONTRACT = 'CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA';

test('accounts and contracts of Stellar are told apart, and one wrong character is found', () => {
  expect(parseStellarAddress(ACCOUNT)).toBe('account');
  expect(parseStellarAddress(CONTRACT)).toBe('contract');
  // A secret seed in a list of recipients would be somebody's whole account.
  expect(codeOf(() => parseStellarAddress('SBU2RRGLXH3E5CQHTD3ODLDF2BWDCYUSSBLLZ5GNW7JXHDIYKXZWHOKR'))).toBe(
    'stellar.malformed',
  );
  const place = fc.nat({ max: 55 });
  fc.assert(
    fc.property(fc.constantFrom(ACCOUNT, CONTRACT), place, fc.constantFrom(...'ABGJ27'), (address, i, other) => {
      fc.pre(address.charAt(i) !== other);
      expect(codeOf(() => parseStellarAddress(`${address.slice(0, i)}${other}${address.slice(i + 1)}`))).toBe(
        'stellar.malformed',
      );
    }),
  );
});

test.each<[Verification | undefined, string, boolean]>([
  ['DATE_OF_BIRTH', '1999-03-30', true],
  ['DATE_OF_BIRTH', '2000-02-29', true],
  ['DATE_OF_BIRTH', '1900-02-29', false],
  ['DATE_OF_BIRTH', '2023-02-29', false],
  ['DATE_OF_BIRTH', '2026-11-28', true],
  ['DATE_OF_BIRTH', '2026-11-29', false],
  ['DATE_OF_BIRTH', '1990/01/01', false],
  ['DATE_OF_BIRTH', '1990-13-01', false],
  ['DATE_OF_BIRTH', '1990-00-10', false],
  ['DATE_OF_BIRTH', '1990-01-00', false],
  ['YEAR_MONTH', '1990-12', true],
  ['YEAR_MONTH', '2026-11', true],
  ['YEAR_MONTH', '2026-12', false],
  ['YEAR_MONTH', '1990/01', false],
  ['PIN', '1234', true],
  ['PIN', '12345678', true],
  ['PIN', '123', false],
  ['PIN', '123456789', false],
  ['NATIONAL_ID_NUMBER', 'ABCD123', true],
  ['NATIONAL_ID_NUMBER', '6UZMB56FWTKV4U0PJ21TBR6VOQVYSGIMZG2HW2S0L7EK5K83W7', true],
  ['NATIONAL_ID_NUMBER', '6UZMB56FWTKV4U0PJ21TBR6VOQVYSGIMZG2HW2S0L7EK5K83W78', false],
  [undefined, 'whatever is asked', true],
  [undefined, '', false],
])('as %s the value %s is judged %s', (kind, text, isGood) => {
  expect(codeOf(() => parseVerification(text, kind, '2026-11-28'))).toBe(isGood ? undefined : 'list.verification');
});

const amount = fc.bigInt({ min: 1n, max: 10n ** 12n });
const text = fc.stringMatching(/^[A-Za-z0-9\u00e9\u0142]([A-Za-z0-9 ,"'\u00e9\u0142-]{0,18}[A-Za-z0-9\u00e9])?$/);
const wallet = fc.constantFrom(
  { kind: 'account' as const, address: ACCOUNT },
  { kind: 'contract' as const, address: CONTRACT },
);
const sablier: fc.Arbitrary<Recipient> = fc.record({
  format: fc.constant('sablier' as const),
  address: fc
    .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 40, maxLength: 40 })
    .map((digits) => parseAddress(`0x${digits}`)),
  amount,
});
const sdp: fc.Arbitrary<Recipient> = fc.record({
  format: fc.constant('sdp' as const),
  contact: fc.record({
    kind: fc.constant('phone' as const),
    value: fc.stringMatching(/^\+[1-9][0-9]{9,14}$/),
  }),
  id: text,
  amount,
  paymentId: fc.uuid(),
  wallet,
});

test.each([
  ['sablier', sablier, ['address', 'amount']],
  ['sdp', sdp, ['walletAddress', 'phone', 'amount', 'id', 'paymentID']],
] as const)('a canonical %s list is read as itself', (_format, recipient, columns) => {
  fc.assert(
    fc.property(recipient, (value) => {
      const reader = createListReader({ units: 'minor', decimals: 0, minRows: 1 });
      expect(reader.read(columns)).toBeUndefined();
      expect(reader.read(encodeRecipient(value, columns))).toEqual(
        value.format === 'sdp' ? { ...value, id: value.id.normalize('NFC') } : value,
      );
      expect(reader.end()).toMatchObject({ count: 1, total: value.amount, faults: [] });
    }),
  );
});

test('contracts take no memo', () => {
  const reader = createListReader({ units: 'minor', decimals: 0 });
  reader.read(['phone', 'id', 'amount', 'walletAddress', 'walletAddressMemo']);
  reader.read(['+380445555555', '1', '1', CONTRACT, '7']);
  expect(reader.end().faults).toEqual([{ row: 2, column: 'walletAddressMemo', code: 'list.memo' }]);
});

test('the zero address is taken with a warning, and one id of two people too', () => {
  const airdrop = createListReader({ units: 'minor', decimals: 0 });
  airdrop.read(['address', 'amount']);
  airdrop.read([`0x${'0'.repeat(40)}`, '5']);
  airdrop.read([`0x${'1'.repeat(40)}`, '5']);
  expect(airdrop.end()).toMatchObject({
    count: 2,
    total: 10n,
    faults: [],
    warnings: [{ row: 2, column: 'address', code: 'list.zero-address' }],
    warningCount: 1,
  });
  const people = createListReader({ units: 'minor', decimals: 0 });
  people.read(['phone', 'id', 'amount']);
  people.read(['+380445555555', 'one', '5']);
  people.read(['+380445555556', 'one', '5']);
  expect(people.end()).toMatchObject({ count: 2, faults: [], warnings: [{ row: 3, code: 'list.same-id', sameAs: 2 }] });
});

test('reading is given up after a hundred faults, and no more warnings are kept', () => {
  const reader = createListReader({ units: 'minor', decimals: 0 });
  reader.read(['address', 'amount']);
  let rows = 0;
  for (; rows < 1000 && !reader.isOver(); rows += 1) reader.read(['0x', '1']);
  expect(rows).toBe(MAX_FAULTS);
  expect(reader.end()).toMatchObject({ count: 0, isCut: true, faults: { length: MAX_FAULTS } });
  const careless = createListReader({ units: 'minor', decimals: 0 });
  careless.read(['phone', 'id', 'amount']);
  for (let i = 0; i < 300; i += 1) careless.read([`+38044555${1000 + i}`, 'one', '1']);
  expect(careless.end()).toMatchObject({ count: 300, faults: [], warnings: { length: MAX_FAULTS }, warningCount: 299 });
});

test('a fault of the file itself stands in the row after the last one read, and ends the reading', () => {
  const reader = createListReader({ units: 'minor', decimals: 0 });
  reader.read(['address', 'amount']);
  reader.refuse('list.quote', 1);
  expect(reader.isOver()).toBe(true);
  expect(reader.end()).toMatchObject({ isCut: true, faults: [{ row: 2, column: 'amount', code: 'list.quote' }] });
});
