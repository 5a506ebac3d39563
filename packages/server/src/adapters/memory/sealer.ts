import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { CodedError } from '@holdfast/core';
import type { Sealer } from '../../ports/sealer.ts';
import { systemEntropy } from '../system/entropy.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** In front of every sealed text, so that another way of sealing can come beside this one. */
const VERSION = 1;
/** Contexts are words of ours, a few for each role; the key of any further one is derived each time. */
const MAX_DERIVED = 16;

/**
 * AES-256-GCM under a key in memory (NIST SP 800-38D). A random nonce of 96 bits is safe for 2^32 texts under one key;
 * at a thousand verdicts a second that is seven weeks, so whoever seals more gives each store a key of its own.
 */
export function createMemorySealer(bytes: Uint8Array = randomBytes(32)): Sealer {
  // Made once: of bytes Node 24 asks each time whether they are a key already, and is answered by exceptions.
  const key = createSecretKey(bytes);
  const unopenable = (cause?: unknown) =>
    new CodedError('sealer.unopenable', 'This sealed text does not open here.', {}, cause);
  const derived = new Map<string, KeyObject>();

  /** A key of its own for each use: one key for two algorithms, or two purposes, lets one weaken the other. */
  function keyFor(context: string): KeyObject {
    const known = derived.get(context);
    if (known !== undefined) return known;
    const own = createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `pseudonym ${context}`, 32)));
    if (derived.size < MAX_DERIVED) derived.set(context, own);
    return own;
  }

  return {
    async seal(plain, context) {
      const nonce = systemEntropy.bytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context, 'utf8'));
      const text = cipher.update(plain);
      // Nothing is left over in this mode; it makes the tag.
      cipher.final();
      const sealed = Buffer.allocUnsafe(1 + NONCE_BYTES + text.length + TAG_BYTES);
      sealed[0] = VERSION;
      sealed.set(nonce, 1);
      sealed.set(text, 1 + NONCE_BYTES);
      sealed.set(cipher.getAuthTag(), sealed.length - TAG_BYTES);
      return new Uint8Array(sealed.buffer, sealed.byteOffset, sealed.length);
    },
    async open(sealed, context) {
      if (sealed.length < 1 + NONCE_BYTES + TAG_BYTES || sealed[0] !== VERSION) throw unopenable();
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(context, 'utf8')).setAuthTag(sealed.subarray(-TAG_BYTES));
      try {
        const text = sealed.subarray(1 + NONCE_BYTES, -TAG_BYTES);
        return new Uint8Array(Buffer.concat([decipher.update(text), decipher.final()]));
      } catch (cause) {
        throw unopenable(cause);
      }
    },
    async pseudonym(text, context) {
      return createHmac('sha256', keyFor(context)).update(text, 'utf8').digest('base64url');
    },
  };
}
