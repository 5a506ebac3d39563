export type {
  AccountKeyChange,
  HolderAccount,
  LedgerAddress,
  PreparedTransfer,
  SentTransfer,
  TransferOptions,
} from './account.ts';
export type { Candidate, Choice, Question } from './answering.ts';
export type { AcknowledgedApplication, ApplyOptions, PreparedApplication } from './apply.ts';
export { DEFAULT_FETCH_BOUNDS, type FetchBounds } from './bounded-fetch.ts';
export type { TxCodeHint } from './credential-offer.ts';
export type { HeldStatus } from './held-status.ts';
export { createWebKeys, type HolderKey, type HolderKeys } from './holder-keys.ts';
export type { Presented, PresentOptions } from './present.ts';
export type { ReceiveOptions } from './receive.ts';
export {
  createRetryingFetch,
  type Fetch,
  type RetryClock,
  type RetryingFetch,
  type RetryingFetchOptions,
  type RetryingInit,
} from './retrying-fetch.ts';
export { createWallet, type Wallet, type WalletOptions } from './wallet.ts';
export type { HeldCredential, WalletStore } from './wallet-store.ts';
export { createWalletStoreMemory } from './wallet-store-memory.ts';
export { createWebVerify, type VerifySignature } from './web-verify.ts';
