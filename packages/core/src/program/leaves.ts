import { z } from 'zod';
import { compareBytes, equalBytes } from '../encoding/bytes.ts';
import { canonicalJson } from '../encoding/json.ts';
import { encodeBase64url, encodeUtf8, parseBase64url } from '../encoding/text.ts';
import { CodedError } from '../errors.ts';
import { inclusionProof, type ReadHash, readerOfLeaves, verifyInclusion } from '../log/proof.ts';
import { leafHash, rootOf } from '../log/tree.ts';
import { digestSchema, saltSchema } from './application.ts';
import { amountSchema } from './program.ts';
import { APPLICATION_REFUSALS } from './refusals.ts';

/** One acknowledged application in the intake. The salt is that of its acknowledgement. */
export type IntakeLeaf = { readonly application: string; readonly salt: string };

/** One admitted application in the seal, with all that its entitlement follows from. The salt is its acknowledgement's. */
export const admittedLeafSchema = z.strictObject({
  application: digestSchema,
  /** Who attested the credential, as its verdict names it. */
  issuer: z.string().min(1).max(200),
  salt: saltSchema,
  /** The verdict at the seal's position was `unknown`: what is allocated is reserved until it is confirmed. */
  held: z.boolean(),
  /** Equal-capped: minor units. Pro-rata: the weight. Absent in a lottery. */
  want: amountSchema.optional(),
  weight: amountSchema.optional(),
});
export type AdmittedLeaf = z.infer<typeof admittedLeafSchema>;

/** One refused application in the seal, with the first reason that applies. */
export const refusedLeafSchema = z.strictObject({
  application: digestSchema,
  code: z.enum(APPLICATION_REFUSALS),
  salt: saltSchema,
});
export type RefusedLeaf = z.infer<typeof refusedLeafSchema>;

/** The bytes of a leaf of the intake: the canonical JSON of the application's digest and the salt. */
export function encodeIntakeLeaf({ application, salt }: IntakeLeaf): Uint8Array {
  return encodeUtf8(canonicalJson([application, salt]));
}

/** The bytes of a leaf of the seal. */
export function encodeSealLeaf(leaf: AdmittedLeaf | RefusedLeaf): Uint8Array {
  return encodeUtf8(canonicalJson(leaf));
}

/** base64url of a leaf's hash: what stands in published lists, and the key of an admitted application in the draw. */
export function leafCommitment(leaf: Uint8Array): string {
  return encodeBase64url(leafHash(leaf));
}

/**
 * Leaf hashes in the one order that a list of this program has: by their bytes. So the order in which people came leaves
 * no trace, and two neighbours prove that nothing lies between them. Throws `program.leaf-twice` for equal ones.
 */
export function sortLeafHashes(leaves: Iterable<Uint8Array>): Uint8Array[] {
  const sorted = Array.from(leaves, leafHash).sort(compareBytes);
  if (!isAscending(sorted)) throw new CodedError('program.leaf-twice', 'One leaf stands twice in this list.');
  return sorted;
}

function isAscending(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash, i) => i === 0 || compareBytes(hashes[i - 1] ?? hash, hash) < 0);
}

/** What a statement says of a list: its RFC 6962 root, base64url, over leaf hashes in ascending order, and how many. */
export type LeafList = { readonly root: string; readonly count: number };

/** The list of these leaf hashes, sorted as `sortLeafHashes` does. */
export function leafListOf(sorted: readonly Uint8Array[]): LeafList {
  return { root: encodeBase64url(rootOf(sorted)), count: sorted.length };
}

export function intakeRoot(leaves: readonly IntakeLeaf[]): LeafList {
  return leafListOf(sortLeafHashes(leaves.map(encodeIntakeLeaf)));
}

export function sealRoot(leaves: readonly (AdmittedLeaf | RefusedLeaf)[]): LeafList {
  return leafListOf(sortLeafHashes(leaves.map(encodeSealLeaf)));
}

/** What one application got in the draw: minor units, with the salt of its acknowledgement. */
export type AllocatedLeaf = { readonly application: string; readonly amount: bigint; readonly salt: string };

export function allocatedRoot(leaves: readonly AllocatedLeaf[]): LeafList {
  const bytes = leaves.map(({ application, amount, salt }) =>
    encodeUtf8(canonicalJson([application, amount.toString(), salt])),
  );
  return leafListOf(sortLeafHashes(bytes));
}

/** That a leaf stands in a list, at an index of its order; hashes base64url, from the leaf's neighbour up. */
export const leafProofSchema = z.strictObject({
  index: z.int().min(0),
  proof: z.array(digestSchema).max(64),
});
export type LeafProof = z.infer<typeof leafProofSchema>;

/** That no leaf of this hash stands in a list: the two beside its place, the first or last alone at an end. */
export const absenceProofSchema = z.strictObject({
  before: leafProofSchema.extend({ hash: digestSchema }).optional(),
  after: leafProofSchema.extend({ hash: digestSchema }).optional(),
});
export type AbsenceProof = z.infer<typeof absenceProofSchema>;

/** Proves the leaf at `index`. `readHash` is a reader over the sorted hashes (`readerOfLeaves`, `readerOfTiles`). */
export function proveLeaf(index: number, count: number, readHash: ReadHash): LeafProof {
  return { index, proof: inclusionProof(index, count, readHash).map(encodeBase64url) };
}

/** Proves what can be proved of a leaf over the whole sorted list: that it is there, or that it is not. */
export function proveInList(
  leaf: Uint8Array,
  sorted: readonly Uint8Array[],
  readHash: ReadHash = readerOfLeaves(sorted),
): LeafProof | AbsenceProof {
  const hash = leafHash(leaf);
  const place = placeOf(hash, sorted);
  const at = sorted[place];
  if (at !== undefined && equalBytes(at, hash)) return proveLeaf(place, sorted.length, readHash);
  const neighbour = (index: number) => {
    const found = sorted[index];
    return found && { hash: encodeBase64url(found), ...proveLeaf(index, sorted.length, readHash) };
  };
  const before = neighbour(place - 1);
  const after = neighbour(place);
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

/** Where it is, or would be. */
function placeOf(hash: Uint8Array, sorted: readonly Uint8Array[]): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (compareBytes(sorted[middle] ?? hash, hash) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Does the proof show that the leaf stands in the list? Total: a malformed proof is `false`. */
export function verifyLeaf(leaf: Uint8Array, list: LeafList, proof: LeafProof): boolean {
  return verifyHash(leafHash(leaf), list, proof);
}

/**
 * Does the proof show that the leaf does not stand in the list, whose leaves ascend? Both neighbours, next to each
 * other, with the leaf between; at an end the last or first alone; nothing at all of an empty list.
 */
export function verifyAbsence(leaf: Uint8Array, list: LeafList, { before, after }: AbsenceProof): boolean {
  const hash = leafHash(leaf);
  if (list.count === 0) return isRootOfNothing(list);
  if (before === undefined && after === undefined) return false;
  const next = before === undefined ? 0 : before.index + 1;
  if (after === undefined ? next !== list.count : after.index !== next) return false;
  const isBelow = (proof: NonNullable<AbsenceProof['before']>, order: -1 | 1) => {
    const neighbour = parseDigest(proof.hash);
    if (neighbour === undefined || Math.sign(compareBytes(neighbour, hash)) !== order) return false;
    return verifyHash(neighbour, list, proof);
  };
  return (before === undefined || isBelow(before, -1)) && (after === undefined || isBelow(after, 1));
}

function isRootOfNothing({ root }: LeafList): boolean {
  return root === encodeBase64url(rootOf([]));
}

function verifyHash(hash: Uint8Array, { root, count }: LeafList, { index, proof }: LeafProof): boolean {
  const rootBytes = parseDigest(root);
  const path = proof.map(parseDigest);
  if (rootBytes === undefined || !path.every((step) => step !== undefined)) return false;
  return verifyInclusion({ leafHash: hash, index, size: count, root: rootBytes, proof: path });
}

function parseDigest(text: string): Uint8Array | undefined {
  return digestSchema.safeParse(text).success ? parseBase64url(text) : undefined;
}
