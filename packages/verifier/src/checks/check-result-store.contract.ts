import { describe, expect, it } from 'vitest';
import type { CheckResultStore, KeptResult } from './check-result-store.ts';

/** Every store of check results runs this suite. `create` gives an empty one; `reopen` the same one after a restart. */
export function describeCheckResultStore(
  name: string,
  create: () => Promise<{ readonly store: CheckResultStore; readonly reopen: () => Promise<CheckResultStore> }>,
): void {
  const result = (asOf: number, changes: Partial<KeptResult> = {}): KeptResult => ({
    found: { ok: true, result: 'passed', asOf, source: 'https://register.example/' },
    ...changes,
  });
  const of = { a: 'a'.repeat(43), b: 'b'.repeat(43) };

  describe(`${name} keeps what checks have said`, () => {
    it('of each check and credential apart, also over a restart', async () => {
      const { store, reopen } = await create();
      const whole = { found: { ...result(7).found, proof: 'e30.e30.sig' }, party: 'south' } as KeptResult;
      await store.keep('one', of.a, whole, 10);
      await store.keep('one', of.b, { found: { ...result(8).found, result: 'failed' } }, 10);
      const opened = await reopen();
      expect(await opened.read('one', of.a)).toEqual(whole);
      expect((await opened.read('one', of.b))?.found.result).toBe('failed');
      expect([await opened.read('two', of.a), await opened.read('one', 'nobody')]).toEqual([undefined, undefined]);
    });

    it('and of one the last', async () => {
      const { store } = await create();
      await store.keep('one', of.a, result(9), 10);
      await store.keep('one', of.a, result(5, { party: 'south' }), 11);
      expect(await store.read('one', of.a)).toEqual(result(5, { party: 'south' }));
    });

    it('for the checks that there still are', async () => {
      const { store } = await create();
      for (const check of ['one', 'two', 'three']) await store.keep(check, of.a, result(1), 10);
      await store.retain(['one', 'three', 'never']);
      const read = await Promise.all(['one', 'two', 'three'].map((check) => store.read(check, of.a)));
      expect(read.map((found) => found !== undefined)).toEqual([true, false, true]);
      await store.retain([]);
      expect(await store.read('one', of.a)).toBeUndefined();
    });

    it('for as long as is said, the first kept first', async () => {
      const { store } = await create();
      for (const [i, credential] of [of.a, of.b, 'c'.repeat(43)].entries()) {
        await store.keep('one', credential, result(1), 10 + i);
      }
      expect([await store.remove(12, 1), await store.remove(12, 10), await store.remove(12, 10)]).toEqual([1, 1, 0]);
      expect(await store.read('one', of.a)).toBeUndefined();
      expect(await store.read('one', 'c'.repeat(43))).toBeDefined();
    });
  });
}
