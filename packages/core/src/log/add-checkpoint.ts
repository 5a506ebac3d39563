import { equalBytes } from '../encoding/bytes.ts';
import { encodeBase64, parseBase64, parseUtf8 } from '../encoding/text.ts';
import { CodedError, isCodedError } from '../errors.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { parseNote, type SignedNote } from './note.ts';
import { verifyConsistency } from './proof.ts';
import { HASH_LENGTH } from './tree.ts';

/** What a log asks of a witness (C2SP tlog-witness, add-checkpoint). Nothing in it has been verified. */
export type AddCheckpoint = {
  /** Size of the checkpoint that the witness cosigned last, as far as the asker knows; 0 if none. */
  readonly old: number;
  readonly proof: readonly Uint8Array[];
  readonly note: SignedNote;
  readonly checkpoint: Checkpoint;
};

/** The tree of a log that a witness cosigned last. */
export type CosignedTree = { readonly size: number; readonly root: Uint8Array };

export const MAX_CONSISTENCY_LINES = 63;
/** Of a whole request: 63 hashes and a checkpoint with more signatures than any log has. */
export const MAX_ADD_CHECKPOINT_BYTES = 65_536;

function malformed(sentence: string, cause?: unknown): CodedError<'witness.request-malformed'> {
  return new CodedError('witness.request-malformed', sentence, {}, cause);
}

/** Writes the body of an add-checkpoint request; `note` is the signed checkpoint, verbatim. */
export function encodeAddCheckpoint(old: number, proof: readonly Uint8Array[], note: string): string {
  return `old ${old}\n${proof.map((hash) => `${encodeBase64(hash)}\n`).join('')}\n${note}`;
}

/**
 * Parses the body of an add-checkpoint request: the old size, at most 63 proof lines, an empty line, a checkpoint. Throws
 * `witness.request-malformed`, with the code of the layer below as its cause.
 */
export function parseAddCheckpoint(body: Uint8Array): AddCheckpoint {
  if (body.length > MAX_ADD_CHECKPOINT_BYTES) {
    throw malformed(`A request here has at most ${MAX_ADD_CHECKPOINT_BYTES} bytes.`);
  }
  try {
    const text = parseUtf8(body);
    // No line before the checkpoint is empty, so the first empty one parts them.
    const blank = text.indexOf('\n\n');
    const [first = '', ...lines] = text.slice(0, Math.max(0, blank)).split('\n');
    const note = parseNote(text.slice(blank + 2));
    return { old: parseOld(first), proof: parseProof(lines), note, checkpoint: parseCheckpoint(note.text) };
  } catch (error) {
    if (!isCodedError(error) || error.code === 'witness.request-malformed') throw error;
    throw malformed(`This is not a request to cosign a checkpoint: ${error.message}`, error);
  }
}

function parseOld(line: string): number {
  const [, digits] = /^old (0|[1-9][0-9]{0,15})$/.exec(line) ?? [];
  const old = Number(digits);
  if (digits === undefined || !Number.isSafeInteger(old)) {
    throw malformed('The first line is "old" and a size in decimal, without leading zeros.');
  }
  return old;
}

function parseProof(lines: readonly string[]): Uint8Array[] {
  if (lines.length > MAX_CONSISTENCY_LINES) {
    throw malformed(`A consistency proof has at most ${MAX_CONSISTENCY_LINES} lines.`);
  }
  return lines.map(parseHashLine);
}

/** One SHA-256 hash in standard base64, 44 characters. Throws `witness.request-malformed`. */
function parseHashLine(line: string): Uint8Array {
  const hash = line.length === 44 ? parseBase64(line) : undefined;
  if (hash?.length !== HASH_LENGTH) throw malformed('A proof line is 32 bytes of base64.');
  return hash;
}

/** Why a checkpoint that its log has signed is not cosigned. `conflict`: another size than `old` was cosigned last. */
export type NotCosigned = 'old-size' | 'conflict' | 'forked' | 'proof';

/**
 * Whether a witness that cosigned `held` last may cosign this checkpoint, in the order of C2SP tlog-witness; undefined is
 * yes. Origin and signature are the caller's to check before. Everything extends the empty tree, so from 0 the proof is
 * empty.
 */
export function judgeAddCheckpoint(
  { old, proof, checkpoint }: Pick<AddCheckpoint, 'old' | 'proof' | 'checkpoint'>,
  held: CosignedTree | undefined,
): NotCosigned | undefined {
  if (old > checkpoint.size) return 'old-size';
  if (old !== (held?.size ?? 0)) return 'conflict';
  if (held === undefined || held.size === 0) return proof.length === 0 ? undefined : 'proof';
  if (old === checkpoint.size && !equalBytes(held.root, checkpoint.root)) return 'forked';
  const consistency = { from: old, to: checkpoint.size, fromRoot: held.root, toRoot: checkpoint.root, proof };
  return verifyConsistency(consistency) ? undefined : 'proof';
}
