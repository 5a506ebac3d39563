import { z } from 'zod';
import { concatBytes, equalBytes, sha256 } from '../encoding/bytes.ts';
import { canonicalJson, parseJson } from '../encoding/json.ts';
import { encodeBase64url, encodeUtf8, parseBase64url, parseUtf8 } from '../encoding/text.ts';
import { assert, CodedError, isCodedError } from '../errors.ts';
import { appendLeaf, compactRoot, copyCompactTree, createCompactTree, HASH_LENGTH, leafHash } from '../log/tree.ts';
import { packStatuses, unpackStatuses } from '../status/packed.ts';
import { sectionsOf } from './sections.ts';
import { createByteReader, encodeCount, encodePart, malformedSnapshot } from './snapshot-bytes.ts';
import { headOfDocket, restoreDocketHead } from './snapshot-docket.ts';
import { type SnapshotHead, snapshotHeadSchema } from './snapshot-head.ts';
import { changeKey, createNetworkState, type NetworkState, type StatusList } from './state.ts';
import { parseStatement, SECTIONS, type Statement } from './statement.ts';

/** A snapshot is at most this long, in bytes; a state that needs more is folded from the log. */
export const MAX_SNAPSHOT_BYTES = 67_108_864;

const MAGIC = encodeUtf8('holdfast snapshot 1\n');
const DIGEST_LENGTH = 32;

/** The folded state right after an epoch, with what proves that the log signed it. */
export type Snapshot = {
  readonly state: NetworkState;
  /** The epoch, last entry of the tree; its signature is for the caller to verify (`statementChecks`). */
  readonly epoch: Statement & { readonly text: string };
  /** The signed note over the tree of `state`; for the caller to verify. */
  readonly checkpoint: string;
};

/**
 * The whole state as bytes: a head of canonical JSON, then for each list its packed statuses and which entry changed each
 * index, the digests of all decisions, and the SHA-256 of all that. The state must be as its last epoch left it. Undefined
 * when it would be longer than `MAX_SNAPSHOT_BYTES`.
 */
export function encodeSnapshot(
  state: NetworkState,
  signed: { readonly epoch: string; readonly checkpoint: string },
): Uint8Array | undefined {
  assert(state.position?.size === state.tree.size, 'a snapshot is taken at an epoch');
  const head = encodeUtf8(canonicalJson(headOf(state, signed)));
  const changes = changesByList(state);
  const lists = [...state.lists.values()].flatMap((list) => [
    list.packed ?? packStatuses(list.values, list.bits),
    encodeChanges(changes.get(list.id) ?? []),
  ]);
  const decided = [...state.decided].map(parseBase64url);
  const content = [MAGIC, encodePart(head), ...lists, encodeCount(decided.length), ...decided];
  const length = content.reduce((sum, part) => sum + part.length, DIGEST_LENGTH);
  if (length > MAX_SNAPSHOT_BYTES) return undefined;
  const bytes = concatBytes(...content);
  return concatBytes(bytes, sha256(bytes));
}

/**
 * Takes a snapshot from outside. Throws `snapshot.malformed` for bytes that are none, are cut off or damaged, and
 * `snapshot.mismatch` when its state is not the one that its epoch commits to. What no epoch commits to (which entry
 * changed an index, at which epochs programs were judged, how much was refused, the order of things) is as it says.
 */
export function parseSnapshot(bytes: Uint8Array): Snapshot {
  if (bytes.length > MAX_SNAPSHOT_BYTES) throw malformedSnapshot('This snapshot is too long.');
  const end = bytes.length - DIGEST_LENGTH;
  const isWhole = end > MAGIC.length && equalBytes(sha256(bytes.subarray(0, end)), bytes.subarray(end));
  if (!isWhole) throw malformedSnapshot('This snapshot is cut off or damaged.');
  const reader = createByteReader(bytes.subarray(0, end));
  if (!equalBytes(reader.take(MAGIC.length), MAGIC)) throw malformedSnapshot('This is not a snapshot.');
  const head = parseHead(reader.takePart());
  const state = createNetworkState();
  restoreHead(state, head);
  for (const list of head.lists) {
    const packed = reader.take(Math.ceil((list.size * list.bits) / 8)).slice();
    if (state.lists.has(list.id)) throw malformedSnapshot('This snapshot has one list twice.');
    const values = unpackStatuses(packed, list.bits, list.size);
    state.lists.set(list.id, { ...list, values, packed, digest: undefined });
    restoreChanges(state, list, reader);
  }
  restoreDocketHead(state, head.docket);
  restoreDecided(state, reader);
  if (reader.left() !== 0) throw malformedSnapshot('This snapshot goes on after its end.');
  return { state, epoch: { ...restoreEpoch(state, head), text: head.epoch }, checkpoint: head.checkpoint };
}

function headOf(state: NetworkState, signed: { readonly epoch: string; readonly checkpoint: string }): SnapshotHead {
  const { name, rulebook, scheduled, parties, lists, programs, exceptions, recognitions } = state;
  const {
    suspensions,
    supersessions,
    late,
    since,
    critical,
    refused,
    covered,
    predecessors,
    emergency,
    succeeding: _succeeding,
    ...others
  } = state;
  const { tree: _tree, time: _time, position: _position, open: _open, decided: _decided, ...more } = others;
  const { decidedTree: _decidedTree, changes: _changes, name: _name, rulebook: _rulebook, ...rest } = more;
  const { scheduled: _s, parties: _p, lists: _l, programs: _g, exceptions: _e, recognitions: _r, ...last } = rest;
  const { docket, ...none } = last;
  const cases = headOfDocket(docket);
  // A member of the state that nobody put into the snapshot is a fault of this file: it does not even compile.
  none satisfies Record<string, never>;
  assert(rulebook !== undefined, 'a log with an epoch has a rulebook');
  return {
    v: 1,
    name,
    ...signed,
    covered: { size: covered.size, hashes: covered.hashes.map(encodeBase64url) },
    rulebook,
    scheduled,
    ...(emergency === undefined ? {} : { emergency }),
    parties: [...parties.values()],
    lists: [...lists.values()].map(headOfList),
    programs: [...programs.values()],
    exceptions: [...exceptions],
    recognitions: [...recognitions],
    suspensions: [...suspensions].sort(([a], [b]) => (a < b ? -1 : 1)),
    ...(cases === undefined ? {} : { docket: cases }),
    ...(supersessions.size === 0 ? {} : { supersessions: [...supersessions] }),
    ...(since.size === 0 ? {} : { since: [...since].map(([issuer, all]) => [issuer, [...all]] as const) }),
    ...(late.size === 0 ? {} : { late: [...late].map(([issuer, marks]) => [issuer, [...marks]] as const) }),
    critical: [...critical].sort(),
    ...(predecessors.length === 0 ? {} : { predecessors: [...predecessors] }),
    refused: [...refused].sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

function headOfList({ id, issuer, bits, size, key, opened, compromised }: StatusList): SnapshotHead['lists'][number] {
  const { decisions = [], entry = 0 } = compromised ?? {};
  const marked = compromised === undefined ? {} : { compromised: { entry, decisions: [...decisions] } };
  return { id, issuer, bits, size, key, opened, ...marked };
}

function parseHead(bytes: Uint8Array): SnapshotHead {
  try {
    const parsed = snapshotHeadSchema.safeParse(
      parseJson(parseUtf8(bytes), { maxLength: MAX_SNAPSHOT_BYTES, maxDepth: 32 }),
    );
    if (parsed.success) return parsed.data;
    throw malformedSnapshot('The head of this snapshot is not one.', z.prettifyError(parsed.error));
  } catch (error) {
    if (!isCodedError(error) || error.code === 'snapshot.malformed') throw error;
    throw malformedSnapshot('The head of this snapshot is not JSON.', error);
  }
}

function restoreHead(state: NetworkState, head: SnapshotHead): void {
  state.name = head.name;
  state.rulebook = head.rulebook;
  state.scheduled = [...head.scheduled];
  state.emergency = head.emergency;
  for (const party of head.parties) state.parties.set(party.id, party);
  for (const record of head.programs) state.programs.set(record.program.id, record);
  for (const [digest, record] of head.exceptions) state.exceptions.set(digest, record);
  for (const [network, record] of head.recognitions) state.recognitions.set(network, record);
  for (const [key, until] of head.suspensions) state.suspensions.set(key, until);
  for (const [issuer, day] of head.supersessions ?? []) state.supersessions.set(issuer, day);
  for (const [issuer, all] of head.since ?? []) state.since.set(issuer, all);
  for (const [issuer, marks] of head.late ?? []) state.late.set(issuer, marks);
  state.predecessors = head.predecessors ?? [];
  for (const subject of head.critical) state.critical.add(subject);
  for (const [why, count] of head.refused) state.refused.set(why, count);
}

type Change = { readonly index: number; readonly entry: number; readonly decisions: readonly number[] };

function changesByList(state: NetworkState): ReadonlyMap<string, readonly Change[]> {
  const byList = new Map<string, Change[]>();
  for (const [key, change] of state.changes) {
    const at = key.lastIndexOf(' ');
    const list = key.slice(0, at);
    const known = byList.get(list) ?? [];
    known.push({ index: Number(key.slice(at + 1)), ...change });
    byList.set(list, known);
  }
  for (const changes of byList.values()) changes.sort((a, b) => a.index - b.index);
  return byList;
}

function encodeChanges(changes: readonly Change[]): Uint8Array {
  const counts = changes.flatMap(({ index, entry, decisions }) => [index, entry, decisions.length, ...decisions]);
  return concatBytes(...[changes.length, ...counts].map(encodeCount));
}

function restoreChanges(
  state: NetworkState,
  list: Pick<StatusList, 'id'>,
  reader: ReturnType<typeof createByteReader>,
) {
  for (let left = reader.takeCount(); left > 0; left -= 1) {
    const [index, entry] = [reader.takeCount(), reader.takeCount()];
    const decisions: number[] = [];
    for (let more = reader.takeCount(); more > 0; more -= 1) decisions.push(reader.takeCount());
    state.changes.set(changeKey(list.id, index), { entry, decisions });
  }
}

function restoreDecided(state: NetworkState, reader: ReturnType<typeof createByteReader>): void {
  for (let left = reader.takeCount(); left > 0; left -= 1) {
    const digest = reader.take(HASH_LENGTH);
    state.decided.add(encodeBase64url(digest));
    appendLeaf(state.decidedTree, leafHash(digest));
  }
}

/** The epoch is the last entry of the tree, and says of the state what the state is. */
function restoreEpoch(state: NetworkState, head: SnapshotHead): Statement {
  const parse = parseStatement(head.epoch);
  if (!parse.ok || parse.statement.body.type !== 'epoch') throw malformedSnapshot('This snapshot is not of an epoch.');
  const { statement } = parse;
  const { size, time, sections } = parse.statement.body;
  const covered = restoreTree(head.covered);
  if (size !== covered.size) throw mismatch('The epoch of this snapshot is at another place of the log.');
  state.covered = covered;
  Object.assign(state.tree, appendLeaf(copyCompactTree(covered), statement.leaf));
  state.time = time;
  const found = sectionsOf(state);
  const wrong = SECTIONS.filter((section) => found[section] !== sections[section]);
  if (wrong.length > 0) throw mismatch('The state of this snapshot is not what its epoch commits to.', { wrong });
  const log = state.rulebook?.body.log.origin ?? '';
  state.position = { log, size: state.tree.size, root: encodeBase64url(compactRoot(state.tree)), time };
  return statement;
}

function restoreTree({ size, hashes }: SnapshotHead['covered']): NetworkState['covered'] {
  try {
    return createCompactTree(size, hashes.map(parseBase64url));
  } catch (cause) {
    throw malformedSnapshot('The tree of this snapshot is not one.', cause);
  }
}

function mismatch(sentence: string, details: Record<string, unknown> = {}): CodedError {
  return new CodedError('snapshot.mismatch', sentence, details);
}
