// First, because the X.509 library reads decorators' metadata while it loads.
import 'reflect-metadata';
import { isIP } from 'node:net';
import { assert, CodedError, encodeBase64, encodeHex, type PublicJwk, parseBase64url, sha256 } from '@holdfast/core';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  type Extension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Entropy } from '../../ports/entropy.ts';
import type { Signer } from '../../ports/signer.ts';

export type Certificate = {
  readonly der: Uint8Array;
  readonly pem: string;
  /** base64 of the DER, as `x5c` has it. */
  readonly text: string;
};

/** Times in unix milliseconds; X.509 keeps whole seconds. */
export type Validity = { readonly notBefore: number; readonly notAfter: number };

/** Who signs: a P-256 key of the signer, by its name. */
export type AuthorityKey = { readonly signer: Signer; readonly keyName: string; readonly entropy: Entropy };

/**
 * Creates the certificate of a certificate authority for development. Everything but the serial number (from `entropy`)
 * and the signature follows from what is given. Keep what it returns: a second one is another authority to trust.
 */
export async function createDevelopmentCa(
  authority: AuthorityKey,
  wanted: Validity & { readonly name: string },
): Promise<Certificate> {
  const key = await readP256(authority.signer, authority.keyName);
  const name: JsonName = [{ O: [wanted.name] }, { CN: [`${wanted.name} development CA`] }];
  return await certify(authority, { ...wanted, subject: name, issuer: name, key }, [
    new BasicConstraintsExtension(true, 0, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    new SubjectKeyIdentifierExtension(keyIdentifier(key)),
  ]);
}

export type LeafRequest = Validity & {
  readonly name: string;
  /** The public P-256 key of the issuer or verifier. */
  readonly key: PublicJwk;
  /** The host wallets will reach: a DNS name or an IP address, without a port. */
  readonly host: string;
  /** The issuer's id, or another URI by which the holder of this certificate is known. */
  readonly uri?: string;
};

/**
 * Issues a leaf by HAIP 1.0: not self-signed, key usage digitalSignature, both key identifiers, the host as DNS name and
 * the id as URI in the alternative names. `x5c` is `[leaf.text]`, for the authority stays out of it. Throws
 * `leaf.outlives-authority` for a leaf that would end after the certificate that vouches for it; `notAfter` must cover the
 * last credential it signs.
 */
export async function issueLeaf(authority: AuthorityKey, ca: Uint8Array, leaf: LeafRequest): Promise<Certificate> {
  const parent = new X509Certificate(new Uint8Array(ca));
  if (leaf.notAfter > parent.notAfter.getTime() || leaf.notBefore < parent.notBefore.getTime()) {
    throw new CodedError('leaf.outlives-authority', 'A leaf must be valid within the time of its authority.', {
      notBefore: parent.notBefore.getTime(),
      notAfter: parent.notAfter.getTime(),
    });
  }
  const parentKey = await readP256(authority.signer, authority.keyName);
  const uri = leaf.uri === undefined ? [] : [{ type: 'url' as const, value: leaf.uri }];
  const host = { type: isIP(leaf.host) === 0 ? ('dns' as const) : ('ip' as const), value: leaf.host };
  const subject: JsonName = [{ CN: [leaf.name] }];
  return await certify(authority, { ...leaf, subject, issuer: parent.subjectName.toJSON() }, [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new SubjectAlternativeNameExtension([host, ...uri]),
    new SubjectKeyIdentifierExtension(keyIdentifier(leaf.key)),
    new AuthorityKeyIdentifierExtension(keyIdentifier(parentKey)),
  ]);
}

type Contents = Validity & { readonly subject: JsonName; readonly issuer: JsonName; readonly key: PublicJwk };

const SIGNING = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** The library signs with keys it holds; ours stay in the signer, so it is given the signature instead. */
async function certify(authority: AuthorityKey, contents: Contents, extensions: Extension[]): Promise<Certificate> {
  const unsigned = {
    serialNumber: serialNumber(authority.entropy),
    subject: contents.subject,
    issuer: contents.issuer,
    notBefore: new Date(contents.notBefore),
    notAfter: new Date(contents.notAfter),
    publicKey: subjectPublicKeyInfo(contents.key),
    signingAlgorithm: SIGNING,
    extensions,
  };
  const draft = await X509CertificateGenerator.create({ ...unsigned, signature: new Uint8Array(64).fill(1) });
  const signature = await authority.signer.sign(authority.keyName, toBeSigned(new Uint8Array(draft.rawData)));
  const signed = await X509CertificateGenerator.create({ ...unsigned, signature: new Uint8Array(signature) });
  const der = new Uint8Array(signed.rawData);
  return { der, pem: `${signed.toString('pem')}\n`, text: encodeBase64(der) };
}

/** The first part of the outer SEQUENCE; both have lengths of two bytes, as every certificate of ours. */
function toBeSigned(der: Uint8Array): Uint8Array {
  assert(der[1] === 0x82 && der[4] === 0x30 && der[5] === 0x82, 'a certificate is between 260 and 65,535 bytes long');
  return der.slice(4, 8 + (der[6] ?? 0) * 256 + (der[7] ?? 0));
}

/** 127 bits: positive, never zero, and beyond guessing (CA/Browser Forum baseline requirements, section 7.1). */
function serialNumber(entropy: Entropy): string {
  const bytes = entropy.bytes(16).slice();
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return encodeHex(bytes);
}

async function readP256(signer: Signer, keyName: string): Promise<PublicJwk> {
  const key = await signer.readPublicKey(keyName);
  subjectPublicKeyInfo(key);
  return key;
}

const P256_FRAME = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');

function subjectPublicKeyInfo(key: PublicJwk): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...P256_FRAME, ...pointOf(key)]);
}

function pointOf(key: PublicJwk): Uint8Array {
  if (key.kty !== 'EC') throw new CodedError('key.unsupported', 'Certificates here are for P-256 keys.');
  return new Uint8Array([...parseBase64url(key.x), ...parseBase64url(key.y)]);
}

/** RFC 7093 section 2, method 1: the leftmost 160 bits of the SHA-256 of the key. */
function keyIdentifier(key: PublicJwk): string {
  return encodeHex(sha256(new Uint8Array([4, ...pointOf(key)])).slice(0, 20));
}
