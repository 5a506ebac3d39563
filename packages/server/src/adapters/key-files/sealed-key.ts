import { createPrivateKey } from 'node:crypto';
import { CodedError, encodeUtf8, parseUtf8 } from '@holdfast/core';
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';
import { type KeyPair, keyPairOf } from './key-pair.ts';
import { readPrivateFile, writeNewFile } from './private-file.ts';

/**
 * PBKDF2 rounds. Our own passphrases have 256 random bits, against which no guessing helps; whoever lets a person choose
 * the words passes more (600,000 at least). The count stands in the file, so older files stay readable.
 */
const DEFAULT_ITERATIONS = 10_000;
/** A file that asks for more would only keep us busy. */
const MAX_ITERATIONS = 5_000_000;

const ALGORITHM = 'PBES2-HS512+A256KW';
const ENCRYPTION = 'A256GCM';

/** Seals a private key as one compact JWE (RFC 7516, PBES2 of RFC 7518 section 4.8) around its JWK. */
export async function sealKey(key: KeyPair, passphrase: string, iterations = DEFAULT_ITERATIONS): Promise<string> {
  return await new CompactEncrypt(encodeUtf8(JSON.stringify(key.exportPrivate())))
    .setProtectedHeader({ alg: ALGORITHM, enc: ENCRYPTION, cty: 'jwk+json', kid: key.kid })
    .setKeyManagementParameters({ p2c: iterations })
    .encrypt(encodeUtf8(passphrase));
}

/**
 * Opens a sealed key. Throws `key.file-malformed` for what is no sealed key (a truncated file, another algorithm) and
 * `key.passphrase-wrong` when it does not open: a changed file cannot be told from a wrong passphrase.
 */
export async function unsealKey(text: string, passphrase: string): Promise<KeyPair> {
  assertSealedKey(text.trim());
  let plain: Uint8Array;
  try {
    const options = {
      keyManagementAlgorithms: [ALGORITHM],
      contentEncryptionAlgorithms: [ENCRYPTION],
      maxPBES2Count: MAX_ITERATIONS,
    };
    plain = (await compactDecrypt(text.trim(), encodeUtf8(passphrase), options)).plaintext;
  } catch {
    // Without the cause: it may quote what was decrypted.
    throw new CodedError(
      'key.passphrase-wrong',
      'This key does not open with this passphrase, or its file was changed.',
    );
  }
  return readPrivateJwk(plain);
}

/** The five parts, the algorithm and the bounds, before the passphrase is touched. */
function assertSealedKey(text: string): void {
  try {
    const { alg, enc, p2c } = decodeProtectedHeader(text) as Record<string, unknown>;
    const isOurs = alg === ALGORITHM && enc === ENCRYPTION && typeof p2c === 'number' && p2c <= MAX_ITERATIONS;
    const parts = text.split('.');
    // Key, nonce and tag have fixed lengths; a file that was cut short shows it here.
    const isWhole = parts.length === 5 && parts[1]?.length === 54 && parts[2]?.length === 16 && parts[4]?.length === 22;
    if (isOurs && isWhole) return;
  } catch {
    // No header at all.
  }
  throw malformed();
}

function readPrivateJwk(plain: Uint8Array): KeyPair {
  try {
    const jwk = JSON.parse(parseUtf8(plain)) as Record<string, string>;
    return keyPairOf(createPrivateKey({ key: jwk, format: 'jwk' }));
  } catch {
    throw malformed();
  }
}

function malformed(): CodedError {
  return new CodedError('key.file-malformed', 'This file is no sealed key, or only a part of one.');
}

/** An officer's key in a file of its own. Throws `key.unknown` when there is none, `key.file-mode`, and as `unsealKey`. */
export async function readSealedKey(path: string, passphrase: string): Promise<KeyPair> {
  const text = await readPrivateFile(path);
  if (text === undefined) throw new CodedError('key.unknown', `There is no key in ${path}.`, { path });
  return await unsealKey(text, passphrase);
}

/**
 * Writes a key to a new file of mode 0600: for handing an officer their key, or moving one elsewhere. Throws `key.exists`
 * rather than overwrite another key.
 */
export async function writeSealedKey(
  path: string,
  key: KeyPair,
  passphrase: string,
  options: { readonly iterations?: number } = {},
): Promise<void> {
  const text = await sealKey(key, passphrase, options.iterations);
  if (!(await writeNewFile(path, `${text}\n`))) {
    throw new CodedError('key.exists', `There is a key in ${path} already.`, { path });
  }
}
