import {
  type Account,
  type AccountId,
  type Amount,
  type LedgerChanges,
  MAX_AMOUNT,
  parseAccountId,
  parseAmount,
  parseTransferId,
  parseTransferReference,
  type Transfer,
} from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import type { LedgerFence, LedgerStore } from './ledger-store.ts';

const EUR = { code: 'EUR', decimals: 2 };
const SIGN = { code: 'eip155:1/erc20:0x1', decimals: 18 };
const AT = 1_700_000_000_000;
const NOTHING: LedgerChanges = { time: AT, assets: [], opened: [], moved: [], created: [], ended: [] };
const NONE = { accounts: [], transfers: [], assets: [] };

/** Every ledger store runs this suite. `create` gives an empty store; `reopen` the same one after a restart. */
export function describeLedgerStore(
  name: string,
  create: () => Promise<{ readonly store: LedgerStore; readonly reopen: () => Promise<LedgerStore> }>,
): void {
  describe(name, () => {
    it('begins empty', async () => {
      const { store } = await create();
      expect(await store.readHead()).toEqual({ epoch: 0, batch: 0, time: 0 });
      expect(await store.audit()).toEqual([]);
      expect(await store.readAccountsAfter(undefined, 10)).toEqual([]);
      expect(await store.readExpiries(10)).toEqual([]);
      expect(await store.readAccounts([idOf('a')])).toEqual([undefined]);
      expect(await store.readTransfers([parseTransferId('t')])).toEqual([undefined]);
      expect(await store.readView({ ...NONE, accounts: [idOf('a')] })).toEqual({
        assets: new Map(),
        accounts: new Map(),
        transfers: new Map(),
      });
    });

    it('reads after a restart what it has acknowledged', async () => {
      const { store, reopen } = await create();
      const opened = [
        accountOf('a'),
        accountOf('b', { rule: 'debits-must-not-exceed-credits', maxReserved: MAX_AMOUNT }),
      ];
      const first = await store.commit(await store.takeFence(), { ...NOTHING, assets: [EUR], opened });
      const created = [...everyState()];
      const moved = [
        accountOf('a', { debitsPosted: MAX_AMOUNT }),
        { ...opened[1], creditsPosted: MAX_AMOUNT } as Account,
      ];
      const second = await store.commit(first, { ...NOTHING, time: AT + 7, moved, created });
      const again = await reopen();
      expect(await again.readHead()).toEqual(second);
      expect(second).toEqual({ epoch: 1, batch: 2, time: AT + 7 });
      expect(await again.readAccounts([idOf('b'), idOf('x'), idOf('a')])).toEqual([moved[1], undefined, moved[0]]);
      const ids = created.map(({ command }) => command.id);
      expect(await again.readTransfers([...ids].reverse())).toEqual([...created].reverse());
      const view = await again.readView({ accounts: [idOf('a')], transfers: ids, assets: ['EUR', 'USD'] });
      expect(view.assets).toEqual(new Map([['EUR', EUR]]));
      expect([...view.transfers.values()]).toEqual(expect.arrayContaining(created));
      expect(view.transfers.size).toBe(created.length);
    });

    it('brings the accounts of every pending transfer that a batch names', async () => {
      const { store } = await create();
      const opened = ['a', 'b', 'c', 'd'].map((id) => accountOf(id));
      const created = [pendingOf('p', 'a', 'b', 5), postedOf('q', 'c', 'd', 5)];
      const fence = await store.commit(await store.takeFence(), { ...NOTHING, assets: [EUR], opened });
      await store.commit(fence, { ...NOTHING, created });
      const view = await store.readView({ ...NONE, transfers: created.map(({ command }) => command.id) });
      for (const id of ['a', 'b']) expect(view.accounts.get(idOf(id))).toEqual(accountOf(id));
      expect(view.assets.size).toBe(0);
    });

    it('lets a later writer in, and the earlier one out', async () => {
      const { store, reopen } = await create();
      const other = await reopen();
      const early = await store.commit(await store.takeFence(), {
        ...NOTHING,
        assets: [EUR],
        opened: [accountOf('a')],
      });
      const late = await other.takeFence();
      expect(late).toEqual({ ...early, epoch: early.epoch + 1 });
      await expect(store.commit(early, { ...NOTHING, opened: [accountOf('b')] })).rejects.toMatchObject({
        code: 'ledger.fenced',
      });
      expect(await store.readAccounts([idOf('b')])).toEqual([undefined]);
      await other.commit(late, { ...NOTHING, opened: [accountOf('b')] });
      await expect(store.commit(early, NOTHING)).rejects.toMatchObject({ code: 'ledger.fenced' });
      expect(await store.readAccounts([idOf('b')])).toEqual([accountOf('b')]);
    });

    it('gives writers who come at once fences of their own, of which the largest is good', async () => {
      const { store } = await create();
      const fences = await Promise.all(Array.from({ length: 6 }, () => store.takeFence()));
      expect(fences.map(({ epoch }) => epoch).sort()).toEqual([1, 2, 3, 4, 5, 6]);
      const commits = await Promise.allSettled(fences.map((fence) => store.commit(fence, NOTHING)));
      expect(commits.map(({ status }) => status === 'fulfilled')).toEqual(fences.map(({ epoch }) => epoch === 6));
      expect((await store.readHead()).batch).toBe(1);
    });

    it('commits once under one fence, however often it is sent', async () => {
      const { store } = await create();
      const fence = await store.takeFence();
      const changes = { ...NOTHING, assets: [EUR], opened: [accountOf('a')] };
      const sent = await Promise.allSettled([1, 2, 3].map(() => store.commit(fence, changes)));
      expect(sent.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of sent) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'ledger.batch-conflict' });
      }
      expect(await store.readHead()).toEqual({ epoch: 1, batch: 1, time: AT });
    });

    it('keeps nothing of what no fold can produce', async () => {
      const { store } = await create();
      const first = await foundAccounts(store, ['a', 'b']);
      const fence = await store.commit(first, {
        ...NOTHING,
        assets: [SIGN],
        opened: [accountOf('x', { asset: SIGN })],
      });
      const next = await store.commit(fence, {
        ...NOTHING,
        created: [pendingOf('p', 'a', 'b', 5)],
        moved: [accountOf('a', { debitsPending: amount(5) }), accountOf('b', { creditsPending: amount(5) })],
      });
      const post = { kind: 'post', id: parseTransferId('e'), pending: parseTransferId('p') } as const;
      const ended: Transfer = {
        ...pendingOf('p', 'a', 'b', 5),
        state: 'posted',
        amount: amount(5),
        ended: { at: AT, by: post.id },
      };
      const wrong: LedgerChanges[] = [
        { ...NOTHING, created: [postedOf('q', 'a', 'b', 1), postedOf('p', 'a', 'b', 1)] },
        { ...NOTHING, created: [postedOf('q', 'a', 'b', 1), postedOf('q', 'a', 'b', 1)] },
        { ...NOTHING, created: [postedOf('q', 'a', 'b', 1)], moved: [accountOf('a', { debitsPosted: amount(1) })] },
        {
          ...NOTHING,
          created: [postedOf('q', 'a', 'b', 1)],
          moved: [accountOf('a', { debitsPending: -1n as Amount })],
        },
        {
          ...NOTHING,
          created: [postedOf('q', 'a', 'b', 1)],
          moved: [
            accountOf('a', { debitsPending: amount(5), creditsPosted: amount(1) }),
            accountOf('x', { asset: SIGN, debitsPosted: amount(1) }),
          ],
        },
        { ...NOTHING, created: [postedOf('q', 'a', 'b', 1)], moved: [accountOf('a', { debitsPending: amount(6) })] },
        { ...NOTHING, created: [postedOf('q', 'a', 'b', 1)], moved: [accountOf('nobody')] },
        {
          ...NOTHING,
          created: [postedOf('q', 'a', 'b', 1)],
          ended: [{ ...ended, command: { ...pendingOf('x', 'a', 'b', 5).command } }],
        },
        { ...NOTHING, created: [postedOf('q', 'a', 'b', 1)], opened: [accountOf('a')] },
        { ...NOTHING, created: [postedOf('q', 'a', 'b', 1)], assets: [EUR] },
      ];
      for (const changes of wrong) {
        const failure = await store.commit(next, changes).catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(Error);
        expect(failure).not.toHaveProperty('name', 'CodedError');
      }
      expect(await store.readHead()).toEqual(next);
      expect(await store.readTransfers([parseTransferId('q')])).toEqual([undefined]);
      expect(await store.audit()).toMatchObject([
        { asset: 'EUR', debitsPending: 5n, creditsPending: 5n, debitsPosted: 0n, creditsPosted: 0n },
        { asset: SIGN.code, debitsPosted: 0n },
      ]);
    });

    it('lets a reserve end once', async () => {
      const { store } = await create();
      const fence = await foundAccounts(store, ['a', 'b']);
      const reserved = await store.commit(fence, { ...NOTHING, created: [pendingOf('p', 'a', 'b', 5)] });
      const end = (by: string): LedgerChanges => ({
        ...NOTHING,
        created: [
          {
            command: { kind: 'void', id: parseTransferId(by), pending: parseTransferId('p') },
            at: AT,
            state: 'voided',
          },
        ],
        ended: [{ ...pendingOf('p', 'a', 'b', 5), state: 'voided', ended: { at: AT, by: parseTransferId(by) } }],
      });
      const over = await store.commit(reserved, end('v'));
      await expect(store.commit(over, end('w'))).rejects.toThrow();
      const expired: Transfer = { ...pendingOf('p', 'a', 'b', 5), state: 'expired', ended: { at: AT } };
      await expect(store.commit(over, { ...NOTHING, ended: [expired] })).rejects.toThrow();
      expect(await store.readTransfers([parseTransferId('p')])).toMatchObject([
        { state: 'voided', ended: { by: 'v' } },
      ]);
    });

    it('finds what expires, the earliest first, until it has ended', async () => {
      const { store } = await create();
      const fence = await foundAccounts(store, ['a', 'b']);
      const created = [
        pendingOf('late', 'a', 'b', 1, AT + 30),
        pendingOf('early', 'a', 'b', 1, AT + 10),
        pendingOf('never', 'a', 'b', 1),
        pendingOf('over', 'a', 'b', 1, AT + 20),
      ];
      const next = await store.commit(fence, { ...NOTHING, created });
      expect((await store.readExpiries(2)).map(({ id }) => id)).toEqual(['early', 'over']);
      await store.commit(next, {
        ...NOTHING,
        ended: [{ ...pendingOf('over', 'a', 'b', 1, AT + 20), state: 'expired', ended: { at: AT + 20 } }],
      });
      expect(await store.readExpiries(9)).toEqual([
        { id: 'early', expiresAt: AT + 10 },
        { id: 'late', expiresAt: AT + 30 },
      ]);
    });

    it('reads what is reserved from and for an account in pages, oldest first', async () => {
      const { store } = await create();
      const fence = await foundAccounts(store, ['a', 'b', 'c']);
      const created = [1, 2, 3, 4, 5].map((i) => ({
        ...(i % 2 === 0 ? pendingOf(`p${i}`, 'a', 'b', i) : pendingOf(`p${i}`, 'c', 'a', i)),
        at: AT + (i > 2 ? 1 : 0),
      }));
      await store.commit(fence, {
        ...NOTHING,
        created: [...created, pendingOf('other', 'b', 'c', 1), postedOf('q', 'a', 'b', 1)],
      });
      const first = await store.readPending(idOf('a'), 3);
      expect(first).toEqual(created.slice(0, 3));
      const last = first.at(-1);
      expect(last).toBeDefined();
      const rest = await store.readPending(idOf('a'), 9, last && { at: last.at, id: last.command.id });
      expect(rest).toEqual(created.slice(3));
      expect(await store.readPending(idOf('nobody'), 9)).toEqual([]);
    });

    it('reads accounts in pages, by id', async () => {
      const { store } = await create();
      await foundAccounts(store, ['b', 'B', 'a', '_', 'a:1']);
      const ids = async (after: AccountId | undefined, limit: number) =>
        (await store.readAccountsAfter(after, limit)).map(({ id }) => id);
      expect(await ids(undefined, 3)).toEqual(['B', '_', 'a']);
      expect(await ids(idOf('a'), 3)).toEqual(['a:1', 'b']);
    });

    it('sums each asset over all accounts', async () => {
      const { store } = await create();
      const fence = await store.commit(await store.takeFence(), {
        ...NOTHING,
        assets: [EUR, SIGN],
        opened: [...['a', 'b', 'c'].map((id) => accountOf(id)), accountOf('x', { asset: SIGN })],
      });
      await store.commit(fence, {
        ...NOTHING,
        moved: [
          accountOf('a', { debitsPosted: MAX_AMOUNT, debitsPending: amount(5) }),
          accountOf('b', { creditsPosted: MAX_AMOUNT, debitsPosted: MAX_AMOUNT }),
          accountOf('c', { creditsPosted: MAX_AMOUNT, creditsPending: amount(5) }),
        ],
      });
      const twice = 2n * MAX_AMOUNT;
      const pending = { debitsPending: 5n, creditsPending: 5n };
      expect(await store.audit()).toEqual([
        { asset: 'EUR', decimals: 2, accounts: 3, debitsPosted: twice, creditsPosted: twice, ...pending },
        {
          asset: SIGN.code,
          decimals: 18,
          accounts: 1,
          debitsPosted: 0n,
          creditsPosted: 0n,
          debitsPending: 0n,
          creditsPending: 0n,
        },
      ]);
    });
  });
}

const idOf = parseAccountId;
const amount = (minorUnits: number) => parseAmount(BigInt(minorUnits));

async function foundAccounts(store: LedgerStore, ids: readonly string[]): Promise<LedgerFence> {
  return store.commit(await store.takeFence(), { ...NOTHING, assets: [EUR], opened: ids.map((id) => accountOf(id)) });
}

function accountOf(id: string, values: Partial<Account> = {}): Account {
  const balances = {
    debitsPending: amount(0),
    debitsPosted: amount(0),
    creditsPending: amount(0),
    creditsPosted: amount(0),
  };
  return { id: idOf(id), asset: EUR, rule: 'none', ...balances, at: AT, ...values };
}

function postedOf(id: string, debit: string, credit: string, minorUnits: number): Transfer {
  const sides = { debit: idOf(debit), credit: idOf(credit), amount: amount(minorUnits) };
  return {
    command: { kind: 'posted', id: parseTransferId(id), ...sides },
    at: AT,
    state: 'posted',
    amount: sides.amount,
  };
}

function pendingOf(id: string, debit: string, credit: string, minorUnits: number, expiresAt?: number): Transfer {
  const sides = { debit: idOf(debit), credit: idOf(credit), amount: amount(minorUnits) };
  const expiry = expiresAt === undefined ? {} : { expiresAt };
  return { command: { kind: 'pending', id: parseTransferId(id), ...sides, ...expiry }, at: AT, state: 'pending' };
}

/** A transfer of every kind in every state it can be in. */
function everyState(): Transfer[] {
  const reference = parseTransferReference('r'.repeat(43));
  const by = (id: string) => ({ at: AT + 1, by: parseTransferId(id) });
  const post = { kind: 'post', id: parseTransferId('post'), pending: parseTransferId('p-posted') } as const;
  const part = {
    ...post,
    id: parseTransferId('part'),
    pending: parseTransferId('p-part'),
    amount: amount(3),
    reference,
  };
  const end = { kind: 'void', id: parseTransferId('void'), pending: parseTransferId('p-voided') } as const;
  return [
    { ...postedOf('posted', 'a', 'b', 7) },
    { ...pendingOf('p-pending', 'a', 'b', 5) },
    { ...pendingOf('p-posted', 'a', 'b', 5), state: 'posted', amount: amount(5), ended: by('post') },
    { ...pendingOf('p-part', 'a', 'b', 5), state: 'posted', amount: amount(3), ended: by('part') },
    { ...pendingOf('p-voided', 'a', 'b', 5), state: 'voided', ended: by('void') },
    { ...pendingOf('p-expired', 'a', 'b', 5, AT + 1), state: 'expired', ended: { at: AT + 1 } },
    { command: post, at: AT + 1, state: 'posted', amount: amount(5) },
    { command: part, at: AT + 1, state: 'posted', amount: amount(3) },
    { command: end, at: AT + 1, state: 'voided' },
    {
      command: { ...post, id: parseTransferId('refused') },
      at: AT + 2,
      state: 'refused',
      why: 'pending-already-posted',
    },
    { command: postedOf('refused-2', 'a', 'nobody', 0).command, at: AT, state: 'refused', why: 'amount-zero' },
  ];
}
