import type { NetworkState, NetworkView } from '@holdfast/core';
import type { Signer } from '../../ports/signer.ts';

/** What the issuer asks of whoever holds its private keys: nothing that makes one. */
export type IssuerSigner = Pick<Signer, 'readPublicKey' | 'sign'>;

/** The part of a follower that the issuer uses. */
export interface IssuerFollower {
  /** What the last epoch committed to, as a value; undefined before the first. */
  view(): NetworkView | undefined;
  /** Read between two awaits, never kept: the follower goes on folding. */
  readonly state: Pick<NetworkState, 'exceptions' | 'docket'>;
  /** Code of what makes everything read from the feed worthless. */
  readonly contradiction: string | undefined;
  /** Asks for a position ahead; says whether it was reached. One pull at most, so a caller may have to ask again. */
  awaitSize(size: number, signal: AbortSignal): Promise<boolean>;
  /** Calls back with each new view. The result ends it. */
  subscribe(listener: (view: NetworkView) => void): () => void;
}
