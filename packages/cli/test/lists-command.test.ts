import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { holdfastWith } from './running-network.ts';

const A = '0x9ad7CAD4F10D0c3f875b8a2fd292590490c9f491';
const B = '0xf976aF93B0A5A9F55A7f285a3B5355B8575Eb5bc';
const LIST = `address,amount\n${A},100.0\n${B.toLowerCase()},200.0\n`;
const ROOTS = {
  openzeppelin: '0xe26e10f6ac521fdf2f34b42d864dde18944c300b194e43b96d367f0afc8f7723',
  sablier: '0x9aa5d0eb7a1350d03d053f55c4e2f31d07a7bc80c5ab23e4036e81270facfd18',
  uniswap: '0xc6afaa11d0dd7e8e41bf3e9be883ff1ba4100fc2418570af1fa8ce71877e0ec5',
} as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-command-lists-'));
  await writeFile(join(folder, 'list.csv'), LIST);
});
afterAll(() => rm(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const TOKENS = ['--units', 'token', '--decimals', '2'] as const;

async function holdfast(args: readonly string[], input: string | Uint8Array = '') {
  const { code, stdout, stderr } = await holdfastWith({ input }, ...args);
  expect(`${stdout}${stderr}`).not.toMatch(/\n\s+at |node:internal|undefined|\[object/);
  return { code, stdout, stderr, json: () => JSON.parse(stdout) as Record<string, unknown> };
}

describe('a list of two', () => {
  test.each(['openzeppelin', 'sablier', 'uniswap'] as const)('has the root that %s knows', async (dialect) => {
    const root = await holdfast(['merkle', 'root', '--dialect', dialect, '--list', '-', ...TOKENS, '--json'], LIST);
    expect({ code: root.code, stderr: root.stderr }).toEqual({ code: 0, stderr: '' });
    expect(root.json()).toMatchObject({ root: ROOTS[dialect], count: 2, total: '30000', dialect });
  });

  test('has a proof for each, which holds for them and their amount', async () => {
    const list = ['merkle', 'proof', '--dialect', 'uniswap', '--list', at('list.csv'), ...TOKENS];
    const proof = await holdfast([...list, '--address', B.toUpperCase().replace('0X', '0x'), '--json']);
    expect(proof.json()).toMatchObject({ address: B, amount: '20000', root: ROOTS.uniswap, proof: { length: 1 } });
    expect((await holdfast([...list, '--index', '1', '--json'])).json()).toEqual(proof.json());
    const verify = ['merkle', 'verify', '--dialect', 'uniswap', '--root', ROOTS.uniswap, '--address', B];
    const right = await holdfast([...verify, '--amount', '20000', '--proof', '-', '--json'], proof.stdout);
    expect({ code: right.code, ...right.json() }).toMatchObject({ code: 0, holds: true });
    const wrong = await holdfast([...verify, '--amount', '20001', '--proof', '-'], proof.stdout);
    expect(wrong).toMatchObject({ code: 1, stdout: expect.stringMatching(/^NO /) });
  });

  test('is published whole, and only once', async () => {
    const out = ['merkle', 'root', '--dialect', 'uniswap', '--list', at('list.csv'), ...TOKENS, '--out', at('drop')];
    const first = await holdfast(out);
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining(ROOTS.uniswap) });
    expect((await readdir(at('drop'))).sort()).toEqual(['claims.json', 'index.json', 'list.csv', 'proofs']);
    expect(await readFile(join(at('drop'), 'list.csv'), 'utf8')).toBe(`address,amount\n${A},10000\n${B},20000\n`);
    const again = await holdfast(out);
    expect(again).toMatchObject({ code: 64, stderr: expect.stringMatching(/^.*is there already.*\.\n$/) });
  });

  test('is written in one spelling, in minor units, for its owner alone, and reads as itself', async () => {
    const out = await holdfast(['import', at('list.csv'), ...TOKENS, '--out', at('canonical.csv'), '--json']);
    expect(out.json()).toMatchObject({ format: 'sablier', count: 2, total: '30000', units: 'minor', errors: [] });
    const canonical = await readFile(at('canonical.csv'), 'utf8');
    expect(canonical).toBe(`address,amount\n${A},10000\n${B},20000\n`);
    expect((await stat(at('canonical.csv'))).mode & 0o777).toBe(0o600);
    const again = await holdfast(['import', at('canonical.csv'), '--units', 'minor', '--out', at('again.csv')]);
    expect(again).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^GOOD {5}2 recipients\n {9}30,000 minor units in all\n/),
    });
    expect(await readFile(at('again.csv'), 'utf8')).toBe(canonical);
    const taken = await holdfast(['import', at('list.csv'), ...TOKENS, '--out', at('canonical.csv')]);
    expect(taken.code).toBe(64);
    expect(await readFile(at('canonical.csv'), 'utf8')).toBe(canonical);
  });
});

test("a list of Stellar's platform keeps its columns", async () => {
  const list = 'phone,id,amount,verification,paymentID\n+13163955627,"4ba1, x",.1,1987-12-01,p1\n';
  const args = ['import', '-', '--units', 'token', '--decimals', '7', '--verification', 'DATE_OF_BIRTH'];
  const out = await holdfast([...args, '--out', at('sdp.csv')], list);
  expect(out).toMatchObject({ code: 0, stderr: '' });
  expect(await readFile(at('sdp.csv'), 'utf8')).toBe(
    'phone,id,amount,verification,paymentID\n+13163955627,"4ba1, x",1000000,1987-12-01,p1\n',
  );
  const unborn = await holdfast([...args, '--json'], list.replace('1987', '2999'));
  expect(unborn.code).toBe(1);
  expect(unborn.json()).toMatchObject({
    format: 'sdp',
    errors: [{ row: 2, column: 'verification', code: 'list.verification', fix: expect.stringMatching(/\.$/) }],
  });
});

test('a list with faults ends with 1, names them all, and leaves nothing behind', async () => {
  const bad = `address,amount\n${A},-1\n${A},1\n${A},2\n`;
  const words = await holdfast(['import', '-', ...TOKENS, '--out', at('bad.csv')], bad);
  expect(words).toMatchObject({ code: 1, stderr: '' });
  expect(words.stdout).toContain('row 2, amount');
  expect(words.stdout).toContain('row 4 (as 3), address');
  const data = await holdfast(['merkle', 'root', '--dialect', 'openzeppelin', '--list', '-', ...TOKENS, '--json'], bad);
  expect(data.code).toBe(1);
  expect(data.json()).toMatchObject({
    errors: [
      { row: 2, column: 'amount', code: 'list.amount-negative' },
      { row: 4, column: 'address', code: 'list.duplicate-address', sameAs: 3 },
    ],
  });
  expect((await readdir(folder)).filter((name) => name.startsWith('bad'))).toEqual([]);
});

test('the same mistake in every row is told once to people, and row by row to machines', async () => {
  const bad = `address,amount\n${'0x,1\n'.repeat(500)}`;
  const words = await holdfast(['import', '-', '--units', 'minor'], bad);
  expect(words.stdout.split('\n').length).toBeLessThan(8);
  expect(words.stdout).toContain('rows 2, 3, 4, 5, 6, 7, 8, 9 and 92 more, address');
  const data = await holdfast(['import', '-', '--units', 'minor', '--json'], bad);
  expect(data.json().errors).toHaveLength(100);
});

describe('asked wrongly, the answer is 64 and a sentence', () => {
  const root = ['merkle', 'root', '--dialect', 'openzeppelin', '--list'];
  test.each([
    ['without units', ['import', 'list.csv'], /--units minor .*--units token --decimals D/],
    ['with tokens of unknown decimals', ['import', 'list.csv', '--units', 'token'], /--decimals D/],
    ['without units for a root', [...root, 'list.csv'], /--units/],
    ['with more decimals than there are', ['import', 'list.csv', '--units', 'token', '--decimals', '78'], /0 to 77/],
    [
      'in a dialect that is none',
      ['merkle', 'root', '--dialect', 'merkl', '--list', 'x', '--units', 'minor'],
      /openzeppelin, uniswap, sablier/,
    ],
    [
      'for nobody',
      ['merkle', 'proof', '--dialect', 'uniswap', '--list', 'x', '--units', 'minor'],
      /--address A or --index N/,
    ],
    [
      'without the index that is in the leaf',
      [
        'merkle',
        'verify',
        '--dialect',
        'uniswap',
        '--root',
        ROOTS.uniswap,
        '--address',
        A,
        '--amount',
        '1',
        '--proof',
        '-',
      ],
      /--index N/,
    ],
  ] as const)('%s', async (_case, args, words) => {
    const { code, stdout, stderr } = await holdfast(args, '[]');
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toMatch(words);
  });
});

test.each([
  [
    'somebody who is not in the list',
    ['merkle', 'proof', '--dialect', 'uniswap', '--list', '-', '--units', 'minor', '--address', `0x${'1'.repeat(40)}`],
    'merkle.not-listed',
  ],
  [
    'an index beyond the last',
    ['merkle', 'proof', '--dialect', 'uniswap', '--list', '-', '--units', 'minor', '--index', '2'],
    'merkle.index',
  ],
  [
    'an address with a wrong checksum',
    [
      'merkle',
      'proof',
      '--dialect',
      'uniswap',
      '--list',
      '-',
      '--units',
      'minor',
      '--address',
      A.replace('CAD4', 'cAD4'),
    ],
    'address.checksum',
  ],
  [
    'a proof that is none',
    [
      'merkle',
      'verify',
      '--dialect',
      'openzeppelin',
      '--root',
      ROOTS.uniswap,
      '--address',
      A,
      '--amount',
      '1',
      '--proof',
      '-',
    ],
    'json.malformed',
  ],
] as const)('%s is refused with its code', async (_case, args, code) => {
  const answer = await holdfast([...args, '--json'], `address,amount\n${A},1\n${B},2\n`);
  expect({ code: answer.code, ...answer.json() }).toMatchObject({ code: 1, error: { code } });
});
