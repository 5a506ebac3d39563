import { CodedError } from '../errors.ts';
import { encodeNote, keyRef, MAX_NOTE_SIGNATURES, type NoteSignature, parseNote } from './note.ts';

/**
 * The same signed checkpoint with more signature lines under it. A line of a key that is there before takes its place, so
 * that a note names each witness once. Throws `note.too-many-signatures`.
 */
export function addSignatures(note: string, lines: readonly NoteSignature[]): string {
  const { text, signatures } = parseNote(note);
  const all = new Map(signatures.map((line) => [keyRef(line), line]));
  for (const line of lines) all.set(keyRef(line), line);
  if (all.size > MAX_NOTE_SIGNATURES) {
    throw new CodedError('note.too-many-signatures', `A note here has at most ${MAX_NOTE_SIGNATURES} signatures.`);
  }
  return encodeNote({ text, signatures: [...all.values()] });
}
