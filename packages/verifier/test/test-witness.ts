import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import {
  addSignatures,
  cosignatureMessage,
  encodeCosignature,
  encodeVkey,
  NOTE_KEY_TYPE,
  parseNote,
  parsePublicJwk,
  type Vkey,
  vkeyOf,
  type Witnesses,
} from '@holdfast/core';

const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A witness that signs whatever a test hands it: honest ones are told the truth. */
export type TestWitness = {
  readonly vkey: Vkey;
  /** The note with its cosignature; `time` in unix milliseconds. */
  readonly cosign: (note: string, time: number) => string;
};

export function createTestWitness(name: string): TestWitness {
  const der = Buffer.concat([ED25519_PKCS8, createHash('sha256').update(name).digest()]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const jwk = parsePublicJwk(createPublicKey(key).export({ format: 'jwk' }));
  const vkey = vkeyOf(name, jwk, NOTE_KEY_TYPE.ed25519Cosignature);
  return {
    vkey,
    cosign(note, time) {
      const seconds = Math.floor(time / 1000);
      const signature = new Uint8Array(sign(null, cosignatureMessage(parseNote(note).text, seconds), key));
      const { keyId } = vkey;
      return addSignatures(note, [{ name, keyId, signature: encodeCosignature(seconds, signature) }]);
    },
  };
}

export function witnessesOf(quorum: number, witnesses: readonly TestWitness[]): Witnesses {
  return { quorum, members: witnesses.map(({ vkey }) => ({ vkey: encodeVkey(vkey) })) };
}
