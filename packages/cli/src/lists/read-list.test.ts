import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ListOptions, Recipient } from '@holdfast/core/lists';
import { PROBLEMS } from '@holdfast/server/spec';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFastKeccak } from './fast-keccak.ts';
import { readList } from './read-list.ts';
import { rowsInWords } from './report-words.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-lists-'));
});
afterAll(() => rm(folder, { recursive: true }));

const A = '0x9ad7CAD4F10D0c3f875b8a2fd292590490c9f491';
const B = '0xf976aF93B0A5A9F55A7f285a3B5355B8575Eb5bc';

async function read(content: string | Uint8Array, options: Partial<ListOptions> = {}) {
  const file = join(folder, 'list.csv');
  await writeFile(file, content);
  const recipients: Recipient[] = [];
  const report = await readList(
    file,
    { units: 'token', decimals: 2, keccak: await createFastKeccak(), isQuiet: true, ...options },
    (some) => void recipients.push(...some),
  );
  return { report, recipients };
}

describe('a list is taken as it is', () => {
  test.each([
    ['as Sablier has it', `address,amount\n${A},100.0\n${B},200.0`],
    [
      'from a spreadsheet: byte order mark, CRLF, quotation marks',
      `\ufeff"Address","Amount"\r\n"${A}","100.0"\r\n"${B}","200"\r\n`,
    ],
    ['with blank lines and spaces', `address,amount\n\n ${A} , 100\n\n${B.toLowerCase()},+200.\n\n`],
  ])('%s', async (_case, content) => {
    const { report, recipients } = await read(content);
    expect(report).toMatchObject({ format: 'sablier', count: 2, total: 30_000n, faults: [] });
    expect(recipients).toEqual([
      { format: 'sablier', address: A, amount: 10_000n },
      { format: 'sablier', address: B, amount: 20_000n },
    ]);
  });

  test("as Stellar's platform has it, in its own order of columns", async () => {
    const content =
      'email,walletAddress,id,amount,paymentID\n Ada@Example.org ,GB3SAK22KSTIFQAV5GCDNPW7RTQCWGFDKALBY5KJ3JRF2DLSED3E7PVH,"Łódź, 1",.1,\n';
    const { report, recipients } = await read(content, { decimals: 7 });
    expect(report).toMatchObject({ format: 'sdp', count: 1, total: 1_000_000n, faults: [], warnings: [] });
    expect(recipients).toEqual([
      {
        format: 'sdp',
        contact: { kind: 'email', value: 'ada@example.org' },
        id: 'Łódź, 1',
        amount: 1_000_000n,
        wallet: { kind: 'account', address: 'GB3SAK22KSTIFQAV5GCDNPW7RTQCWGFDKALBY5KJ3JRF2DLSED3E7PVH' },
      },
    ]);
  });
});

const latin1 = (text: string) => Buffer.from(text, 'latin1');

describe('a list is refused with the row, the column and the reason', () => {
  test.each<[string, string | Uint8Array, [row: number, column: string, code: string][]]>([
    ['a missing column', `address\n${A}\n`, [[1, 'amount', 'list.column-missing']]],
    ['an unknown column', `address,amount,memo\n${A},1,x\n`, [[1, 'memo', 'list.column-unknown']]],
    ['a column twice', `address,amount,AMOUNT\n${A},1,1\n`, [[1, 'amount', 'list.column-repeated']]],
    ['semicolons', `address;amount\n${A};1\n`, [[1, '#1', 'list.format-unknown']]],
    [
      'a decimal comma',
      `address,amount\n${A},1,5\n${B},"1,5"\n`,
      [
        [2, '#3', 'list.cells'],
        [3, 'amount', 'list.amount-localised'],
      ],
    ],
    ['a formula', `address,amount\n"=cmd|' /C calc'!A0",1\n${B},2\n`, [[2, 'address', 'list.cell-formula']]],
    ['a million characters', `address,amount\n${A},${'1'.repeat(1_000_000)}\n`, [[2, 'amount', 'list.cell-too-long']]],
    [
      'a thousand and one characters',
      `address,amount\n${A},${'1'.repeat(1001)}\n${B},1\n`,
      [[2, 'amount', 'list.cell-too-long']],
    ],
    ['an open quotation mark', `address,amount\n${A},1\n${B},"2\n`, [[3, 'amount', 'list.quote']]],
    [
      'bytes of another encoding',
      latin1(`address,amount\n${A},1\n${B},2\xa0000\n`),
      [[3, 'amount', 'list.cell-encoding']],
    ],
    ['a NUL', `address,amount\n${A},1\0\n${B},2\n`, [[2, 'amount', 'list.cell-control']]],
    ['UTF-16', Buffer.from(`\ufeffaddress,amount\n${A},1\n`, 'utf16le'), [[1, '#1', 'list.cell-encoding']]],
    [
      'a line break within a cell',
      `address,amount\n"${A}\n",1\n"${B.slice(0, 9)}\n${B.slice(9)}",2\n`,
      [[3, 'address', 'list.cell-control']],
    ],
    [
      'one address in two spellings',
      `address,amount\n${A},1\n${A.toLowerCase()},2\n`,
      [[3, 'address', 'list.duplicate-address']],
    ],
    [
      'a wrong checksum',
      `address,amount\n${A.replace('CAD4', 'cAD4')},1\n${B},2\n`,
      [[2, 'address', 'address.checksum']],
    ],
    ['nothing', '', [[0, '#1', 'list.empty']]],
    ['a header alone', 'address,amount\n', [[1, 'address', 'list.empty']]],
    [
      'noise',
      new Uint8Array(100_000).map((_, i) => (i * 31) % 251),
      [[1, expect.any(String), expect.stringMatching(/^list\./)]],
    ],
  ])('%s', async (_case, content, expected) => {
    const { report } = await read(content);
    expect(report.faults.map(({ row, column, code }) => [row, column, code])).toEqual(expected);
    for (const { code, fix } of rowsInWords(report).errors) expect(fix).toBe(PROBLEMS.get(code)?.operator);
  });

  test('a row after a fault is still judged, and nothing after the hundredth', async () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => `0x${i},-1`).join('\n');
    const { report } = await read(`address,amount\n${rows}\n`);
    expect(report.faults).toHaveLength(100);
    expect(report).toMatchObject({ isCut: true, faults: { 99: { row: 51, code: 'list.amount-negative' } } });
  });
});

test('no cell is ever repeated in what is said of it', async () => {
  const secret = 'Ada Lovelace <script>';
  const { report } = await read(`phone,id,amount\n${secret},${secret},${secret}\n`, { decimals: 7 });
  expect(report.faults).toHaveLength(2);
  expect(JSON.stringify(rowsInWords(report))).not.toContain('Ada');
});

test.each([
  ['a file that is not there', join(tmpdir(), 'holdfast-nowhere', 'list.csv')],
  ['a folder', tmpdir()],
])('%s is said in a sentence', async (_case, file) => {
  const options = { units: 'minor', decimals: 0, isQuiet: true } as const;
  await expect(readList(file, options, () => undefined)).rejects.toMatchObject({
    code: 'usage.file',
    message: expect.stringMatching(/^[A-Z].*/),
  });
});

test('the fast hash is the same hash', async () => {
  const fast = await createFastKeccak();
  const { keccak256 } = await import('@holdfast/core/lists');
  for (const length of [0, 1, 20, 40, 64, 84, 96, 135, 136, 137, 1000]) {
    const bytes = new Uint8Array(length).map((_, i) => i * 7);
    const hash = fast(bytes);
    expect(hash).toEqual(keccak256(bytes));
    fast(Uint8Array.of(1));
    expect(hash).toEqual(keccak256(bytes));
  }
});
