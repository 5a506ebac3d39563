import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  anyCommand,
  anySteps,
  createTestLedger,
  openTestAccounts,
  posted,
  type Step,
  sum,
  T0,
  type TestLedger,
} from '../../test/ledger-world.ts';
import type { TransferCommand } from './transfer.ts';

function found(): TestLedger {
  const ledger = createTestLedger();
  openTestAccounts(ledger);
  return ledger;
}

function run(ledger: TestLedger, { commands, now, expire }: Step): readonly string[] {
  if (expire) ledger.expire(now);
  return ledger.transfer(commands, now);
}

/** All that can be seen of it: accounts and transfers. */
function picture(ledger: TestLedger) {
  return { accounts: ledger.accounts(), transfers: ledger.transfers() };
}

describe('a ledger, whatever is asked of it', () => {
  test('sums to zero per asset, and its balances are those of its transfers', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const ledger = found();
        for (const step of steps) run(ledger, step);
        for (const code of ['EUR', 'SIGN']) {
          const accounts = ledger.accounts().filter(({ asset }) => asset.code === code);
          expect(sum(accounts.map((a) => a.creditsPosted - a.debitsPosted))).toBe(0n);
          expect(sum(accounts.map((a) => a.creditsPending - a.debitsPending))).toBe(0n);
        }
        for (const account of ledger.accounts())
          expect(account).toMatchObject(balancesFromTransfers(ledger, account.id));
      }),
    );
  });

  test('keeps every rule of every account: what is pending is never spendable', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const ledger = found();
        for (const step of steps) {
          run(ledger, step);
          for (const id of ['budget', 'capped', 'person']) {
            const { debitsPending, debitsPosted, creditsPosted } = ledger.account(id);
            expect(debitsPending + debitsPosted <= creditsPosted).toBe(true);
          }
          const sink = ledger.account('sink');
          expect(sink.creditsPending + sink.creditsPosted <= sink.debitsPosted).toBe(true);
          expect(ledger.account('capped').debitsPending <= 30n).toBe(true);
        }
      }),
    );
  });

  test('does in one batch what it does in batches of one', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const whole = found();
        const single = found();
        for (const step of steps) {
          const answers = run(whole, step);
          if (step.expire) single.expire(step.now);
          // A batch that is empty still moves the time.
          single.transfer([], step.now);
          expect(step.commands.flatMap((command) => single.transfer([command], step.now))).toEqual(answers);
        }
        expect(picture(single)).toEqual(picture(whole));
      }),
    );
  });

  test('answers a repeat as it answered first, at any later time, and does nothing', () => {
    fc.assert(
      fc.property(anySteps, fc.nat(20), (steps, laterMs) => {
        const ledger = found();
        const first = new Map<string, readonly [TransferCommand, string]>();
        for (const step of steps) {
          const answers = run(ledger, step);
          step.commands.forEach((command, i) => {
            const answer = answers[i] ?? '';
            if (answer !== 'exists' && !answer.startsWith('exists-')) first.set(command.id, [command, answer]);
          });
        }
        const before = picture(ledger);
        const repeated = [...first.values()];
        const again = ledger.transfer(
          repeated.map(([command]) => command),
          T0 + laterMs,
        );
        expect(again).toEqual(repeated.map(([, answer]) => (answer === 'created' ? 'exists' : answer)));
        expect(picture(ledger)).toEqual(before);
      }),
    );
  });

  test('posts of each reserve at most what was reserved, once', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const ledger = found();
        for (const step of steps) run(ledger, step);
        const transfers = ledger.transfers();
        for (const { command } of transfers) {
          if (command.kind !== 'pending') continue;
          const ends = transfers.filter(
            (end) => end.state !== 'refused' && 'pending' in end.command && end.command.pending === command.id,
          );
          expect(ends.length).toBeLessThanOrEqual(1);
          const moved = ends.map((end) => (end.state === 'posted' ? end.amount : 0n));
          expect(sum(moved) <= command.amount).toBe(true);
        }
      }),
    );
  });

  test('is the same whatever the order of transfers that stand on accounts without limits', () => {
    const independent = fc.array(
      fc.tuple(fc.constantFrom('world', 'budget', 'person'), fc.integer({ min: 1, max: 9 })),
      {
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(independent, fc.infiniteStream(fc.nat()), (moves, keys) => {
        const commands = moves.map(([credit, amount], i) =>
          credit === 'world' ? posted(`i${i}`, 'budget', 'world', 1) : posted(`i${i}`, 'world', credit, amount),
        );
        const order = commands.map((command) => [keys.next().value ?? 0, command] as const);
        const shuffled = order.sort(([a], [b]) => a - b).map(([, command]) => command);
        const [one, other] = [found(), found()];
        one.transfer(commands);
        other.transfer(shuffled);
        expect(new Set(other.accounts())).toEqual(new Set(one.accounts()));
        expect(new Map(other.transfers().map((t) => [t.command.id, t]))).toEqual(
          new Map(one.transfers().map((t) => [t.command.id, t])),
        );
      }),
    );
  });

  test('gives one end to a reserve whether expiries are run often, late or never before it is asked for', () => {
    fc.assert(
      fc.property(fc.array(anyCommand, { maxLength: 20 }), fc.nat(6), (commands, laterMs) => {
        const [eager, lazy] = [found(), found()];
        for (const ledger of [eager, lazy]) ledger.transfer(commands);
        const ends: TransferCommand[] = commands
          .filter(({ kind }) => kind === 'pending')
          .map(({ id }, i) => ({ kind: 'post', id: `end${i}` as typeof id, pending: id }));
        eager.expire(T0 + laterMs);
        expect(eager.transfer(ends, T0 + laterMs)).toEqual(lazy.transfer(ends, T0 + laterMs));
        lazy.expire(T0 + laterMs);
        expect(new Set(lazy.accounts())).toEqual(new Set(eager.accounts()));
      }),
    );
  });
});

function balancesFromTransfers(ledger: TestLedger, id: string) {
  const sums = { debitsPending: 0n, debitsPosted: 0n, creditsPending: 0n, creditsPosted: 0n };
  for (const transfer of ledger.transfers()) {
    const { command } = transfer;
    if (command.kind !== 'posted' && command.kind !== 'pending') continue;
    const pending = transfer.state === 'pending' ? command.amount : 0n;
    const moved = transfer.state === 'posted' ? transfer.amount : 0n;
    if (command.debit === id) {
      sums.debitsPending += pending;
      sums.debitsPosted += moved;
    }
    if (command.credit === id) {
      sums.creditsPending += pending;
      sums.creditsPosted += moved;
    }
  }
  return sums;
}
