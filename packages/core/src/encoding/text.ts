import {
  base64urlToBytes,
  base64urlToText,
  bytesToBase64,
  bytesToBase64url,
  bytesToUtf8,
  utf8ToBytes,
} from '#platform';
import { CodedError } from '../errors.ts';

/** UTF-8 of a text. Half of a UTF-16 pair becomes U+FFFD, so whoever hashes text from outside refuses that first. */
export function encodeUtf8(text: string): Uint8Array {
  return utf8ToBytes(text);
}

/** Throws `encoding.utf8` when the bytes are not well-formed UTF-8: a replacement character would hide a forgery. */
export function parseUtf8(bytes: Uint8Array): string {
  const text = bytesToUtf8(bytes);
  if (text === undefined) throw new CodedError('encoding.utf8', 'These bytes are not well-formed UTF-8.');
  return text;
}

/** base64url without padding (RFC 4648 section 5, RFC 7515 section 2). */
export function encodeBase64url(bytes: Uint8Array): string {
  return bytesToBase64url(bytes);
}

/**
 * The id of something new, from its random bytes: base64url that begins with a letter, at the cost of one bit. One in 64
 * would else begin with a dash, and every command line takes that for an option.
 */
export function encodeId(random: Uint8Array): string {
  const bytes = Uint8Array.from(random);
  bytes[0] = (bytes[0] ?? 0) & 127;
  return bytesToBase64url(bytes);
}

/**
 * Strict base64url without padding. Throws `encoding.base64url` for any other spelling of the same bytes
 * (padding, white space, non-zero trailing bits): two texts for one value make signatures malleable.
 */
export function parseBase64url(text: string): Uint8Array {
  const bytes = base64urlToBytes(text);
  if (bytesToBase64url(bytes) !== text) throw new CodedError('encoding.base64url', 'This is not canonical base64url.');
  return bytes;
}

/**
 * Strict base64url of UTF-8 text in one step. Throws `encoding.base64url` or `encoding.utf8`, as `parseUtf8` of
 * `parseBase64url` does.
 */
export function parseBase64urlText(text: string): string {
  return base64urlToText(text) ?? parseUtf8(parseBase64url(text));
}

/** Standard base64 with padding (RFC 4648 section 4), as C2SP notes use it. */
export function encodeBase64(bytes: Uint8Array): string {
  return bytesToBase64(bytes);
}

/** Strict standard base64 with padding. Throws `encoding.base64` for any other spelling. */
export function parseBase64(text: string): Uint8Array {
  const bytes = base64urlToBytes(
    text.endsWith('==') ? text.slice(0, -2) : text.endsWith('=') ? text.slice(0, -1) : text,
  );
  if (bytesToBase64(bytes) !== text) throw new CodedError('encoding.base64', 'This is not canonical base64.');
  return bytes;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function encodeHex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += HEX[byte];
  return out;
}

/** Strict lower-case hexadecimal. Throws `encoding.hex` otherwise. */
export function parseHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || /[^0-9a-f]/.test(text)) {
    throw new CodedError('encoding.hex', 'This is not lower-case hexadecimal.');
  }
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i += 1) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}
