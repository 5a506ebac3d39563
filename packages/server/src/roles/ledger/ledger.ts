import {
  type AccountResult,
  CodedError,
  type PublicJwk,
  type TransferCommand,
  type TransferResult,
} from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';
import { type Ledger, MAX_LEDGER_BATCH } from '../../ports/ledger.ts';
import type { AssetAudit, LedgerStore } from '../../ports/ledger-store.ts';
import type { NamedKeys, RoleKeys, RoleKeysPorts } from '../../role-keys/role-keys.ts';
import type { Signals } from '../../seeing/signals.ts';
import type { LedgerCall, Waiter } from './call-queue.ts';
import { type LedgerBounds, type LedgerStatus, LedgerWriter } from './ledger-writer.ts';
import { createAcceptances } from './signed-acceptance.ts';

export const DEFAULT_LEDGER_BOUNDS: LedgerBounds = {
  maxBatch: MAX_LEDGER_BATCH,
  maxWaiting: 16_384,
  maxRemembered: 65_536,
  maxWaitMs: 5000,
  maxClockStepMs: 60_000,
};

export type LedgerOptions = {
  readonly clock: Clock;
  readonly store: LedgerStore;
  /** Holds `LEDGER_KEY` and those after it, which sign acceptances and nothing else: whoever has one moves no money. */
  readonly signer: RoleKeysPorts['signer'];
  /** By which of its keys others know it; where nobody says so it signs by the first. */
  readonly named?: () => NamedKeys;
  /** The party whose ledger it is, as its acceptances name it. */
  readonly party: string;
  readonly bounds?: Partial<LedgerBounds>;
  /** Told of what an operator should know: `ledger.*`, `database.*`. */
  readonly report?: (event: { readonly code: string; readonly detail: string }) => void;
  /** Told of what has happened; without it nobody is. */
  readonly signals?: Signals;
};

/** Every asset's sums; the ledger holds when in each debits equal credits, posted and pending. */
export type LedgerAudit = {
  readonly holds: boolean;
  readonly assets: readonly (AssetAudit & { readonly holds: boolean })[];
};

export type LedgerHealth = {
  readonly status: LedgerStatus;
  /** Code of what it waits for. */
  readonly why?: string;
  /** Accounts and transfers that wait to be written. */
  readonly waiting: number;
  /** Which writer this is, and how many commits the ledger has had. */
  readonly epoch: number;
  readonly batch: number;
};

/** The role that decides whether a transfer is possible. It reaches nothing but its store. */
export interface LedgerRole extends Ledger, Pick<LedgerStore, 'readAccountsAfter'>, AsyncDisposable {
  /** The keys under which its acceptances are checked. */
  readKeys(): Promise<readonly PublicJwk[]>;
  /** Which of its own keys signs, and the next one for officers to name. */
  readonly keys: RoleKeys;
  /**
   * Becomes the one writer, which ends any other writer of this store, and goes on until the signal aborts: it writes what
   * is asked, and frees reserves whose time has come. Throws what the store throws.
   */
  start(signal: AbortSignal): Promise<void>;
  audit(): Promise<LedgerAudit>;
  health(): LedgerHealth;
}

export function createLedger(options: LedgerOptions): LedgerRole {
  const { store } = options;
  const bounds = { ...DEFAULT_LEDGER_BOUNDS, ...options.bounds };
  const writer = new LedgerWriter({ ...options, bounds, report: options.report ?? (() => undefined) });
  const acceptances = createAcceptances(options);

  return {
    start: (signal) => writer.start(signal),
    async createAccounts(accounts) {
      assertCount(accounts);
      if (accounts.length === 0) return [];
      return submit<AccountResult>(writer, (waiter) => ({ kind: 'accounts', items: [...accounts], ...waiter }));
    },
    async transfer(commands) {
      assertCount(commands);
      commands.forEach(assertTimes);
      const asked = [...commands];
      const results =
        asked.length === 0
          ? []
          : await submit<TransferResult>(writer, (waiter) => ({ kind: 'transfers', items: asked, ...waiter }));
      return { results, acceptance: await acceptances.sign(asked, results) };
    },
    readKeys: acceptances.readKeys,
    keys: acceptances.keys,
    async readAccounts(ids) {
      assertCount(ids);
      return store.readAccounts(ids);
    },
    async readTransfers(ids) {
      assertCount(ids);
      return store.readTransfers(ids);
    },
    readPending: (account, limit, after) => store.readPending(account, Math.min(limit, MAX_LEDGER_BATCH), after),
    readAccountsAfter: (after, limit) => store.readAccountsAfter(after, limit),
    async audit() {
      const assets = (await store.audit()).map((sums) => ({ ...sums, holds: isZero(sums) }));
      return { holds: assets.every(({ holds }) => holds), assets };
    },
    health: () => ({
      status: writer.status,
      ...(writer.why === undefined ? {} : { why: writer.why }),
      waiting: writer.waiting,
      epoch: writer.fence.epoch,
      batch: writer.fence.batch,
    }),
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  };
}

function submit<Result>(
  writer: LedgerWriter,
  callOf: (waiter: Waiter<Result>) => LedgerCall,
): Promise<readonly Result[]> {
  return new Promise((resolve, reject) => {
    const settled = new AbortController();
    const call = callOf({
      settled: settled.signal,
      resolve(results) {
        settled.abort();
        resolve(results);
      },
      reject(error) {
        settled.abort();
        reject(error);
      },
    });
    writer.submit(call);
  });
}

function assertCount(items: readonly unknown[]): void {
  if (items.length <= MAX_LEDGER_BATCH) return;
  throw new CodedError('ledger.batch-size', `One call has at most ${MAX_LEDGER_BATCH} accounts or transfers.`, {
    count: items.length,
  });
}

function assertTimes(command: TransferCommand): void {
  if (!('expiresAt' in command) || command.expiresAt === undefined) return;
  if (Number.isSafeInteger(command.expiresAt) && command.expiresAt >= 0) return;
  throw new CodedError('ledger.malformed', 'The expiry of a transfer is in whole milliseconds since 1970.', {
    field: 'expiresAt',
  });
}

function isZero({ debitsPosted, creditsPosted, debitsPending, creditsPending }: AssetAudit): boolean {
  return debitsPosted === creditsPosted && debitsPending === creditsPending;
}
