import type { Erased } from './erasable.ts';

/** One request to forget somebody, and how far it has come. Nothing in it names the person, but what is sealed. */
export type ErasureRecord = {
  /** The same for the same person and request: asked twice, it is one. */
  readonly id: string;
  /** Who asked: `holder`, or the officer's id. */
  readonly by: string;
  /** Unix milliseconds. */
  readonly requestedAt: number;
  /** The traces, sealed; absent once nothing stays that has a date. */
  readonly sealed?: Uint8Array;
  /** What each part has done so far, the latest word of each, with all that it erased before added up. */
  readonly parts: readonly Erased[];
  /** Parts that did not answer the last time. */
  readonly waitsFor: readonly string[];
  /** Unix milliseconds at which it goes on; absent once it is over. */
  readonly nextAt?: number;
};

export const MAX_ERASURES_PER_READ = 100;

/**
 * Requests to forget somebody. One store belongs to one eraser.
 * Durability: `keep` resolves once a crash cannot lose it. Consistency: a record is read as kept last. Idempotency: keeping the
 * same again changes nothing. Concurrency: one eraser at a time. Retries: the caller, freely. Bounds: `add` answers false when
 * `maxOpen` are not over.
 */
export interface ErasureStore {
  /** Adds one, or answers true for one whose id is there, which stays as it is. */
  add(record: ErasureRecord, maxOpen: number): Promise<boolean>;
  keep(record: ErasureRecord): Promise<void>;
  read(id: string): Promise<ErasureRecord | undefined>;
  /** Those due at `at`, the longest due first; at most `MAX_ERASURES_PER_READ`. */
  readDue(at: number): Promise<readonly ErasureRecord[]>;
}
