import { expect, test } from 'vitest';
import { LAWS } from '../laws.ts';
import { rehearseGovernance } from './court-world.ts';

test.each([1, 2])('officers who are late, silent, malicious and of two minds break no law, seed %i', (seed) => {
  const report = rehearseGovernance({ seed, days: 60 });
  expect(report.violations).toEqual([]);
  // A rehearsal in which nothing happens proves nothing.
  for (const { id, oracles } of LAWS) {
    if (!id.startsWith('G')) continue;
    for (const oracle of oracles) expect([oracle, report.checked[oracle] ?? 0]).not.toEqual([oracle, 0]);
  }
});

test('one seed has one history', () => {
  const run = () => {
    const { wallSeconds: _, eventsPerSecond: __, ...report } = rehearseGovernance({ seed: 3, days: 10 });
    return report;
  };
  expect(run()).toEqual(run());
});
