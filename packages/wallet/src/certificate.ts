import { CodedError, encodeBase64url, encodeHex, type PublicJwk, parseBase64, sha256 } from '@holdfast/core';

/** What a wallet reads of a leaf certificate: the key that signs, and until when. Times in unix milliseconds. */
export type LeafCertificate = {
  readonly key: PublicJwk;
  /** base64url SHA-256 of the DER: what `x509_hash` names (OpenID4VP 1.0 section 5.9.3). */
  readonly fingerprint: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
};

const MAX_CERTIFICATE_BYTES = 8192;
const SEQUENCE = 0x30;
const INTEGER = 0x02;
const VERSION = 0xa0;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
/** SubjectPublicKeyInfo of an uncompressed P-256 point, up to the point (RFC 5480 section 2). */
const P256_FRAME = '3059301306072a8648ce3d020106082a8648ce3d03010703420004';

/**
 * Reads the leaf of an `x5c` header (RFC 5280 section 4.1), strictly and no more of it than a wallet needs: a wallet has
 * no anchors of its own, so it builds no path. Throws `wallet.certificate`.
 */
export function parseLeafCertificate(base64: string): LeafCertificate {
  try {
    const der = parseBase64(base64);
    if (der.length > MAX_CERTIFICATE_BYTES) throw new Error('it is too large');
    const certificate = readElement(der, 0, SEQUENCE);
    if (certificate.end !== der.length) throw new Error('bytes follow it');
    return {
      fingerprint: encodeBase64url(sha256(der)),
      ...readTbs(der, readElement(der, certificate.start, SEQUENCE)),
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CodedError('wallet.certificate', `A certificate cannot be read: ${why}.`, {}, cause);
  }
}

type Element = { readonly tag: number; readonly start: number; readonly end: number };

function readTbs(der: Uint8Array, tbs: Element): Omit<LeafCertificate, 'fingerprint'> {
  const version = readElement(der, tbs.start, VERSION);
  const serial = readElement(der, version.end, INTEGER);
  const algorithm = readElement(der, serial.end, SEQUENCE);
  const issuer = readElement(der, algorithm.end, SEQUENCE);
  const validity = readElement(der, issuer.end, SEQUENCE);
  const notBefore = readElement(der, validity.start);
  const notAfter = readElement(der, notBefore.end);
  const subject = readElement(der, validity.end, SEQUENCE);
  const spki = readElement(der, subject.end, SEQUENCE);
  if (spki.end > tbs.end) throw new Error('its parts are longer than the whole');
  const hex = encodeHex(der.subarray(subject.end, spki.end));
  if (!hex.startsWith(P256_FRAME) || hex.length !== P256_FRAME.length + 128)
    throw new Error('its key is not a P-256 key');
  const point = der.subarray(spki.end - 64, spki.end);
  return {
    key: { kty: 'EC', crv: 'P-256', x: encodeBase64url(point.subarray(0, 32)), y: encodeBase64url(point.subarray(32)) },
    notBeforeMs: readTime(der, notBefore),
    notAfterMs: readTime(der, notAfter),
  };
}

/** One DER element at `at`: definite lengths in their shortest form only (X.690 section 10.1). */
function readElement(der: Uint8Array, at: number, expected?: number): Element {
  const tag = der[at] ?? 0;
  const first = der[at + 1] ?? 0x80;
  if (expected !== undefined && tag !== expected) throw new Error('it does not have the parts of a certificate');
  const size = first < 0x80 ? 0 : first - 0x80;
  if (first === 0x80 || size > 2) throw new Error('a length in it is not DER');
  let length = size === 0 ? first : 0;
  for (let i = 0; i < size; i += 1) length = length * 256 + (der[at + 2 + i] ?? 0);
  if (size > 0 && length < (size === 1 ? 0x80 : 0x100)) throw new Error('a length in it is not DER');
  const start = at + 2 + size;
  if (start + length > der.length) throw new Error('it is cut short');
  return { tag, start, end: start + length };
}

function readTime(der: Uint8Array, { tag, start, end }: Element): number {
  const text = String.fromCharCode(...der.subarray(start, end));
  const digits = tag === UTC_TIME ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  const match = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(digits);
  if (match === null || (tag !== UTC_TIME && tag !== GENERALIZED_TIME)) throw new Error('a time in it cannot be read');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
