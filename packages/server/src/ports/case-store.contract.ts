import { describe, expect, it } from 'vitest';
import type { CaseStore, KeptFile, NewStep } from './case-store.ts';

/** Every case store runs this suite. `create` gives an empty store; `reopen` the same one after a restart. */
export function describeCaseStore(
  name: string,
  create: () => Promise<{ readonly store: CaseStore; readonly reopen: () => Promise<CaseStore> }>,
): void {
  describe(name, () => {
    it('reads after a restart what it has acknowledged', async () => {
      const { store, reopen } = await create();
      await store.create(step(1), file(1));
      await store.approve('s1', approval('a'));
      await store.sign('s1', 'statement');
      const again = await reopen();
      expect(await again.read('s1')).toEqual({ ...step(1), approvals: [approval('a')], statement: 'statement' });
      expect(await again.findFile('code-1')).toEqual(file(1));
      expect(await again.readWaiting(10)).toHaveLength(1);
    });

    it('answers a repeated key with the step it has, and keeps nothing of what came with the repeat', async () => {
      const { store } = await create();
      const first = await store.create(step(1), file(1));
      expect(await store.create({ ...step(2), idempotencyKey: 'key-1' }, file(2))).toEqual(first);
      expect(await store.read('s2')).toBeUndefined();
      expect(await store.findFile('code-2')).toBeUndefined();
    });

    it('keeps one of many that come at once under one key', async () => {
      const { store } = await create();
      const same = [1, 2, 3, 4, 5, 6].map((i) => store.create({ ...step(i), idempotencyKey: 'key' }, file(i)));
      expect(new Set((await Promise.all(same)).map(({ id }) => id)).size).toBe(1);
      expect(await store.readFiles('case-1')).toHaveLength(1);
    });

    it('keeps the first approval of each officer, loses none that come at once, and takes none once it is signed', async () => {
      const { store } = await create();
      await store.create(step(1));
      await Promise.all(['a', 'b', 'c'].map((officer) => store.approve('s1', approval(officer))));
      await store.approve('s1', { ...approval('a'), approval: 'another' });
      const { approvals } = (await store.sign('s1', 'statement')) ?? { approvals: [] };
      expect(approvals.map(({ officer }) => officer).sort()).toEqual(['a', 'b', 'c']);
      expect(approvals.find(({ officer }) => officer === 'a')?.approval).toBe('signed by a');
      expect((await store.approve('s1', approval('d')))?.approvals).toHaveLength(3);
      expect(await store.approve('s9', approval('a'))).toBeUndefined();
    });

    it('keeps the first statement and the first outcome', async () => {
      const { store } = await create();
      await store.create(step(1));
      await store.sign('s1', 'first');
      expect((await store.sign('s1', 'second'))?.statement).toBe('first');
      await store.settle('s1', { entry: 7 });
      await store.settle('s1', { why: 'case-stage' });
      expect((await store.read('s1'))?.outcome).toEqual({ entry: 7 });
      expect(await store.readWaiting(10)).toEqual([]);
    });

    it('gives what waits oldest first, and no more than asked for', async () => {
      const { store } = await create();
      for (const i of [1, 2, 3]) {
        await store.create(step(i));
        await store.sign(`s${i}`, `statement ${i}`);
      }
      expect((await store.readWaiting(2)).map(({ id }) => id)).toEqual(['s1', 's2']);
    });

    it('counts what one filer has handed in since', async () => {
      const { store } = await create();
      for (const i of [1, 2, 3])
        await store.create(step(i), { ...file(i), filedAt: i, filer: i === 3 ? 'other' : 'one' });
      expect(await store.countFiled('one', 1)).toBe(2);
      expect(await store.countFiled('one', 2)).toBe(1);
      expect(await store.countFiled('nobody', 0)).toBe(0);
    });

    it('erases what is sealed of one person, as often as asked, and leaves the rest and the row', async () => {
      const { store } = await create();
      for (const i of [1, 2]) await store.create(step(i), { ...file(i), filer: `filer-${i}`, subject: `subject-${i}` });
      expect(await store.erase({}, 10)).toBe(0);
      expect(await store.erase({ subject: 'subject-1' }, 10)).toBe(1);
      expect(await store.erase({ subject: 'subject-1' }, 10)).toBe(0);
      const [first, second] = await store.readFiles('case-1');
      expect(first).not.toHaveProperty('sealed');
      expect(second).toHaveProperty('sealed');
      expect(await store.erase({ filer: 'filer-2' }, 10)).toBe(1);
      expect(await store.findFile('code-2')).toMatchObject({ case: 'case-1' });
    });
  });
}

function step(i: number): NewStep {
  const act = JSON.stringify({ act: 'withdraw' });
  return {
    id: `s${i}`,
    idempotencyKey: `key-${i}`,
    request: `request-${i}`,
    case: 'case-1',
    act,
    digest: 'd',
    proposedAt: i,
  };
}

function file(i: number): KeptFile {
  return {
    step: `s${i}`,
    case: 'case-1',
    code: `code-${i}`,
    filer: 'filer',
    subject: 'subject',
    filedAt: i,
    sealed: Uint8Array.of(i, 2, 3),
  };
}

function approval(officer: string) {
  return { officer, approval: `signed by ${officer}`, at: 5 };
}
