import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Json } from '../encoding/json.ts';
import { isCodedError } from '../errors.ts';
import { parseAddress } from './address.ts';
import { type DialectName, type LeafType, standardLeaves } from './dialect.ts';
import { createDistribution } from './distribution.ts';
import { encodeHash } from './published-hash.ts';
import { appendRecipient, createRecipientTable } from './recipient-table.ts';
import { parseStandardDump } from './standard-dump.ts';
import { createMerkleTree, merkleProof, merkleRoot, verifyMerkleProof } from './tree.ts';

type Vector = { name: string; kind: string; input: unknown; expect: Record<string, unknown>; origin: string };
type Driver = (input: unknown) => Record<string, unknown>;

/** A vector is what its kind says it is: a wrong shape fails in the comparison. */
function driver<Input>(run: (input: Input) => Record<string, unknown>): Driver {
  return (input) => run(input as Input);
}

const DRIVERS: Record<string, Driver> = {
  'merkle.address': driver<{ text: string }>(({ text }) => ({ address: parseAddress(text) })),
  'merkle.root': driver<{ dialect: DialectName; recipients: [string, string][] }>(({ dialect, recipients }) => {
    const table = createRecipientTable(1);
    for (const [address, amount] of recipients) appendRecipient(table, parseAddress(address), BigInt(amount));
    const { tree } = createDistribution(dialect, table);
    return { root: encodeHash(merkleRoot(tree)), count: table.count, total: `${table.total}` };
  }),
  'merkle.dump': driver<Json>((json) => ({ root: encodeHash(merkleRoot(parseStandardDump(json).tree)) })),
  'oz.standard': driver<{ values: string[][]; leafEncoding: LeafType[] }>(({ values, leafEncoding }) => {
    const tree = createMerkleTree(standardLeaves(leafEncoding, values), 'complete');
    const root = merkleRoot(tree);
    const proofs = values.map((_, i) => merkleProof(tree, i));
    for (const [i, proof] of proofs.entries()) {
      const at = (tree.positions[i] ?? 0) * 32;
      expect(verifyMerkleProof({ leaf: tree.nodes.slice(at, at + 32), proof, root })).toBe(true);
    }
    return { root: encodeHash(root), format: 'standard-v1', proofs: proofs.map((proof) => proof.map(encodeHash)) };
  }),
};

function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return isCodedError(error) ? error.code : error;
  }
  return 'nothing was refused';
}

const FOLDER = new URL('../../../../spec/vectors/merkle/', import.meta.url);

function read(folder: string): [string, Vector[]][] {
  return readdirSync(new URL(folder, FOLDER)).map((file) => [
    `spec/vectors/merkle/${folder}${file}`,
    JSON.parse(readFileSync(new URL(`${folder}${file}`, FOLDER), 'utf8')) as Vector[],
  ]);
}

describe.each(read('valid/'))('%s', (_file, vectors) => {
  test.each(vectors)('$name', ({ kind, input, expect: expected, origin }) => {
    expect(origin).not.toBe('');
    expect(DRIVERS[kind]?.(input)).toEqual(expected);
  });
});

describe.each(read('invalid/'))('%s', (_file, vectors) => {
  test.each(vectors)('$name is refused', ({ kind, input, expect: expected, origin }) => {
    expect(origin).not.toBe('');
    expect({ code: codeOf(() => DRIVERS[kind]?.(input)) }).toEqual(expected);
  });
});
