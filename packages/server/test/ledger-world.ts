import { CodedError } from '@holdfast/core';
import { newAccount, posted } from '../../core/test/ledger-world.ts';
import { createManualClock, type ManualClock, settle } from '../../verifier/test/manual-clock.ts';
import { createLedgerStoreMemory } from '../src/adapters/memory/ledger-store.ts';
import { createMemorySigner } from '../src/adapters/memory/signer.ts';
import type { LedgerStore } from '../src/ports/ledger-store.ts';
import type { Signer } from '../src/ports/signer.ts';
import { createLedger, type LedgerOptions, type LedgerRole } from '../src/roles/ledger/ledger.ts';
import { LEDGER_KEY } from '../src/roles/ledger/signed-acceptance.ts';

/**
 * What becomes of one call to a store. `lost`: it fails before it does anything. `unheard`: it is done, and fails all the
 * same. `late`: it fails, and is done after the next call that is answered. `silent`: nothing comes of it, ever.
 */
export type Fault = 'none' | 'lost' | 'unheard' | 'late' | 'silent';

export type FaultyStore = LedgerStore & {
  /** Faults of the next commits, and of the next views, in order; afterwards everything goes well. */
  readonly commits: Fault[];
  readonly views: Fault[];
  /** Commits that were sent, whatever became of them. */
  readonly sent: () => number;
};

export function unreachable(): CodedError {
  return new CodedError('database.unreachable', 'The database does not answer.');
}

/** A store whose calls take their time and go wrong as told. */
export function createFaultyStore(store: LedgerStore): FaultyStore {
  const commits: Fault[] = [];
  const views: Fault[] = [];
  let late: (() => Promise<unknown>) | undefined;
  let sent = 0;

  async function call<Result>(fault: Fault, work: () => Promise<Result>): Promise<Result> {
    await new Promise((resolve) => setImmediate(resolve));
    if (fault === 'silent') return new Promise(() => undefined);
    if (fault === 'late') late = work;
    if (fault === 'unheard') await work();
    if (fault !== 'none') throw unreachable();
    const result = await work();
    await new Promise((resolve) => setImmediate(resolve));
    return result;
  }

  return {
    ...store,
    commits,
    views,
    sent: () => sent,
    readView: (touched) => call(views.shift() ?? 'none', () => store.readView(touched)),
    commit(fence, changes) {
      sent += 1;
      return call(commits.shift() ?? 'none', () => store.commit(fence, changes));
    },
    async readHead() {
      const head = await call('none', () => store.readHead());
      await late?.().catch(() => undefined);
      late = undefined;
      return head;
    },
  };
}

/** A signer with the key of a ledger. */
export async function createLedgerSigner(): Promise<Signer> {
  const signer = createMemorySigner({ seed: 'ledger' });
  await signer.create(LEDGER_KEY, 'ES256');
  return signer;
}

export type TestLedgerRole = AsyncDisposable & {
  readonly role: LedgerRole;
  readonly store: FaultyStore;
  readonly clock: ManualClock;
  readonly events: { readonly code: string; readonly detail: string }[];
  readonly stop: AbortController;
};

/** A running ledger on a store that can fail, with `world` (no rule), `budget` (100 to spend) and `person`. */
export async function startTestLedger(options: Partial<LedgerOptions> = {}): Promise<TestLedgerRole> {
  const clock = (options.clock as ManualClock | undefined) ?? createManualClock();
  const store = createFaultyStore(options.store ?? createLedgerStoreMemory());
  const events: TestLedgerRole['events'] = [];
  const role = createLedger({
    report: (event) => events.push(event),
    signer: await createLedgerSigner(),
    party: 'city',
    ...options,
    clock,
    store,
  });
  const stop = new AbortController();
  await role.start(stop.signal);
  await role.createAccounts([
    newAccount('world'),
    newAccount('budget', 'debits-must-not-exceed-credits'),
    newAccount('person', 'debits-must-not-exceed-credits'),
  ]);
  await role.transfer([posted('fund', 'world', 'budget', 100)]);
  return { role, store, clock, events, stop, [Symbol.asyncDispose]: () => role[Symbol.asyncDispose]() };
}

/** Lets time pass in small steps until the work is done, so that whoever waits or backs off goes on. */
export async function passTime<Result>(clock: ManualClock, work: Promise<Result>, mostMs = 60_000): Promise<Result> {
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  work.then(done, done);
  for (let passedMs = 0; passedMs < mostMs; passedMs += 50) {
    for (let i = 0; i < 5; i += 1) await settle();
    if (isDone) return work;
    await clock.advance(50);
  }
  throw new Error(`not done after ${mostMs} ms`);
}
