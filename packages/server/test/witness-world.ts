import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import {
  consistencyProof,
  encodeAddCheckpoint,
  encodeCheckpoint,
  encodeNote,
  encodeUtf8,
  leafHash,
  NOTE_KEY_TYPE,
  noteMessage,
  type PublicJwk,
  parsePublicJwk,
  readerOfLeaves,
  rootOf,
  type Vkey,
  vkeyOf,
} from '@holdfast/core';
import { createNodeEngine } from '@holdfast/verifier/node';
import { createMemorySigner } from '../src/adapters/memory/signer.ts';
import { createWitnessStoreMemory } from '../src/adapters/memory/witness-store.ts';
import type { WitnessStore } from '../src/ports/witness-store.ts';
import { createWitness, type WitnessOptions, type WitnessRole } from '../src/roles/witness/witness-role.ts';

const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A log whose every root anyone can ask for, and that signs whatever it is told to. */
export type SmallLog = {
  readonly vkey: Vkey;
  readonly rootAt: (size: number) => Uint8Array;
  readonly checkpoint: (size: number) => string;
  readonly proof: (from: number, to: number) => Uint8Array[];
  /** The body that asks to cosign `size`, from `old`. */
  readonly ask: (old: number, size: number) => string;
};

export function createSmallLog(
  origin: string,
  options: { readonly seed?: string; readonly turns?: number } = {},
): SmallLog {
  const { seed = origin, turns = Number.MAX_SAFE_INTEGER } = options;
  const der = Buffer.concat([ED25519_PKCS8, createHash('sha256').update(seed).digest()]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const jwk: PublicJwk = parsePublicJwk(createPublicKey(key).export({ format: 'jwk' }));
  const vkey = vkeyOf(origin, jwk);
  // From entry `turns` on it is another history.
  const hashes = Array.from({ length: 64 }, (_, i) => leafHash(encodeUtf8(`${i < turns ? '' : 'other '}${i}`)));
  const rootAt = (size: number) => rootOf(hashes.slice(0, size));
  const checkpoint = (size: number) => {
    const text = encodeCheckpoint({ origin, size, root: rootAt(size), extensions: [] });
    const signature = new Uint8Array(sign(null, noteMessage(text), key));
    return encodeNote({ text, signatures: [{ name: origin, keyId: vkey.keyId, signature }] });
  };
  const proof = (from: number, to: number) => (from === 0 ? [] : consistencyProof(from, to, readerOfLeaves(hashes)));
  return {
    vkey,
    rootAt,
    checkpoint,
    proof,
    ask: (old, size) => encodeAddCheckpoint(old, proof(old, size), checkpoint(size)),
  };
}

/** For the contract of a witness: one log, and those who pretend. */
export function createAskingLogs() {
  const origin = 'log.example/contract';
  return {
    log: createSmallLog(origin),
    fork: createSmallLog(origin, { turns: 4 }),
    stranger: createSmallLog(origin, { seed: 'stranger' }),
    other: createSmallLog('other.example/log'),
  };
}

export type TestWitness = {
  readonly role: WitnessRole;
  readonly store: WitnessStore;
  readonly vkey: Vkey;
  readonly events: { readonly code: string }[];
};

/** A witness of these logs with a key of its own; `now` in unix milliseconds. */
export async function createTestWitness(
  name: string,
  logs: readonly Vkey[],
  options: { readonly now?: () => number; readonly store?: WitnessStore } & Pick<
    WitnessOptions,
    'learnKey' | 'learnLog'
  > = {},
): Promise<TestWitness> {
  const { now = () => 1_700_000_000_000, store = createWitnessStoreMemory() } = options;
  const signer = createMemorySigner({ seed: name });
  const vkey = vkeyOf(name, await signer.create('witness', 'EdDSA'), NOTE_KEY_TYPE.ed25519Cosignature);
  const events: { readonly code: string }[] = [];
  const role = createWitness({
    clock: { now },
    signer,
    key: { name: 'witness', vkey },
    engine: createNodeEngine(),
    store,
    ...(options.learnKey === undefined ? {} : { learnKey: options.learnKey }),
    ...(options.learnLog === undefined ? {} : { learnLog: options.learnLog }),
    report: (event) => events.push(event),
  });
  for (const log of logs) role.addLog(log);
  return { role, store, vkey, events };
}
