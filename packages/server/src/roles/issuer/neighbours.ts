import type { NetworkState, NetworkView, PublicJwk } from '@holdfast/core';
import type { RoleKeysPorts } from '../../role-keys/role-keys.ts';
import type { TenantConfig } from './config.ts';

/** What the issuer asks of whoever holds its private keys. One that makes none has the statement key of its configuration. */
export type IssuerSigner = RoleKeysPorts['signer'];

/** A credential key that was made for when officers name it: the signer's name for it, and its certificates. */
export type PreparedKey = { readonly name: string; readonly x5c: readonly string[] };

/**
 * Where credential keys are made for an issuer that goes on running. One counts as prepared once it is whole, key and
 * certificates: a crash in between leaves nothing that is signed with. The signer holds each under its name.
 */
export interface PreparedKeys {
  /** In the order in which they were made; those of other processes with the same keys as well. */
  read(tenant: TenantConfig): Promise<readonly PreparedKey[]>;
  /** The last one if `isNamed` says that nobody has named it, else another. Repeated, and by several at once, it is one. */
  prepare(tenant: TenantConfig, isNamed: (key: PublicJwk) => boolean): Promise<PreparedKey>;
}

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
