import { concatBytes, equalBytes, sha256 } from '../encoding/bytes.ts';
import type { PublicJwk } from '../encoding/jwk.ts';
import type { SignatureCheck } from '../encoding/jws.ts';
import {
  encodeBase64,
  encodeBase64url,
  encodeHex,
  encodeUtf8,
  parseBase64,
  parseBase64url,
  parseUtf8,
} from '../encoding/text.ts';
import { assert, CodedError } from '../errors.ts';

/** One signature line of a note (C2SP signed-note). `keyId` is 8 lower-case hexadecimal digits, as vkeys write it. */
export type NoteSignature = { readonly name: string; readonly keyId: string; readonly signature: Uint8Array };

/** A signed note: `text` ends in a newline and does not include the blank line that parts it from the signatures. */
export type SignedNote = { readonly text: string; readonly signatures: readonly NoteSignature[] };

/** The signature types of C2SP that we know. `mlDsa44Cosignature` is parsed and cannot be verified yet. */
export const NOTE_KEY_TYPE = { ed25519: 0x01, ed25519Cosignature: 0x04, mlDsa44Cosignature: 0x06 } as const;
export type NoteKeyType = (typeof NOTE_KEY_TYPE)[keyof typeof NOTE_KEY_TYPE];

/** A key that may sign notes (the "vkey" of C2SP signed-note). `publicKey` is raw: 32 bytes, or 1312 for ML-DSA-44. */
export type Vkey = {
  readonly name: string;
  readonly keyId: string;
  readonly type: NoteKeyType;
  readonly publicKey: Uint8Array;
};

/** C2SP asks for at least 16. More than this is work an attacker orders, not a quorum. */
export const MAX_NOTE_SIGNATURES = 64;
/** UTF-16 units of a whole note: 64 post-quantum signatures of 5 kB in base64, and room for the text. */
export const MAX_NOTE_LENGTH = 524_288;

const PUBLIC_KEY_LENGTH: Readonly<Record<NoteKeyType, number>> = { 1: 32, 4: 32, 6: 1312 };
const SIGNATURE_LENGTH: Readonly<Record<NoteKeyType, number>> = { 1: 64, 4: 8 + 64, 6: 8 + 2420 };
const LINE_PREFIX = '\u2014 ';

/** Is this well-formed Unicode that ends in a newline, without control characters below U+0020 but newline? */
export function isNoteText(text: string): boolean {
  return text.endsWith('\n') && isPlain(text);
}

/** C2SP's rule for key names: not empty, no Unicode spaces, no plus. A control character would not be a note's either. */
export function isKeyName(name: string): boolean {
  return name !== '' && isPlain(name) && !/[\p{White_Space}+]/u.test(name);
}

function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 0x20 && code !== 0x0a) return false;
  }
  return !/\p{Surrogate}/u.test(text);
}

function malformed(sentence: string): CodedError<'note.malformed'> {
  return new CodedError('note.malformed', sentence);
}

/**
 * Parses a signed note (C2SP signed-note), verifying nothing: its text means nothing until `judgeNote` accepts it.
 * The last blank line parts text from signatures, so that text cannot be passed off as signatures. Throws
 * `note.too-long`, `note.too-many-signatures`, `note.malformed`, or `encoding.utf8` for bytes that are not UTF-8.
 */
export function parseNote(note: Uint8Array | string): SignedNote {
  // A UTF-8 byte gives at most one UTF-16 unit and at least a third of one.
  if (note.length > (typeof note === 'string' ? 1 : 3) * MAX_NOTE_LENGTH) throw tooLong();
  const whole = typeof note === 'string' ? note : parseUtf8(note);
  if (whole.length > MAX_NOTE_LENGTH) throw tooLong();
  const blank = whole.lastIndexOf('\n\n');
  if (blank === -1 || !isNoteText(whole) || blank + 2 === whole.length) {
    throw malformed('A signed note is text, a blank line and signature lines, without control characters.');
  }
  const lines = whole.slice(blank + 2, -1).split('\n');
  if (lines.length > MAX_NOTE_SIGNATURES) throw tooMany();
  return { text: whole.slice(0, blank + 1), signatures: lines.map(parseSignatureLine) };
}

function tooLong(): CodedError<'note.too-long'> {
  return new CodedError('note.too-long', `A signed note here has at most ${MAX_NOTE_LENGTH} characters.`);
}

function tooMany(): CodedError<'note.too-many-signatures'> {
  return new CodedError('note.too-many-signatures', `A note here has at most ${MAX_NOTE_SIGNATURES} signatures.`);
}

function parseSignatureLine(line: string): NoteSignature {
  const space = line.indexOf(' ', LINE_PREFIX.length);
  const name = line.slice(LINE_PREFIX.length, space);
  if (!line.startsWith(LINE_PREFIX) || space === -1 || !isKeyName(name)) {
    throw malformed('A signature line is an em dash, the key name and the signature, with single spaces.');
  }
  const bytes = parseNoteBase64(line.slice(space + 1));
  if (bytes.length < 5) throw malformed('A signature of a note is four bytes of key id and the signature itself.');
  return { name, keyId: encodeHex(bytes.subarray(0, 4)), signature: bytes.slice(4) };
}

function parseNoteBase64(text: string): Uint8Array {
  try {
    return parseBase64(text);
  } catch (cause) {
    throw new CodedError('note.malformed', 'This part of a note is not canonical base64.', {}, cause);
  }
}

/** Writes a note byte for byte as C2SP does. Throws as `parseNote` for parts that no note can have. */
export function encodeNote({ text, signatures }: SignedNote): string {
  if (!isNoteText(text)) throw malformed('The text of a note ends in a newline and has no control characters.');
  const note = `${text}\n${encodeSignatureLines(signatures)}`;
  parseNote(note);
  return note;
}

/** Signature lines alone, as a witness answers them. Throws `note.malformed`. */
export function encodeSignatureLines(signatures: readonly NoteSignature[]): string {
  return signatures.map(encodeSignatureLine).join('');
}

/**
 * Parses signature lines that came without their note (C2SP tlog-witness): each ends in a newline. Throws
 * `note.too-long`, `note.too-many-signatures`, `note.malformed`.
 */
export function parseSignatureLines(text: string): NoteSignature[] {
  if (text.length > MAX_NOTE_LENGTH) throw tooLong();
  if (!isNoteText(text)) throw malformed('Signature lines end in a newline and have no control characters.');
  const lines = text.slice(0, -1).split('\n');
  if (lines.length > MAX_NOTE_SIGNATURES) throw tooMany();
  return lines.map(parseSignatureLine);
}

function encodeSignatureLine({ name, keyId, signature }: NoteSignature): string {
  // A name with a newline in it would write a line of its own.
  if (!isKeyName(name)) throw malformed('A key name is not empty and has neither spaces nor a plus.');
  return `${LINE_PREFIX}${name} ${encodeBase64(concatBytes(parseKeyId(keyId), signature))}\n`;
}

function parseKeyId(keyId: string): Uint8Array {
  if (!/^[0-9a-f]{8}$/.test(keyId)) throw malformed('A key id is 8 lower-case hexadecimal digits.');
  return Uint8Array.from([0, 2, 4, 6], (at) => Number.parseInt(keyId.slice(at, at + 2), 16));
}

/** SHA-256(name || 0x0A || type || public key)[:4] (C2SP signed-note), as 8 hexadecimal digits. Not collision-free. */
export function noteKeyId(name: string, type: NoteKeyType, publicKey: Uint8Array): string {
  const digest = sha256(concatBytes(encodeUtf8(`${name}\n`), Uint8Array.of(type), publicKey));
  return encodeHex(digest.subarray(0, 4));
}

/** The vkey of an Ed25519 key under this name: a log's (`ed25519`) or a witness's (`ed25519Cosignature`). */
export function vkeyOf(name: string, key: PublicJwk, type: 0x01 | 0x04 = NOTE_KEY_TYPE.ed25519): Vkey {
  if (key.kty !== 'OKP') throw new CodedError('note.unsupported-key', 'Only an Ed25519 key signs notes here.');
  if (!isKeyName(name)) throw malformed('A key name is not empty and has neither spaces nor a plus.');
  const publicKey = parseBase64url(key.x);
  return { name, keyId: noteKeyId(name, type, publicKey), type, publicKey };
}

/**
 * Parses `name+keyId+base64(type || public key)`. Throws `note.malformed`, `note.unsupported-key` for a type that is not
 * in `NOTE_KEY_TYPE`, `note.key-id-mismatch` when the id does not belong to name and key (a typing error, or a swap).
 */
export function parseVkey(text: string): Vkey {
  const match = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{1,4096}={0,2})$/.exec(text);
  const [, name = '', keyId = '', encoded = ''] = match ?? [];
  if (match === null || !isKeyName(name))
    throw malformed('A vkey is a name, a key id and a key, joined by plus signs.');
  const bytes = parseNoteBase64(encoded);
  const type = bytes[0];
  if (type !== 0x01 && type !== 0x04 && type !== 0x06) {
    throw new CodedError('note.unsupported-key', 'This type of note key is not known here.', { type });
  }
  const publicKey = bytes.slice(1);
  if (publicKey.length !== PUBLIC_KEY_LENGTH[type]) throw malformed('The public key in this vkey has a wrong length.');
  if (noteKeyId(name, type, publicKey) !== keyId) {
    throw new CodedError('note.key-id-mismatch', 'The key id in this vkey does not belong to its name and key.', {
      name,
      keyId,
    });
  }
  return { name, keyId, type, publicKey };
}

export function encodeVkey({ name, keyId, type, publicKey }: Vkey): string {
  return `${name}+${keyId}+${encodeBase64(concatBytes(Uint8Array.of(type), publicKey))}`;
}

/** The bytes a type 0x01 key signs: the text of the note with its last newline (C2SP signed-note). */
export function noteMessage(text: string): Uint8Array {
  return encodeUtf8(text);
}

/** The bytes a type 0x04 key signs (C2SP tlog-cosignature, Ed25519): a header, the time and the whole checkpoint text. */
export function cosignatureMessage(text: string, timeSeconds: number): Uint8Array {
  return encodeUtf8(`cosignature/v1\ntime ${timeSeconds}\n${text}`);
}

/** `timestamped_signature` of C2SP tlog-cosignature: big-endian u64 POSIX seconds, then the 64 bytes of Ed25519. */
export function encodeCosignature(timeSeconds: number, signature: Uint8Array): Uint8Array {
  assert(Number.isSafeInteger(timeSeconds) && timeSeconds >= 0, 'a cosignature time is whole seconds since 1970');
  assert(signature.length === 64, 'an Ed25519 signature is 64 bytes');
  const bytes = new Uint8Array(SIGNATURE_LENGTH[NOTE_KEY_TYPE.ed25519Cosignature]);
  for (let i = 7, rest = timeSeconds; i >= 0; i -= 1, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  bytes.set(signature, 8);
  return bytes;
}

/** Takes a `timestamped_signature` apart; undefined for another length or a time no clock of ours can mean. */
export function parseCosignature(bytes: Uint8Array): { timeSeconds: number; signature: Uint8Array } | undefined {
  if (bytes.length !== SIGNATURE_LENGTH[NOTE_KEY_TYPE.ed25519Cosignature]) return undefined;
  const timeSeconds = bytes.subarray(0, 8).reduce((time, byte) => time * 256 + byte, 0);
  return Number.isSafeInteger(timeSeconds) ? { timeSeconds, signature: bytes.slice(8) } : undefined;
}

/** Who signed. `timeSeconds` only for a cosignature: as of then the checkpoint was the largest tree the witness saw. */
export type NoteSigner = { readonly vkey: Vkey; readonly timeSeconds?: number };

export type NoteChecks = {
  /** What to verify, in the order of the lines; repeated lines are listed once. */
  readonly checks: readonly SignatureCheck[];
  /** `signers[i]` signed if `checks[i]` holds. A witness may appear twice, with two times. */
  readonly signers: readonly NoteSigner[];
  /** Known keys whose line cannot be a signature at all (length, time): each rejects the note. */
  readonly impossible: readonly Vkey[];
  /** Known keys of a type we cannot verify yet: they neither reject nor count. */
  readonly unsupported: readonly Vkey[];
};

/**
 * Lists what must be verified before this note may be relied on. Lines by unknown keys are ignored, also when they share
 * name or id (not both) with a known one. Throws `note.ambiguous-key` if two different known keys share both.
 */
export function noteChecks(note: SignedNote, knownVkeys: readonly Vkey[]): NoteChecks {
  const known = indexVkeys(knownVkeys);
  const seen = new Set<string>();
  const checks: SignatureCheck[] = [];
  const signers: NoteSigner[] = [];
  const impossible: Vkey[] = [];
  const unsupported: Vkey[] = [];
  for (const line of note.signatures) {
    const vkey = known.get(keyRef(line));
    const repeated = seen.size === seen.add(encodeSignatureLine(line)).size;
    if (vkey === undefined || repeated) continue;
    if (vkey.type === NOTE_KEY_TYPE.mlDsa44Cosignature) {
      unsupported.push(vkey);
      continue;
    }
    const signed = checkOf(note.text, line.signature, vkey);
    if (signed === undefined) {
      impossible.push(vkey);
      continue;
    }
    checks.push(signed.check);
    signers.push(signed.signer);
  }
  return { checks, signers, impossible, unsupported };
}

/** What tells one key from another in a note: `name+keyId`. */
export function keyRef({ name, keyId }: { readonly name: string; readonly keyId: string }): string {
  return `${name}+${keyId}`;
}

function indexVkeys(vkeys: readonly Vkey[]): Map<string, Vkey> {
  const known = new Map<string, Vkey>();
  for (const vkey of vkeys) {
    const other = known.get(keyRef(vkey));
    if (other !== undefined && (other.type !== vkey.type || !equalBytes(other.publicKey, vkey.publicKey))) {
      throw new CodedError('note.ambiguous-key', 'Two different known keys have the same name and key id.', {
        name: vkey.name,
        keyId: vkey.keyId,
      });
    }
    known.set(keyRef(vkey), vkey);
  }
  return known;
}

function checkOf(
  text: string,
  signature: Uint8Array,
  vkey: Vkey,
): { check: SignatureCheck; signer: NoteSigner } | undefined {
  const key: PublicJwk = { kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(vkey.publicKey) };
  if (vkey.type === NOTE_KEY_TYPE.ed25519) {
    if (signature.length !== SIGNATURE_LENGTH[vkey.type]) return undefined;
    return { check: { alg: 'EdDSA', key, data: noteMessage(text), signature }, signer: { vkey } };
  }
  const cosignature = parseCosignature(signature);
  if (cosignature === undefined) return undefined;
  const { timeSeconds } = cosignature;
  const data = cosignatureMessage(text, timeSeconds);
  return { check: { alg: 'EdDSA', key, data, signature: cosignature.signature }, signer: { vkey, timeSeconds } };
}

export type NoteJudgement =
  | { readonly accepted: true; readonly text: string; readonly signers: readonly NoteSigner[] }
  | { readonly accepted: false; readonly why: 'bad-signature' | 'no-known-signer'; readonly vkey?: Vkey };

/**
 * May the text be relied on as said by the known keys that signed it? `results[i]` says whether `checks[i]` of
 * `noteChecks(note, vkeys)` verified. One failing signature of a known key rejects the whole note, so that nobody can
 * strip or damage the log's own signature and leave a witness's. Each key is listed once, with its latest time: a
 * repeated line must not count twice towards a quorum. That the name of the log's key is the checkpoint's origin is for
 * the caller to check.
 */
export function judgeNote(note: SignedNote, vkeys: readonly Vkey[], results: readonly boolean[]): NoteJudgement {
  const { checks, signers, impossible } = noteChecks(note, vkeys);
  assert(results.length === checks.length, 'every signature check of a note has one result');
  const failed = impossible[0] ?? signers[results.indexOf(false)]?.vkey;
  if (failed !== undefined) return { accepted: false, why: 'bad-signature', vkey: failed };
  if (signers.length === 0) return { accepted: false, why: 'no-known-signer' };
  const latest = new Map<string, NoteSigner>();
  for (const signer of signers) {
    const ref = keyRef(signer.vkey);
    const other = latest.get(ref);
    if (other === undefined || (signer.timeSeconds ?? 0) > (other.timeSeconds ?? 0)) latest.set(ref, signer);
  }
  return { accepted: true, text: note.text, signers: [...latest.values()] };
}
