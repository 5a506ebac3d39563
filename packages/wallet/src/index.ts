export { DEFAULT_FETCH_BOUNDS, type Fetch, type FetchBounds } from './bounded-fetch.ts';
export type { TxCodeHint } from './credential-offer.ts';
export { createWebKeys, type HolderKey, type HolderKeys } from './holder-keys.ts';
export type { Candidate, Choice, Presented, PresentOptions, Question } from './present.ts';
export type { ReceiveOptions } from './receive.ts';
export { createWallet, type Wallet, type WalletOptions } from './wallet.ts';
export type { HeldCredential, WalletStore } from './wallet-store.ts';
export { createWalletStoreMemory } from './wallet-store-memory.ts';
export { createWebVerify, type VerifySignature } from './web-verify.ts';
