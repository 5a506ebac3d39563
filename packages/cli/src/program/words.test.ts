import type { Handoff, Program, Statement } from '@holdfast/core';
import type { CheckedResult } from '@holdfast/core/program';
import { winterRelief } from '@holdfast/server/client';
import { describe, expect, test } from 'vitest';
import { groupHandoffs } from '../handoff-words.ts';
import { wordsOfEntry } from './entry-words.ts';
import type { ResultReport } from './judge-result.ts';
import { isFault, wordsOfResult } from './result-words.ts';
import { lineOfView, wordsOfView } from './show-words.ts';
import type { ProgramView } from './view.ts';

const HOUR_MS = 3_600_000;
const DIGEST = 'A'.repeat(43);
const program: Program = winterRelief({
  origin: 'http://localhost:4600',
  id: 'relief',
  opensAt: HOUR_MS,
  closesAt: 2 * HOUR_MS,
  key: DIGEST,
});

const view = (changes: Partial<ProgramView>): ProgramView => ({
  program,
  digest: DIGEST,
  phase: 'open',
  entries: { program: 7 },
  applications: { all: 3, unjudged: 0, admitted: 2, refused: 1 },
  payments: new Map(),
  ...changes,
});

const handoff = (changes: Partial<Handoff>): Handoff => ({
  ...{ what: 'transfer', of: 'relief', giver: program.organiser, receiver: 'south', owner: 'south' },
  ...{ count: 1, amount: 10_000n, since: 0, next: 'confirmed' },
  ...changes,
});

const told = (one: ProgramView, waiting: readonly Handoff[] | undefined, now: number) =>
  wordsOfView(one, waiting === undefined ? undefined : { handoffs: waiting, silent: [] }, now).join('\n');

describe('how far a program has come', () => {
  test.each([
    ['announced', HOUR_MS / 2, /opens in 30 min/],
    ['open', HOUR_MS, /open for another 1 h.*early or late alike/s],
    ['closing', 2 * HOUR_MS + 1, /not taken in yet.*by 1970-01-01 02:05 UTC the intake stands in the log/s],
    ['closing', 3 * HOUR_MS, /this is LATE by 55 min, and every applicant can show it/],
    ['judging', 3 * HOUR_MS, /judged as of one position/],
    ['drawing', 3 * HOUR_MS, /leaves nothing to chance/],
  ] as const)('is told with what happens next: %s', (phase, now, words) => {
    expect(told(view({ phase }), [], now)).toMatch(words);
  });

  test('is told as far as it is known, with who does not answer', () => {
    const words = wordsOfView(view({ phase: 'paying' }), { handoffs: [], silent: ['south', 'eraser'] }, HOUR_MS).join(
      '\n',
    );
    expect(words).toMatch(/Waits {5}south, eraser do not answer: what waits at them is not known/);
    expect(words).not.toMatch(/paid out|Waits {5}nothing/);
  });

  test('is told with what was ruled beside its rules, and what became of it', () => {
    const words = told(
      view({
        exceptions: [
          { entry: 90, kind: 'admission', state: 'too-late', why: 'application.not_eligible' },
          { entry: 80, kind: 'payment', state: 'carried-out' },
        ],
      }),
      [],
      HOUR_MS,
    );
    expect(words).toMatch(
      /Ruled +an admission, #90: came too late: .*\(application.not_eligible\)\n +an act on a payment, #80: done/,
    );
  });

  test('is told with whose matter it is that money waits, and what happens if nobody acts', () => {
    const payments = new Map([['reserved', { count: 2, total: 20_000n }]]);
    const words = told(view({ phase: 'paying', payments }), [handoff({ count: 2, amount: 20_000n })], 60_000);
    expect(words).toMatch(/set aside +200\.00 EUR +2 people/);
    expect(words).toMatch(/2 payments of relief, 200\.00 EUR: distributor -> south\n +south owns it for 1 min/);
    expect(words).toContain('unconfirmed it returns to the program 1 d after the seal');
  });

  test('never calls paid what a bank has not answered, nor finished what somebody still has to do', () => {
    const payments = new Map([['carried', { count: 2, total: 20_000n }]]);
    const one = view({ phase: 'paying', payments });
    const leaving = handoff({
      what: 'settlement',
      of: 'post.relief.x',
      receiver: 'bank',
      owner: 'rail',
      next: 'answered',
    });
    const words = told(one, [leaving], 1);
    expect(words).toMatch(/\): paying\n/);
    expect(words).toMatch(/\n +paid +100\.00 EUR +1 person\n +on its way out +100\.00 EUR +1 person\n/);
    expect(words).toContain('bank owns it');
    expect(told(one, undefined, 1)).toMatch(/paid or on its way +200\.00 EUR/);
    expect(told(one, [], 1)).toMatch(/\): paid out\n/);
    expect(lineOfView(one, 10, 1)).toBe('relief      Winter relief: paid out, 3 applied');
  });
});

test('payments to one rail are told as one, as old as the oldest and as urgent as the most urgent', () => {
  const lines = [5, 3, 4].map((since, i) =>
    handoff({ what: 'settlement', of: `post.relief.${i}`, receiver: 'bank', owner: 'rail', since, dueBy: since + 10 }),
  );
  const other = handoff({ what: 'settlement', of: 'post.relief.9', receiver: 'bank', owner: 'officers', since: 1 });
  expect(groupHandoffs([...lines, other])).toMatchObject([
    { of: 'relief', owner: 'officers', count: 1, since: 1 },
    { of: 'relief', owner: 'rail', count: 3, amount: 30_000n, since: 3, dueBy: 13 },
  ]);
});

test('a draw is told with its seed and what chance was made of', () => {
  const body = {
    ...{ type: 'draw', v: 1, program: 'relief', seal: DIGEST },
    result: { rule: 'lottery', seed: 'E'.repeat(43), groups: [{ count: 1 }] },
    beacon: { kind: 'commit-reveal', round: 1, secrets: [DIGEST, DIGEST] },
    allocated: { root: DIGEST, count: 1, total: '10000' },
  } as unknown as Statement['body'];
  const words = wordsOfEntry({ index: 9, body }, program).join('\n');
  expect(words).toContain('entry #9');
  expect(words).toContain('100.00 EUR for 1');
  expect(words).toContain(`seed ${'E'.repeat(43)}`);
  expect(words).toContain('2 revealed secrets, round 2');
});

describe('a result', () => {
  const report = (result: CheckedResult, payment?: ResultReport['payment']): ResultReport => ({
    ...{ application: DIGEST, origin: 'http://localhost:4600', result },
    program: { id: program.id, title: program.title, asset: program.asset },
    ...(payment === undefined ? {} : { payment }),
    log: { network: DIGEST, entries: 9, time: 0 },
  });

  test.each<[string, CheckedResult, boolean, RegExp]>([
    [
      'entitled',
      { outcome: 'entitled', amount: 10_000n, held: false },
      false,
      /As it should be: .* entitled to 100\.00 EUR/,
    ],
    ['not drawn', { outcome: 'entitled', amount: 0n, held: false }, false, /As it should be: admitted, and not drawn/],
    [
      'refused application.not_eligible',
      { outcome: 'refused', code: 'application.not_eligible' },
      false,
      /As it should be: .*not_eligible/,
    ],
    ['dropped', { outcome: 'dropped' }, true, /PROVED WRONG/],
    ['overdue', { outcome: 'overdue', by: 1 }, true, /PROVED WRONG/],
    ['waiting seal', { outcome: 'waiting', step: 'seal' }, false, /Not known yet/],
    ['incomplete seal-proof', { outcome: 'incomplete', missing: 'seal-proof' }, false, /Not known/],
    ['contradicted facts', { outcome: 'contradicted', by: 'facts' }, true, /PROVED WRONG/],
    ['contradicted beacon', { outcome: 'contradicted', by: 'beacon' }, true, /PROVED WRONG/],
    ['contradicted signature', { outcome: 'contradicted', by: 'signature' }, false, /proves nothing against anybody/],
    [
      'contradicted intake-proof',
      { outcome: 'contradicted', by: 'intake-proof' },
      false,
      /proves nothing against anybody/,
    ],
  ])('says what is proved, and against whom: %s', (_name, result, isWrong, words) => {
    expect(isFault(result)).toBe(isWrong);
    expect(wordsOfResult(report(result)).join('\n')).toMatch(words);
  });

  test('keeps what is proved apart from what the organiser says was paid', () => {
    const result: CheckedResult = { outcome: 'entitled', amount: 10_000n, held: false };
    const paid = { state: 'carried', amount: 9_000n, isLess: true, isInside: true };
    expect(wordsOfResult(report(result, paid)).at(-1)).toMatch(/^WRONG: .* 90\.00 EUR .*not signed/);
    expect(wordsOfResult(report(result, { ...paid, amount: 10_000n, isLess: false })).at(-1)).toMatch(
      /their word, not/,
    );
  });
});
