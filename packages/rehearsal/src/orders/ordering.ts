import type { AccountId, Asset, PublicJwk, TransferOrder } from '@holdfast/core';
import type { Cashier, LedgerRole, LedgerStore } from '@holdfast/server/roles';
import type { IdealSignatures } from '../ideal-signatures.ts';
import type { Crossings } from '../lives.ts';
import type { Oracles } from '../oracles.ts';
import type { Random } from '../random.ts';
import type { Tally, Trace } from '../report.ts';
import type { Scheduler } from '../scheduler.ts';

export const PARTY = 'relief';
export const ASSET: Asset = { code: 'EUR', decimals: 2 };

export type OrderHolder = {
  readonly number: number;
  readonly key: PublicJwk;
  readonly name: string;
  readonly account: AccountId;
};

/** What one holder wants, and how it is put: only `own` may ever happen. */
export type Wanted = {
  readonly order: TransferOrder;
  readonly from: OrderHolder;
  readonly to: OrderHolder;
  readonly kind: 'own' | 'of-another-key' | 'of-another-ledger' | 'late';
};

export type OrdersWorld = {
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly signatures: IdealSignatures;
  readonly crossings: Crossings;
  readonly oracles: Oracles;
  readonly verdicts: Tally;
  readonly faults: Tally;
  readonly trace: Trace;
  readonly store: LedgerStore;
  readonly holders: readonly OrderHolder[];
  /** The cashier while it and the ledger run. */
  readonly cashier: () => Cashier | undefined;
  readonly ledger: () => LedgerRole | undefined;
};
