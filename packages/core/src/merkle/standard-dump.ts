import type { Json } from '../encoding/json.ts';
import { isJsonObject } from '../encoding/json.ts';
import { type Keccak, keccak256 } from '../encoding/keccak.ts';
import { assert, CodedError } from '../errors.ts';
import { DIALECTS, LEAF_TYPES, type LeafType, standardLeaves } from './dialect.ts';
import { type Distribution, recipientAt } from './distribution.ts';
import { encodeHash, refusing } from './published-hash.ts';
import { createMerkleTree, type MerkleTree, merkleRoot } from './tree.ts';
import { WORD_LENGTH } from './words.ts';

/**
 * The tree as `StandardMerkleTree.dump()` of @openzeppelin/merkle-tree gives it, to the byte, in pieces: of a million
 * recipients it takes 260 MB.
 */
export function* encodeStandardDump(distribution: Distribution): Generator<string> {
  const { dialect, tree, table } = distribution;
  const { leafEncoding, fields } = DIALECTS[dialect];
  assert(leafEncoding !== undefined, 'a standard tree names the types of its leaves');
  yield `{"format":"standard-v1","leafEncoding":${JSON.stringify(leafEncoding)},"tree":[`;
  for (let i = 0; i < tree.nodes.length / WORD_LENGTH; i += 1) {
    const hash = encodeHash(tree.nodes.subarray(i * WORD_LENGTH, (i + 1) * WORD_LENGTH));
    yield `${i === 0 ? '' : ','}"${hash}"`;
  }
  yield '],"values":[';
  for (let index = 0; index < table.count; index += 1) {
    const { address, amount } = recipientAt(distribution, index);
    const value = fields.map((field) => ({ index: `${index}`, address, amount: `${amount}` })[field]);
    yield `${index === 0 ? '' : ','}{"value":${JSON.stringify(value)},"treeIndex":${tree.positions[index]}}`;
  }
  yield ']}';
}

/** What Sablier publishes of a campaign: the dump as a text inside it, and the recipients again. */
export function* encodeSablierCampaign(distribution: Distribution): Generator<string> {
  const { table, tree } = distribution;
  const root = encodeHash(merkleRoot(tree));
  yield `{"total_amount":"${table.total}","number_of_recipients":${table.count},"root":"${root}","merkle_tree":"`;
  // Nothing else in a dump is escaped in a JSON string.
  for (const piece of encodeStandardDump(distribution)) yield piece.replaceAll('"', '\\"');
  yield '","recipients":[';
  for (let index = 0; index < table.count; index += 1) {
    const { address, amount } = recipientAt(distribution, index);
    yield `${index === 0 ? '' : ','}{"address":"${address}","amount":"${amount}"}`;
  }
  yield ']}';
}

export type StandardDump = {
  readonly leafEncoding: readonly LeafType[];
  readonly values: readonly (readonly string[])[];
  readonly tree: MerkleTree;
};

/**
 * A dump from outside, believed in nothing: the tree is built again from the values and has to be the same. Throws
 * `merkle.dump`, saying what differs. Of trees with leaves left unsorted it says that they are another tree.
 */
export function parseStandardDump(json: Json, keccak: Keccak = keccak256): StandardDump {
  if (!isJsonObject(json) || json.format !== 'standard-v1') throw wrongDump('its format is not standard-v1');
  const leafEncoding = textsOf(json.leafEncoding, 'leafEncoding').map((type) => {
    const known = LEAF_TYPES.find((name) => name === type);
    if (known === undefined) throw wrongDump('its leaves hold other things than addresses and uint256');
    return known;
  });
  const entries = arrayOf(json.values, 'values').map((entry) => {
    if (!isJsonObject(entry)) throw wrongDump('a value is not an object');
    return { value: textsOf(entry.value, 'value'), treeIndex: entry.treeIndex };
  });
  const values = entries.map(({ value }) => value);
  const tree = refusing(wrongDump, () =>
    createMerkleTree(standardLeaves(leafEncoding, values, keccak), 'complete', { keccak }),
  );
  if (entries.some(({ treeIndex }, i) => treeIndex !== tree.positions[i])) {
    throw wrongDump('a value is not at the node it names');
  }
  const nodes = textsOf(json.tree, 'tree');
  const isSame = (text: string, i: number) =>
    text.toLowerCase() === encodeHash(tree.nodes.subarray(i * WORD_LENGTH, (i + 1) * WORD_LENGTH));
  if (nodes.length * WORD_LENGTH !== tree.nodes.length || !nodes.every(isSame)) {
    throw wrongDump('its nodes do not follow from its values');
  }
  return { leafEncoding, values, tree };
}

function arrayOf(value: Json | undefined, name: string): readonly Json[] {
  if (!Array.isArray(value)) throw wrongDump(`${name} is not an array`);
  return value;
}

function textsOf(value: Json | undefined, name: string): string[] {
  return arrayOf(value, name).map((text) => {
    if (typeof text !== 'string') throw wrongDump(`${name} holds something that is not a text`);
    return text;
  });
}

function wrongDump(why: string): CodedError {
  return new CodedError('merkle.dump', `This is not a dump of a standard tree: ${why}`, { why });
}
