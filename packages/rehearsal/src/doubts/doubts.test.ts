import { expect, test } from 'vitest';
import { rehearseDoubts } from './doubts-world.ts';

test('whoever is in doubt has one case, and whoever is admitted late is paid or told why not', async () => {
  const report = await rehearseDoubts({ seed: 8 });
  expect(report.violations).toEqual([]);
  expect(report.checked['doubt-has-one-case']).toBeGreaterThan(500);
  expect(report.checked['doubt-waits-for-its-case']).toBeGreaterThan(5);
  expect(report.checked['late-takes-from-nobody']).toBeGreaterThan(100);
  expect(report.checked['silence-is-a-case']).toBeGreaterThan(100);
  expect(report.verdicts).toMatchObject({
    'silent, and lost': expect.any(Number),
    'silent, and paid': expect.any(Number),
    'admitted and paid': expect.any(Number),
    'admitted application.duplicate_person': expect.any(Number),
  });
  const points = [
    'filing keep',
    'filing settle',
    'case create',
    'case approve',
    'case sign',
    'relief readmit',
    'relief plan',
  ];
  const deaths = points.flatMap((point) => [`crash before ${point}`, `crash after ${point}`]);
  expect(Object.keys(report.faults)).toEqual(expect.arrayContaining([...deaths, 'outage', 'lost to desk']));
});
