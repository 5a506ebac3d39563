import {
  algorithmOf,
  CodedError,
  concatBytes,
  encodeUtf8,
  keysInForce,
  type Party,
  type PublicJwk,
  parseBase64url,
  parseJsonObject,
  parseUtf8,
  thumbprint,
} from '@holdfast/core';

/** Longest file that is looked at: a sealed key takes under one thousand bytes. */
export const MAX_KEY_FILE_BYTES = 16_384;
/** A file that asks for more rounds would only keep the browser busy. */
const MAX_ITERATIONS = 5_000_000;
const SEALING = 'PBES2-HS512+A256KW';
const ENCRYPTION = 'A256GCM';
const SIGNING = { name: 'ECDSA', namedCurve: 'P-256' } as const;

type Bytes = Uint8Array<ArrayBuffer>;

/** A sealed key as it was read, before any passphrase, and the officer whose key it is. */
export type SealedOfficerKey = {
  readonly officer: Party;
  readonly publicJwk: PublicJwk;
  /** Of the compact JWE: what seals the rest of it, and is sealed with it. */
  readonly header: Bytes;
  readonly salt: Bytes;
  readonly iterations: number;
  readonly wrapped: Bytes;
  readonly nonce: Bytes;
  readonly sealed: Bytes;
};

/**
 * Reads a key file as the command line writes it (compact JWE, RFC 7518 section 4.8), and whose it is among these parties of the
 * network. Throws `key.file-malformed`, `key.not-an-officers` for what is no officer's key in force at this time, and `key.unsupported`
 * for one that browsers do not sign by.
 */
export function parseKeyFile(text: string, parties: readonly Party[], now: number): SealedOfficerKey {
  const sealed = sealedIn(text.trim());
  if (sealed === undefined) throw malformed();
  const { kid, ...rest } = sealed;
  for (const officer of parties.filter(({ kind }) => kind === 'officer')) {
    const publicJwk = keysInForce(officer, 'approval', now).find((key) => thumbprint(key) === kid);
    if (publicJwk === undefined) continue;
    if (algorithmOf(publicJwk) === 'ES256') return { officer, publicJwk, ...rest };
    throw new CodedError(
      'key.unsupported',
      'Browsers keep keys on P-256; this one is on another curve. Sign with it at a terminal.',
    );
  }
  throw new CodedError(
    'key.not-an-officers',
    'This is a key, but no officer’s whom this network has in force: it is another party’s, another network’s, or it has ended.',
  );
}

/**
 * The key in it, able to sign and not to be read: it goes from the file into the browser's keeping without this page seeing
 * it. Throws `key.passphrase-wrong`: a changed file cannot be told from a wrong passphrase.
 */
export async function openKeyFile(file: SealedOfficerKey, passphrase: string): Promise<CryptoKey> {
  const { header, salt, iterations, wrapped, nonce, sealed, publicJwk } = file;
  const { subtle } = crypto;
  let key: CryptoKey;
  try {
    const words = await subtle.importKey('raw', utf8(passphrase), 'PBKDF2', false, ['deriveKey']);
    const rounds = { name: 'PBKDF2', hash: 'SHA-512', salt, iterations };
    const wrapping = await subtle.deriveKey(rounds, words, { name: 'AES-KW', length: 256 }, false, ['unwrapKey']);
    const content = await subtle.unwrapKey('raw', wrapped, wrapping, 'AES-KW', 'AES-GCM', false, ['unwrapKey']);
    const opening = { name: 'AES-GCM', iv: nonce, additionalData: header };
    key = await subtle.unwrapKey('jwk', sealed, content, opening, SIGNING, false, ['sign']);
  } catch {
    // Without the cause: nothing that was decrypted goes anywhere.
    throw new CodedError('key.passphrase-wrong', 'The passphrase does not open this file, or the file was changed.');
  }
  if (!(await isPair(key, publicJwk))) throw malformed();
  return key;
}

/** A file that names an officer's key and carries another would sign what nobody accepts. */
async function isPair(privateKey: CryptoKey, publicJwk: PublicJwk): Promise<boolean> {
  const { subtle } = crypto;
  const hashed = { name: 'ECDSA', hash: 'SHA-256' } as const;
  const probe = utf8('Is this key the one whose public half the log has?');
  const publicKey = await subtle.importKey('jwk', { ...publicJwk }, SIGNING, false, ['verify']);
  return subtle.verify(hashed, publicKey, await subtle.sign(hashed, privateKey, probe), probe);
}

function sealedIn(
  text: string,
): (Omit<SealedOfficerKey, 'officer' | 'publicJwk'> & { readonly kid: string }) | undefined {
  const [head = '', wrapped = '', nonce = '', cipher = '', tag = '', ...more] = text.split('.');
  if (text.length > MAX_KEY_FILE_BYTES || more.length > 0 || tag === '') return undefined;
  try {
    const { alg, enc, p2c, p2s, kid, ...others } = parseJsonObject(parseUtf8(parseBase64url(head)));
    const isOurs = alg === SEALING && enc === ENCRYPTION && !('zip' in others) && !('crit' in others);
    if (!isOurs || typeof p2s !== 'string' || typeof kid !== 'string') return undefined;
    if (typeof p2c !== 'number' || !Number.isInteger(p2c) || p2c < 1 || p2c > MAX_ITERATIONS) return undefined;
    return {
      ...{ kid, iterations: p2c, header: utf8(head) },
      salt: joined(utf8(SEALING), new Uint8Array(1), parseBase64url(p2s)),
      wrapped: joined(parseBase64url(wrapped)),
      nonce: joined(parseBase64url(nonce)),
      sealed: joined(parseBase64url(cipher), parseBase64url(tag)),
    };
  } catch {
    // Not even the alphabet, or no header.
    return undefined;
  }
}

function utf8(text: string): Bytes {
  return joined(encodeUtf8(text));
}

function joined(...parts: readonly Uint8Array[]): Bytes {
  return new Uint8Array(concatBytes(...parts));
}

function malformed(): CodedError {
  return new CodedError(
    'key.file-malformed',
    'This is no sealed key, or only a part of one. An officer’s lies in the data folder under keys/OFFICER/approval.jwe.',
  );
}
