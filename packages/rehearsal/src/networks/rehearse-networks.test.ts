import { expect, test } from 'vitest';
import { rehearseNetworksOfRoles } from './rehearse-networks.ts';

test('two networks of real roles under faults hold every law', async () => {
  const report = await rehearseNetworksOfRoles({ seed: 4, minutes: 1, holders: 20, isLying: true });
  expect(report.violations).toEqual([]);
  // Verdicts on two positions, and recognitions that begin, end and change under them.
  for (const law of ['recognition-adds-nothing', 'recognition-ends', 'recognition-counts-no-more'] as const) {
    expect(report.checked[law] ?? 0).toBeGreaterThan(20);
  }
  expect(report.checked['never-valid-behind-what-was-asked']).toBeGreaterThan(20);
  expect(report.checked['converges-after-healing']).toBeGreaterThan(40);
  expect(report.checked['who-sees-both-holds-a-proof']).toBe(1);
  expect(report.checked['doubt-stays-with-its-feed']).toBe(1);
  expect(Object.keys(report.faults)).toEqual(expect.arrayContaining(['stale edge', 'torn edge', 'second history']));
  const changes = (report.faults['key of the log changed'] ?? 0) + (report.faults['key of the log stolen'] ?? 0);
  expect(changes).toBeGreaterThan(1);
});

test('the same seed is the same rehearsal of two networks', async () => {
  const trace = async () => (await rehearseNetworksOfRoles({ seed: 5, minutes: 0.3, holders: 8 })).trace;
  expect(await trace()).toBe(await trace());
});
