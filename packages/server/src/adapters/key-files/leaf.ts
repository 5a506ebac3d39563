import { createPrivateKey, type KeyObject } from 'node:crypto';
import { CodedError, encodeBase64 } from '@holdfast/core';
import { type IntactPath, parseAnchors, verifyCertificatePath } from '@holdfast/verifier/x509';
import { type KeyPair, keyPairOf } from './key-pair.ts';

/** A certificate brought from elsewhere, with its key. */
export type Leaf = {
  readonly key: KeyPair;
  /** Leaf first, then intermediates, without the anchor: what goes into `x5c`. */
  readonly x5c: readonly string[];
  readonly path: IntactPath;
};

/**
 * Reads the leaf you bring: `certPem` with the leaf first and its intermediates behind it, `keyPem` with its private key,
 * both PEM text. A self-signed certificate at the end is left out (HAIP 1.0: no anchor in `x5c`). `at` in unix
 * milliseconds. Throws `leaf.refused` with the reason of the path, `leaf.key-malformed`, `leaf.key-mismatch`,
 * `certificate.malformed`, or `key.unsupported`: wallets would refuse every credential issued under it.
 */
export async function readLeaf(certPem: string, keyPem: string, at: number): Promise<Leaf> {
  const certificates = parseAnchors(certPem).map(encodeBase64);
  const key = keyPairOf(parseKey(keyPem));
  const whole = await verifyCertificatePath(certificates, [], at);
  const hasAnchor = whole.ok && certificates.length > 1 && whole.warnings.includes('trust.anchor_in_chain');
  const x5c = hasAnchor ? certificates.slice(0, -1) : certificates;
  const path = hasAnchor ? await verifyCertificatePath(x5c, [], at) : whole;
  if (!path.ok) {
    throw new CodedError('leaf.refused', `No verifier would accept this certificate: ${path.reason}.`, {
      reason: path.reason,
    });
  }
  if (JSON.stringify(path.leafKey) !== JSON.stringify(key.publicKey)) {
    throw new CodedError('leaf.key-mismatch', 'This private key is not the one of the first certificate.');
  }
  return { key, x5c, path };
}

function parseKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // Without the cause, which could quote the key.
    throw new CodedError('leaf.key-malformed', 'This is no private key in PEM, or it is sealed by a passphrase.');
  }
}
