import { canonicalJson, type FraudProof } from '@holdfast/core';
import { type CosignedCheckpoint, MAX_KEPT_FRAUDS, type WitnessStore } from '../../ports/witness-store.ts';

/** What a witness remembers, in memory, for rehearsal and tests: gone with the process. */
export function createWitnessStoreMemory(): WitnessStore {
  const cosigned = new Map<string, CosignedCheckpoint>();
  const frauds = new Map<string, FraudProof>();
  return {
    async read(origin) {
      return cosigned.get(origin);
    },
    async advance(origin, expectedSize, next) {
      if (cosigned.get(origin)?.size !== expectedSize || next.size < (expectedSize ?? 0)) return false;
      cosigned.set(origin, next);
      return true;
    },
    async keepFraud(proof) {
      if (frauds.size < MAX_KEPT_FRAUDS) frauds.set(canonicalJson(proof), proof);
    },
    async readFrauds() {
      return [...frauds.values()];
    },
  };
}
