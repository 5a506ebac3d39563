import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  CodedError,
  DIALECTS,
  type DialectName,
  type Distribution,
  encodeHash,
  encodeSablierCampaign,
  encodeStandardDump,
  encodeUniswapClaims,
  merkleRoot,
  proofPositions,
  recipientAt,
} from '@holdfast/core/lists';
import { createOutputFile, told } from './output-file.ts';

const HASH_LENGTH = 32;
/** Recipients in one shard, about: 100 KB to 400 KB, which a telephone fetches for its one proof. */
const SHARD_SIZE = 256;
const MAX_NIBBLES = 4;
/** What a folder of files is published with: anybody may read it. */
const PUBLIC = 0o644;
const PUBLIC_FOLDER = 0o755;

type TreeFile = {
  readonly name: string;
  readonly encode: (distribution: Distribution) => Iterable<string>;
  /** About how many pieces it comes in for each recipient: only progress depends on it. */
  readonly pieces: number;
};

/** The file that holds the whole tree as the dialect's own tools write it. */
export const TREE_FILES: Readonly<Record<DialectName, TreeFile>> = {
  openzeppelin: { name: 'tree.json', encode: encodeStandardDump, pieces: 3 },
  sablier: { name: 'campaign.json', encode: encodeSablierCampaign, pieces: 4 },
  uniswap: { name: 'claims.json', encode: encodeUniswapClaims, pieces: 1 },
};

export type DropOptions = {
  /** Pieces written, of about so many. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
};

/**
 * Writes a folder that can be published as it is: the whole list, the tree in the dialect's own form, and every proof in
 * shards by the first digits of the address, `index.json` naming them all. The same list gives the same bytes. The folder
 * appears whole or not at all. Throws `usage.out` when it is there already with something in it, or cannot be written.
 */
export async function writeDropFolder(
  path: string,
  distribution: Distribution,
  options: DropOptions = {},
): Promise<{ readonly shards: number }> {
  const target = resolve(path);
  if (existsSync(target) && (await told(path, () => readdir(target))).length > 0) {
    throw new CodedError('usage.out', `${path} is there already with something in it. Choose another folder.`, {
      path,
    });
  }
  const folder = await told(path, () => mkdtemp(join(dirname(target), `${basename(target)}.partial-`)));
  try {
    const shards = await fillFolder(folder, distribution, options);
    await told(path, () => chmod(folder, PUBLIC_FOLDER));
    await told(path, () => rename(folder, target));
    return { shards };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function fillFolder(folder: string, distribution: Distribution, options: DropOptions): Promise<number> {
  const { dialect, table, tree } = distribution;
  const { name, encode, pieces } = TREE_FILES[dialect];
  const write = createWriter(options, (pieces + 2) * table.count);
  const list = await write(join(folder, 'list.csv'), listPieces(distribution));
  const whole = await write(join(folder, name), encode(distribution));
  const nibbles = nibblesFor(table.count);
  await told(folder, () => mkdir(join(folder, 'proofs')));
  let shards = 0;
  for (const { prefix, indices } of shardsOf(distribution, nibbles)) {
    await write(join(folder, 'proofs', `${prefix}.json`), shardPieces(distribution, indices));
    shards += 1;
  }
  const { leafEncoding } = DIALECTS[dialect];
  const index = {
    format: 'holdfast-distribution-v1',
    dialect,
    ...(leafEncoding === undefined ? {} : { leafEncoding }),
    root: encodeHash(merkleRoot(tree)),
    count: table.count,
    total: `${table.total}`,
    units: 'minor',
    list: { file: 'list.csv', sha256: list },
    tree: { file: name, sha256: whole },
    // The prefix: so many digits behind 0x, in small letters. A shard that nobody is in is not there.
    proofs: { file: 'proofs/{prefix}.json', prefixDigits: nibbles, shards },
  };
  await write(join(folder, 'index.json'), [`${JSON.stringify(index, null, 2)}\n`]);
  return shards;
}

const PROGRESS_EVERY = 1024;

/** Writes whole files one after the other and gives the SHA-256 of each. */
function createWriter({ onProgress, signal }: DropOptions, total: number) {
  let done = 0;
  return async (path: string, pieces: Iterable<string>): Promise<string> => {
    const file = await createOutputFile(path, PUBLIC);
    try {
      for (const piece of pieces) {
        signal?.throwIfAborted();
        await file.write(piece);
        done += 1;
        if (done % PROGRESS_EVERY === 0) onProgress?.(Math.min(done, total), total);
      }
      return await file.publish();
    } finally {
      await file.discard();
    }
  };
}

/** The list in the order of its indices, as any of the commands reads it with `--units minor`. */
function* listPieces(distribution: Distribution): Generator<string> {
  yield 'address,amount\n';
  for (let index = 0; index < distribution.table.count; index += 1) {
    const { address, amount } = recipientAt(distribution, index);
    yield `${address},${amount}\n`;
  }
}

/** One object by EIP-55 address: `{root, recipients: {address: {index, amount, proof}}}`. */
function* shardPieces(distribution: Distribution, indices: Uint32Array): Generator<string> {
  const { tree } = distribution;
  const nodes = Buffer.from(tree.nodes.buffer, tree.nodes.byteOffset, tree.nodes.byteLength);
  yield `{"root":"${encodeHash(merkleRoot(tree))}","recipients":{`;
  for (const [i, index] of indices.entries()) {
    const { address, amount } = recipientAt(distribution, index);
    const proof = proofPositions(tree, index).map(
      (at) => `"0x${nodes.toString('hex', at * HASH_LENGTH, (at + 1) * HASH_LENGTH)}"`,
    );
    yield `${i === 0 ? '' : ','}\n"${address}":{"index":${index},"amount":"${amount}","proof":[${proof.join(',')}]}`;
  }
  yield '\n}}\n';
}

function nibblesFor(count: number): number {
  let nibbles = 1;
  while (nibbles < MAX_NIBBLES && count / 16 ** nibbles > SHARD_SIZE) nibbles += 1;
  return nibbles;
}

/** The indices of each prefix that somebody has, in order: counted, then laid out. */
function* shardsOf(
  { table, rows }: Distribution,
  nibbles: number,
): Generator<{ readonly prefix: string; readonly indices: Uint32Array }> {
  const shardOf = (index: number) => {
    const at = (rows === undefined ? index : (rows[index] ?? 0)) * 20;
    return (((table.addresses[at] ?? 0) << 8) | (table.addresses[at + 1] ?? 0)) >> (4 * (MAX_NIBBLES - nibbles));
  };
  const starts = new Uint32Array(16 ** nibbles + 1);
  for (let index = 0; index < table.count; index += 1) {
    const next = shardOf(index) + 1;
    starts[next] = (starts[next] ?? 0) + 1;
  }
  for (let shard = 0; shard < 16 ** nibbles; shard += 1) {
    starts[shard + 1] = (starts[shard + 1] ?? 0) + (starts[shard] ?? 0);
  }
  const laid = new Uint32Array(table.count);
  const free = starts.slice();
  for (let index = 0; index < table.count; index += 1) {
    const shard = shardOf(index);
    laid[free[shard] ?? 0] = index;
    free[shard] = (free[shard] ?? 0) + 1;
  }
  for (let shard = 0; shard < 16 ** nibbles; shard += 1) {
    const indices = laid.subarray(starts[shard], starts[shard + 1]);
    if (indices.length > 0) yield { prefix: shard.toString(16).padStart(nibbles, '0'), indices };
  }
}
