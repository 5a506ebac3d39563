import { applyTransfers, type LedgerChanges, type LedgerView, type TransferCommand } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accountOf,
  anyCommand,
  createTestLedger,
  openTestAccounts,
  pending,
  post,
  T0,
  transferOf,
} from '../../../../core/test/ledger-world.ts';
import { createLedgerStoreMemory } from '../../adapters/memory/ledger-store.ts';
import type { LedgerStore, Touched } from '../../ports/ledger-store.ts';
import { touchedBy } from './batch.ts';
import { createRecentChanges } from './recent-changes.ts';

/** A store with the accounts of the test world, in which each commit becomes visible only with the one after it. */
async function createSlowStore() {
  const world = createTestLedger();
  openTestAccounts(world);
  const store = createLedgerStoreMemory();
  let fence = await store.takeFence();
  let underWay: LedgerChanges | undefined;
  const { time, assets, accounts, transfers } = world.view();
  const all = { time, assets: [...assets.values()], moved: [], ended: [] };
  fence = await store.commit(fence, { ...all, opened: [...accounts.values()], created: [...transfers.values()] });
  const asked: Touched[] = [];
  const readView: LedgerStore['readView'] = (touched) => {
    asked.push(touched);
    return store.readView(touched);
  };
  return {
    ...{ world, store, asked, readView },
    async commit(changes: LedgerChanges) {
      if (underWay !== undefined) fence = await store.commit(fence, underWay);
      underWay = changes;
    },
  };
}

const waiter = { settled: new AbortController().signal, resolve: () => {}, reject: () => {} };
const touching = (command: TransferCommand) => touchedBy([{ kind: 'transfers', items: [command], ...waiter }]);

describe('what a writer has changed lately', () => {
  it('gives the same answers as a store that has everything, however little of it is remembered', () => {
    return fc.assert(
      fc.asyncProperty(fc.array(anyCommand, { maxLength: 40 }), async (commands) => {
        const slow = await createSlowStore();
        const recent = createRecentChanges(slow, { accounts: 4, transfers: 4 });
        for (const command of commands) {
          const view: LedgerView = { time: slow.world.view().time, ...(await recent.readView(touching(command))) };
          const { changes, results } = applyTransfers(view, [command], T0);
          expect(results.map(({ answer }) => answer)).toEqual(slow.world.transfer([command]));
          recent.add(changes);
          await slow.commit(changes);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is not read again: a reserve that ends, and its two accounts', async () => {
    const slow = await createSlowStore();
    const recent = createRecentChanges(slow, { accounts: 100, transfers: 100 });
    const reserve = pending('r', 'budget', 'person', 10);
    const view = { time: T0, ...(await recent.readView(touching(reserve))) };
    recent.add(applyTransfers(view, [reserve], T0).changes);
    const { accounts, transfers } = await recent.readView(touching(post('p', 'r')));
    expect(slow.asked.at(-1)).toEqual({ assets: [], accounts: [], transfers: [transferOf('p')] });
    expect([...accounts.keys()].sort()).toEqual([accountOf('budget'), accountOf('person')]);
    expect([...transfers.keys()]).toEqual([transferOf('r')]);
  });
});
