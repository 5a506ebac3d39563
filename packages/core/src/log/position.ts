import { canonicalJson, isJsonObject, parseJson } from '../encoding/json.ts';
import { encodeBase64url, encodeUtf8, parseBase64url, parseUtf8 } from '../encoding/text.ts';
import { CodedError } from '../errors.ts';
import { isOrigin } from './checkpoint.ts';
import { HASH_LENGTH } from './tree.ts';

/** How far someone has read a log: the epoch that is its entry `size` - 1. */
export type Position = {
  /** Origin of the log (C2SP tlog-checkpoint). */
  readonly log: string;
  /** Entries read, at least 1: the index of the epoch, plus one. */
  readonly size: number;
  /** Root of the tree of `size` entries, base64url of 32 bytes. */
  readonly root: string;
  /** The epoch's time, unix milliseconds. */
  readonly time: number;
};

/** Logs in one header. A verdict stands on few; more is work an attacker orders. */
export const MAX_POSITIONS = 16;
/** Characters of a `Holdfast-Position` header: 16 positions whose origins need escaping throughout still fit. */
export const MAX_POSITION_HEADER_LENGTH = 16_384;

function malformed(sentence: string, cause?: unknown): CodedError<'position.malformed'> {
  return new CodedError('position.malformed', sentence, {}, cause);
}

/**
 * Takes a position from outside; members it does not know are dropped. Throws `position.malformed`. A position is
 * neither secret nor signed: from a client it can only raise the size asked for, never prove anything.
 */
export function parsePosition(value: unknown): Position {
  if (!isJsonObject(value)) throw malformed('A position is a JSON object.');
  const { log, size, root, time } = value;
  if (typeof log !== 'string' || !isOrigin(log)) throw malformed('The log of a position is the origin of a log.');
  if (!isCount(size) || size < 1) throw malformed('The size of a position is a whole number from 1.');
  if (typeof root !== 'string' || !isRoot(root)) throw malformed('The root of a position is 32 bytes of base64url.');
  if (!isCount(time)) throw malformed('The time of a position is in whole milliseconds since 1970.');
  return { log, size, root, time };
}

/** Whether two positions are one: of one log, with one history, at one time. */
export function isSamePosition(a: Position, b: Position): boolean {
  return a.log === b.log && a.size === b.size && a.root === b.root && a.time === b.time;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isRoot(text: string): boolean {
  if (text.length !== 43) return false;
  try {
    return parseBase64url(text).length === HASH_LENGTH;
  } catch {
    return false;
  }
}

/**
 * Takes a JSON array of positions: at most 16, sorted by log as RFC 8785 sorts member names, each log once. Throws
 * `position.too-many`, `position.unsorted`, `position.duplicate-log`, `position.malformed`.
 */
export function parsePositionArray(value: unknown): Position[] {
  if (!Array.isArray(value)) throw malformed('Positions are a JSON array.');
  if (value.length > MAX_POSITIONS) throw tooMany();
  const positions = value.map(parsePosition);
  positions.forEach((position, i) => {
    const before = positions[i - 1];
    if (before === undefined) return;
    const order = compareLogs(before, position);
    if (order === 0) throw duplicate(position.log);
    if (order > 0) throw new CodedError('position.unsorted', 'Positions are sorted by log.');
  });
  return positions;
}

/** The `Holdfast-Position` header: base64url of the JSON array. Throws `position.too-long`, or as `parsePositionArray`. */
export function parsePositions(headerText: string): Position[] {
  if (headerText.length > MAX_POSITION_HEADER_LENGTH) {
    throw new CodedError(
      'position.too-long',
      `A position header has at most ${MAX_POSITION_HEADER_LENGTH} characters.`,
    );
  }
  let value: unknown;
  try {
    value = parseJson(parseUtf8(parseBase64url(headerText)), { maxLength: MAX_POSITION_HEADER_LENGTH, maxDepth: 4 });
  } catch (cause) {
    throw malformed('A position header is base64url of JSON.', cause);
  }
  return parsePositionArray(value);
}

/** Writes the `Holdfast-Position` header; sorts by log. Throws as `parsePositionArray` does for what cannot be sent. */
export function encodePositions(positions: readonly Position[]): string {
  const sorted = parsePositionArray([...positions].sort(compareLogs));
  return encodeBase64url(encodeUtf8(canonicalJson(sorted)));
}

function compareLogs(a: Position, b: Position): number {
  return a.log < b.log ? -1 : a.log > b.log ? 1 : 0;
}

function duplicate(log: string): CodedError<'position.duplicate-log'> {
  return new CodedError('position.duplicate-log', 'A log has two positions in one list.', { log });
}

function tooMany(): CodedError<'position.too-many'> {
  return new CodedError('position.too-many', `At most ${MAX_POSITIONS} positions go together.`);
}

/** Two roots stated for one size of one log: one of them is a lie, or the log has forked. `roots` are sorted. */
export type Suspicion = { readonly log: string; readonly size: number; readonly roots: readonly string[] };

export type JoinedPositions = { readonly positions: readonly Position[] } | { readonly suspect: Suspicion };

/**
 * The least position that covers all of these: for each log the larger size; sorted by log. The order of lists and of
 * their members is irrelevant, and so is repeating one. Two roots for one size of one log are a suspicion wherever they
 * stand, also below a larger size; join all lists at once to see it, since a join keeps only the largest. A larger size
 * still needs a consistency proof before use, and a suspicion two signed checkpoints before it is a proof of fraud.
 * Equal size and root with different times keep the earlier: older evidence never allows more.
 */
export function joinPositions(...lists: readonly (readonly Position[])[]): JoinedPositions {
  const joined = new Map<string, Position>();
  const stated = new Map<string, Position>();
  const suspects: Suspicion[] = [];
  const positions = lists.flat();
  for (const position of positions) {
    const place = `${position.size} ${position.log}`;
    const other = stated.get(place);
    if (other !== undefined && other.root !== position.root) suspects.push(suspicionOf(position, positions));
    stated.set(place, position);
    const held = joined.get(position.log);
    if (held === undefined || isBeyond(position, held)) joined.set(position.log, position);
  }
  suspects.sort((a, b) => (a.log < b.log ? -1 : a.log > b.log ? 1 : a.size - b.size));
  const [suspect] = suspects;
  return suspect === undefined ? { positions: [...joined.values()].sort(compareLogs) } : { suspect };
}

function isBeyond(position: Position, held: Position): boolean {
  return position.size === held.size ? position.time < held.time : position.size > held.size;
}

function suspicionOf({ log, size }: Position, positions: readonly Position[]): Suspicion {
  const same = positions.filter((position) => position.log === log && position.size === size);
  return { log, size, roots: [...new Set(same.map(({ root }) => root))].sort() };
}
