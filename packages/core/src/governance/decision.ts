import { sha256 } from '../encoding/bytes.ts';
import { canonicalJson } from '../encoding/json.ts';
import { type Jws, parseJws } from '../encoding/jws.ts';
import { encodeBase64url, encodeUtf8, parseBase64url } from '../encoding/text.ts';
import { CodedError } from '../errors.ts';
import { leafHash, rootOf } from '../log/tree.ts';
import type { Power } from '../rulebook/rulebook.ts';

export const APPROVAL_TYP = 'approval+jwt';

/** Everything an officer's signature stands for. A change of any member is another decision. */
export type DecisionTerms = {
  /** The network's name: the digest of its genesis, so that no approval works in another network. */
  readonly genesis: string;
  readonly id: string;
  readonly power: Power;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly targets: { readonly root: string; readonly count: number };
  readonly class: string;
  /** Index of the rulebook statement in force. */
  readonly rulebook: number;
  /** Unix milliseconds; approvals count for nothing once the fold's time has reached it. */
  readonly expiry: number;
};

/** base64url SHA-256 over the canonical terms: what officers sign and what the fold accepts once. */
export function decisionDigest(terms: DecisionTerms): string {
  const { genesis, id, power, parameters, targets, rulebook, expiry } = terms;
  const { root, count } = targets;
  const canonical = { genesis, id, power, parameters, targets: { root, count }, class: terms.class, rulebook, expiry };
  return encodeBase64url(sha256(encodeUtf8(canonicalJson(canonical))));
}

/** One salted leaf: it can be opened alone, and tells nothing about its neighbours. */
export type SaltedLeaf = {
  readonly salt: string;
  readonly kind: 'target' | 'reason' | 'evidence';
  readonly value: unknown;
};

export function encodeSaltedLeaf(leaf: SaltedLeaf): Uint8Array {
  return encodeUtf8(canonicalJson(leaf));
}

/** RFC 6962 root over salted leaves, base64url. Salts must be 16 random bytes or more, or values could be guessed. */
export function saltedRoot(leaves: readonly SaltedLeaf[]): string {
  for (const leaf of leaves) {
    if (parseBase64url(leaf.salt).length < 16) {
      throw new CodedError('decision.salt', 'A salt of this decision is shorter than 16 bytes.');
    }
  }
  return encodeBase64url(rootOf(leaves.map((leaf) => leafHash(encodeSaltedLeaf(leaf)))));
}

/** What is left of a leaf once it was erased: the hash that the root was made of, at its place among those of its kind. */
export type ErasedLeaf = { readonly kind: SaltedLeaf['kind']; readonly at: number; readonly leaf: string };

/** The root over leaves of one kind of which some may have been erased. Throws as `saltedRoot` does. */
export function openedRoot(
  kind: SaltedLeaf['kind'],
  leaves: readonly SaltedLeaf[],
  erased: readonly ErasedLeaf[] = [],
): string {
  saltedRoot(leaves);
  const gone = new Map(erased.filter((one) => one.kind === kind).map(({ at, leaf }) => [at, leaf]));
  const left = leaves.map((leaf) => leafHash(encodeSaltedLeaf(leaf)));
  const hashes = Array.from({ length: leaves.length + gone.size }, (_, at) => {
    const leaf = gone.get(at);
    return leaf === undefined ? left.shift() : parseBase64url(leaf);
  });
  return encodeBase64url(rootOf(hashes.map((hash) => hash ?? new Uint8Array())));
}

/** Takes leaves out, and keeps in their place what the root needs: whoever has the root can check what is left. */
export function eraseLeaves(
  kind: SaltedLeaf['kind'],
  leaves: readonly SaltedLeaf[],
  erased: readonly ErasedLeaf[],
  isDue: (leaf: SaltedLeaf) => boolean,
): { readonly leaves: readonly SaltedLeaf[]; readonly erased: readonly ErasedLeaf[] } {
  const gone = new Set(erased.filter((one) => one.kind === kind).map(({ at }) => at));
  const places = Array.from({ length: leaves.length + gone.size }, (_, at) => at).filter((at) => !gone.has(at));
  const added = leaves.flatMap((leaf, i) =>
    isDue(leaf) ? [{ kind, at: places[i] ?? i, leaf: encodeBase64url(leafHash(encodeSaltedLeaf(leaf))) }] : [],
  );
  return { leaves: leaves.filter((leaf) => !isDue(leaf)), erased: [...erased, ...added] };
}

/** A digest that `parameters` carry to bind what a statement will say (a party, a rulebook). */
export function bindingDigest(value: unknown): string {
  return encodeBase64url(sha256(encodeUtf8(canonicalJson(value))));
}

export type Approval = { readonly jws: Jws; readonly kid: string; readonly digest: string };

/** Parses one officer's approval. Throws `approval.malformed`, or the code of the layer below. */
export function parseApproval(text: string): Approval {
  const jws = parseJws(text, { maxLength: 1024, maxDepth: 4 });
  const { typ, kid } = jws.header;
  const { digest } = jws.payload;
  if (typ !== APPROVAL_TYP || typeof kid !== 'string' || typeof digest !== 'string') {
    throw new CodedError(
      'approval.malformed',
      'An approval names its key in the header and one digest in the payload.',
    );
  }
  return { jws, kid, digest };
}
