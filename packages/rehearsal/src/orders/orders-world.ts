import {
  type Account,
  accountOfKey,
  assert,
  holderAccount,
  parseAccountId,
  parseAmount,
  parseTransferId,
} from '@holdfast/core';
import {
  type Cashier,
  createAccountKeyStoreMemory,
  createCashier,
  createLedger,
  createLedgerStoreMemory,
  type Ledger,
  type LedgerRole,
} from '@holdfast/server/roles';
import { runUntilDone } from '../founding.ts';
import { IdealSignatures } from '../ideal-signatures.ts';
import { Crossings, createLife, type Life, passWatched } from '../lives.ts';
import { type OracleName, Oracles } from '../oracles.ts';
import { createRandom } from '../random.ts';
import { type RehearsalReport, reportOfRoles, Tally, Trace } from '../report.ts';
import { Scheduler } from '../scheduler.ts';
import { startHolders } from './order-holders.ts';
import { OrderLaws } from './order-laws.ts';
import { ASSET, type OrdersWorld, PARTY } from './ordering.ts';

export type OrdersRehearsal = {
  readonly seed: number;
  /** Orders of each holder. */
  readonly orders?: number;
  /** Ends early once one of these laws is broken. */
  readonly stopsAt?: readonly OracleName[];
};

const START_MS = 1_800_000_000_000;
const PAID = 100n;
/** Longer than every order is good for, and than whoever waits for an answer to one. */
const END_MS = 3_600_000;
const STEP_MS = 1000;
const BUDGET = parseAccountId('program.relief');
const KEYS = 8;

/**
 * Holders who order money of their accounts to each other, through a cashier and a ledger that die at any of their crossings:
 * orders sent twice and signed again, at once and out of order, answers lost, more than is there, keys of others, other
 * ledgers, too late. In the end everybody has been answered, and what is in each account is what was ordered.
 */
export async function rehearseOrders({ seed, orders = 12, stopsAt = [] }: OrdersRehearsal): Promise<RehearsalReport> {
  const startedAt = performance.now();
  const world = createOrdersWorld(seed);
  await found(world);
  const laws = new OrderLaws(world, PAID);
  world.scheduler.watch(() => laws.look());
  const holders = startHolders(world, orders, laws);
  const isEnough = () => stopsAt.some((oracle) => world.oracles.broken.has(oracle));
  const isOver = () => isEnough() || holders.open() === 0;
  world.crossings.armEach();
  while (!isOver() && world.scheduler.now < START_MS + END_MS) {
    if (world.random.chance(0.2)) world.crossings.arm();
    await world.scheduler.run(world.scheduler.now + STEP_MS);
  }
  if (!isEnough()) await laws.prove(holders.open());
  return reportOfRoles({ mode: 'orders', seed, startMs: START_MS, startedAt }, world);
}

function createOrdersWorld(seed: number): OrdersWorld {
  const random = createRandom(seed, 'orders');
  const scheduler = new Scheduler(START_MS);
  const signatures = new IdealSignatures(random.fork('signatures'));
  const faults = new Tally();
  const crossings = new Crossings(scheduler, random.fork('crossings'), faults);
  const holders = Array.from({ length: KEYS }, (_, number) => {
    const key = signatures.createKey('ES256');
    return { number, key, name: accountOfKey(key), account: holderAccount(ASSET.code, accountOfKey(key)) };
  });
  const parts = { scheduler, signatures, crossings, random: random.fork('tills'), store: createLedgerStoreMemory() };
  const till = startTill(parts);
  return {
    ...{ ...parts, random: random.fork('holders'), holders, faults, verdicts: new Tally(), trace: new Trace() },
    oracles: new Oracles({ outcomeAt: () => 'unknown' }),
    ...{ cashier: () => till()?.cashier, ledger: () => till()?.ledger },
  };
}

type Parts = Pick<OrdersWorld, 'scheduler' | 'signatures' | 'crossings' | 'random' | 'store'>;
type Till = { readonly cashier: Cashier; readonly ledger: LedgerRole };

/** Ledger and cashier start again when they have died; what the store has is what is left. */
function startTill({ scheduler, signatures, crossings, random, store }: Parts): () => Till | undefined {
  const key = signatures.createKey('ES256');
  let running: { readonly life: Life; readonly till: Till } | undefined;

  // Kept beside the ledger: a process that dies leaves it.
  const accountKeys = createAccountKeyStoreMemory();

  function start(): void {
    const life = createLife(() => scheduler.after(100 + random.below(5000), start));
    const pass = passWatched(scheduler, crossings, life, 'ledger');
    const ledger = createLedger({
      clock: scheduler.clock(),
      store: {
        ...store,
        takeFence: () => pass('fence', () => store.takeFence()),
        commit: (fence, changes) => pass('commit', () => store.commit(fence, changes)),
      },
      signer: { readPublicKey: async () => key, sign: async (_name, data) => signatures.sign(key, data) },
      party: PARTY,
    });
    const ordered = passWatched(scheduler, crossings, life, 'cashier');
    // Between what the cashier has asked and what it is told it dies as well.
    const asked: Ledger = {
      ...ledger,
      createAccounts: (accounts) => ordered('account', () => ledger.createAccounts(accounts)),
      transfer: (commands) => ordered('transfer', () => ledger.transfer(commands)),
    };
    const cashier = createCashier({
      ...{ clock: scheduler.clock(), engine: signatures, ledger: asked, party: PARTY },
      ledgerKeys: () => [key],
      accountKeys,
    });
    ledger.start(life.signal).then(
      () => {
        running = { life, till: { cashier, ledger } };
      },
      () => life.end(),
    );
  }

  start();
  return () => (running?.life.isOver() === false ? running.till : undefined);
}

/** Half of the holders are paid by a program before anything goes wrong; the others are paid by them, if at all. */
async function found(world: OrdersWorld): Promise<void> {
  const { scheduler, holders } = world;
  await scheduler.run(START_MS + STEP_MS);
  const ledger = world.ledger();
  assert(ledger !== undefined, 'in calm weather the ledger runs');
  const rule = 'debits-must-not-exceed-credits';
  const paid = holders.slice(0, KEYS / 2);
  const opened = [{ id: BUDGET, asset: ASSET, rule: 'none' as const }];
  const accounts = paid.map(
    ({ account }): Pick<Account, 'id' | 'asset' | 'rule'> => ({ id: account, asset: ASSET, rule }),
  );
  await runUntilDone(world, ledger.createAccounts([...opened, ...accounts]));
  const amount = parseAmount(`${PAID}`);
  const payments = paid.map(({ account, number }) => {
    return { kind: 'posted' as const, id: parseTransferId(`pay-${number}`), debit: BUDGET, credit: account, amount };
  });
  await runUntilDone(world, ledger.transfer(payments));
}
