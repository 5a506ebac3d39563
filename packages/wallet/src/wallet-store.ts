/** A credential as its holder keeps it. */
export type HeldCredential = {
  readonly id: string;
  /** The SD-JWT VC with all its disclosures. */
  readonly credential: string;
  /** The holder key it is bound to. */
  readonly keyId: string;
  readonly issuer: string;
  readonly vct: string;
  /** Copies received together, which say the same and cannot be linked by their keys. */
  readonly batch: string;
  /** How often it was presented; the least used copy of a batch goes first. */
  readonly uses: number;
  /** Unix milliseconds. */
  readonly receivedAt: number;
  readonly expiresAt?: number;
  /** By what the issuer gives what has come in its place: a secret, as the credential is. */
  readonly refresh?: { readonly token: string; readonly configuration: string };
  /** What a person reads: the issuer's own words. */
  readonly name?: string;
  readonly issuerName?: string;
};

/**
 * What a wallet holds.
 * Durability: `append` resolves once a crash cannot lose the credentials, together or not at all; only then is the
 * issuer told that they were received. Idempotency: appending an id again replaces it. Concurrency: any. Retries: the
 * caller. Bounds: the keeper's own; at the bound `append` throws `wallet.full`.
 */
export interface WalletStore {
  append(credentials: readonly HeldCredential[]): Promise<void>;
  /** In the order received. */
  readAll(): Promise<readonly HeldCredential[]>;
  read(id: string): Promise<HeldCredential | undefined>;
  remove(id: string): Promise<void>;
}
