import { describe, expect, it } from 'vitest';
import { accountOf, amountOf, pending, post, posted, transferOf, voided } from '../../../../core/test/ledger-world.ts';
import { createManualClock, settle } from '../../../../verifier/test/manual-clock.ts';
import { createLedgerSigner, passTime, startTestLedger, type TestLedgerRole } from '../../../test/ledger-world.ts';
import { createLedgerStoreMemory } from '../../adapters/memory/ledger-store.ts';
import type { LedgerStore } from '../../ports/ledger-store.ts';
import type { LedgerRole } from './ledger.ts';

type Commands = Parameters<LedgerRole['transfer']>[0];

const pay = (i: number, amount = 1) => posted(`t${i}`, 'budget', 'person', amount);

async function answersOf(role: LedgerRole, ...commands: Commands): Promise<string[]> {
  return (await role.transfer(commands)).results.map(({ answer }) => answer);
}

/** The code it is rejected with, or its answers. */
async function codeOf(role: LedgerRole, ...commands: Commands): Promise<unknown> {
  return answersOf(role, ...commands).catch(({ code }) => code);
}

async function budgetOf(role: LedgerRole) {
  return (await role.readAccounts([accountOf('budget')]))[0];
}

describe('a ledger under load', () => {
  it('shares commits among those who come at once', async () => {
    await using ledger = await startTestLedger();
    const before = ledger.store.sent();
    await Promise.all(Array.from({ length: 80 }, (_, i) => ledger.role.transfer([pay(i)])));
    expect(ledger.store.sent() - before).toBeLessThanOrEqual(3);
    expect(await budgetOf(ledger.role)).toMatchObject({ debitsPosted: 80n });
  });

  it('refuses at once what is more than it lets wait, and nothing of it is done', async () => {
    await using ledger = await startTestLedger({ bounds: { maxWaiting: 10, maxBatch: 5 } });
    const first = [1, 2].map((i) => answersOf(ledger.role, ...[1, 2, 3, 4, 5].map((k) => pay(i * 10 + k))));
    expect(await codeOf(ledger.role, pay(1))).toBe('ledger.overloaded');
    await Promise.all(first);
    expect(await ledger.role.readTransfers([transferOf('t1')])).toEqual([undefined]);
    expect(await answersOf(ledger.role, pay(1))).toEqual(['created']);
    expect(ledger.role.health()).toMatchObject({ status: 'running', waiting: 0 });
  });

  it('keeps the order of calls of both kinds', async () => {
    await using ledger = await startTestLedger();
    const account = { id: accountOf('late'), asset: { code: 'EUR', decimals: 2 }, rule: 'none' } as const;
    const answers = await Promise.all([
      answersOf(ledger.role, posted('a', 'world', 'late', 1)),
      ledger.role.createAccounts([account]).then((opened) => opened.map(({ answer }) => answer)),
      answersOf(ledger.role, posted('b', 'world', 'late', 1)),
    ]);
    expect(answers.flat()).toEqual(['refused-credit-account-unknown', 'created', 'created']);
  });

  it('prepares a full batch over one that is not durable yet', async () => {
    await using ledger = await startTestLedger({ bounds: { maxBatch: 2 } });
    const reserve = [pending('r1', 'budget', 'person', 60), pending('r2', 'budget', 'person', 50)];
    // The first commit takes its time, so that the second batch is read before it is durable.
    ledger.store.commits.push('lost');
    const asked = Promise.all([
      answersOf(ledger.role, ...reserve),
      answersOf(ledger.role, post('p1', 'r1'), pay(1, 41)),
      answersOf(ledger.role, post('p1', 'r1'), posted('back', 'person', 'world', 60)),
    ]);
    expect(await passTime(ledger.clock, asked)).toEqual([
      ['created', 'refused-exceeds-credits'],
      ['created', 'refused-exceeds-credits'],
      ['exists', 'created'],
    ]);
  });
});

describe('a store that fails', () => {
  it('before it does anything is asked again, and the caller hears the true answer', async () => {
    await using ledger = await startTestLedger();
    ledger.store.views.push('lost', 'lost');
    ledger.store.commits.push('lost', 'lost');
    expect(await passTime(ledger.clock, answersOf(ledger.role, pay(1)))).toEqual(['created']);
    expect(await budgetOf(ledger.role)).toMatchObject({ debitsPosted: 1n });
    expect(ledger.events.map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => 'database.unreachable'));
  });

  it('after it has done it is found out, and nothing is done twice', async () => {
    await using ledger = await startTestLedger();
    ledger.store.commits.push('unheard');
    const before = ledger.store.sent();
    const answers = await passTime(ledger.clock, answersOf(ledger.role, pay(1), pay(2, 1000)));
    expect(answers).toEqual(['created', 'refused-exceeds-credits']);
    expect(ledger.store.sent() - before).toBe(1);
    expect(await budgetOf(ledger.role)).toMatchObject({ debitsPosted: 1n });
  });

  it('and does it later all the same does it once', async () => {
    await using ledger = await startTestLedger();
    ledger.store.commits.push('late', 'late');
    expect(await passTime(ledger.clock, answersOf(ledger.role, pay(1)))).toEqual(['created']);
    expect(await passTime(ledger.clock, answersOf(ledger.role, pay(1), pay(2)))).toEqual(['exists', 'created']);
    expect(await budgetOf(ledger.role)).toMatchObject({ debitsPosted: 2n });
  });

  it('is waited for as long as was said: what was sent is unknown, what was not was not done', async () => {
    await using ledger = await startTestLedger({ bounds: { maxBatch: 2, maxWaitMs: 1000 } });
    ledger.store.commits.push(...Array.from({ length: 60 }, () => 'lost' as const));
    const sent = codeOf(ledger.role, pay(1));
    await settle();
    await settle();
    const waiting = codeOf(ledger.role, pay(2));
    await ledger.clock.advance(999);
    expect(ledger.role.health()).toMatchObject({ status: 'waiting', waiting: 2 });
    await ledger.clock.advance(2);
    expect(await Promise.all([sent, waiting])).toEqual(['ledger.outcome-unknown', 'ledger.unavailable']);
    expect(ledger.role.health()).toMatchObject({ waiting: 0 });
    ledger.store.commits.length = 0;
    await ledger.clock.advance(1000);
    expect(await answersOf(ledger.role, pay(1), pay(2))).toEqual(['exists', 'created']);
  });

  it('and answers too late does nothing for those who have given up', async () => {
    await using ledger = await startTestLedger({ bounds: { maxWaitMs: 1000 } });
    const { readView } = ledger.store;
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const slow: LedgerStore['readView'] = (touched) => opened.then(() => readView(touched));
    Object.assign(ledger.store, { readView: slow });
    const first = codeOf(ledger.role, pay(1));
    await settle();
    await ledger.clock.advance(500);
    const second = codeOf(ledger.role, pay(2));
    await ledger.clock.advance(501);
    expect(await first).toBe('ledger.overloaded');
    open();
    expect(await second).toEqual(['created']);
    expect(await ledger.role.readTransfers([transferOf('t1')])).toEqual([undefined]);
  });

  it('and never answers keeps nobody waiting, nor the process from ending', async () => {
    const ledger = await startTestLedger({ bounds: { maxWaitMs: 1000 } });
    ledger.store.commits.push('silent');
    const sent = codeOf(ledger.role, pay(1));
    await settle();
    await settle();
    const waiting = codeOf(ledger.role, pay(2));
    await ledger.clock.advance(1001);
    expect(await Promise.all([sent, waiting])).toEqual(['ledger.outcome-unknown', 'ledger.overloaded']);
    const ending = ledger.role[Symbol.asyncDispose]();
    await ledger.clock.advance(1001);
    await ending;
    expect(ledger.role.health()).toMatchObject({ status: 'stopped', waiting: 0 });
  });

  it('keeps a ledger from starting, which can be started again', async () => {
    const store = createLedgerStoreMemory();
    await using ledger = await startTestLedger({ store });
    expect(await answersOf(ledger.role, pay(1))).toEqual(['created']);
    await ledger.role[Symbol.asyncDispose]();
    await using next = await startTestLedger({ store });
    expect(await answersOf(next.role, pay(1), pay(2))).toEqual(['exists', 'created']);
    expect(next.role.health().epoch).toBe(2);
  });
});

describe('two writers on one store', () => {
  it('are one: the later ends the earlier, whose callers are told to repeat', async () => {
    const store = createLedgerStoreMemory();
    await using earlier = await startTestLedger({ store });
    await answersOf(earlier.role, pay(1));
    await using later = await startTestLedger({ store });
    const told = [2, 3].map((i) => codeOf(earlier.role, pay(i)));
    expect(await Promise.all(told)).toEqual(['ledger.fenced', 'ledger.fenced']);
    expect(await codeOf(earlier.role, pay(4))).toBe('ledger.fenced');
    expect(earlier.role.health().status).toBe('fenced');
    expect(earlier.events.map(({ code }) => code)).toEqual(['ledger.fenced']);
    expect(await answersOf(later.role, pay(1), pay(2), pay(3))).toEqual(['exists', 'created', 'created']);
  });

  it('give nobody money that the one remembers and the other has spent', async () => {
    const store = createLedgerStoreMemory();
    await using earlier = await startTestLedger({ store });
    await answersOf(earlier.role, pay(1));
    await using later = await startTestLedger({ store });
    expect(await answersOf(later.role, pay(2, 99))).toEqual(['created']);
    // By what it remembers there would be enough; no commit of it counts.
    expect(await codeOf(earlier.role, pay(3, 50))).toBe('ledger.fenced');
    expect(await budgetOf(later.role)).toMatchObject({ debitsPosted: 100n });
  });

  it('tell the truth of a commit that was not heard of before the other came', async () => {
    const store = createLedgerStoreMemory();
    await using earlier = await startTestLedger({ store });
    earlier.store.commits.push('unheard');
    const told = codeOf(earlier.role, pay(1));
    await settle();
    await settle();
    await using later = await startTestLedger({ store });
    expect(await passTime(earlier.clock, told)).toBe('ledger.fenced');
    expect(await answersOf(later.role, pay(1))).toEqual(['exists']);
  });

  it('do not call the ledger wrong for what one saw of the other in the middle', async () => {
    const store = createLedgerStoreMemory();
    await using earlier = await startTestLedger({ store });
    await answersOf(earlier.role, pending('r', 'budget', 'person', 10));
    const torn: LedgerStore['readView'] = async (touched) => {
      const before = await store.readView(touched);
      await using later = await startTestLedger({ store });
      await answersOf(later.role, voided('v', 'r'));
      return { ...before, accounts: (await store.readView(touched)).accounts };
    };
    earlier.store.views.push('none');
    Object.assign(earlier.store, { readView: torn });
    expect(await codeOf(earlier.role, post('p', 'r'))).toBe('ledger.fenced');
    expect(earlier.events.map(({ code }) => code)).toEqual(['ledger.fenced']);
  });
});

describe('a ledger that is wrong', () => {
  it('writes nothing more, says so to everybody, and can still be read', async () => {
    const store = createLedgerStoreMemory();
    await using earlier = await startTestLedger({ store });
    await answersOf(earlier.role, pending('r', 'budget', 'person', 10));
    // What it has written itself it would not read again.
    await using ledger = await startTestLedger({ store });
    const lying: LedgerStore['readView'] = async (touched) => {
      const view = await store.readView(touched);
      const accounts = new Map(view.accounts);
      for (const account of accounts.values()) accounts.set(account.id, { ...account, debitsPending: amountOf(3) });
      return { ...view, accounts };
    };
    Object.assign(ledger.store, { readView: lying });
    const told = [codeOf(ledger.role, post('p', 'r')), codeOf(ledger.role, pay(1))];
    expect(await Promise.all(told)).toEqual(['ledger.halted', 'ledger.halted']);
    expect(await codeOf(ledger.role, pay(2))).toBe('ledger.halted');
    expect(ledger.events).toMatchObject([
      { code: 'ledger.halted', detail: expect.stringContaining('broken invariant') },
    ]);
    expect(await budgetOf(ledger.role)).toMatchObject({ debitsPending: 10n });
    expect(await ledger.role.audit()).toMatchObject({ holds: true });
    await using repaired = await startTestLedger({ store });
    expect(await answersOf(repaired.role, post('p', 'r'))).toEqual(['created']);
  });

  it('is shown by its audit', async () => {
    const store = createLedgerStoreMemory();
    await using ledger = await startTestLedger({ store });
    expect(await ledger.role.audit()).toMatchObject({
      holds: true,
      assets: [{ asset: 'EUR', accounts: 3, holds: true, debitsPosted: 100n, creditsPosted: 100n }],
    });
    const [sums] = await store.audit();
    Object.assign(ledger.store, { audit: async () => [{ ...sums, debitsPending: 1n }] });
    expect(await ledger.role.audit()).toMatchObject({ holds: false, assets: [{ holds: false }] });
  });
});

describe('a ledger frees what expires', () => {
  const reserve = (ledger: TestLedgerRole, id: string, amount: number, inMs: number) =>
    pending(id, 'budget', 'person', amount, ledger.clock.now() + inMs);

  it('at its time, with nobody asking', async () => {
    await using ledger = await startTestLedger();
    await answersOf(ledger.role, reserve(ledger, 'a', 30, 60_000), reserve(ledger, 'b', 20, 90_000));
    await ledger.clock.advance(59_999);
    expect(await budgetOf(ledger.role)).toMatchObject({ debitsPending: 50n });
    await ledger.clock.advance(1);
    await settle();
    expect(await budgetOf(ledger.role)).toMatchObject({ debitsPending: 20n });
    await ledger.clock.advance(30_000);
    await settle();
    expect(await budgetOf(ledger.role)).toMatchObject({ debitsPending: 0n, debitsPosted: 0n });
    expect(await ledger.role.readTransfers([transferOf('a')])).toMatchObject([{ state: 'expired' }]);
  });

  it('before it looks at what needs it', async () => {
    await using ledger = await startTestLedger();
    await answersOf(ledger.role, reserve(ledger, 'a', 100, 1000));
    ledger.clock.jump(1000);
    expect(await answersOf(ledger.role, post('p', 'a'), pay(1, 100))).toEqual(['refused-pending-expired', 'created']);
  });

  it('after a restart, however much it is', async () => {
    const store = createLedgerStoreMemory();
    const clock = createManualClock();
    {
      await using ledger = await startTestLedger({ store, clock });
      await answersOf(ledger.role, ...Array.from({ length: 20 }, (_, i) => reserve(ledger, `r${i}`, 1, 1000 + i)));
    }
    clock.jump(86_400_000);
    await using ledger = await startTestLedger({ store, clock, bounds: { maxBatch: 3 } });
    for (let i = 0; i < 20; i += 1) await settle();
    expect(await budgetOf(ledger.role)).toMatchObject({ debitsPending: 0n });
    expect(await ledger.role.readPending(accountOf('budget'), 10)).toEqual([]);
  });

  it('in turn with what waits, so that neither keeps the other out', async () => {
    await using ledger = await startTestLedger({ bounds: { maxBatch: 2 } });
    for (let i = 0; i < 10; i += 1) await answersOf(ledger.role, reserve(ledger, `r${i}`, 5, 1000));
    ledger.clock.jump(1000);
    const first = await answersOf(ledger.role, pay(1, 1));
    expect(first).toEqual(['created']);
    expect((await budgetOf(ledger.role))?.debitsPending).toBeGreaterThan(0n);
    for (let i = 0; i < 20; i += 1) await settle();
    expect(await budgetOf(ledger.role)).toMatchObject({ debitsPending: 0n, debitsPosted: 1n });
  });

  it('not by a clock that leaps, and works on with one that went back', async () => {
    await using ledger = await startTestLedger();
    await answersOf(ledger.role, reserve(ledger, 'a', 30, 600_000), reserve(ledger, 'b', 30, 900_000));
    ledger.clock.jump(365 * 86_400_000);
    expect(await answersOf(ledger.role, post('pa', 'a'))).toEqual(['created']);
    ledger.clock.jump(-366 * 86_400_000);
    expect(await answersOf(ledger.role, pay(1), post('pb', 'b'))).toEqual(['created', 'created']);
    expect(ledger.events.map(({ code }) => code)).toEqual(['ledger.clock-jump', 'ledger.clock-behind']);
  });

  it('once, when it was posted in the last moment', async () => {
    await using ledger = await startTestLedger();
    await answersOf(ledger.role, reserve(ledger, 'a', 30, 1000), reserve(ledger, 'b', 30, 1000));
    await answersOf(ledger.role, post('p', 'a'));
    await ledger.clock.advance(1000);
    await settle();
    expect(await budgetOf(ledger.role)).toMatchObject({ debitsPending: 0n, debitsPosted: 30n });
    expect(ledger.role.health().status).toBe('running');
  });
});

describe('a ledger that closes', () => {
  it('finishes what is under way and takes nothing more', async () => {
    const ledger = await startTestLedger();
    const under = codeOf(ledger.role, pay(1));
    await settle();
    await ledger.role[Symbol.asyncDispose]();
    expect(await under).toEqual(['created']);
    expect(await codeOf(ledger.role, pay(2))).toBe('ledger.stopped');
    expect(await ledger.role.readTransfers([transferOf('t1')])).toMatchObject([{ state: 'posted' }]);
  });

  it('takes nothing before it has started', async () => {
    const { createLedger } = await import('./ledger.ts');
    await using role = createLedger({
      clock: createManualClock(),
      store: createLedgerStoreMemory(),
      signer: await createLedgerSigner(),
      party: 'city',
    });
    expect(await codeOf(role, pay(1))).toBe('ledger.starting');
  });
});
