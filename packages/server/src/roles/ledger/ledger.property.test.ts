import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCommand, createTestLedger, openTestAccounts } from '../../../../core/test/ledger-world.ts';
import { createManualClock } from '../../../../verifier/test/manual-clock.ts';
import { createFaultyStore, createLedgerSigner, type Fault, passTime } from '../../../test/ledger-world.ts';
import { createLedgerStoreMemory } from '../../adapters/memory/ledger-store.ts';
import { createLedger } from './ledger.ts';

const fault = fc.constantFrom<Fault>('none', 'none', 'lost', 'unheard', 'late');
const timeless = anyCommand.filter((command) => !('expiresAt' in command));
const signer = await createLedgerSigner();
const calls = fc.array(fc.array(timeless, { maxLength: 4 }), { maxLength: 12 });

describe('a ledger whose store fails as it likes', () => {
  test('answers all who come at once as one after the other, and keeps what it answered', () => {
    return fc.assert(
      fc.asyncProperty(
        calls,
        fc.array(fault, { maxLength: 12 }),
        fc.integer({ min: 1, max: 9 }),
        async (asked, faults, maxBatch) => {
          const model = createTestLedger();
          openTestAccounts(model);
          const inner = createLedgerStoreMemory();
          const store = createFaultyStore(inner);
          const clock = createManualClock();
          const bounds = { maxBatch, maxWaitMs: 3_600_000 };
          await using role = createLedger({ clock, store, bounds, signer, party: 'city' });
          await role.start(new AbortController().signal);
          await role.createAccounts(model.accounts());
          await role.transfer(model.transfers().map(({ command }) => command));
          store.commits.push(...faults);
          const told = await passTime(clock, Promise.all(asked.map((commands) => role.transfer(commands))), 3_600_000);
          const expected = asked.map((commands) => model.transfer(commands, clock.now()));
          expect(told.map(({ results }) => results.map(({ answer }) => answer))).toEqual(expected);
          const ids = model.accounts().map(({ id }) => id);
          const balances = (await inner.readAccounts(ids)).map((account) => ({ ...account, at: 0 }));
          expect(balances).toEqual(model.accounts().map((account) => ({ ...account, at: 0 })));
          for (const { asset, ...sums } of await inner.audit()) {
            expect([asset, sums.debitsPosted, sums.debitsPending]).toEqual([
              asset,
              sums.creditsPosted,
              sums.creditsPending,
            ]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
