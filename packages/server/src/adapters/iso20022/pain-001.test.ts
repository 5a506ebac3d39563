import { readFileSync } from 'node:fs';
import { type SettlementLine, settlementBatchDigest } from '@holdfast/core';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { bankBatch, bankLine, createBankWorld, removeBankWorlds } from '../../../test/bank-world.ts';
import { type CarriedLine, carry, isRefused } from './carried-line.ts';
import { assertDebtor, type Debtor } from './debtor.ts';
import { parseDecimal } from './decimal.ts';
import { encodePain001 } from './pain-001.ts';

afterAll(removeBankWorlds);

type Vector = {
  readonly name: string;
  readonly input: {
    readonly id: string;
    readonly createdAt: number;
    readonly debtor: Debtor;
    readonly lines: readonly LineText[];
  };
  readonly expect: { readonly digest: string; readonly xml: string };
};
type LineText = Omit<SettlementLine, 'amount'> & { readonly amount: string };

const vectors = JSON.parse(
  readFileSync(new URL('../../../../../spec/vectors/settlement/valid/pain-001.json', import.meta.url), 'utf8'),
) as readonly Vector[];

function carried(line: SettlementLine, debtor: Debtor): CarriedLine {
  const result = carry(line, debtor);
  if (isRefused(result)) throw new Error(result.message);
  return result;
}

describe('pain.001.001.09', () => {
  test.each(vectors)('of $name is this text, byte for byte', ({ input, expect: { xml, digest } }) => {
    const lines = input.lines.map((line) => ({ ...line, amount: BigInt(line.amount) }));
    assertDebtor(input.debtor);
    const order = { ...input, lines: lines.map((line) => carried(line, input.debtor)) };
    expect(encodePain001(order, input.debtor)).toBe(xml);
    expect(settlementBatchDigest({ id: input.id, createdAt: input.createdAt, lines })).toBe(digest);
  });

  test('adds up to the last cent, whatever the amounts', async () => {
    const { options } = await createBankWorld();
    const amounts = fc.array(fc.bigInt({ min: 1n, max: 99_999_999_999n }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(amounts, (list) => {
        const lines = list.map((amount, i) => carried(bankLine(i, { amount }), options.debtor));
        const xml = encodePain001({ id: 'b', createdAt: 1, lines }, options.debtor);
        const [sum, again] = [...xml.matchAll(/<CtrlSum>(.*)<\/CtrlSum>/g)].map(([, text]) => text);
        const each = [...xml.matchAll(/<InstdAmt Ccy="EUR">(.*)<\/InstdAmt>/g)].map(([, text]) => text);
        const total = list.reduce((a, b) => a + b, 0n);
        expect(parseDecimal(sum ?? '', 2)).toBe(total);
        expect(again).toBe(sum);
        expect(each.map((text) => parseDecimal(text ?? '', 2))).toEqual(list);
      }),
      { numRuns: 30 },
    );
  });

  test('of another currency is no SEPA transfer', async () => {
    const { options } = await createBankWorld();
    const debtor = { ...options.debtor, currency: { code: 'JPY', decimals: 0 } };
    const line = bankLine(1, { asset: debtor.currency, amount: 1500n });
    const xml = encodePain001({ id: 'b', createdAt: 1, lines: [carried(line, debtor)] }, debtor);
    expect(xml).toContain('<InstdAmt Ccy="JPY">1500</InstdAmt>');
    expect(xml).toContain('<ChrgBr>SHAR</ChrgBr>');
    expect(xml).not.toContain('SEPA');
  });
});

describe('a line that banks do not carry is refused with its reason', () => {
  const iban = 'GB82WEST12345698765432';
  const cases: readonly (readonly [string, string, Partial<SettlementLine>])[] = [
    ['an address on a chain', 'kind', { destination: { kind: 'internal', account: 'a' } }],
    ['an id of 36 characters', 'line-malformed', { lineId: 'a'.repeat(36) }],
    ['an id that is markup', 'line-malformed', { lineId: '<a/>' }],
    ['a token', 'asset', { asset: { code: 'RELIEF', decimals: 2 } }],
    ['euro in thousandths', 'asset', { asset: { code: 'EUR', decimals: 3 } }],
    ['nothing', 'amount', { amount: 0n }],
    ['a billion euro', 'amount', { amount: 100_000_000_000n }],
    ['no name', 'name-missing', { destination: { kind: 'iban', iban } }],
    ['a name in another script', 'characters', { destination: { kind: 'iban', iban, name: '\u0410\u0434\u0430' } }],
    [
      'a name that becomes too long',
      'line-malformed',
      { destination: { kind: 'iban', iban, name: '\u00df'.repeat(36) } },
    ],
    ['a reference of emoji', 'characters', { reference: '\u{1f600}' }],
    ['no reference', 'characters', { reference: '' }],
    ['a reference of 141 characters', 'line-malformed', { reference: 'a'.repeat(141) }],
    [
      'an account that SEPA does not reach',
      'out-of-reach',
      { destination: { kind: 'iban', iban: 'SA0380000000608010167519', name: 'Ada' } },
    ],
  ];
  test.each(cases)('%s: settlement.%s', async (_, code, changes) => {
    const { rail, out } = await createBankWorld();
    const line = bankLine(1, changes);
    expect(rail.check(line)?.code).toBe(`settlement.${code}`);
    await expect(rail.submit(bankBatch('b1', bankLine(2), line))).rejects.toMatchObject({ code: `settlement.${code}` });
    expect(await out()).toEqual({});
  });

  test('two lines of one id, and a batch whose id is a path', async () => {
    const { rail, list } = await createBankWorld();
    const code = 'settlement.line-malformed';
    await expect(rail.submit(bankBatch('b1', bankLine(1), bankLine(1)))).rejects.toMatchObject({ code });
    await expect(rail.submit(bankBatch('../b1', bankLine(1)))).rejects.toMatchObject({ code });
    expect(await list('sent')).toEqual([]);
  });

  test('never with the destination in the sentence', async () => {
    const { rail } = await createBankWorld();
    for (const [, , changes] of cases) {
      const said = JSON.stringify(rail.check(bankLine(1, changes)));
      expect(said).not.toContain(iban);
      expect(said).not.toContain('Ada');
    }
  });
});

describe('an account that pays is refused', () => {
  test.each<[string, string, Partial<Debtor>]>([
    ['with a wrong IBAN', 'iban', { iban: 'DE88370400440532013000' }],
    ['with an IBAN with spaces', 'iban', { iban: 'DE89 3704 0044 0532 0130 00' }],
    ['with a wrong BIC', 'bic', { bic: 'COBA' }],
    ['with a currency in small letters', 'currency.code', { currency: { code: 'eur', decimals: 2 } }],
    ['with six decimals', 'currency.decimals', { currency: { code: 'EUR', decimals: 6 } }],
    ['without a name', 'name', { name: '' }],
    ['with a name that no bank reads', 'name', { name: '\u5e02' }],
  ])('%s', async (_, member, changes) => {
    const { options } = await createBankWorld();
    expect(() => assertDebtor({ ...options.debtor, ...changes })).toThrow(
      expect.objectContaining({ code: 'settlement.debtor', details: { members: [member] } }),
    );
  });
});
