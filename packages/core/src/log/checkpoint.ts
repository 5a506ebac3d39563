import { equalBytes } from '../encoding/bytes.ts';
import { encodeBase64, encodeUtf8, parseBase64 } from '../encoding/text.ts';
import { CodedError } from '../errors.ts';
import { isNoteText } from './note.ts';
import { EMPTY_ROOT, HASH_LENGTH } from './tree.ts';

/** What a log signs about itself (C2SP tlog-checkpoint). `root` is 32 bytes, `size` a number of entries. */
export type Checkpoint = {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** Opaque lines after the root. No monitor can audit them, so our logs write none. */
  readonly extensions: readonly string[];
};

/** UTF-8 bytes of an origin: the post-quantum cosignature of C2SP has one length byte for it. */
export const MAX_ORIGIN_BYTES = 255;

function malformed(sentence: string): CodedError<'checkpoint.malformed'> {
  return new CodedError('checkpoint.malformed', sentence);
}

/** Is this a C2SP origin: one non-empty line of at most 255 bytes, without control characters? */
export function isOrigin(origin: string): boolean {
  return (
    origin !== '' &&
    origin.length <= MAX_ORIGIN_BYTES &&
    isNoteText(`${origin}\n`) &&
    !origin.includes('\n') &&
    encodeUtf8(origin).length <= MAX_ORIGIN_BYTES
  );
}

/**
 * Parses the text of a note as a checkpoint (C2SP tlog-checkpoint). It is worth as much as the signatures of that note:
 * see `judgeNote`, and check that the log's key bears the name of the origin. Throws `checkpoint.malformed`; also for a
 * size above 2^53 - 1, and for an empty tree with another root than the empty tree's.
 */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.slice(0, -1).split('\n');
  const [origin = '', sizeText = '', rootText = '', ...extensions] = lines;
  if (!isNoteText(text) || lines.length < 3 || lines.includes('')) {
    throw malformed('A checkpoint is at least three lines, none of them empty, each ending in a newline.');
  }
  if (!isOrigin(origin)) throw malformed(`The origin of a checkpoint is at most ${MAX_ORIGIN_BYTES} bytes.`);
  const size = Number(sizeText);
  if (!/^(0|[1-9][0-9]{0,15})$/.test(sizeText) || !Number.isSafeInteger(size)) {
    throw malformed('The size in a checkpoint is a decimal number without leading zeros, below 2^53.');
  }
  const root = parseRoot(rootText);
  if (size === 0 && !equalBytes(root, EMPTY_ROOT)) throw malformed('An empty tree has only one root.');
  return { origin, size, root, extensions };
}

function parseRoot(text: string): Uint8Array {
  // 32 bytes are 44 characters of base64; nothing longer is decoded.
  const root = text.length === 44 ? parseRootBytes(text) : undefined;
  if (root?.length !== HASH_LENGTH) throw malformed('The root in a checkpoint is 32 bytes of base64.');
  return root;
}

function parseRootBytes(text: string): Uint8Array {
  try {
    return parseBase64(text);
  } catch (cause) {
    throw new CodedError('checkpoint.malformed', 'The root in a checkpoint is not canonical base64.', {}, cause);
  }
}

/** The text of a checkpoint's note, byte for byte. Throws `checkpoint.malformed` for what no checkpoint can say. */
export function encodeCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  const lines = [origin, String(size), encodeBase64(root), ...extensions];
  const text = `${lines.join('\n')}\n`;
  if (parseCheckpoint(text).extensions.length !== extensions.length) {
    throw malformed('A line of a checkpoint has no newline in it.');
  }
  return text;
}
