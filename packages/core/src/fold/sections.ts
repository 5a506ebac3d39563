import { compareBytes, sha256 } from '../encoding/bytes.ts';
import { canonicalJson } from '../encoding/json.ts';
import { encodeBase64url, encodeUtf8 } from '../encoding/text.ts';
import { compactRoot, EMPTY_ROOT, leafHash, rootOf } from '../log/tree.ts';
import { packStatuses } from '../status/packed.ts';
import type { NetworkState, StatusList } from './state.ts';
import type { Sections } from './statement.ts';

const NOTHING = encodeBase64url(EMPTY_ROOT);

/**
 * What an epoch commits to: for each section the RFC 6962 root over its canonical leaves, sorted by their bytes
 * (`decisions`: in the order of the log), so that one list or party can be proved without the others.
 */
export function sectionsOf(state: NetworkState): Sections {
  return {
    cases: NOTHING,
    critical: rootOfLeaves([...state.critical].map((subject) => encodeUtf8(canonicalJson([subject])))),
    decisions: encodeBase64url(compactRoot(state.decidedTree)),
    exceptions: rootOfLeaves(exceptionLeaves(state)),
    incidents: NOTHING,
    lists: rootOfLeaves(listLeaves(state)),
    parties: rootOfLeaves(partyLeaves(state)),
    programs: rootOfLeaves(programLeaves(state)),
    recognitions: NOTHING,
    rulebook: rootOfLeaves(rulebookLeaves(state)),
    suspensions: rootOfLeaves([...state.suspensions].map((entry) => encodeUtf8(canonicalJson(entry)))),
  };
}

export function sortLeaves(leaves: readonly Uint8Array[]): Uint8Array[] {
  return [...leaves].sort(compareBytes);
}

/** base64url root of the leaves in their canonical order. */
export function rootOfLeaves(leaves: readonly Uint8Array[]): string {
  return encodeBase64url(rootOf(sortLeaves(leaves).map(leafHash)));
}

/** The leaf starts with the id, so leaves sort by id. */
export function listLeaf(list: StatusList): Uint8Array {
  const { id, issuer, key, opened, bits, size } = list;
  return encodeUtf8(canonicalJson([id, digestOf(list), { bits, issuer, key, opened, size }]));
}

export function listLeaves(state: NetworkState): Uint8Array[] {
  return [...state.lists.values()].map(listLeaf);
}

export function partyLeaves(state: NetworkState): Uint8Array[] {
  return [...state.parties.values()].map((party) => leafOf(party, () => canonicalJson([party.id, party])));
}

function exceptionLeaves(state: NetworkState): Uint8Array[] {
  return [...state.exceptions].map(([digest, record]) => leafOf(record, () => canonicalJson([digest, record])));
}

/**
 * A program with everything that has been said about it, so that one can be proved without the others. Which epochs
 * followed is not part of it: an epoch commits to what stood before it.
 */
export function programLeaves(state: NetworkState): Uint8Array[] {
  return [...state.programs.values()].map((record) =>
    leafOf(record, () => {
      const { program, judgedAt: _judged, sealedAt: _sealed, ...progress } = record;
      return canonicalJson([program.id, progress]);
    }),
  );
}

const LEAVES = new WeakMap<object, Uint8Array>();

/** What never changes is written once: every epoch commits to the same parties and rules again. */
function leafOf(subject: object, write: () => string): Uint8Array {
  const known = LEAVES.get(subject);
  if (known !== undefined) return known;
  const leaf = encodeUtf8(write());
  LEAVES.set(subject, leaf);
  return leaf;
}

export function rulebookLeaves(state: NetworkState): Uint8Array[] {
  const { rulebook, scheduled } = state;
  if (rulebook === undefined) return [];
  const inForce = leafOf(rulebook, () => canonicalJson(['in-force', rulebook.index, rulebook.body]));
  const coming = scheduled.map((next) =>
    leafOf(next, () => canonicalJson(['scheduled', next.index, next.effectiveAt, next.body])),
  );
  return [inForce, ...coming];
}

/** Over the packed, uncompressed bytes: zlib's output differs between versions, these do not. */
function digestOf(list: StatusList): string {
  list.digest ??= encodeBase64url(sha256(packStatuses(list.values, list.bits)));
  return list.digest;
}
