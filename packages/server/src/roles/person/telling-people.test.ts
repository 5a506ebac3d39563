import { CodedError } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { readPersonWords } from '../../../../core/test/person-words.ts';
import { createManualClock } from '../../../../verifier/test/manual-clock.ts';
import { createCountingEntropy } from '../../../test/verifier-world.ts';
import { createNoticeStoreMemory } from '../../adapters/memory/notice-store.ts';
import { createNotifierMemory } from '../../adapters/memory/notifier.ts';
import { createMemorySealer } from '../../adapters/memory/sealer.ts';
import type { PersonView } from './person-desk.ts';
import { createTellingPeople } from './telling-people.ts';

const CODE = 'a-7k3m-7k3m-7k3m-7k3m-7k3m';
const HOUR_MS = 3_600_000;

function viewOf(code: string, since = 5): PersonView {
  const phrase = { code: `applied.${code}.what`, values: { program: 'Winter relief', amount: '25.00 EUR' } };
  return {
    ...{ code: CODE, changed: [], reasons: [] },
    outcome: {
      ...{ code: `applied.${code}`, mood: 'good', since, what: phrase, why: [{ code: `applied.${code}.why` }] },
      ...{ by: [{ code: 'by.none' }], owner: phrase, appeal: phrase, acts: [] },
    },
  };
}

function open() {
  const clock = createManualClock(1_700_000_000_000);
  const store = createNoticeStoreMemory();
  const reported: unknown[] = [];
  const world: { view: PersonView | undefined; failure: string | undefined } = {
    view: viewOf('planned'),
    failure: undefined,
  };
  const notifier = createNotifierMemory(() => {
    if (world.failure !== undefined) throw new CodedError(world.failure, 'No.');
  });
  const sealer = createMemorySealer(new Uint8Array(32));
  const create = () =>
    createTellingPeople({
      ...{ clock, store, notifier, sealer, entropy: createCountingEntropy('notices') },
      ...{ words: readPersonWords(), origin: 'https://network.example' },
      desk: { read: async () => world.view },
      report: (event) => void reported.push(event),
    });
  const pass = async (ms: number, telling = create()) => {
    for (let left = ms; left > 0; left -= 60_000) {
      await clock.advance(60_000);
      await telling.work();
    }
  };
  return { clock, store, notifier, reported, world, create, pass };
}

describe('somebody who asked to be told', () => {
  test('hears of each change once, in their language, with the address of their page and nothing between changes', async () => {
    const { notifier, world, create, pass } = open();
    await create().tell(CODE, 'ada@people.example', 'es');
    await pass(10 * 60_000);
    expect(notifier.taken).toEqual([]);
    world.view = viewOf('posted');
    await pass(10 * 60_000);
    expect(notifier.taken).toHaveLength(1);
    expect(notifier.taken[0]).toMatchObject({
      to: 'ada@people.example',
      language: 'es',
      subject: 'Algo cambió en su asunto',
    });
    // Whoever reads the mail on its way, or over a shoulder, learns that there is a matter, and nothing of it.
    expect(notifier.taken[0]?.text).not.toMatch(/EUR|Winter|25/);
    expect(notifier.taken[0]?.text).toContain(`https://network.example/me/${CODE}?lang=es`);
  });

  test('is told under the same name when this process died right after it was sent', async () => {
    const { notifier, store, world, create, pass } = open();
    await create().tell(CODE, 'ada@people.example', 'en');
    world.view = viewOf('posted');
    const { settle } = store;
    store.settle = () => Promise.reject(new Error('killed'));
    await pass(60_000).catch(() => undefined);
    store.settle = settle;
    await pass(2 * 60_000);
    expect(notifier.taken).toHaveLength(2);
    expect(new Set(notifier.taken.map(({ id }) => id)).size).toBe(1);
  });

  test('stays somebody’s to look at while the way to them is broken, is tried ever more seldom, and told in the end', async () => {
    const { notifier, store, reported, world, create, pass } = open();
    await create().tell(CODE, 'ada@people.example', 'en');
    world.view = viewOf('posted');
    world.failure = 'notice.unreachable';
    await pass(6 * HOUR_MS);
    expect(await create().handoffs()).toMatchObject([
      { what: 'event', count: 1, owner: 'operator', next: 'sent-again' },
    ]);
    const [due] = await store.readDue(Number.MAX_SAFE_INTEGER, 1);
    expect(due?.attempts).toBeGreaterThan(5);
    expect(due?.attempts).toBeLessThan(20);
    expect(reported).toEqual([{ code: 'notice.unreachable', count: 1 }]);
    world.failure = undefined;
    await pass(2 * HOUR_MS);
    expect(notifier.taken).toHaveLength(1);
    expect(await create().handoffs()).toEqual([]);
  });

  test('at an address that takes nothing is forgotten, and so is whoever’s matter is over or who no longer asks', async () => {
    const { store, world, create, pass } = open();
    const count = async () => (await store.readDue(Number.MAX_SAFE_INTEGER, 9)).length;
    await create().tell(CODE, 'gone@people.example', 'en');
    world.view = viewOf('posted');
    world.failure = 'notice.refused';
    await pass(HOUR_MS);
    expect(await count()).toBe(0);
    await create().tell(CODE, 'ada@people.example', 'en');
    expect(await create().isTold(CODE)).toBe(true);
    await create().stop(CODE);
    expect([await create().isTold(CODE), await count()]).toEqual([false, 0]);
    await create().tell(CODE, 'ada@people.example', 'en');
    world.view = undefined;
    await pass(2 * 60_000);
    expect(await count()).toBe(0);
    await expect(create().tell(CODE, 'ada@people.example', 'en')).rejects.toMatchObject({ code: 'person.code' });
  });

  test('leaves no address and no code in what is kept in the clear', async () => {
    const { store, create } = open();
    await create().tell(CODE, 'ada@people.example', 'en');
    const kept = JSON.stringify(await store.readDue(Number.MAX_SAFE_INTEGER, 9));
    expect(kept).not.toMatch(/\bada\b|people\.example|7k3m/);
  });
});
