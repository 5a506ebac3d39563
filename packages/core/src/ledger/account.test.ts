import { describe, expect, it } from 'vitest';
import { accountOf, amountOf, createTestLedger, EUR, newAccount } from '../../test/ledger-world.ts';
import { parseAccountId, parseAsset } from './account.ts';
import { parseTransferId, parseTransferReference } from './transfer.ts';

describe('opening accounts', () => {
  it('opens each once, and tells a repeat what differs', () => {
    const ledger = createTestLedger();
    const account = newAccount('a', 'debits-must-not-exceed-credits', { maxReserved: amountOf(5) });
    expect(ledger.open(account, account)).toEqual(['created', 'exists']);
    expect(ledger.open(account)).toEqual(['exists']);
    expect(
      ledger.open(
        { ...account, asset: { code: 'USD', decimals: 2 } },
        { ...account, rule: 'none' },
        { ...account, maxReserved: amountOf(6) },
        newAccount('a', 'debits-must-not-exceed-credits'),
      ),
    ).toEqual([
      'exists-with-different-asset',
      'exists-with-different-rule',
      'exists-with-different-max-reserved',
      'exists-with-different-max-reserved',
    ]);
    expect(ledger.balances('a')).toEqual([0n, 0n, 0n, 0n]);
  });

  it('keeps one number of decimals for an asset, in one batch and over many', () => {
    const ledger = createTestLedger();
    const wrong = newAccount('b', 'none', { asset: { code: 'EUR', decimals: 3 } });
    expect(ledger.open(newAccount('a'), wrong)).toEqual(['created', 'refused-asset-decimals']);
    expect(ledger.open(wrong)).toEqual(['refused-asset-decimals']);
    expect(ledger.open({ ...wrong, asset: EUR })).toEqual(['created']);
    expect(ledger.accounts().map(({ id }) => id)).toEqual([accountOf('a'), accountOf('b')]);
  });
});

describe('what is written into a ledger', () => {
  it.each(['', 'a b', 'a/b', 'ä', 'a'.repeat(129), 'a\u0000', 5, null])('has no id %j', (value) => {
    expect(() => parseAccountId(value)).toThrow(expect.objectContaining({ code: 'ledger.malformed' }));
    expect(() => parseTransferId(value)).toThrow(expect.objectContaining({ code: 'ledger.malformed' }));
  });

  it('refers to a digest, and so to no person', () => {
    expect(parseTransferReference('A'.repeat(43))).toBe('A'.repeat(43));
    for (const value of ['Ada Lovelace', 'A'.repeat(42), 'A'.repeat(44), 43]) {
      expect(() => parseTransferReference(value)).toThrow(expect.objectContaining({ code: 'ledger.malformed' }));
    }
  });

  it('counts in an asset of up to 36 decimals', () => {
    const token = 'eip155:1/erc20:0x6B175474E89094C44Da98b954EedeAC495271d0F';
    expect(parseAsset(token, 18)).toEqual({ code: token, decimals: 18 });
    for (const [code, decimals] of [
      ['', 2],
      ['€', 2],
      ['EUR', -1],
      ['EUR', 37],
      ['EUR', 1.5],
      ['EUR', '2'],
      [5, 2],
    ]) {
      expect(() => parseAsset(code, decimals)).toThrow(expect.objectContaining({ code: 'ledger.malformed' }));
    }
  });
});
