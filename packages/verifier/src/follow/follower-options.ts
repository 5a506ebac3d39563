import type { NetworkState } from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import type { Clock } from '../verify/clock.ts';
import type { Alarm } from './alarms.ts';
import type { FeedSource, FormerLog } from './feed-source.ts';
import type { SuccessorStores } from './followed-logs.ts';
import type { FollowerBounds } from './follower-bounds.ts';
import type { FollowerStore } from './follower-store.ts';
import type { FraudStore } from './fraud-store.ts';
import type { SnapshotStore } from './snapshot-store.ts';

export type FollowerOptions = {
  /** The pinned name of the network: base64url SHA-256 of its genesis entry. */
  readonly network: string;
  /** After a succession: the state of the old log at the position that the new one goes on from (`createPastLog`). */
  readonly predecessor?: NetworkState;
  /** Where logs are kept that succeed this one; without it one that does is not believed. */
  readonly successors?: SuccessorStores;
  readonly source: FeedSource;
  /**
   * Copies of logs that this network has had, for when it goes on in a new log from further than was read here: at most 16, asked
   * after the network itself.
   */
  readonly formerLogs?: readonly FormerLog[];
  readonly store: FollowerStore;
  /** Own snapshots: with them a restart does not verify every signature again. */
  readonly snapshots?: SnapshotStore;
  /**
   * `snapshot`: with nothing kept yet, begins at the network's latest snapshot, and has then not folded itself what lies before
   * it (`FollowerHealth.begunAt`). Needs `snapshots`. Default `genesis`. A follower that is told that the log is pruned where it
   * would read on goes on from the snapshot by itself.
   */
  readonly beginAt?: 'genesis' | 'snapshot';
  /** Where proofs are kept that the log has lied; a follower that finds one there stays halted. */
  readonly fraud?: FraudStore;
  readonly engine: SignatureEngine;
  readonly clock: Clock;
  readonly entropy: { bytes(count: number): Uint8Array };
  readonly bounds?: Partial<FollowerBounds>;
  /** Whose cosignatures count by now (a C2SP tlog-policy file), instead of the witnesses that the rulebook names. */
  readonly witnesses?: () => string | undefined;
  /** Told of every alarm; one that repeats is told at 1, 2, 4, 8... times. */
  readonly report?: (alarm: Alarm) => void;
};

/**
 * Out of `halted`, where the log itself is wrong, leads nothing but another log that a quorum has opened to go on from a position
 * read here. `pulling` is also where the stream has not begun yet.
 */
export type FollowerPhase = 'starting' | 'streaming' | 'pulling' | 'halted';

export type FollowerHealth = {
  readonly phase: FollowerPhase;
  /** When the latest epoch was accepted, unix milliseconds of the local clock; undefined before the first of this run. */
  readonly lastHeardAtMs: number | undefined;
  /** Milliseconds since then, monotonic: right also when the local clock jumps. */
  readonly silentForMs: number | undefined;
  /** Epochs that should have come since. */
  readonly epochsMissed: number;
  /** Entries that the network had folded before we began, and that we have not; 0 when we have folded all. */
  readonly begunAt: number;
  /** The latest, oldest first. */
  readonly alarms: readonly Alarm[];
};
