import { describe, expect, test } from 'vitest';
import { buildCaseLog, type CaseLog, EVIDENCE, testCaseRules } from '../../test/case-log.ts';
import { buildLog, DAY_MS } from '../../test/log-builder.ts';
import { manualCourse, manualRate } from './manual-rate.ts';

function review(log: CaseLog, id: string): void {
  log.open(id, { about: 'application', remedy: 'admit', evidence: EVIDENCE });
}

test('a network whose rulebook knows no cases has no rate, and one in which nothing was decided neither', () => {
  expect(manualRate(buildLog().state)).toBeUndefined();
  expect(manualRate(buildCaseLog().state)).toMatchObject({ manual: 0, decided: 0, perMille: undefined, isOver: false });
});

test('what people decide is held against everything that is decided, in the window alone', () => {
  const log = buildCaseLog();
  review(log, 'a');
  log.open('b');
  expect(manualRate(log.state)).toMatchObject({ manual: 1, perMille: 1000, mostPerMille: 20, isOver: true });
  const seal = { admitted: { root: EVIDENCE, count: 90 }, refused: { root: EVIDENCE, count: 9 } };
  const sealedAt = { log: 'l', size: 1, root: EVIDENCE, time: log.state.time };
  const programs = new Map([['relief', { seal, sealedAt } as never]]);
  const busy = { ...log.state, programs };
  expect(manualRate(busy)).toMatchObject({ manual: 1, decided: 99, perMille: 10, isOver: false });
  // By when it was: the parts add up to the rate, also a while later, when they lie further back.
  for (const later of [0, 20 * DAY_MS]) {
    const course = manualCourse({ ...busy, time: log.state.time + later });
    const places = course.flatMap(({ manual, decided }, i) => (manual + decided === 0 ? [] : [[i, manual, decided]]));
    expect([course.length, places]).toEqual([30, [[later === 0 ? 29 : 9, 1, 99]]]);
  }
  expect(manualRate({ ...busy, time: log.state.time + 31 * DAY_MS })).toMatchObject({ manual: 0, decided: 0 });
});

describe('a rate above the bound, where roles file by themselves', () => {
  const MANUAL = { perMille: 20, windowMs: 30 * DAY_MS, class: 'residence-ended', least: 2 };
  const openLog = (manual: object = MANUAL) =>
    buildCaseLog({ cases: testCaseRules({ manual: manual as typeof MANUAL }) });
  const alarms = ({ state }: CaseLog) =>
    [...state.docket.incidents.values()].filter(({ id }) => id.startsWith('manual rate'));

  test('is an incident of the steward’s by itself: one, however long it lasts', () => {
    const log = openLog();
    review(log, 'a');
    log.epoch();
    expect(alarms(log)).toEqual([]);
    // Of another subject, for the reason for which roles file.
    log.open('b');
    log.epoch();
    log.epoch();
    const [told, ...others] = alarms(log);
    expect(others).toEqual([]);
    expect(told).toMatchObject({ class: 'residence-ended', stage: 'reported', owner: 'steward' });
    expect(told?.preliminaryDueAt).toBeGreaterThan(told?.at ?? Number.POSITIVE_INFINITY);
  });

  test('is none where too few cases were opened, or the rulebook does not say for which reason', () => {
    for (const manual of [
      { ...MANUAL, least: 3 },
      { perMille: 20, windowMs: 30 * DAY_MS },
    ]) {
      const log = openLog(manual);
      for (const id of ['a', 'b']) review(log, id);
      log.epoch();
      log.epoch();
      expect(alarms(log)).toEqual([]);
    }
  });
});
