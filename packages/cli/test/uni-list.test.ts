import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  appendRecipient,
  createDistribution,
  createRecipientTable,
  DIALECT_NAMES,
  type DialectName,
  encodeHash,
  merkleProof,
  merkleRoot,
  parseAddress,
} from '@holdfast/core/lists';
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import { describe, expect, test } from 'vitest';
import { plainUniswapTree } from '../../core/test/merkle-peers.ts';
import { createFastKeccak } from '../src/lists/fast-keccak.ts';
import { buildDistribution } from '../src/lists/read-table.ts';

// 21,067 recipients of the 2020 UNI distribution, every twelfth of Uniswap/mrkl-drop-data-chunks. Too many people to be
// kept here: the file lies beside the repository where it is to be had.
const FILE = fileURLToPath(new URL('../../../../shared/data/uni-2020-sample.csv', import.meta.url));
const isThere = existsSync(FILE);
if (!isThere) console.warn(`\n*** NOT TESTED on the real UNI list: there is no ${FILE} ***\n`);

const COUNT = 21_067;
const TOTAL = 12_315_589_653_178_000_000_000_000n;
/** Of the whole file, made once with @openzeppelin/merkle-tree 1.0.8 and with Uniswap's tree written plainly. */
const ROOTS: Readonly<Record<DialectName, string>> = {
  openzeppelin: '0xce360be1faebfbdf2fe49f354c9f9921c1686176943ef3dfd20b432da7063e56',
  sablier: '0xef751d026686863045e70592d58012e8852101fdef68f0eaccdb4dd6334d3797',
  uniswap: '0x75513cace7a730975a192733b6bc93d30fe68e573ad6b2f9046d3d1fa892a6a6',
};
/** What the other implementations build again in each run; the whole would take them ten seconds. */
const SOME = 1500;

test.runIf(!isThere)(
  'NOT RUN on the real UNI list: ../shared/data/uni-2020-sample.csv is not beside the repository',
  () => {
    expect(isThere).toBe(false);
  },
);

describe.runIf(isThere)('the real UNI list of 21,067 recipients', () => {
  test.each(DIALECT_NAMES)('has its root in the %s dialect, the zero address with a warning', async (dialect) => {
    const { report, distribution } = await buildDistribution(FILE, dialect, { units: 'minor', json: true });
    if (distribution === undefined) throw new Error(`refused: ${JSON.stringify(report.faults)}`);
    expect(encodeHash(merkleRoot(distribution.tree))).toBe(ROOTS[dialect]);
    expect(report).toMatchObject({
      count: COUNT,
      total: TOTAL,
      warnings: [{ row: 2, column: 'address', code: 'list.zero-address' }],
    });
  });

  test('has the roots and proofs of other implementations, as far as those are asked', async () => {
    const rows = (await readFile(FILE, 'utf8'))
      .trim()
      .split('\n')
      .slice(1, SOME + 1)
      .map((line) => line.split(','));
    const keccak = await createFastKeccak();
    const table = createRecipientTable();
    for (const [address = '', amount = ''] of rows)
      appendRecipient(table, parseAddress(address, keccak), BigInt(amount));
    const build = (dialect: DialectName) => createDistribution(dialect, table, { keccak }).tree;
    const rootOf = (dialect: DialectName) => encodeHash(merkleRoot(build(dialect)));
    expect(rootOf('openzeppelin')).toBe(StandardMerkleTree.of(rows, ['address', 'uint256']).root);
    const indexed = rows.map((row, i) => [`${i}`, ...row]);
    expect(rootOf('sablier')).toBe(StandardMerkleTree.of(indexed, ['uint', 'address', 'uint256']).root);
    const plain = plainUniswapTree(rows.map(([address = '', amount = '']) => [address, BigInt(amount)]));
    const uniswap = build('uniswap');
    expect(encodeHash(merkleRoot(uniswap))).toBe(plain.root);
    for (const { index, proof } of plain.claims.slice(0, 50)) {
      expect(merkleProof(uniswap, index).map(encodeHash)).toEqual(proof);
    }
  });
});
