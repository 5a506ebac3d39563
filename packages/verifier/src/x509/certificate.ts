// First, because the library reads decorators' metadata while it loads.
import 'reflect-metadata';
import { CodedError, encodeBase64url, encodeHex, type PublicJwk, parseBase64, sha256 } from '@holdfast/core';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
} from '@peculiar/x509';

/** Most bytes of one certificate: those in use take one to two thousand. */
export const MAX_CERTIFICATE_BYTES = 8192;

/** What path validation reads of a certificate (RFC 5280 section 4). Times in unix milliseconds. */
export type Certificate = {
  readonly der: Uint8Array;
  /** base64url SHA-256 of the DER: what `x509_hash` and a pin name. */
  readonly fingerprint: string;
  readonly subject: string;
  /** The names as bytes in hexadecimal: two names are the same when these are. */
  readonly subjectName: string;
  readonly issuerName: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly isAuthority: boolean;
  readonly maxPathLength: number | undefined;
  /** Undefined: no key usage extension, so none is excluded. */
  readonly keyUsage: { readonly digitalSignature: boolean; readonly certificateSign: boolean } | undefined;
  readonly sanDns: readonly string[];
  readonly sanUri: readonly string[];
  /** base64url of the key identifiers (RFC 5280 section 4.2.1), as DCQL's `aki` names them. */
  readonly subjectKeyId: string | undefined;
  readonly authorityKeyId: string | undefined;
  readonly hasUnknownCritical: boolean;
  /** Undefined when the key is of a kind that signs no credentials here. */
  readonly key: PublicJwk | undefined;
  /** Whether the signature on this certificate is by `parent`, with an algorithm that still means something. */
  isSignedBy(parent: Certificate): Promise<boolean>;
};

/** base64url SHA-256 of a certificate in an `x5c` header: the client id `x509_hash:` (OpenID4VP 1.0 section 5.9.3). */
export function leafFingerprint(x5c0: string): string {
  return fingerprintOf(parseBase64(x5c0));
}

export function fingerprintOf(der: Uint8Array): string {
  return encodeBase64url(sha256(der));
}

/** Throws `certificate.malformed` or `certificate.too-large`, never an error of the ASN.1 library. */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > MAX_CERTIFICATE_BYTES) {
    throw new CodedError('certificate.too-large', `A certificate here is at most ${MAX_CERTIFICATE_BYTES} bytes.`);
  }
  try {
    assertWhole(der);
    return readCertificate(der, new X509Certificate(new Uint8Array(der)));
  } catch (cause) {
    throw new CodedError('certificate.malformed', 'This is not an X.509 certificate in DER.', {}, cause);
  }
}

/** The library ignores bytes after the certificate, which would give one certificate many fingerprints. */
function assertWhole(der: Uint8Array): void {
  const [tag = 0, first = 0, second = 0, third = 0] = der;
  const length =
    first < 0x80 ? 2 + first : first === 0x81 ? 3 + second : first === 0x82 ? 4 + second * 256 + third : -1;
  if (tag !== 0x30 || length !== der.length) throw new Error('the outer SEQUENCE is not exactly these bytes');
}

function readCertificate(der: Uint8Array, parsed: X509Certificate): Certificate {
  const constraints = extensionOf(parsed, BasicConstraintsExtension);
  const usage = extensionOf(parsed, KeyUsagesExtension);
  const names = extensionOf(parsed, SubjectAlternativeNameExtension)?.names.items ?? [];
  const has = (flags: number, flag: number) => Math.floor(flags / flag) % 2 === 1;
  return {
    der,
    fingerprint: fingerprintOf(der),
    subject: parsed.subject,
    subjectName: encodeHex(new Uint8Array(parsed.subjectName.toArrayBuffer())),
    issuerName: encodeHex(new Uint8Array(parsed.issuerName.toArrayBuffer())),
    notBeforeMs: parsed.notBefore.getTime(),
    notAfterMs: parsed.notAfter.getTime(),
    isAuthority: constraints?.ca === true,
    maxPathLength: constraints?.pathLength,
    keyUsage: usage && {
      digitalSignature: has(usage.usages, KeyUsageFlags.digitalSignature),
      certificateSign: has(usage.usages, KeyUsageFlags.keyCertSign),
    },
    sanDns: names.filter((name) => name.type === 'dns').map((name) => name.value),
    sanUri: names.filter((name) => name.type === 'url').map((name) => name.value),
    subjectKeyId: keyId(extensionOf(parsed, SubjectKeyIdentifierExtension)?.keyId),
    authorityKeyId: keyId(extensionOf(parsed, AuthorityKeyIdentifierExtension)?.keyId),
    hasUnknownCritical: parsed.extensions.some((extension) => extension.critical && !UNDERSTOOD.has(extension.type)),
    key: publicJwk(new Uint8Array(parsed.publicKey.rawData)),
    isSignedBy: (parent) => isSignedBy(parsed, new X509Certificate(new Uint8Array(parent.der))),
  };
}

/**
 * Extensions whose meaning is honoured here or cannot widen what a certificate says: basic constraints, key usage, names,
 * key identifiers, extended key usage, policies. Name constraints are not among them: not understood, so refused.
 */
const UNDERSTOOD = new Set(['2.5.29.14', '2.5.29.15', '2.5.29.17', '2.5.29.19', '2.5.29.32', '2.5.29.35', '2.5.29.37']);

/** RFC 5280 section 4.2: at most one extension of a kind; with two, two readers may take different ones. */
function extensionOf<Kind extends Extension>(
  parsed: X509Certificate,
  kind: new (...given: never[]) => Kind,
): Kind | undefined {
  const found = parsed.extensions.filter((extension): extension is Kind => extension instanceof kind);
  if (found.length > 1) throw new Error('an extension appears twice');
  return found[0];
}

function keyId(hex: string | undefined): string | undefined {
  if (hex === undefined) return undefined;
  const bytes = hex.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? [];
  return encodeBase64url(Uint8Array.from(bytes));
}

/** What comes before the key itself in a SubjectPublicKeyInfo (RFC 5480 section 2, RFC 8410 section 4). */
const P256_FRAME = '3059301306072a8648ce3d020106082a8648ce3d03010703420004';
const ED25519_FRAME = '302a300506032b6570032100';

function publicJwk(spki: Uint8Array): PublicJwk | undefined {
  const hex = encodeHex(spki);
  if (spki.length === 91 && hex.startsWith(P256_FRAME)) {
    return { kty: 'EC', crv: 'P-256', x: encodeBase64url(spki.slice(27, 59)), y: encodeBase64url(spki.slice(59)) };
  }
  if (spki.length === 44 && hex.startsWith(ED25519_FRAME)) {
    return { kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(spki.slice(12)) };
  }
  return undefined;
}

const STRONG_HASHES = new Set(['SHA-256', 'SHA-384', 'SHA-512']);
const MIN_RSA_BITS = 2048;

async function isSignedBy(child: X509Certificate, parent: X509Certificate): Promise<boolean> {
  try {
    const { name, hash } = child.signatureAlgorithm as { name: string; hash?: { name: string } };
    const { modulusLength } = parent.publicKey.algorithm as { modulusLength?: number };
    // A collision in SHA-1 or a factored short modulus makes a certificate that nobody signed.
    if (name !== 'Ed25519' && !STRONG_HASHES.has(hash?.name ?? '')) return false;
    if (modulusLength !== undefined && modulusLength < MIN_RSA_BITS) return false;
    return await child.verify({ publicKey: parent.publicKey, signatureOnly: true });
  } catch {
    // An algorithm, a curve or a key that the platform cannot use proves nothing.
    return false;
  }
}
