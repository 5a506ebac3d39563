import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  appendRecipient,
  createDistribution,
  createRecipientTable,
  DIALECT_NAMES,
  type DialectName,
  encodeHash,
  merkleRoot,
  parseAddress,
  parseHash,
  parseUniswapClaims,
  recipientLeafHash,
  verifyMerkleProof,
} from '@holdfast/core/lists';
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TREE_FILES, writeDropFolder } from './drop-folder.ts';
import { createFastKeccak } from './fast-keccak.ts';
import { createOutputFile } from './output-file.ts';
import { buildDistribution } from './read-table.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-drop-'));
});
afterAll(() => rm(folder, { recursive: true }));

const keccak = await createFastKeccak();

/** Some that begin alike, one alone in its shard, one of the largest amounts. */
function distribute(dialect: DialectName, count = 700) {
  const table = createRecipientTable();
  for (let i = 0; i < count; i += 1) {
    const digits =
      i % 3 === 0
        ? `00${i.toString(16).padStart(38, 'a')}`
        : (BigInt(i + 1) * 7n ** 56n).toString(16).padStart(40, '0').slice(-40);
    appendRecipient(table, parseAddress(`0x${digits}`, keccak), i === 5 ? 2n ** 127n : BigInt(i + 1));
  }
  return createDistribution(dialect, table, { keccak });
}

async function filesOf(path: string): Promise<Map<string, string>> {
  const names = await readdir(path, { recursive: true });
  const files = new Map<string, string>();
  for (const name of names.sort()) {
    if (name !== 'proofs') files.set(name, await readFile(join(path, name), 'utf8'));
  }
  return files;
}

type Shard = { root: string; recipients: Record<string, { index: number; amount: string; proof: string[] }> };

describe.each(DIALECT_NAMES)('a folder in the %s dialect', (dialect) => {
  test('holds every proof in the shard of its address, the list, the tree and their digests', async () => {
    const path = join(folder, `whole-${dialect}`);
    const distribution = distribute(dialect);
    const { shards } = await writeDropFolder(path, distribution);
    const files = await filesOf(path);
    const root = encodeHash(merkleRoot(distribution.tree));
    const index = JSON.parse(files.get('index.json') ?? '');
    const { table } = distribution;
    expect(index).toMatchObject({
      dialect,
      root,
      count: 700,
      total: `${table.total}`,
      units: 'minor',
      proofs: { shards },
    });
    for (const { file, sha256 } of [index.list, index.tree]) {
      expect(
        createHash('sha256')
          .update(files.get(file) ?? '')
          .digest('hex'),
      ).toBe(sha256);
    }
    const seen = new Set<number>();
    for (const [name, text] of files) {
      if (!name.startsWith('proofs/')) continue;
      const shard = JSON.parse(text) as Shard;
      expect(shard.root).toBe(root);
      for (const [address, { index: place, amount, proof }] of Object.entries(shard.recipients)) {
        expect(name).toBe(`proofs/${address.slice(2, 3).toLowerCase()}.json`);
        const leaf = recipientLeafHash(dialect, { index: place, address, amount: BigInt(amount) }, keccak);
        const inclusion = { leaf, proof: proof.map(parseHash), root: parseHash(root) };
        expect(verifyMerkleProof(inclusion, keccak)).toBe(true);
        seen.add(place);
      }
    }
    expect(seen.size).toBe(700);
  });

  test('can be built again from its list alone, byte for byte', async () => {
    const [first, again] = [join(folder, `first-${dialect}`), join(folder, `again-${dialect}`)];
    await writeDropFolder(first, distribute(dialect));
    const list = join(first, 'list.csv');
    const { distribution } = await buildDistribution(list, dialect, { units: 'minor', json: true });
    if (distribution === undefined) throw new Error('the list is refused');
    await mkdir(again);
    await writeDropFolder(again, distribution);
    expect(await filesOf(again)).toEqual(await filesOf(first));
  });
});

test("the tree is what the dialect's own tools load", async () => {
  const paths = Object.fromEntries(DIALECT_NAMES.map((dialect) => [dialect, join(folder, `tools-${dialect}`)]));
  const roots = new Map<DialectName, string>();
  for (const dialect of DIALECT_NAMES) {
    const distribution = distribute(dialect, 40);
    roots.set(dialect, encodeHash(merkleRoot(distribution.tree)));
    await writeDropFolder(paths[dialect] ?? '', distribution);
  }
  const read = async (dialect: DialectName) =>
    JSON.parse(await readFile(join(paths[dialect] ?? '', TREE_FILES[dialect].name), 'utf8'));
  expect(StandardMerkleTree.load(await read('openzeppelin')).root).toBe(roots.get('openzeppelin'));
  const campaign = await read('sablier');
  expect(StandardMerkleTree.load(JSON.parse(campaign.merkle_tree)).root).toBe(roots.get('sablier'));
  const claims = parseUniswapClaims(await read('uniswap'), keccak);
  expect(encodeHash(merkleRoot(claims.tree))).toBe(roots.get('uniswap'));
});

describe('nothing half-written is left', () => {
  test('when it is broken off in the middle', async () => {
    const path = join(folder, 'broken');
    const broken = new AbortController();
    const writing = writeDropFolder(path, distribute('openzeppelin'), {
      signal: broken.signal,
      onProgress: () => broken.abort(new Error('broken off')),
    });
    await expect(writing).rejects.toThrow('broken off');
    expect((await readdir(folder)).filter((name) => name.startsWith('broken'))).toEqual([]);
  });

  test('when something lies where it should go, which stays as it was', async () => {
    const path = join(folder, 'taken');
    await mkdir(path);
    await writeFile(join(path, 'mine.txt'), 'mine');
    await expect(writeDropFolder(path, distribute('uniswap', 3))).rejects.toMatchObject({ code: 'usage.out' });
    expect(await readdir(path)).toEqual(['mine.txt']);
    const file = join(path, 'mine.txt');
    await expect(writeDropFolder(file, distribute('uniswap', 3))).rejects.toMatchObject({ code: 'usage.out' });
    expect(await readFile(file, 'utf8')).toBe('mine');
  });

  test('when the place cannot be written', async () => {
    const path = join(folder, 'nowhere', 'at', 'all');
    await expect(writeDropFolder(path, distribute('uniswap', 3))).rejects.toMatchObject({ code: 'usage.out' });
    await expect(createOutputFile(join(path, 'list.csv'))).rejects.toMatchObject({ code: 'usage.out' });
  });

  test('of a file that is given up, and another writer is never overwritten', async () => {
    const path = join(folder, 'one.csv');
    const [given, first, second] = [
      await createOutputFile(path),
      await createOutputFile(path),
      await createOutputFile(path),
    ];
    await given.write('x');
    await given.discard();
    await first.write('first');
    await second.write('second');
    await first.publish();
    await expect(second.publish()).rejects.toMatchObject({ code: 'usage.out' });
    await second.discard();
    await first.discard();
    expect(await readFile(path, 'utf8')).toBe('first');
    expect((await readdir(folder)).filter((name) => name.startsWith('one.csv'))).toEqual(['one.csv']);
  });
});
