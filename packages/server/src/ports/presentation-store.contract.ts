import { describe, expect, it } from 'vitest';
import type { PresentationSession, PresentationStore } from './presentation-store.ts';

/** Every presentation store runs this suite. `create` gives an empty store; `reopen` the same one after a restart. */
export function describePresentationStore(
  name: string,
  create: () => Promise<{ readonly store: PresentationStore; readonly reopen: () => Promise<PresentationStore> }>,
): void {
  describe(name, () => {
    it('reads a session after a restart by either handle, and by no other', async () => {
      const { store, reopen } = await create();
      await store.create(sessionOf(1), 10);
      const reopened = await reopen();
      expect(await reopened.read('id-1')).toEqual(sessionOf(1));
      expect(await reopened.readByRequest('request-1')).toEqual(sessionOf(1));
      // The wallet's handle must not open the relying party's door, nor the other way round.
      expect(await reopened.read('request-1')).toBeUndefined();
      expect(await reopened.readByRequest('id-1')).toBeUndefined();
      expect(await reopened.complete('id-1', { state: 'done', verdictId: 'v' })).toBe(false);
    });

    it('refuses a handle it has, and keeps the first session', async () => {
      const { store } = await create();
      await store.create(sessionOf(1), 10);
      const exists = { code: 'presentation.exists' };
      await expect(store.create({ ...sessionOf(2), id: 'id-1' }, 10)).rejects.toMatchObject(exists);
      await expect(store.create({ ...sessionOf(2), requestId: 'request-1' }, 10)).rejects.toMatchObject(exists);
      expect(await store.read('id-1')).toEqual(sessionOf(1));
    });

    it('takes one outcome and keeps it, also after a restart', async () => {
      const { store, reopen } = await create();
      await store.create(sessionOf(1), 10);
      expect(await store.complete('request-1', { state: 'done', verdictId: 'v1' })).toBe(true);
      const late = { state: 'failed', code: 'presentation.wallet-error', detail: 'access_denied' } as const;
      expect(await store.complete('request-1', late)).toBe(false);
      const kept = await (await reopen()).read('id-1');
      expect(kept).toEqual({ ...sessionOf(1), outcome: { state: 'done', verdictId: 'v1' } });
    });

    it('takes exactly one of many outcomes that come at once', async () => {
      const { store } = await create();
      await store.create(sessionOf(1), 10);
      const taken = await Promise.all(
        Array.from({ length: 8 }, (_, i) => store.complete('request-1', { state: 'done', verdictId: `v${i}` })),
      );
      expect(taken.filter((won) => won)).toHaveLength(1);
      const outcome = (await store.read('id-1'))?.outcome;
      expect(outcome).toEqual({ state: 'done', verdictId: `v${taken.indexOf(true)}` });
    });

    it('keeps a failure with what the wallet said', async () => {
      const { store, reopen } = await create();
      await store.create(sessionOf(1), 10);
      const failed = { state: 'failed', code: 'presentation.wallet-error', detail: 'access_denied' } as const;
      expect(await store.complete('request-1', failed)).toBe(true);
      expect((await (await reopen()).readByRequest('request-1'))?.outcome).toEqual(failed);
    });

    it('holds no more open sessions than its bound; those that ended or expired do not count', async () => {
      const { store } = await create();
      await store.create(sessionOf(1), 2);
      await store.create(sessionOf(2), 2);
      await expect(store.create(sessionOf(3), 2)).rejects.toMatchObject({ code: 'presentation.too-many' });
      expect(await store.read('id-3')).toBeUndefined();
      await store.complete('request-1', { state: 'done', verdictId: 'v1' });
      await store.create(sessionOf(3), 2);
      await expect(store.create(sessionOf(4), 2)).rejects.toMatchObject({ code: 'presentation.too-many' });
      await store.create({ ...sessionOf(5), createdAt: 2000 }, 2);
    });

    it('forgets what expired, within the limit', async () => {
      const { store } = await create();
      for (const i of [1, 2, 3]) await store.create({ ...sessionOf(i), expiresAt: 100 * i }, 10);
      expect(await store.remove(300, 1)).toBe(1);
      expect(await store.read('id-1')).toBeUndefined();
      expect(await store.remove(300, 10)).toBe(1);
      expect(await store.read('id-3')).toBeDefined();
    });
  });
}

function sessionOf(i: number): PresentationSession {
  return {
    id: `id-${i}`,
    requestId: `request-${i}`,
    verifier: 'north',
    createdAt: 10,
    expiresAt: 1000,
    nonce: 'n'.repeat(43),
    state: 's'.repeat(43),
    query: {
      credentials: [{ id: 'credential', format: 'dc+sd-jwt', meta: { vct_values: ['https://example.com/t'] } }],
    },
    want: { class: 'view', freshness: { mode: 'max-age', maxAgeMs: 5000 }, amount: '12' },
  };
}
