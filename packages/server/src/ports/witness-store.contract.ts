import { encodeUtf8, type FraudProof, leafHash } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import type { CosignedCheckpoint, WitnessStore } from './witness-store.ts';

const treeOf = (size: number, note = `log.example\n${size}\n`): CosignedCheckpoint => ({
  size,
  root: leafHash(encodeUtf8(`${size}`)),
  note,
});

/** Every witness store runs this suite. `create` gives an empty store; `reopen` the same one after a restart. */
export function describeWitnessStore(
  name: string,
  create: () => Promise<{ readonly store: WitnessStore; readonly reopen: () => Promise<WitnessStore> }>,
): void {
  describe(name, () => {
    it('reads after a restart what it has acknowledged, log by log', async () => {
      const { store, reopen } = await create();
      expect(await store.read('log.example')).toBeUndefined();
      expect(await store.advance('log.example', undefined, treeOf(3))).toBe(true);
      expect(await store.advance('log.example', 3, treeOf(7))).toBe(true);
      expect(await store.advance('a/../b \u00e4', undefined, treeOf(1))).toBe(true);
      const again = await reopen();
      expect(await again.read('log.example')).toEqual(treeOf(7));
      expect(await again.read('a/../b \u00e4')).toEqual(treeOf(1));
      expect(await again.read('other.example')).toBeUndefined();
    });

    it('advances only from where it is', async () => {
      const { store } = await create();
      expect(await store.advance('log.example', 3, treeOf(7))).toBe(false);
      expect(await store.advance('log.example', undefined, treeOf(0))).toBe(true);
      expect(await store.advance('log.example', undefined, treeOf(7))).toBe(false);
      expect(await store.advance('log.example', 0, treeOf(7))).toBe(true);
      expect(await store.advance('log.example', 0, treeOf(9))).toBe(false);
      expect(await store.advance('log.example', 7, treeOf(5))).toBe(false);
      expect(await store.read('log.example')).toEqual(treeOf(7));
    });

    it('lets one of many win who advance from the same tree at once, also through a second door', async () => {
      const { store, reopen } = await create();
      const other = await reopen();
      await store.advance('log.example', undefined, treeOf(3));
      for (let size = 3; size < 8; size += 1) {
        const tries = [store, other, store, other].map((door, i) =>
          door.advance('log.example', size, treeOf(size + 1, `by ${i}`)),
        );
        const won = await Promise.all(tries);
        expect(won.filter(Boolean)).toHaveLength(1);
        expect((await other.read('log.example'))?.note).toBe(`by ${won.indexOf(true)}`);
      }
    });

    it('keeps a proof of fraud once, and reads it after a restart', async () => {
      const { store, reopen } = await create();
      const fraud: FraudProof = { checkpoints: ['one\n', 'two\n'] };
      await store.keepFraud(fraud);
      await store.keepFraud(fraud);
      await store.keepFraud({ checkpoints: ['one\n', 'three\n'] });
      const kept = await (await reopen()).readFrauds();
      expect(kept).toHaveLength(2);
      expect(kept).toContainEqual(fraud);
    });

    it('keeps no more of them than it says', async () => {
      const { store } = await create();
      for (let i = 0; i < 66; i += 1) await store.keepFraud({ checkpoints: ['one\n', `${i}\n`] });
      expect(await store.readFrauds()).toHaveLength(64);
    });
  });
}
