import { expect, test } from 'vitest';
import { buildCaseLog, type CaseLog, EVIDENCE } from '../../test/case-log.ts';
import { buildLog, DAY_MS } from '../../test/log-builder.ts';
import { manualRate } from './manual-rate.ts';

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
  expect(manualRate({ ...busy, time: log.state.time + 31 * DAY_MS })).toMatchObject({ manual: 0, decided: 0 });
});
