import { CodedError } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../../../verifier/test/manual-clock.ts';
import { createErasureStoreMemory } from '../../adapters/memory/erasure-store.ts';
import { createMemorySealer } from '../../adapters/memory/sealer.ts';
import { NOBODY } from '../../ports/erasable.contract.ts';
import type { Erasable, PersonTraces, Stay } from '../../ports/erasable.ts';
import type { ErasureStore } from '../../ports/erasure-store.ts';
import { createEraser } from './eraser.ts';

const ADA: PersonTraces = { ...NOBODY, labels: [{ tenant: 'civic', label: 'ada' }] };
const PLACE = { list: 'https://civic.example/lists/1', index: 7 };

/** A part that knows a label, and one that knows what lies at its place: the first forgets what leads to the second. */
function createParts() {
  const kept = { label: true, presented: 3, away: false, dies: false };
  let stays: readonly Stay[] = [];
  const issuer: Erasable = {
    part: 'issuer',
    trace: async ({ labels }) => ({ places: kept.label && labels.length > 0 ? [PLACE] : [] }),
    async erase({ labels }) {
      const count = kept.label && labels.length > 0 ? 1 : 0;
      kept.label = kept.label && labels.length === 0;
      return { part: 'issuer', erased: { labels: count }, stays: [] };
    },
  };
  const verifier: Erasable = {
    part: 'verifier south',
    async trace() {
      if (kept.away) throw new CodedError('verifier.unreachable', 'The verifier does not answer.');
      return {};
    },
    async erase({ places }) {
      if (kept.away) throw new CodedError('verifier.unreachable', 'The verifier does not answer.');
      if (kept.dies) throw new Error('killed');
      const count = places.length > 0 ? kept.presented : 0;
      kept.presented -= count;
      return { part: 'verifier south', erased: { presented: count }, stays };
    },
  };
  return {
    kept,
    parts: [issuer, verifier],
    keeps: (next: readonly Stay[]) => {
      stays = next;
    },
  };
}

function createWorld(store: ErasureStore = createErasureStoreMemory()) {
  const world = createParts();
  const clock = createManualClock();
  const sealer = createMemorySealer();
  const create = () => createEraser({ clock, sealer, store, parts: world.parts });
  return { ...world, clock, store, create, eraser: create() };
}

describe('an eraser', () => {
  it('follows the traces from one part to the next before anything of them is gone, and tells what was erased where', async () => {
    const { eraser, kept, store } = createWorld();
    const receipt = await eraser.erase(ADA, 'officer-a');
    expect(receipt).toMatchObject({
      by: 'officer-a',
      state: 'done',
      parts: [
        { part: 'issuer', erased: { labels: 1 } },
        { part: 'verifier south', erased: { presented: 3 } },
      ],
    });
    expect(kept.presented).toBe(0);
    expect(await eraser.read(receipt.id)).toEqual(receipt);
    // Nothing of the person is left in the request itself.
    expect((await store.read(receipt.id))?.sealed).toBeUndefined();
    expect(JSON.stringify(receipt)).not.toMatch(/\bada\b/);
  });

  it('is one request however often it is asked, and finds what has come since', async () => {
    const { eraser, kept } = createWorld();
    const first = await eraser.erase(ADA, 'officer-a');
    const [again, third] = await Promise.all([eraser.erase(ADA, 'officer-a'), eraser.erase(ADA, 'officer-b')]);
    expect([again, third]).toEqual([first, first]);
    kept.label = true;
    kept.presented = 2;
    expect((await eraser.erase(ADA, 'officer-a')).parts[1]?.erased).toEqual({ presented: 5 });
  });

  it('goes on by itself once a part that was away answers, though the label that led there is gone', async () => {
    const { eraser, kept, clock, create } = createWorld();
    kept.away = true;
    const receipt = await eraser.erase(ADA, 'officer-a');
    expect(receipt).toMatchObject({ state: 'waits', waitsFor: ['verifier south'] });
    expect([kept.label, kept.presented]).toEqual([false, 3]);
    expect(await eraser.work()).toBe(0);
    kept.away = false;
    await clock.advance(60_000);
    // Another process, as after a restart.
    expect(await create().work()).toBe(1);
    expect(await eraser.read(receipt.id)).toMatchObject({ state: 'done', parts: [{}, { erased: { presented: 3 } }] });
    expect(kept.presented).toBe(0);
  });

  it('killed half-way, goes on where it was, and counts nothing twice', async () => {
    const { kept, create, store, clock } = createWorld();
    const keep = store.keep;
    let keeps = 0;
    store.keep = async (record) => {
      keeps += 1;
      if (keeps === 3) throw new Error('killed');
      return keep(record);
    };
    await expect(create().erase(ADA, 'officer-a')).rejects.toThrow('killed');
    store.keep = keep;
    await clock.advance(60_000);
    expect(await create().work()).toBe(1);
    expect(await create().work()).toBe(0);
    const receipt = await create().erase(ADA, 'officer-a');
    expect(receipt).toMatchObject({ state: 'done', parts: [{ erased: { labels: 1 } }, {}] });
    expect(kept.presented).toBe(0);
  });

  it('says what stays and until when, looks again then, and keeps the traces no longer than that', async () => {
    const { eraser, keeps, clock, store } = createWorld();
    const until = clock.now() + 3_600_000;
    const money = { what: 'applications', count: 1, why: 'money is on its way' };
    keeps([{ ...money, until }]);
    const receipt = await eraser.erase(ADA, 'holder');
    expect(receipt).toMatchObject({ state: 'stays', nextAt: until, parts: [{}, { stays: [{ ...money, until }] }] });
    expect((await store.read(receipt.id))?.sealed).toBeDefined();
    await clock.advance(3_600_000);
    keeps([money]);
    expect(await eraser.work()).toBe(1);
    const over = await eraser.read(receipt.id);
    expect(over.state).toBe('stays');
    expect(over).not.toHaveProperty('nextAt');
    expect((await store.read(receipt.id))?.sealed).toBeUndefined();
  });

  it('takes no more than it may, and nobody with more credentials than a person has', async () => {
    const { store, parts, kept, clock } = createWorld();
    kept.away = true;
    const small = createEraser({ clock, sealer: createMemorySealer(), store, parts }, { maxOpen: 1 });
    await small.erase(ADA, 'officer-a');
    await expect(small.erase({ ...ADA, holders: ['h'] }, 'holder')).rejects.toMatchObject({ code: 'erasure.too-many' });
    const many = Array.from({ length: 10_001 }, (_, index) => ({ list: 'l', index }));
    await expect(small.erase({ ...NOBODY, places: many }, 'holder')).rejects.toMatchObject({
      code: 'erasure.too-large',
    });
    const busy = createEraser({ clock, sealer: createMemorySealer(), store, parts }, { maxWaiting: 1 });
    const first = busy.erase(ADA, 'officer-a');
    await expect(busy.erase(ADA, 'officer-a')).rejects.toMatchObject({ code: 'erasure.too-many' });
    await first;
    await expect(small.read('nobody')).rejects.toMatchObject({ code: 'erasure.not-found' });
  });
});
