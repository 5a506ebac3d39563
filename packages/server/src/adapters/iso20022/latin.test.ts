import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeDecimal, parseDecimal } from './decimal.ts';
import { toLatin } from './latin.ts';

describe('a name in the characters that every bank takes', () => {
  test.each([
    ['Zo\u00eb M\u00fcller', 'Zoe Muller'],
    ['Stra\u00dfe', 'Strasse'],
    ['\u0141ukasz \u0110or\u0111evi\u0107', 'Lukasz Dordevic'],
    ['O\u2019Neill', "O'Neill"],
    ['\u00c6r\u00f8sk\u00f8bing', 'AEroskobing'],
    ['\u00deorbj\u00f6rg', 'THorbjorg'],
    ['M & N_O', 'M + N-O'],
    ['Nguy\u1ec5n', 'Nguyen'],
    ['\u0130\u0131', 'Ii'],
    ['a//b/', 'a/b'],
    ['D\u00b4Angelo', "D'Angelo"],
  ])('%s is %s', (text, latin) => {
    expect(toLatin(text)).toBe(latin);
  });

  test.each(['\u0410\u0434\u0430', '\u5e02', '\u0645\u062d\u0645\u062f', 'a@b', '\u{1f600}', 'a<b', '', ' ', '//'])(
    '%j is none: it is refused and not guessed',
    (text) => {
      expect(toLatin(text)).toBeUndefined();
    },
  );

  test('is written again as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (text) => {
        const latin = toLatin(text);
        if (latin === undefined) return;
        expect(latin).toMatch(/^[A-Za-z0-9/\-?:().,'+ ]+$/);
        expect(toLatin(latin)).toBe(latin);
      }),
    );
  });
});

describe('a decimal number', () => {
  test('is the minor units that it was written from, whatever the decimals', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }), fc.integer({ min: 0, max: 5 }), (amount, decimals) => {
        expect(parseDecimal(encodeDecimal(amount, decimals), decimals)).toBe(amount);
      }),
    );
  });

  test.each([
    ['0.01', 2, 1n],
    ['1', 2, 100n],
    ['1.', 2, 100n],
    ['1.5000', 2, 150n],
    [' 7 ', 0, 7n],
    ['1.005', 2, undefined],
    ['-1', 2, undefined],
    ['1,5', 2, undefined],
    ['1e3', 2, undefined],
    ['', 2, undefined],
    ['.5', 2, undefined],
    ['9'.repeat(19), 2, undefined],
  ])('%j with %d decimals is %s', (text, decimals, amount) => {
    expect(parseDecimal(text, decimals)).toBe(amount);
  });
});
