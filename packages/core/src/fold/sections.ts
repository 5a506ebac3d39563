import { compareBytes, sha256 } from '../encoding/bytes.ts';
import { canonicalJson } from '../encoding/json.ts';
import { encodeBase64url, encodeUtf8 } from '../encoding/text.ts';
import { compactRoot, leafHash, rootOf } from '../log/tree.ts';
import { packStatuses } from '../status/packed.ts';
import { caseLeaves, incidentLeaves } from './docket.ts';
import type { NetworkState, StatusList } from './state.ts';
import type { Section, Sections } from './statement.ts';

/**
 * What an epoch commits to: for each section the RFC 6962 root over its canonical leaves, sorted by their bytes
 * (`decisions`: in the order of the log), so that one list or party can be proved without the others.
 */
export function sectionsOf(state: NetworkState): Sections {
  const rootOfSection = createSectionRoots(state);
  return {
    cases: rootOfSection('cases', caseLeaves(state.docket)),
    critical: rootOfSection(
      'critical',
      [...state.critical].map((subject) => encodeUtf8(canonicalJson([subject]))),
    ),
    decisions: encodeBase64url(compactRoot(state.decidedTree)),
    exceptions: rootOfSection('exceptions', exceptionLeaves(state)),
    incidents: rootOfSection('incidents', [...incidentLeaves(state.docket), ...recordLeaves(state)]),
    lists: rootOfSection('lists', listLeaves(state)),
    parties: rootOfSection('parties', partyLeaves(state)),
    programs: rootOfSection('programs', programLeaves(state)),
    recognitions: rootOfSection('recognitions', recognitionLeaves(state)),
    rulebook: rootOfSection('rulebook', rulebookLeaves(state)),
    suspensions: rootOfSection(
      'suspensions',
      [...state.suspensions, ...superseded(state)].map((entry) => encodeUtf8(canonicalJson(entry))),
    ),
  };
}

type SectionRoot = { readonly leaves: readonly Uint8Array[]; readonly root: string };

const SECTION_ROOTS = new WeakMap<NetworkState, Map<Section, SectionRoot>>();

/** The root of a section, remembered for as long as the state holds these very leaves: most epochs change nothing. */
function createSectionRoots(state: NetworkState): (section: Section, leaves: readonly Uint8Array[]) => string {
  const known = SECTION_ROOTS.get(state) ?? new Map<Section, SectionRoot>();
  SECTION_ROOTS.set(state, known);
  return (section, leaves) => {
    const before = known.get(section);
    if (before?.leaves.length === leaves.length && leaves.every((leaf, i) => leaf === before.leaves[i])) {
      return before.root;
    }
    const root = rootOfLeaves(leaves);
    known.set(section, { leaves, root });
    return root;
  };
}

export function sortLeaves(leaves: readonly Uint8Array[]): Uint8Array[] {
  return [...leaves].sort(compareBytes);
}

/** base64url root of the leaves in their canonical order. */
export function rootOfLeaves(leaves: readonly Uint8Array[]): string {
  return encodeBase64url(rootOf(sortLeaves(leaves).map(hashOf)));
}

const HASHES = new WeakMap<Uint8Array, Uint8Array>();

/** A leaf that stands in one epoch after another is hashed once. */
function hashOf(leaf: Uint8Array): Uint8Array {
  const known = HASHES.get(leaf);
  if (known !== undefined) return known;
  const hash = leafHash(leaf);
  HASHES.set(leaf, hash);
  return hash;
}

/** The leaf starts with the id, so leaves sort by id. */
export function listLeaf(list: StatusList): Uint8Array {
  const { id, issuer, key, opened, bits, size } = list;
  const digest = digestOf(list);
  const written = LIST_LEAVES.get(list);
  if (written?.digest === digest) return written.leaf;
  const leaf = encodeUtf8(canonicalJson([id, digest, { bits, issuer, key, opened, size }]));
  LIST_LEAVES.set(list, { digest, leaf });
  return leaf;
}

const LIST_LEAVES = new WeakMap<StatusList, { readonly digest: string; readonly leaf: Uint8Array }>();

export function listLeaves(state: NetworkState): Uint8Array[] {
  return [...state.lists.values()].map(listLeaf);
}

export function partyLeaves(state: NetworkState): Uint8Array[] {
  return [...state.parties.values()].map((party) => leafOf(party, () => canonicalJson([party.id, party])));
}

function exceptionLeaves(state: NetworkState): Uint8Array[] {
  return [...state.exceptions].map(([digest, record]) => leafOf(record, () => canonicalJson([digest, record])));
}

/** How much of an issuer's day is used up. A key of a suspension ends in a number, so no suspension is written so. */
function superseded({ supersessions }: NetworkState): readonly (readonly [string, string, number, number])[] {
  return [...supersessions].map(([issuer, { day, count }]) => ['superseded', issuer, day, count]);
}

/** What policies ask of issuers' records: revocations that came late, and since when each is accredited. */
export function recordLeaves(state: NetworkState): Uint8Array[] {
  const late = [...state.late].map(([issuer, all]) => leafOf(all, () => canonicalJson(['late', issuer, all])));
  const since = [...state.since].map(([issuer, all]) => leafOf(all, () => canonicalJson(['since', issuer, all])));
  return [...late, ...since];
}

/** The leaf starts with the other network's name, so that what is taken from one can be proved alone. */
export function recognitionLeaves(state: NetworkState): Uint8Array[] {
  return [...state.recognitions].map(([network, record]) => leafOf(record, () => canonicalJson([network, record])));
}

/**
 * A program with everything that has been said about it, so that one can be proved without the others. Which epochs
 * followed is not part of it: an epoch commits to what stood before it.
 */
export function programLeaves(state: NetworkState): Uint8Array[] {
  return [...state.programs.values()].map((record) =>
    leafOf(record, () => {
      const { program, judgedAt: _judged, onProbation: _trial, sealedAt: _sealed, ...progress } = record;
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
  const { rulebook, scheduled, predecessors, emergency } = state;
  if (rulebook === undefined) return [];
  const inForce = leafOf(rulebook, () => canonicalJson(['in-force', rulebook.index, rulebook.body]));
  const coming = scheduled.map((next) =>
    leafOf(next, () => {
      const { index, effectiveAt, body, lapsesAt } = next;
      return canonicalJson(['scheduled', index, effectiveAt, body, ...(lapsesAt === undefined ? [] : [lapsesAt])]);
    }),
  );
  const standsIn =
    emergency === undefined
      ? []
      : [leafOf(emergency, () => canonicalJson(['emergency', emergency.index, emergency.lapsesAt, emergency.base]))];
  const ended = predecessors.map((position) => leafOf(position, () => canonicalJson(['succeeds', position])));
  return [inForce, ...coming, ...standsIn, ...ended];
}

/** Over the packed, uncompressed bytes: zlib's output differs between versions, these do not. */
function digestOf(list: StatusList): string {
  list.packed ??= packStatuses(list.values, list.bits);
  list.digest ??= encodeBase64url(sha256(list.packed));
  return list.digest;
}
