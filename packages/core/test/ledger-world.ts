import fc from 'fast-check';
import type { Account, AccountId, AccountRule, Asset, NewAccount } from '../src/ledger/account.ts';
import { parseAccountId } from '../src/ledger/account.ts';
import { type Amount, parseAmount } from '../src/ledger/amount.ts';
import { applyAccounts } from '../src/ledger/apply-accounts.ts';
import { applyTransfers, expirePending } from '../src/ledger/apply-transfers.ts';
import type { Transfer, TransferCommand, TransferId } from '../src/ledger/transfer.ts';
import { parseTransferId } from '../src/ledger/transfer.ts';
import type { LedgerChanges, LedgerView } from '../src/ledger/view.ts';

export const EUR: Asset = { code: 'EUR', decimals: 2 };
export const T0 = 1_700_000_000_000;

export const accountOf = (id: string) => parseAccountId(id);
export const transferOf = (id: string) => parseTransferId(id);
export const amountOf = (minorUnits: bigint | number) => parseAmount(BigInt(minorUnits));

/** A whole ledger in maps: every view of it is all of it. */
export function createTestLedger() {
  const assets = new Map<string, Asset>();
  const accounts = new Map<AccountId, Account>();
  const transfers = new Map<TransferId, Transfer>();
  let time = 0;

  function keep(changes: LedgerChanges): void {
    time = changes.time;
    for (const asset of changes.assets) assets.set(asset.code, asset);
    for (const account of [...changes.opened, ...changes.moved]) accounts.set(account.id, account);
    for (const transfer of [...changes.created, ...changes.ended]) transfers.set(transfer.command.id, transfer);
  }

  const view = (): LedgerView => ({ time, assets, accounts, transfers });

  return {
    view,
    open(...opened: NewAccount[]) {
      const { changes, results } = applyAccounts(view(), opened, T0);
      keep(changes);
      return results.map(({ answer }) => answer);
    },
    transfer(commands: readonly TransferCommand[], now = T0) {
      const { changes, results } = applyTransfers(view(), commands, now);
      keep(changes);
      return results.map(({ answer }) => answer);
    },
    expire(now: number) {
      const changes = expirePending(view(), now);
      keep(changes);
      return changes.ended.map(({ command }) => command.id);
    },
    account(id: string): Account {
      const found = accounts.get(accountOf(id));
      if (found === undefined) throw new Error(`no account ${id}`);
      return found;
    },
    state: (id: string) => transfers.get(transferOf(id)),
    /** debits pending, debits posted, credits pending, credits posted. */
    balances(id: string): readonly bigint[] {
      const { debitsPending, debitsPosted, creditsPending, creditsPosted } = this.account(id);
      return [debitsPending, debitsPosted, creditsPending, creditsPosted];
    },
    accounts: () => [...accounts.values()],
    transfers: () => [...transfers.values()],
  };
}

export type TestLedger = ReturnType<typeof createTestLedger>;

export function newAccount(id: string, rule: AccountRule = 'none', options: Partial<NewAccount> = {}): NewAccount {
  return { id: accountOf(id), asset: EUR, rule, ...options };
}

const ACCOUNTS = ['world', 'budget', 'capped', 'person', 'sink', 'other'];

/** Accounts of every rule, one of another asset; `budget` and `capped` have 100 each to spend. */
export function openTestAccounts(ledger: TestLedger): void {
  ledger.open(
    newAccount('world'),
    newAccount('budget', 'debits-must-not-exceed-credits'),
    newAccount('capped', 'debits-must-not-exceed-credits', { maxReserved: amountOf(30) }),
    newAccount('person', 'debits-must-not-exceed-credits'),
    newAccount('sink', 'credits-must-not-exceed-debits'),
    newAccount('other', 'none', { asset: { code: 'SIGN', decimals: 18 } }),
  );
  ledger.transfer(['budget', 'capped'].map((id) => posted(`fund-${id}`, 'world', id, 100)));
}

type PostedCommand = Extract<TransferCommand, { kind: 'posted' }>;

export function posted(id: string, debit: string, credit: string, amount: number): PostedCommand {
  return {
    kind: 'posted',
    id: transferOf(id),
    debit: accountOf(debit),
    credit: accountOf(credit),
    amount: amountOf(amount),
  };
}

export function pending(
  id: string,
  debit: string,
  credit: string,
  amount: number,
  expiresAt?: number,
): TransferCommand {
  return {
    ...posted(id, debit, credit, amount),
    kind: 'pending',
    ...(expiresAt === undefined ? {} : { expiresAt }),
  } as TransferCommand;
}

export function post(id: string, of: string, amount?: number): TransferCommand {
  const part = amount === undefined ? {} : { amount: amountOf(amount) };
  return { kind: 'post', id: transferOf(id), pending: transferOf(of), ...part };
}

export function voided(id: string, of: string): TransferCommand {
  return { kind: 'void', id: transferOf(id), pending: transferOf(of) };
}

const account = fc.constantFrom(...ACCOUNTS, 'nobody').map(accountOf);
/** Few ids, so that many are repeats, of the same or of other contents. */
const id = fc.integer({ min: 0, max: 30 }).map((i) => transferOf(`t${i}`));
const amount = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constant(100)).map(amountOf);
const part = fc.option(fc.integer({ min: 0, max: 40 }).map(amountOf), { nil: undefined });
const expiry = fc.option(
  fc.integer({ min: -1, max: 5 }).map((ms) => T0 + ms),
  { nil: undefined },
);

/** Anything that can be asked, sensible or not. */
export const anyCommand: fc.Arbitrary<TransferCommand> = fc.oneof(
  fc.record({ kind: fc.constant('posted' as const), id, debit: account, credit: account, amount }),
  fc
    .record({ kind: fc.constant('pending' as const), id, debit: account, credit: account, amount, expiresAt: expiry })
    .map(withoutUndefined),
  fc.record({ kind: fc.constant('post' as const), id, pending: id, amount: part }).map(withoutUndefined),
  fc.record({ kind: fc.constant('void' as const), id, pending: id }),
);

function withoutUndefined<Value extends object>(value: Value): TransferCommand {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as TransferCommand;
}

export type Step = { readonly commands: readonly TransferCommand[]; readonly now: number; readonly expire: boolean };

/** Batches at times that also go back, some with the expiries run first. */
export const anySteps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    commands: fc.array(anyCommand, { maxLength: 12 }),
    now: fc.integer({ min: -2, max: 6 }).map((ms) => T0 + ms),
    expire: fc.boolean(),
  }),
  { maxLength: 8 },
);

export function sum(values: readonly bigint[]): Amount {
  return values.reduce((total, value) => total + value, 0n) as Amount;
}
