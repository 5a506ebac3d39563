import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const STANDARD = `${ALPHABET}+/`;
const URL_SAFE = `${ALPHABET}-_`;
const SEXTETS = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i += 1) {
  SEXTETS[STANDARD.charCodeAt(i)] = i;
  SEXTETS[URL_SAFE.charCodeAt(i)] = i;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function sha256(bytes: Uint8Array): Uint8Array {
  return nobleSha256(bytes);
}

export function sha256Base64url(text: string): string {
  return bytesToBase64url(nobleSha256(encoder.encode(text)));
}

export function utf8ToBytes(text: string): Uint8Array {
  return encoder.encode(text);
}

export function bytesToUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function encode(bytes: Uint8Array, alphabet: string, padded: boolean): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out += alphabet.charAt((group >> 18) & 63) + alphabet.charAt((group >> 12) & 63);
    out += left > 1 ? alphabet.charAt((group >> 6) & 63) : padded ? '=' : '';
    out += left > 2 ? alphabet.charAt(group & 63) : padded ? '=' : '';
  }
  return out;
}

export function bytesToBase64(bytes: Uint8Array): string {
  return encode(bytes, STANDARD, true);
}

export function bytesToBase64url(bytes: Uint8Array): string {
  return encode(bytes, URL_SAFE, false);
}

/** Lenient: the caller checks that encoding the result gives the text back. */
export function base64urlToBytes(text: string): Uint8Array {
  const sextets = new Uint8Array(text.length);
  let count = 0;
  for (let i = 0; i < text.length; i += 1) {
    const value = SEXTETS[text.charCodeAt(i)] ?? -1;
    if (value >= 0) sextets[count++] = value;
  }
  const out = new Uint8Array(Math.floor((count * 3) / 4));
  for (let i = 0, o = 0; o < out.length; i += 4) {
    const group =
      ((sextets[i] ?? 0) << 18) | ((sextets[i + 1] ?? 0) << 12) | ((sextets[i + 2] ?? 0) << 6) | (sextets[i + 3] ?? 0);
    for (let shift = 16; shift >= 0 && o < out.length; shift -= 8, o += 1) out[o] = (group >> shift) & 255;
  }
  return out;
}

/** Strict base64url of UTF-8, else undefined. */
export function base64urlToText(text: string): string | undefined {
  const bytes = base64urlToBytes(text);
  return bytesToBase64url(bytes) === text ? bytesToUtf8(bytes) : undefined;
}
