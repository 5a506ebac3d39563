import type { FetchOptions } from './bounded-fetch.ts';
import type { HolderKeys } from './holder-keys.ts';
import type { WalletStore } from './wallet-store.ts';
import type { VerifySignature } from './web-verify.ts';

/** Everything a wallet stands on. */
export type WalletPorts = FetchOptions & {
  readonly keys: HolderKeys;
  readonly store: WalletStore;
  readonly verify: VerifySignature;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly entropy: { bytes(count: number): Uint8Array };
};
