import {
  type AccountKeyChange,
  changeAccountKey,
  type HolderAccount,
  keepAccountKey,
  type LedgerAddress,
  openAccount,
  type PreparedTransfer,
  prepareTransfer,
  readAccountKeyChanges,
  readBalance,
  type SentTransfer,
  sendTransfer,
  type TransferOptions,
} from './account.ts';
import {
  type AcknowledgedApplication,
  type ApplyOptions,
  type PreparedApplication,
  prepareApplication,
  sendApplication,
  succeedApplication,
} from './apply.ts';
import { DEFAULT_FETCH_BOUNDS, type FetchBounds } from './bounded-fetch.ts';
import { type HeldStatus, readHeldStatus } from './held-status.ts';
import { createWebKeys, type HolderKeys } from './holder-keys.ts';
import { type Presented, type PresentOptions, presentCredentials } from './present.ts';
import { type ReceiveOptions, receiveCredentials } from './receive.ts';
import { refreshCredential } from './refresh.ts';
import { createRetryingFetch, type Fetch } from './retrying-fetch.ts';
import type { WalletPorts } from './wallet-ports.ts';
import type { HeldCredential, WalletStore } from './wallet-store.ts';
import { createWalletStoreMemory } from './wallet-store-memory.ts';
import { createWebVerify, type VerifySignature } from './web-verify.ts';

export type WalletOptions = {
  /** Default: WebCrypto keys in memory, not extractable. */
  readonly keys?: HolderKeys;
  /** Default: in memory. */
  readonly store?: WalletStore;
  /** Default: the platform's. What `createRetryingFetch` made is used as it is, any other is made one. */
  readonly fetch?: Fetch;
  /** Unix milliseconds. */
  readonly now?: () => number;
  readonly entropy?: { bytes(count: number): Uint8Array };
  readonly verify?: VerifySignature;
  readonly bounds?: Partial<FetchBounds>;
  /** Plain http to this machine. For development only; default false. */
  readonly allowLoopback?: boolean;
};

/** A holder's wallet: receives credentials by OpenID4VCI 1.0 and shows them by OpenID4VP 1.0. */
export interface Wallet {
  /** Takes up an offer; see `receiveCredentials`. Throws `wallet.*`. */
  receive(offerUri: string, options?: ReceiveOptions): Promise<readonly HeldCredential[]>;
  /** Fetches what has come in the place of a credential; see `refreshCredential`. Throws `wallet.*`. */
  refresh(id: string): Promise<readonly HeldCredential[]>;
  /** Answers a verifier's link; see `presentCredentials`. Throws `wallet.*`. */
  present(link: string, options?: PresentOptions): Promise<Presented>;
  /** Makes an application to a program, bound to its destination; see `prepareApplication`. Throws `wallet.*`. */
  prepare(programUrl: string, options: ApplyOptions): Promise<PreparedApplication>;
  /** Sends an application, as often as need be; see `sendApplication`. Throws `wallet.*`. */
  apply(prepared: PreparedApplication): Promise<AcknowledgedApplication>;
  /** Shows a newer credential for an application that waits for it; see `succeedApplication`. Throws `wallet.*`. */
  succeed(prepared: PreparedApplication): Promise<void>;
  /** Makes a key, and so an account of the ledger that it alone orders; see `HolderAccount`. */
  openAccount(): Promise<HolderAccount>;
  /** What is on an account; see `readBalance`. Throws `wallet.*`. */
  readBalance(
    ledger: LedgerAddress,
    account: HolderAccount,
    asset: string,
  ): Promise<{ readonly available: bigint; readonly decimals: number }>;
  /** Signs an order to move some of it; see `prepareTransfer`. Throws `wallet.*`. */
  prepareTransfer(ledger: LedgerAddress, options: TransferOptions): Promise<PreparedTransfer>;
  /** Sends an order, as often as need be; see `sendTransfer`. Throws `wallet.*`. */
  transfer(ledger: LedgerAddress, prepared: PreparedTransfer): Promise<SentTransfer>;
  /** Orders that another key takes over the account; see `changeAccountKey`. Throws `wallet.*`. */
  changeAccountKey(
    ledger: LedgerAddress,
    changing: { readonly account: HolderAccount; readonly to: string },
  ): Promise<AccountKeyChange>;
  /** Calls that off while it waits. Throws `wallet.*`. */
  keepAccountKey(
    ledger: LedgerAddress,
    keeping: { readonly account: HolderAccount; readonly change: string },
  ): Promise<AccountKeyChange>;
  /** Every change of the account's key. Throws `wallet.*`. */
  readAccountKeyChanges(ledger: LedgerAddress, account: HolderAccount): Promise<readonly AccountKeyChange[]>;
  /** Whether a credential still works, as its issuer says; see `readHeldStatus`. Throws `wallet.*`. */
  readStatus(id: string): Promise<HeldStatus>;
  /** Everything held, in the order received. */
  readAll(): Promise<readonly HeldCredential[]>;
  /** Forgets a credential and its key. */
  remove(id: string): Promise<void>;
}

/**
 * Makes a wallet from its ports. Needs nothing but web standards: `fetch`, WebCrypto, `DecompressionStream`.
 *
 * @example
 * const wallet = createWallet();
 * const [credential] = await wallet.receive(offerUri, { txCode: '493536' });
 * const { redirectUri } = await wallet.present('openid4vp://?client_id=x509_hash%3A…&request_uri=…');
 */
export function createWallet(options: WalletOptions = {}): Wallet {
  const now = options.now ?? (() => Date.now());
  const entropy = options.entropy ?? {
    bytes: (count) => globalThis.crypto.getRandomValues(new Uint8Array(count)),
  };
  const ports: WalletPorts = {
    keys: options.keys ?? createWebKeys(),
    store: options.store ?? createWalletStoreMemory(),
    fetch: createRetryingFetch({
      ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
      entropy,
      // A header that an issuer elsewhere does not know would keep a browser from asking it.
      tells: () => false,
    }),
    now,
    entropy,
    verify: options.verify ?? createWebVerify(),
    bounds: { ...DEFAULT_FETCH_BOUNDS, ...options.bounds },
    allowLoopback: options.allowLoopback ?? false,
  };
  return {
    receive: (offerUri, receiving) => receiveCredentials(ports, offerUri, receiving),
    refresh: (id) => refreshCredential(ports, id),
    present: (link, presenting) => presentCredentials(ports, link, presenting),
    prepare: (programUrl, applying) => prepareApplication(ports, programUrl, applying),
    apply: (prepared) => sendApplication(ports, prepared),
    succeed: (prepared) => succeedApplication(ports, prepared),
    openAccount: () => openAccount(ports),
    readBalance: (ledger, account, asset) => readBalance(ports, ledger, account, asset),
    prepareTransfer: (ledger, transferring) => prepareTransfer(ports, ledger, transferring),
    changeAccountKey: (ledger, changing) => changeAccountKey(ports, ledger, changing),
    keepAccountKey: (ledger, keeping) => keepAccountKey(ports, ledger, keeping),
    readAccountKeyChanges: (ledger, account) => readAccountKeyChanges(ports, ledger, account),
    transfer: (ledger, prepared) => sendTransfer(ports, ledger, prepared),
    readStatus: (id) => readHeldStatus(ports, id),
    readAll: () => ports.store.readAll(),
    async remove(id) {
      const held = await ports.store.read(id);
      await ports.store.remove(id);
      if (held !== undefined) await ports.keys.remove(held.keyId);
    },
  };
}
