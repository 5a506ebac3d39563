import { describe, expect, test } from 'vitest';
import { compareCells, encodeCsv } from './table-text.ts';

describe('a list that is taken along', () => {
  test('keeps commas, quotes and lines inside their cell', () => {
    expect(
      encodeCsv(
        ['a', 'b'],
        [
          ['x, y', 'say "no"\nthen'],
          [undefined, 3],
        ],
      ),
    ).toBe('a,b\r\n"x, y","say ""no""\nthen"\r\n,3\r\n');
  });

  test('runs nothing in a spreadsheet, whatever somebody wrote into it', () => {
    for (const text of ['=1+1', '+1', '-1', '@sum', '\tx']) expect(encodeCsv(['a'], [[text]])).toContain(`'${text}`);
    expect(encodeCsv(['a'], [[-1]])).toBe('a\r\n-1\r\n');
  });

  test('is sorted by size where there are numbers, and by letters with numbers in them as people count', () => {
    expect([10, 9, 1].sort(compareCells)).toEqual([1, 9, 10]);
    expect(['#10', '#9'].sort(compareCells)).toEqual(['#9', '#10']);
  });
});
