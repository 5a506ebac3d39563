import { Buffer, isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** By way of a text of one character for each byte: making a Buffer costs Node more than hashing a tree's node. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const text = hash('sha256', bytes, 'binary');
  const digest = new Uint8Array(32);
  for (let i = 0; i < 32; i += 1) digest[i] = text.charCodeAt(i);
  return digest;
}

/** One call without a buffer between: a third of the time of the three steps, and a credential needs ten of them. */
export function sha256Base64url(text: string): string {
  return hash('sha256', text, 'base64url');
}

export function utf8ToBytes(text: string): Uint8Array {
  return plain(Buffer.from(text, 'utf8'));
}

export function bytesToUtf8(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? view(bytes).toString('utf8') : undefined;
}

export function bytesToBase64(bytes: Uint8Array): string {
  return view(bytes).toString('base64');
}

export function bytesToBase64url(bytes: Uint8Array): string {
  return view(bytes).toString('base64url');
}

/** Strict base64url of UTF-8, else undefined: the separate steps in one, for two thirds of their cost. */
export function base64urlToText(text: string): string | undefined {
  const buffer = Buffer.from(text, 'base64url');
  return buffer.toString('base64url') === text && isUtf8(buffer) ? buffer.toString('utf8') : undefined;
}

/** Lenient: the caller checks that encoding the result gives the text back. */
export function base64urlToBytes(text: string): Uint8Array {
  return plain(Buffer.from(text, 'base64url'));
}
