import type { NetworkState, Position, PublicJwk } from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { Beacon } from '../../ports/beacon.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DestinationParser } from '../../ports/destination-parser.ts';
import type { DistributorStore } from '../../ports/distributor-store.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { Network } from '../../ports/network.ts';
import type { ReceiptStore } from '../../ports/receipt-store.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { Verification } from '../../ports/verification.ts';
import type { RoleKeys } from '../../role-keys/role-keys.ts';
import type { Signals } from '../../seeing/signals.ts';

/** The network as the distributor has read it: a follower of `@holdfast/verifier` is one. */
export interface DistributorFollower {
  /** Read between two awaits, never kept: the follower goes on folding. */
  readonly state: Readonly<NetworkState>;
  /** Position of the last epoch read; undefined before the first. */
  readonly position: Position | undefined;
  /** Calls back after each epoch read; the result ends it. */
  subscribe(listener: () => void): () => void;
}

export type DistributorEvent = { readonly code: string; readonly program?: string; readonly detail: string };

export type DistributorPorts = {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly engine: Pick<SignatureEngine, 'verify'>;
  /** By which it speaks for its party: acknowledgements, the steps of programs, what it tells. */
  readonly keys: RoleKeys;
  readonly sealer: Sealer;
  readonly store: DistributorStore;
  readonly network: Pick<Network, 'append'>;
  readonly follower: DistributorFollower;
  readonly verification: Verification;
  readonly ledger: Ledger;
  /** The keys that the ledger signs its acceptances with. */
  readonly ledgerKeys: () => readonly PublicJwk[];
  readonly receipts: ReceiptStore;
  readonly beacon: Beacon;
  readonly destinations: DestinationParser;
  readonly report: (event: DistributorEvent) => void;
  /** Resolves once all that had arrived by now was looked at, so that it is written together; without it the first is alone. */
  readonly arrived?: () => Promise<void>;
  /** Told of what has happened; without it nobody is. */
  readonly signals?: Signals;
};
