import type { Cell } from '@holdfast/core/lists';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CsvBatch, MAX_ROW_BYTES, readCsvRows } from './csv-rows.ts';
import { encodeCsvRow } from './csv-text.ts';

type Read = { readonly rows: (readonly Cell[])[]; readonly fault?: CsvBatch['fault'] };

/** Reads bytes that arrive in pieces of these lengths, the last of them over and over. */
async function read(content: string | Uint8Array, lengths: readonly number[] = [65_536]): Promise<Read> {
  const bytes = Buffer.from(content as string);
  const source = async function* () {
    for (let at = 0, i = 0; at < bytes.length; i += 1) {
      const length = Math.max(1, lengths[Math.min(i, lengths.length - 1)] ?? 1);
      yield bytes.subarray(at, at + length);
      at += length;
    }
  };
  const rows: (readonly Cell[])[] = [];
  for await (const batch of readCsvRows(source())) {
    rows.push(...batch.rows);
    if (batch.fault !== undefined) return { rows, fault: batch.fault };
  }
  return { rows };
}

const LIST = 'address,amount\n0xAb,1\n"0xCd","2"\n';
const ROWS = [
  ['address', 'amount'],
  ['0xAb', '1'],
  ['0xCd', '2'],
];

describe('the same rows are read', () => {
  test.each([
    ['with LF', LIST],
    ['with CRLF', LIST.replaceAll('\n', '\r\n')],
    ['with CR', LIST.replaceAll('\n', '\r')],
    ['with a header in CRLF and rows in LF', LIST.replace('\n', '\r\n')],
    ['without an end of the last line', LIST.trimEnd()],
    ['behind a byte order mark', `\ufeff${LIST}`],
  ])('%s, however the bytes arrive', async (_case, content) => {
    for (const lengths of [[65_536], [1], [2], [3], [4, 1]]) {
      expect(await read(content, lengths)).toEqual({ rows: ROWS });
    }
  });
});

test('blank lines stay rows, so that rows are counted as a spreadsheet shows them', async () => {
  expect((await read('a\n\nb\n')).rows).toEqual([['a'], [''], ['b']]);
});

test('commas, quotation marks and line breaks inside quotation marks belong to the cell', async () => {
  expect((await read('"a,b","say ""no""","two\nlines"\n')).rows).toEqual([['a,b', 'say "no"', 'two\nlines']]);
});

test('letters of all the world arrive whole, also when a piece ends within one', async () => {
  const content = 'id,Łódź\n"é",🏙️\n';
  for (const lengths of [[1], [2], [3], [7]]) {
    expect((await read(content, lengths)).rows).toEqual([
      ['id', 'Łódź'],
      ['é', '🏙️'],
    ]);
  }
});

test('bytes that are not UTF-8 are told of their own cell and nothing else', async () => {
  const latin1 = Buffer.from('id,name\n1,Jos\xe9\n2,Ana\n', 'latin1');
  expect(await read(latin1)).toEqual({
    rows: [
      ['id', 'name'],
      ['1', null],
      ['2', 'Ana'],
    ],
  });
});

test.each([
  ['little-endian', Buffer.from(`\ufeff${LIST}`, 'utf16le')],
  ['big-endian', Buffer.from(`\ufeff${LIST}`, 'utf16le').swap16()],
])('a list in %s UTF-16 is not taken for anything else', async (_case, bytes) => {
  expect(await read(bytes)).toEqual({ rows: [], fault: { code: 'list.cell-encoding', column: 0 } });
});

test.each([
  ['a quotation mark never closed', 'a,b\n1,"2\n3,4\n', 1, 'list.quote', 1],
  ['a quotation mark never closed at the very end', 'a,b\n1,"', 1, 'list.quote', 1],
  ['text behind a closed one', 'a,b\n1,2\n"3"x,4\n', 2, 'list.quote', 0],
  ['a quotation mark within a cell', 'a,b\n1,2"3\n', 1, 'list.quote', 1],
  ['a cell of a million characters', `a,b\n1,${'x'.repeat(1_000_000)}\n`, 1, 'list.cell-too-long', 1],
  ['a million cells', `a,b\n${'1,'.repeat(1_000_000)}\n`, 1, 'list.cell-too-long', expect.any(Number)],
  ['a quotation mark never closed before very much', `a,b\n"${'1,2\n'.repeat(100_000)}`, 1, 'list.cell-too-long', 0],
] as const)(
  '%s is a fault in its row and column, and the rows before it are there',
  async (_case, content, rows, code, column) => {
    for (const lengths of [[65_536], [100_000]]) {
      const answer = await read(content, lengths);
      expect(answer.rows).toHaveLength(rows);
      expect(answer.fault).toEqual({ code, column });
    }
  },
);

test('bytes of no list at all are read within bounds', async () => {
  const noise = new Uint8Array(3 * MAX_ROW_BYTES);
  expect((await read(noise)).fault).toEqual({ code: 'list.cell-too-long', column: 0 });
  expect(await read('')).toEqual({ rows: [] });
  expect(await read('\ufeff')).toEqual({ rows: [] });
});

test('a source that breaks off is not taken for the end of the list', async () => {
  const source = async function* () {
    yield Buffer.from('a,b\n1,2\n');
    throw new Error('gone');
  };
  const rows = async () => {
    for await (const batch of readCsvRows(source())) expect(batch.fault).toBeUndefined();
  };
  await expect(rows()).rejects.toThrow('gone');
});

const cell = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'é', '🏙'), maxLength: 6 }),
  fc.string({ maxLength: 8 }),
);

test('what is written is read, however the bytes arrive', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
      async (rows, lengths) => {
        // A byte order mark at the very front is a mark, not a character of the first cell.
        fc.pre(!rows[0]?.[0]?.startsWith('\ufeff'));
        expect(await read(rows.map(encodeCsvRow).join(''), lengths)).toEqual({ rows });
      },
    ),
  );
});
