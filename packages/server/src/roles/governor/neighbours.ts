import type { NetworkState, Position } from '@holdfast/core';
import type { Signer } from '../../ports/signer.ts';

/** What the governor asks of whoever holds its private key. */
export type GovernorSigner = Pick<Signer, 'readPublicKey' | 'sign'>;

/** The network as the governor has read it: a follower of `@holdfast/verifier` is one. */
export interface GovernorFollower {
  /** Read between two awaits, never kept: the follower goes on folding. */
  readonly state: Readonly<NetworkState>;
  /** Position of the last epoch read; undefined before the first. */
  readonly position: Position | undefined;
  /** Calls back after each epoch read; the result ends it. */
  subscribe(listener: () => void): () => void;
  /** Asks the network for more if need be; says whether `size` entries have been read before the signal aborted. */
  awaitSize(size: number, signal: AbortSignal): Promise<boolean>;
}
