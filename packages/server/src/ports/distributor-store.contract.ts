import { describe, expect, it } from 'vitest';
import {
  type AcceptAnswer,
  type ApplicationLeaf,
  type Candidacy,
  type DistributorStore,
  MAX_APPLICATIONS_PER_READ,
  MAX_PER_HOLDER,
  type NewApplication,
  PAYMENT_STATES,
  PAYMENT_STEPS,
  type PaymentState,
} from './distributor-store.ts';

/** `reopen` is the same store after a restart, or as another process has it. */
type Create = () => Promise<{ readonly store: DistributorStore; readonly reopen: () => Promise<DistributorStore> }>;

/** Every distributor's store runs this suite. `create` gives an empty one. */
export function describeDistributorStore(name: string, create: Create): void {
  describe(name, () => {
    describe('keys and programs', () => describePrograms(create));
    describe('accepting', () => describeAccepting(create));
    describe('accepting at once', () => describeAcceptingAtOnce(create));
    describe('judging', () => describeJudging(create));
    describe('admitting', () => describeAdmitting(create));
    describe('paying', () => describePaying(create));
    describe('erasing', () => describeErasing(create));
  });
}

function describePrograms(create: Create): void {
  it('keeps the first key of a digest, and an erased one does not come back', async () => {
    const { store, reopen } = await create();
    const sealed = new Uint8Array([0, 255, 1]);
    expect(await store.readKey('k')).toBeUndefined();
    await store.addKey({ digest: 'k', sealed });
    await store.addKey({ digest: 'k', sealed: new Uint8Array([9]) });
    await store.addKey({ digest: 'other', sealed: new Uint8Array([7]) });
    const again = await reopen();
    expect(await again.countKeys()).toBe(2);
    expect(await again.readKey('k')).toEqual({ digest: 'k', sealed });
    await again.eraseKey('k');
    await again.eraseKey('k');
    await again.eraseKey('unknown');
    await store.addKey({ digest: 'k', sealed });
    expect(await store.readKey('k')).toBeUndefined();
    expect(await store.countKeys()).toBe(1);
    expect(await store.readKey('other')).toEqual({ digest: 'other', sealed: new Uint8Array([7]) });
  });

  it('has the programs in the order in which they were added, each as it was added first', async () => {
    const { store, reopen } = await create();
    expect(await store.readPrograms()).toEqual([]);
    await store.addProgram({ id: 'winter', digest: 'dw' });
    await store.addProgram({ id: 'autumn', digest: 'da' });
    await store.addProgram({ id: 'winter', digest: 'changed' });
    const again = await reopen();
    expect(await again.readPrograms()).toEqual([
      { id: 'winter', digest: 'dw', count: 0, statements: {} },
      { id: 'autumn', digest: 'da', count: 0, statements: {} },
    ]);
    expect(await again.readProgram('autumn')).toEqual({ id: 'autumn', digest: 'da', count: 0, statements: {} });
    expect(await again.readProgram('spring')).toBeUndefined();
  });

  it('closes a program once, and keeps the first of each of its statements', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    await store.accept([applicationOf(1), applicationOf(2), applicationOf(3, { program: 'q' })]);
    const closed = await store.close('p', 5000);
    expect(closed).toEqual({ id: 'p', digest: 'digest of p', count: 2, closedAt: 5000, statements: {} });
    const again = await reopen();
    expect(await again.close('p', 6000)).toEqual(closed);
    expect(await again.keepStatement('p', 'seal', 's1')).toBe('s1');
    expect(await store.keepStatement('p', 'seal', 's2')).toBe('s1');
    expect(await store.replaceStatement('p', 'seal', 's2', 's3')).toBe('s1');
    expect(await store.replaceStatement('p', 'draw', 's1', 's3')).toBeUndefined();
    expect(await store.replaceStatement('p', 'seal', 's1', 's4')).toBe('s4');
    const at = await Promise.all([store, again].map((one, i) => one.keepStatement('p', 'intake', `i${i}`)));
    expect(at[0]).toBe(at[1]);
    const statements = { seal: 's4', intake: at[0] };
    expect(await store.readProgram('p')).toEqual({ ...closed, statements });
    expect(await store.readProgram('q')).toEqual({ id: 'q', digest: 'digest of q', count: 1, statements: {} });
  });

  it('knows nothing of a program that was never added', async () => {
    const { store } = await create();
    await expect(store.close('p', 1)).rejects.toThrow();
    await expect(store.keepStatement('p', 'draw', 's')).rejects.toThrow();
    await expect(store.judge('p', [candidateOf(1)])).rejects.toThrow();
    expect(await store.accept([applicationOf(1)])).toEqual([{ answer: 'closed' }]);
    expect(await store.read('p', 'a001')).toBeUndefined();
    expect(await store.readLeaves('p', 10)).toEqual([]);
    expect(await store.readUnjudged('p', 10)).toEqual([]);
    expect(await store.readJudged('p', 10)).toEqual([]);
    expect(await store.readPayments('p', 'planned', 10)).toEqual([]);
    expect(await store.sumPayments('p')).toEqual({});
    expect(await store.countApplications('p')).toEqual({ all: 0, unjudged: 0, admitted: 0, refused: 0 });
    expect(await store.eraseSealed('p', 10)).toBe(0);
  });
}

function describeAccepting(create: Create): void {
  it('reads back what it has kept, byte for byte, after a restart', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    const sealed = Uint8Array.from({ length: 70_000 }, (_, i) => i % 256);
    const given = [
      applicationOf(2, { sealed }),
      applicationOf(1, { sealed: new Uint8Array() }),
      applicationOf(3, { program: 'q', acknowledgement: 'é€😀 "\'\\{},' }),
    ];
    expect(await store.accept(given)).toEqual(
      given.map(({ acknowledgement }) => ({ answer: 'kept', acknowledgement })),
    );
    const again = await reopen();
    for (const application of given) {
      const { maxApplications: _, ...kept } = application;
      const read = await again.read(application.program, application.application);
      expect(read).toEqual({ ...kept, sequence: expect.any(Number) });
    }
    expect(await again.read('q', 'a001')).toBeUndefined();
    expect(await again.accept([])).toEqual([]);
  });

  it('tells every repeat the acknowledgement that is kept, also in one call, after a restart and after the close', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    const repeat = applicationOf(1, { acknowledgement: 'another', receivedAt: 9, sealed: new Uint8Array([9]) });
    const kept = { answer: 'kept', acknowledgement: 'acknowledgement of a001' };
    const repeated = { answer: 'repeat', acknowledgement: 'acknowledgement of a001' };
    expect(await store.accept([applicationOf(1), repeat])).toEqual([kept, repeated]);
    const again = await reopen();
    expect(await again.accept([repeat])).toEqual([repeated]);
    expect((await again.close('p', 5)).count).toBe(1);
    expect(await again.accept([repeat, applicationOf(2)])).toEqual([repeated, { answer: 'closed' }]);
    expect((await again.read('p', 'a001'))?.receivedAt).toBe(1_700_000_000_001);
    const elsewhere = applicationOf(1, { program: 'q' });
    expect(await again.accept([elsewhere])).toEqual([kept]);
  });

  it('keeps what is new between repeats, whoever is full and programs that are not there, in the order asked', async () => {
    const { store } = await create();
    await addPrograms(store);
    await store.accept([applicationOf(1), applicationOf(2, { program: 'q' })]);
    const asked = [
      applicationOf(3),
      applicationOf(1),
      applicationOf(4, { program: 'q', maxApplications: 1 }),
      applicationOf(2),
      applicationOf(5, { program: 'unknown' }),
      applicationOf(2, { program: 'q' }),
    ];
    expect(await answersTo(store, asked)).toEqual(['kept', 'repeat', 'full', 'kept', 'closed', 'repeat']);
    expect((await store.readPrograms()).map(({ count }) => count)).toEqual([3, 1]);
    const kept = await store.readUnjudged('p', 10);
    expect(kept.map(({ application }) => application)).toEqual(named(1, 3, 2));
    expect(kept.map(({ sealed }) => sealed)).toEqual([1, 3, 2].map((i) => applicationOf(i).sealed));
  });

  it('takes no more than a program has room for, and answers every program for itself, in the order asked', async () => {
    const { store } = await create();
    await addPrograms(store);
    const numbers = [1, 2, 3, 4].flatMap((i) => [
      applicationOf(i, { maxApplications: 3 }),
      applicationOf(i, { program: 'q', maxApplications: 1 }),
    ]);
    const answers = await store.accept(numbers);
    expect(answers.map(({ answer }) => answer)).toEqual([
      ...['kept', 'kept', 'kept', 'full', 'kept', 'full', 'full', 'full'],
    ]);
    expect(answers[3]).toEqual({ answer: 'full' });
    expect(await answersTo(store, [applicationOf(1, { maxApplications: 3 }), applicationOf(4, { maxApplications: 3 })])) //
      .toEqual(['repeat', 'full']);
    expect(await answersTo(store, [applicationOf(4, { maxApplications: 4 })])).toEqual(['kept']);
    expect((await store.readPrograms()).map(({ count }) => count)).toEqual([4, 1]);
    expect((await store.readLeaves('p', 10)).map(({ application }) => application)).toEqual(named(1, 2, 3, 4));
  });

  it('takes no more from one holder than a person may err, and what it does not keep takes nobody a place', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    const room = { maxApplications: MAX_PER_HOLDER + 1 };
    const many = numbers(MAX_PER_HOLDER + 2, 1).map((i) => applicationOf(i, { holder: 'h', ...room }));
    const answers = await answersTo(store, many);
    expect(answers).toEqual([...many.slice(2).map(() => 'kept'), 'holder-full', 'holder-full']);
    const again = await reopen();
    const later = [
      applicationOf(90, { holder: 'h', ...room }),
      applicationOf(91, { holder: 'h', program: 'q', ...room }),
      applicationOf(92, room),
      applicationOf(93, room),
      applicationOf(94, { holder: 'h', ...room }),
      applicationOf(1, { holder: 'h', ...room }),
    ];
    expect(await answersTo(again, later)).toEqual(['holder-full', 'kept', 'kept', 'full', 'full', 'repeat']);
    expect((await again.readProgram('p'))?.count).toBe(MAX_PER_HOLDER + 1);
  });

  it('takes a thousand at once and refuses more without keeping one', async () => {
    const { store } = await create();
    await addPrograms(store);
    const most = numbers(MAX_APPLICATIONS_PER_READ, 1).map((i) => applicationOf(i));
    await expect(store.accept([...most, applicationOf(0)])).rejects.toThrow();
    expect((await store.readProgram('p'))?.count).toBe(0);
    expect(new Set(await answersTo(store, most))).toEqual(new Set(['kept']));
    expect(await store.readUnjudged('p', 5000)).toHaveLength(MAX_APPLICATIONS_PER_READ);
  });

  it('reads leaves in pages that skip nothing and repeat nothing, whatever comes in between', async () => {
    const { store } = await create();
    await addPrograms(store);
    // Digests are base64url: these sort otherwise in most languages' collations than by code units.
    const digests = ['-', '0', '9', 'A', 'Z', '_', 'a', 'z'].flatMap((first) => [
      `${first}b`,
      `${first}B`,
      `${first}-`,
    ]);
    const shuffled = [...digests].sort((a, b) => (a.slice(1) + a < b.slice(1) + b ? 1 : -1));
    await store.accept(shuffled.map((application, i) => applicationOf(i, { application })));
    await store.accept([applicationOf(0, { program: 'q', application: 'Ab' })]);
    const read: ApplicationLeaf[] = [];
    for (let page = await store.readLeaves('p', 5); page.length > 0; ) {
      read.push(...page);
      await store.accept([applicationOf(100 + read.length, { application: `!${read.length}` })]);
      page = await store.readLeaves('p', 5, page.at(-1)?.application);
    }
    expect(read.map(({ application }) => application)).toEqual([...digests].sort(byCodeUnits));
    expect(read[0]).toEqual({ application: '--', salt: expect.stringMatching(/^salt /) });
    expect(await store.readLeaves('q', 5)).toEqual([{ application: 'Ab', salt: 'salt 0' }]);
  });
}

function describeAcceptingAtOnce(create: Create): void {
  it('keeps one of many that come at once, and tells it to all', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    const stores = [store, await reopen()];
    const calls = numbers(8).map((i) =>
      stores[i % 2]?.accept([applicationOf(1, { acknowledgement: `ack ${i}` }), applicationOf(10 + i)]),
    );
    const answers = (await Promise.all(calls)).map((answered) => answered?.[0]);
    expect(answers.filter((answered) => answered?.answer === 'kept')).toHaveLength(1);
    expect(new Set(answers.map((answered) => answered !== undefined && 'acknowledgement' in answered))) //
      .toEqual(new Set([true]));
    const kept = (await store.read('p', 'a001'))?.acknowledgement;
    expect(answers.map((answered) => acknowledgementOf(answered))).toEqual(numbers(8).map(() => kept));
    expect((await store.readProgram('p'))?.count).toBe(9);
  });

  it('is full at exactly its room, however many come at once, and no call waits for ever for another', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    const stores = [store, await reopen()];
    // Opposite orders of the same programs and applications: who locks as asked meets somebody who locks the other way.
    const calls = numbers(8).map((call) => {
      const asked = numbers(10).flatMap((i) => [
        applicationOf(100 * (call % 4) + i, { maxApplications: 25 }),
        applicationOf(100 * (call % 4) + i, { program: 'q', maxApplications: 35 }),
      ]);
      return answersTo(stores[call % 2] ?? store, call % 2 === 0 ? asked : asked.reverse());
    });
    const answers = (await Promise.all(calls)).flat();
    expect(answers.filter((answer) => answer === 'kept')).toHaveLength(60);
    expect((await store.readPrograms()).map(({ count }) => count)).toEqual([25, 35]);
    expect(await store.readLeaves('p', 100)).toHaveLength(25);
    expect(await store.readLeaves('q', 100)).toHaveLength(35);
    const sequences = (await store.readUnjudged('p', 100)).map(({ sequence }) => sequence);
    expect(new Set(sequences).size).toBe(25);
  });

  it('bounds one holder who comes from everywhere at once', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    const stores = [store, await reopen()];
    const calls = numbers(12).map((i) =>
      answersTo(stores[i % 2] ?? store, [applicationOf(i, { holder: 'h' }), applicationOf(100 + i, { holder: 'h' })]),
    );
    const answers = (await Promise.all(calls)).flat();
    expect(answers.filter((answer) => answer === 'kept')).toHaveLength(MAX_PER_HOLDER);
    expect(answers.filter((answer) => answer === 'holder-full')).toHaveLength(24 - MAX_PER_HOLDER);
  });

  it('has one order of accepting and closing: what was kept is in the count that the close answers', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    const other = await reopen();
    const accepting = numbers(12).map((call) =>
      answersTo(
        call % 2 === 0 ? store : other,
        numbers(5, 10 * call).map((i) => applicationOf(i)),
      ),
    );
    const [closed, again] = await Promise.all([other.close('p', 1), store.close('p', 2)]);
    expect(again).toEqual(closed);
    const answers = (await Promise.all(accepting)).flat();
    expect(answers.filter((answer) => answer === 'kept')).toHaveLength(closed.count);
    expect(answers.filter((answer) => answer === 'closed')).toHaveLength(60 - closed.count);
    expect(await store.readLeaves('p', 100)).toHaveLength(closed.count);
    expect(await store.readProgram('p')).toEqual(closed);
  });
}

function describeJudging(create: Create): void {
  it('has what is to be judged in the order in which it came, and after the judgement no more', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    await accept(store, 5, 3, 9);
    await accept(store, 1, 7);
    await store.accept([applicationOf(4, { program: 'q' })]);
    const unjudged = await store.readUnjudged('p', 3);
    expect(unjudged.map(({ application }) => application)).toEqual(named(5, 3, 9));
    expect(unjudged[0]).toEqual(await store.read('p', 'a005'));
    await store.judge('p', [candidateOf(9), refusedOf(5)]);
    const again = await reopen();
    expect((await again.readUnjudged('p', 9)).map(({ application }) => application)).toEqual(named(3, 1, 7));
    expect((await again.readUnjudged('q', 9)).map(({ application }) => application)).toEqual(named(4));
    const sequences = (await again.readUnjudged('p', 9)).map(({ sequence }) => sequence);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
  });

  it('keeps the first judgement of each application', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    await accept(store, 1, 2, 3, 4);
    const bare = { application: 'a003', candidacy: { issuer: 'civic', nullifier: 'n3', held: true } };
    await store.judge('p', [candidateOf(1), refusedOf(2), bare, refusedOf(1)]);
    await store.judge('p', [refusedOf(1), candidateOf(2), candidateOf(3)]);
    await store.judge('p', []);
    const again = await reopen();
    const judged = await again.readJudged('p', 10);
    expect(judged.map(({ judgement }) => judgement)).toEqual([candidateOf(1), refusedOf(2), bare]);
    expect(judged.map(({ admitted }) => admitted)).toEqual([undefined, false, undefined]);
    const { sealed, ...first } = (await store.read('p', 'a001')) ?? expect.fail('it is kept');
    expect([sealed === undefined, judged[0]]).toEqual([false, first]);
    expect(await again.countApplications('p')).toEqual({ all: 4, unjudged: 1, admitted: 0, refused: 1 });
  });

  it('judges nothing of a call that names what was not accepted', async () => {
    const { store } = await create();
    await addPrograms(store);
    await accept(store, 1);
    await store.accept([applicationOf(2, { program: 'q' })]);
    await expect(store.judge('p', [candidateOf(1), candidateOf(2)])).rejects.toThrow();
    expect(await store.readJudged('p', 10)).toEqual([]);
    expect(await store.countApplications('p')).toEqual({ all: 1, unjudged: 1, admitted: 0, refused: 0 });
  });

  it('counts what is judged at once, from both ends, once', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    const all = numbers(20, 1);
    await accept(store, ...all);
    const stores = [store, await reopen()];
    const judgements = all.map((i) => (i % 4 === 0 ? refusedOf(i) : candidateOf(i)));
    await Promise.all(
      numbers(6).map((i) => stores[i % 2]?.judge('p', i < 3 ? judgements.slice(i) : judgements.slice(i - 3).reverse())),
    );
    expect(await store.countApplications('p')).toEqual({ all: 20, unjudged: 0, admitted: 0, refused: 5 });
    expect(await store.readUnjudged('p', 10)).toEqual([]);
  });

  it('reads what is judged in pages that skip nothing, in the order of digests', async () => {
    const { store } = await create();
    await addPrograms(store);
    await accept(store, 7, 1, 5, 3, 9, 2);
    await store.judge(
      'p',
      [7, 5, 1, 9].map((i) => candidateOf(i)),
    );
    const first = await store.readJudged('p', 2);
    await store.judge('p', [refusedOf(2), refusedOf(3)]);
    const rest = await store.readJudged('p', 9, first.at(-1)?.application);
    expect([...first, ...rest].map(({ application }) => application)).toEqual(named(1, 5, 7, 9));
    expect(await store.readJudged('p', 9, 'a009')).toEqual([]);
    expect(await store.readJudged('q', 9)).toEqual([]);
  });
}

function describeAdmitting(create: Create): void {
  it('lets one application count for its person in each program, and tells a repeat the same', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    await accept(store, 1, 2, 3, 4, 5);
    await store.accept([applicationOf(1, { program: 'q' })]);
    await store.judge('p', [candidateOf(1, 'n'), candidateOf(2, 'n'), candidateOf(3, 'm'), candidateOf(4, 'm')]);
    await store.judge('q', [candidateOf(1, 'n')]);
    expect(await store.admit('p', named(2, 1, 3), [])).toEqual(named(1));
    const again = await reopen();
    expect(await again.admit('p', named(2, 1, 3), [])).toEqual(named(1));
    expect(await again.admit('p', named(4), [])).toEqual(named(4));
    expect(await again.admit('q', named(1), [])).toEqual([]);
    expect(await again.admit('p', [], [])).toEqual([]);
    const judged = await again.readJudged('p', 10);
    expect(judged.map(({ admitted }) => admitted)).toEqual([false, true, true, false]);
    const refused = { application: 'a001', verdict: 'verdict 1', refused: 'application.duplicate_person' };
    expect(judged[0]?.judgement).toEqual(refused);
    expect(judged[1]?.judgement).toEqual(candidateOf(2, 'n'));
    expect(await again.countApplications('p')).toEqual({ all: 5, unjudged: 1, admitted: 2, refused: 2 });
  });

  it('lets one of two win who are one person and come at once', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    const all = numbers(24, 1);
    await accept(store, ...all);
    // Three applications for each of eight people.
    await store.judge(
      'p',
      all.map((i) => candidateOf(i, `n${i % 8}`)),
    );
    const stores = [store, await reopen()];
    const calls = numbers(3).map((i) => {
      const some = all.slice(8 * i, 8 * i + 8);
      return stores[i % 2]?.admit('p', named(...(i === 1 ? some.reverse() : some)), []);
    });
    const lost = (await Promise.all(calls)).flat();
    expect(new Set(lost).size).toBe(16);
    const admitted = (await store.readJudged('p', 100)).filter((judged) => judged.admitted);
    expect(new Set(admitted.map(({ judgement }) => nullifierOf(judgement))).size).toBe(8);
    expect(admitted).toHaveLength(8);
    expect(await store.countApplications('p')).toEqual({ all: 24, unjudged: 0, admitted: 8, refused: 16 });
  });

  it('decides each application once, in whichever way comes first', async () => {
    const { store } = await create();
    await addPrograms(store);
    await accept(store, 1, 2, 3);
    await store.judge('p', [candidateOf(1), candidateOf(2), refusedOf(3)]);
    const spent = 'application.budget_spent';
    expect(await store.admit('p', named(1), [{ application: 'a002', code: spent }])).toEqual([]);
    const other = 'application.issuer_cap';
    const both = [...named(1, 3)].map((application) => ({ application, code: other }) as const);
    expect(await store.admit('p', named(2), both)).toEqual(named(2));
    const judged = await store.readJudged('p', 10);
    expect(judged.map(({ admitted }) => admitted)).toEqual([true, false, false]);
    expect(judged[1]?.judgement).toEqual({ application: 'a002', verdict: 'verdict 2', refused: spent });
    expect(judged[2]?.judgement).toEqual(refusedOf(3));
    expect(await store.countApplications('p')).toEqual({ all: 3, unjudged: 0, admitted: 1, refused: 2 });
  });

  it('makes a candidate again of whom the log admits, once, and not after the close', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    await accept(store, 1, 2, 3, 4);
    await store.judge('p', [refusedOf(1), candidateOf(2), refusedOf(3), { ...refusedOf(4), exception: 7 }]);
    await store.admit('p', named(2), []);
    const by = (i: number, exception: number) => ({ ...candidateOf(i, `n${i}`), exception });
    expect(await store.readmit('p', by(1, 9))).toBe(true);
    const again = await reopen();
    expect(await again.readmit('p', by(1, 11))).toBe(true);
    expect(await again.readmit('p', by(2, 9))).toBe(false);
    expect(await again.readmit('p', by(4, 9))).toBe(true);
    const judged = await again.readJudged('p', 10);
    expect(judged.map(({ admitted }) => admitted)).toEqual([undefined, true, false, false]);
    expect(judged[0]?.judgement).toEqual(by(1, 9));
    expect(judged[3]?.judgement).toEqual({ ...refusedOf(4), exception: 7 });
    expect(await again.countApplications('p')).toEqual({ all: 4, unjudged: 0, admitted: 1, refused: 2 });
    // What follows from the rules then stands: it is refused again, and no second time made a candidate.
    await again.admit('p', [], [{ application: 'a001', code: 'application.budget_spent' }]);
    expect(await store.readmit('p', by(1, 12))).toBe(true);
    const spent = { application: 'a001', verdict: 'verdict 1', exception: 9, refused: 'application.budget_spent' };
    expect((await store.read('p', 'a001'))?.judgement).toEqual(spent);
    await store.close('p', 5);
    expect(await store.readmit('p', by(3, 9))).toBe(false);
    expect((await store.read('p', 'a003'))?.judgement).toEqual(refusedOf(3));
  });

  it('makes a candidate after its program was closed only of who comes late, and remembers what its list said', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    await accept(store, 1, 2, 3);
    await store.judge('p', [refusedOf(1), candidateOf(2, 'n2'), refusedOf(3)]);
    await store.admit('p', named(2), []);
    const by = (i: number, nullifier: string) => ({ ...candidateOf(i, nullifier), exception: 9 });
    expect(await store.readmit('p', by(1, 'n1'), 'late')).toBe(false);
    await store.close('p', 5);
    expect(await store.readmit('p', by(1, 'n1'), 'late')).toBe(true);
    expect(await store.readmit('p', by(3, 'n2'), 'late')).toBe(true);
    const again = await reopen();
    expect((await again.read('p', 'a001'))?.judgement).toEqual({
      ...by(1, 'n1'),
      sealedAs: 'application.not_eligible',
    });
    expect(await again.admit('p', named(1, 3), [])).toEqual(named(3));
    const duplicate = { application: 'a003', verdict: 'verdict 3', exception: 9, sealedAs: 'application.not_eligible' };
    expect((await again.read('p', 'a003'))?.judgement).toEqual({
      ...duplicate,
      refused: 'application.duplicate_person',
    });
    expect(await again.countApplications('p')).toEqual({ all: 3, unjudged: 0, admitted: 2, refused: 1 });
    expect(await again.plan('p', [{ application: 'a001', amount: 5n }], 6)).toBe(true);
    expect((await again.readSpent('p')).total).toBe(5n);
  });

  it('closes a program before or after somebody is made a candidate again, never in between', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    const all = numbers(12, 1);
    await accept(store, ...all);
    await store.judge(
      'p',
      all.map((i) => refusedOf(i)),
    );
    const other = await reopen();
    const calls = all.map((i) => store.readmit('p', { ...candidateOf(i, `n${i}`), exception: 3 }));
    const closing = other.close('p', 5);
    const made = (await Promise.all(calls)).filter(Boolean).length;
    await closing;
    const judged = await other.readJudged('p', 20);
    expect(judged.filter(({ admitted }) => admitted === undefined)).toHaveLength(made);
    expect((await store.countApplications('p')).refused).toBe(12 - made);
  });

  it('gives one decision when an application is admitted and refused at once', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    const other = await reopen();
    for (let round = 0; round < 6; round += 1) {
      const all = numbers(10, 10 * round);
      await accept(store, ...all);
      await other.judge(
        'p',
        all.map((i) => candidateOf(i)),
      );
      const refusals = named(...all).map((application) => ({ application, code: 'application.budget_spent' }) as const);
      const [lost] = await Promise.all([store.admit('p', named(...all), []), other.admit('p', [], refusals.reverse())]);
      const judged = (await store.readJudged('p', 100)).slice(-10);
      expect(judged.filter(({ admitted }) => admitted === false).map(({ application }) => application)).toEqual(lost);
    }
    const { all, unjudged, admitted, refused } = await store.countApplications('p');
    expect([all, unjudged, admitted + refused]).toEqual([60, 0, 60]);
  });

  it('decides nothing of a call that names what was not judged, or one twice', async () => {
    const { store } = await create();
    await addPrograms(store);
    await accept(store, 1, 2);
    await store.judge('p', [candidateOf(1)]);
    await expect(store.admit('p', named(1, 2), [])).rejects.toThrow();
    await expect(store.admit('p', named(1, 1), [])).rejects.toThrow();
    await expect(store.admit('p', named(1), [{ application: 'a001', code: 'application.issuer_cap' }])) //
      .rejects.toThrow();
    expect((await store.read('p', 'a001'))?.admitted).toBeUndefined();
  });
}

const MOST = 10n ** 39n - 1n;

function describePaying(create: Create): void {
  it('keeps the first plan of each payment, to the last digit, and sums exactly', async () => {
    const { store, reopen } = await create();
    await admitted(store, 1, 2, 3);
    await store.plan('p', [payment(1, MOST), payment(2, 0n), payment(1, 5n)], 10);
    await store.plan('p', [payment(2, 7n), payment(3, MOST - 1n)], 20);
    await store.plan('p', [], 30);
    const again = await reopen();
    const planned = await again.readPayments('p', 'planned', 10);
    expect(planned.map((kept) => kept.payment)).toEqual([
      { application: 'a001', amount: MOST, state: 'planned', at: 10 },
      { application: 'a002', amount: 0n, state: 'planned', at: 10 },
      { application: 'a003', amount: MOST - 1n, state: 'planned', at: 20 },
    ]);
    expect(planned[0]).toEqual(await again.read('p', 'a001'));
    expect(await again.sumPayments('p')).toEqual({ planned: { count: 3, total: 2n * MOST - 1n } });
    expect(await again.sumPayments('q')).toEqual({});
  });

  it('says what is spent, together and by issuer, until it is voided', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    expect(await store.readSpent('p')).toEqual({ recipients: 0, total: 0n, byIssuer: new Map() });
    await accept(store, 1, 2, 3);
    await store.judge('p', [candidateOf(1), candidateOf(2, 'n2', 'other'), candidateOf(3)]);
    await store.admit('p', named(1, 2, 3), []);
    await store.plan('p', [payment(1, MOST), payment(2, 7n), payment(3, 1n)], 10);
    await store.advance('p', [step(1, 'planned', 'reserved'), step(2, 'planned', 'voided')], 20);
    await store.advance('p', [step(1, 'reserved', 'posted'), step(3, 'planned', 'voided')], 30);
    const byIssuer = new Map([['civic', MOST]]);
    expect(await (await reopen()).readSpent('p')).toEqual({ recipients: 1, total: MOST, byIssuer });
  });

  it('plans no more than may be spent, whoever plans at the same time', async () => {
    const { store, reopen } = await create();
    const all = numbers(8, 1);
    await addPrograms(store);
    await accept(store, ...all);
    await store.judge(
      'p',
      all.map((i) => candidateOf(i, `n${i}`, i % 2 === 0 ? 'even' : 'odd')),
    );
    await store.admit('p', named(...all), []);
    const most = { recipients: 5, total: 50n, byIssuer: new Map([['even', 20n]]) };
    const stores = [store, await reopen()];
    const answers = await Promise.all(all.map((i) => stores[i % 2]?.plan('p', [payment(i, 10n)], 1, most)));
    expect(answers.filter((answer) => answer).length).toBe(5);
    const spent = await store.readSpent('p');
    expect(spent).toMatchObject({ recipients: 5, total: 50n });
    expect(spent.byIssuer.get('even') ?? 0n).toBeLessThanOrEqual(20n);
    const [first] = await store.readPayments('p', 'planned', 1);
    // What is planned already costs nothing again; nothing of a call that is too much is planned.
    expect(await store.plan('p', [payment(Number(first?.application.slice(1)), 10n)], 2, most)).toBe(true);
    const lost = all.filter((i) => answers[i - 1] === false).map((i) => payment(i, 1n));
    expect(await store.plan('p', lost, 2, { recipients: 5, total: 99n, byIssuer: new Map() })).toBe(false);
    expect(await store.plan('p', lost, 2, { recipients: 8, total: 52n, byIssuer: new Map() })).toBe(false);
    expect(await store.sumPayments('p')).toEqual({ planned: { count: 5, total: 50n } });
  });

  it('plans nothing of a call that names what is not admitted or no amount of money', async () => {
    const { store } = await create();
    await admitted(store, 1, 2);
    await accept(store, 3);
    await store.judge('p', [candidateOf(3)]);
    for (const wrong of [payment(3, 1n), payment(9, 1n), payment(2, -1n), payment(2, MOST + 1n)]) {
      await expect(store.plan('p', [payment(1, 1n), wrong], 1)).rejects.toThrow();
    }
    expect(await store.readPayments('p', 'planned', 10)).toEqual([]);
    expect(await store.sumPayments('p')).toEqual({});
  });

  it('moves a payment from where it is said to be, once, and remembers by which verdict', async () => {
    const { store, reopen } = await create();
    await admitted(store, 1, 2, 3);
    await store.plan('p', [payment(1, 5n), payment(2, 7n), payment(3, 11n)], 10);
    const steps = [step(2, 'planned', 'reserved'), step(1, 'planned', 'reserved'), step(3, 'reserved', 'posted')];
    expect(await store.advance('p', [...steps, step(9, 'planned', 'voided')], 20)).toEqual(named(2, 1));
    const again = await reopen();
    expect(await again.advance('p', steps, 21)).toEqual([]);
    const settled = [
      step(1, 'reserved', 'posted', 'verdict 8'),
      step(2, 'reserved', 'voided'),
      step(3, 'planned', 'voided'),
    ];
    expect(await again.advance('p', settled, 30)).toEqual(named(1, 2, 3));
    expect(await again.advance('p', [step(1, 'posted', 'carried')], 40)).toEqual(named(1));
    expect(await again.advance('p', [], 50)).toEqual([]);
    expect((await store.read('p', 'a001'))?.payment).toEqual({
      ...{ application: 'a001', amount: 5n, state: 'carried', at: 40, settledBy: 'verdict 8' },
    });
    expect((await store.read('p', 'a002'))?.payment).toEqual({
      ...{ application: 'a002', amount: 7n, state: 'voided', at: 30 },
    });
    const sums = { carried: { count: 1, total: 5n }, voided: { count: 2, total: 18n } };
    expect(await store.sumPayments('p')).toEqual(sums);
  });

  it('counts what leaves a state and what comes into it in one call', async () => {
    const { store } = await create();
    await admitted(store, 1, 2);
    await store.plan('p', [payment(1, 5n), payment(2, 7n)], 10);
    await store.advance('p', [step(1, 'planned', 'reserved')], 20);
    await store.advance('p', [step(1, 'reserved', 'posted'), step(2, 'planned', 'reserved')], 30);
    const sums = { reserved: { count: 1, total: 7n }, posted: { count: 1, total: 5n } };
    expect(await store.sumPayments('p')).toEqual(sums);
  });

  it('moves a payment once when many say so at once, in whatever order, and every unit stays counted', async () => {
    const { store, reopen } = await create();
    const all = numbers(20, 1);
    await admitted(store, ...all);
    await store.plan(
      'p',
      all.map((i) => payment(i, BigInt(i))),
      10,
    );
    const stores = [store, await reopen()];
    const calls = numbers(6).map((i) => {
      const steps = all.map((one) => step(one, 'planned', i < 3 ? 'reserved' : 'voided'));
      return stores[i % 2]?.advance('p', i % 2 === 0 ? steps : steps.reverse(), 20 + i);
    });
    const moved = (await Promise.all(calls)).flat();
    expect([...moved].sort()).toEqual(named(...all));
    const sums = Object.values(await store.sumPayments('p'));
    expect(sums.reduce((sum, { count }) => sum + count, 0)).toBe(20);
    expect(sums.reduce((sum, { total }) => sum + total, 0n)).toBe(210n);
  });

  it('takes no step backwards, and no two steps of one payment in one call', async () => {
    const { store } = await create();
    await admitted(store, 1, 2);
    await store.plan('p', [payment(1, 1n), payment(2, 1n)], 1);
    for (const from of PAYMENT_STATES) {
      for (const to of PAYMENT_STATES.filter((state) => !PAYMENT_STEPS[from].includes(state))) {
        await expect(store.advance('p', [step(2, 'planned', 'posted'), step(1, from, to)], 2)).rejects.toThrow();
      }
    }
    const twice = [step(1, 'planned', 'reserved'), step(1, 'reserved', 'posted')];
    await expect(store.advance('p', twice, 2)).rejects.toThrow();
    expect(await store.sumPayments('p')).toEqual({ planned: { count: 2, total: 2n } });
  });

  it('reads the payments of one state in pages that skip nothing that stays there', async () => {
    const { store } = await create();
    const all = numbers(9, 1);
    await admitted(store, ...all);
    await store.plan(
      'p',
      all.map((i) => payment(i, 1n)),
      1,
    );
    await store.advance('p', [step(4, 'planned', 'voided')], 2);
    const read: string[] = [];
    for (let page = await store.readPayments('p', 'planned', 2); page.length > 0; ) {
      read.push(...page.map(({ application }) => application));
      // What was read moves away, as it does when it is paid page by page.
      await store.advance(
        'p',
        page.map(({ application }) => ({ application, from: 'planned', to: 'posted' })),
        3,
      );
      page = await store.readPayments('p', 'planned', 2, page.at(-1)?.application);
    }
    expect(read).toEqual(named(1, 2, 3, 5, 6, 7, 8, 9));
    expect(await store.readPayments('p', 'planned', 9)).toEqual([]);
    expect(await store.readPayments('p', 'posted', 5000)).toHaveLength(8);
  });
}

function describeErasing(create: Create): void {
  it('finds what one person sent by their keys and verdicts, in all programs, and erases that alone', async () => {
    const { store } = await create();
    await admitted(store, 1, 2, 3);
    const [a, b] = [await store.read('p', named(1)[0] ?? ''), await store.read('p', named(2)[0] ?? '')];
    const found = await store.readPerson({
      holders: [a?.holder ?? 'none'],
      verdicts: [b?.judgement?.verdict ?? 'none'],
    });
    expect(found.map(({ application }) => application).sort(byCodeUnits)).toEqual(named(1, 2));
    expect(found[0]).not.toHaveProperty('sealed');
    expect(await store.readPerson({ holders: [], verdicts: ['nobody'] })).toEqual([]);
    expect([await store.eraseSent('p', named(1, 9)), await store.eraseSent('p', named(1))]).toEqual([1, 0]);
    expect(await store.eraseSent('q', named(2))).toBe(0);
    expect((await store.read('p', named(1)[0] ?? ''))?.sealed).toBeUndefined();
    expect((await store.read('p', named(2)[0] ?? ''))?.sealed).toBeDefined();
  });

  it('finds an application by the digest of its code, as long as what was sent in it is kept', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    const coded = (i: number, code: string) => applicationOf(i, { code });
    await store.accept([coded(1, 'c1'), coded(2, 'c2'), applicationOf(3)]);
    await store.accept([applicationOf(4, { program: 'q', code: 'c4' }), coded(1, 'another')]);
    const again = await reopen();
    expect(await again.findByCode('c1')).toEqual({ program: 'p', application: 'a001' });
    expect(await again.findByCode('c4')).toEqual({ program: 'q', application: 'a004' });
    expect([await again.findByCode('another'), await again.findByCode('')]).toEqual([undefined, undefined]);
    expect(await again.read('p', 'a001')).not.toHaveProperty('code');
    await again.eraseSent('p', named(1));
    await again.eraseSealed('q', 9);
    expect([await store.findByCode('c1'), await store.findByCode('c4')]).toEqual([undefined, undefined]);
    expect(await store.findByCode('c2')).toEqual({ program: 'p', application: 'a002' });
  });

  it('erases what people sent, so many at a time, of one program, and nothing else', async () => {
    const { store, reopen } = await create();
    await addPrograms(store);
    await accept(store, 1, 2, 3);
    await store.accept([applicationOf(1, { program: 'q' })]);
    await store.judge('p', [candidateOf(1)]);
    const before = await store.read('p', 'a001');
    expect(await store.eraseSealed('p', 2)).toBe(2);
    const again = await reopen();
    expect(await again.eraseSealed('p', 2)).toBe(1);
    expect(await again.eraseSealed('p', 2)).toBe(0);
    const { sealed: _, ...stays } = before ?? {};
    expect(await again.read('p', 'a001')).toEqual(stays);
    expect((await again.readUnjudged('p', 9)).map(({ sealed }) => sealed)).toEqual([undefined, undefined]);
    expect(await again.readLeaves('p', 9)).toHaveLength(3);
    expect((await again.read('q', 'a001'))?.sealed).toEqual(applicationOf(1).sealed);
    expect(await answersTo(again, [applicationOf(2)])).toEqual(['repeat']);
    expect((await again.read('p', 'a002'))?.sealed).toBeUndefined();
  });
}

type Asked = NewApplication & { readonly maxApplications: number };

function applicationOf(i: number, over: Partial<Asked> = {}): Asked {
  const [application = ''] = over.application === undefined ? named(i) : [over.application];
  return {
    program: 'p',
    application,
    holder: `holder ${i}`,
    receivedAt: 1_700_000_000_000 + i,
    salt: `salt ${i}`,
    sealed: new Uint8Array([0, i % 256, 255]),
    acknowledgement: `acknowledgement of ${application}`,
    maxApplications: 10_000,
    ...over,
  };
}

type NamedCandidate = { application: string; verdict: string; candidacy: Candidacy };

function candidateOf(i: number, nullifier = `n${i}`, issuer = 'civic'): NamedCandidate {
  const candidacy = { issuer, nullifier, held: i % 2 === 0, want: String(MOST), weight: String(i) };
  return { application: named(i)[0] ?? '', verdict: `verdict ${i}`, candidacy };
}

function refusedOf(i: number) {
  return { application: named(i)[0] ?? '', refused: 'application.not_eligible' } as const;
}

function payment(i: number, amount: bigint) {
  return { application: named(i)[0] ?? '', amount };
}

function step(i: number, from: PaymentState, to: PaymentState, settledBy?: string) {
  return { application: named(i)[0] ?? '', from, to, ...(settledBy === undefined ? {} : { settledBy }) };
}

async function addPrograms(store: DistributorStore): Promise<void> {
  for (const id of ['p', 'q']) await store.addProgram({ id, digest: `digest of ${id}` });
}

async function accept(store: DistributorStore, ...accepted: number[]): Promise<void> {
  expect(
    new Set(
      await answersTo(
        store,
        accepted.map((i) => applicationOf(i)),
      ),
    ),
  ).toEqual(new Set(['kept']));
}

async function admitted(store: DistributorStore, ...people: number[]): Promise<void> {
  await addPrograms(store);
  await accept(store, ...people);
  await store.judge(
    'p',
    people.map((i) => candidateOf(i)),
  );
  expect(await store.admit('p', named(...people), [])).toEqual([]);
}

async function answersTo(store: DistributorStore, asked: readonly Asked[]): Promise<AcceptAnswer['answer'][]> {
  return (await store.accept(asked)).map(({ answer }) => answer);
}

function acknowledgementOf(answer: AcceptAnswer | undefined): string | undefined {
  return answer !== undefined && 'acknowledgement' in answer ? answer.acknowledgement : undefined;
}

function nullifierOf(judgement: object | undefined): string | undefined {
  return judgement !== undefined && 'candidacy' in judgement ? (judgement.candidacy as Candidacy).nullifier : undefined;
}

function named(...applications: number[]): string[] {
  return applications.map((i) => `a${String(i).padStart(3, '0')}`);
}

function numbers(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
