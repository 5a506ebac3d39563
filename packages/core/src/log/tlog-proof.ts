import { encodeBase64, parseBase64, parseUtf8 } from '../encoding/text.ts';
import { CodedError, isCodedError } from '../errors.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { parseNote, type SignedNote } from './note.ts';
import { verifyInclusion } from './proof.ts';
import { HASH_LENGTH } from './tree.ts';

const HEADER = 'c2sp.org/tlog-proof@v1';
/** No inclusion proof in a tree of less than 2^63 entries is longer. */
const MAX_INCLUSION_LINES = 63;
const MAX_EXTRA_LENGTH = 65_536;
/** UTF-16 units of a whole proof: extra data, 63 hashes, and a note with all the signatures that a note has here. */
export const MAX_TLOG_PROOF_LENGTH = 655_360;

/** That an entry is in a log, for whoever is offline (C2SP tlog-proof). Nothing in it has been verified. */
export type TlogProof = {
  /** Opaque, and not authenticated by anything. */
  readonly extra?: Uint8Array;
  readonly index: number;
  /** The inclusion proof, from the leaf's neighbour up. */
  readonly hashes: readonly Uint8Array[];
  readonly note: SignedNote;
  readonly checkpoint: Checkpoint;
};

/** Writes a proof byte for byte; `note` is the signed checkpoint, verbatim. */
export function encodeTlogProof(
  { extra, index, hashes }: Pick<TlogProof, 'extra' | 'index' | 'hashes'>,
  note: string,
): string {
  const lines = [
    HEADER,
    ...(extra === undefined ? [] : [`extra ${encodeBase64(extra)}`]),
    `index ${index}`,
    ...hashes.map(encodeBase64),
  ];
  return `${lines.join('\n')}\n\n${note}`;
}

/** Parses a proof. Throws `proof.malformed`, with the code of the layer below as its cause. */
export function parseTlogProof(proof: Uint8Array | string): TlogProof {
  if (proof.length > (typeof proof === 'string' ? 1 : 3) * MAX_TLOG_PROOF_LENGTH) throw malformed('it is too long');
  try {
    const text = typeof proof === 'string' ? proof : parseUtf8(proof);
    // No line before the checkpoint is empty, so the first empty one parts them.
    const blank = text.indexOf('\n\n');
    const [header, ...lines] = text.slice(0, Math.max(0, blank)).split('\n');
    if (header !== HEADER) throw malformed(`its first line is not ${HEADER}`);
    const extra = lines[0]?.startsWith('extra ') === true ? parseExtra(lines.shift()?.slice(6) ?? '') : undefined;
    const index = parseIndex(lines.shift() ?? '');
    if (lines.length > MAX_INCLUSION_LINES) throw malformed('it has too many hashes');
    const note = parseNote(text.slice(blank + 2));
    const parsed = { index, hashes: lines.map(parseHash), note, checkpoint: parseCheckpoint(note.text) };
    return extra === undefined ? parsed : { ...parsed, extra };
  } catch (error) {
    if (!isCodedError(error) || error.code === 'proof.malformed') throw error;
    throw malformed(error.message, error);
  }
}

function parseExtra(text: string): Uint8Array {
  if (text.length > MAX_EXTRA_LENGTH) throw malformed('its extra data are too long');
  return parseBase64(text);
}

function parseIndex(line: string): number {
  const [, digits] = /^index (0|[1-9][0-9]{0,15})$/.exec(line) ?? [];
  const index = Number(digits);
  if (digits === undefined || !Number.isSafeInteger(index)) throw malformed('it has no index');
  return index;
}

function parseHash(line: string): Uint8Array {
  const hash = line.length === 44 ? parseBase64(line) : undefined;
  if (hash?.length !== HASH_LENGTH) throw malformed('a hash in it is not 32 bytes of base64');
  return hash;
}

function malformed(why: string, cause?: unknown): CodedError<'proof.malformed'> {
  return new CodedError('proof.malformed', `This is not a proof of an entry in a log: ${why}.`, {}, cause);
}

/** Whether the entry with this leaf hash is where the proof says, if its checkpoint is to be believed. */
export function isInLog(leafHash: Uint8Array, { index, hashes, checkpoint }: TlogProof): boolean {
  return verifyInclusion({ leafHash, index, size: checkpoint.size, root: checkpoint.root, proof: hashes });
}
