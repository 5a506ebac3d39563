import { compareBytes, concatBytes } from '../src/encoding/bytes.ts';
import { keccak256 } from '../src/encoding/keccak.ts';
import { encodeHex, parseHex } from '../src/encoding/text.ts';

/**
 * Uniswap's tree written plainly from its description: arrays of hashes, layer by layer. It shares with the product the
 * hash function and nothing else.
 */
export function plainUniswapTree(recipients: readonly (readonly [address: string, amount: bigint])[]) {
  const sorted = [...recipients].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const leaves = sorted.map(([address, amount], index) =>
    keccak256(parseHex(`${hexWord(BigInt(index))}${address.slice(2).toLowerCase()}${hexWord(amount)}`)),
  );
  const layers = [[...leaves].sort(compareBytes)];
  for (let layer = layers[0] ?? []; layer.length > 1; layers.push(layer)) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < layer.length; i += 2) above.push(pair(layer[i], layer[i + 1]));
    layer = above;
  }
  return {
    root: `0x${encodeHex(layers.at(-1)?.[0] ?? new Uint8Array(0))}`,
    claims: sorted.map(([address], index) => ({ address, index, proof: proofOf(layers, leaves[index]) })),
  };
}

function pair(left: Uint8Array | undefined, right: Uint8Array | undefined): Uint8Array {
  if (left === undefined || right === undefined) return left ?? right ?? new Uint8Array(0);
  return keccak256(concatBytes(...[left, right].sort(compareBytes)));
}

function proofOf(layers: readonly (readonly Uint8Array[])[], leaf: Uint8Array | undefined): string[] {
  let at = leaf === undefined ? -1 : (layers[0]?.indexOf(leaf) ?? -1);
  const proof: string[] = [];
  for (const layer of layers) {
    const sibling = layer[at % 2 === 0 ? at + 1 : at - 1];
    if (sibling !== undefined) proof.push(`0x${encodeHex(sibling)}`);
    at = Math.floor(at / 2);
  }
  return proof;
}

function hexWord(value: bigint): string {
  return value.toString(16).padStart(64, '0');
}
