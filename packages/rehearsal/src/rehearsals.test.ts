import { describe, expect, test } from 'vitest';
import { rehearseCore } from './core-world.ts';
import { rehearseRoles } from './roles-world.ts';

const ROLES = { minutes: 1, holders: 20 };

describe('a rehearsal of core transitions', () => {
  test.each([1, 2])('holds every law with seed %i', (seed) => {
    const report = rehearseCore({ seed, events: 2000, holders: 50 });
    expect(report.violations).toEqual([]);
    expect(report.checked['equal-basis-equal-bytes']).toBeGreaterThan(100);
  });

  test('is the same for the same seed, and another for another', () => {
    const [first, second, other] = [7, 7, 8].map((seed) => rehearseCore({ seed, events: 1000, holders: 20 }));
    expect(first?.trace).toBe(second?.trace);
    expect(first?.trace).not.toBe(other?.trace);
  });
});

describe('a rehearsal of the real roles', () => {
  // Between them these seeds have every kind of fault and give every oracle something to check.
  test.each([3, 6, 10])('holds every law under faults and agrees after healing with seed %i', async (seed) => {
    const report = await rehearseRoles({ ...ROLES, seed });
    expect(report.violations).toEqual([]);
    expect(report.checked['converges-after-healing']).toBeGreaterThan(20);
    expect(report.checked['nothing-acknowledged-is-lost']).toBeGreaterThan(0);
    expect(report.checked['replay-gives-the-same-verdict']).toBeGreaterThan(0);
    expect(Object.keys(report.faults).length).toBeGreaterThan(5);
  });

  test('holds every law with three witnesses, of whom one lies and one is late', async () => {
    const report = await rehearseRoles({ ...ROLES, seed: 1, isWitnessed: true });
    expect(report.violations).toEqual([]);
    expect(report.checked['age-never-younger-than-cosigned']).toBeGreaterThan(500);
    expect(report.checked['witness-signs-one-history']).toBeGreaterThan(2);
    expect(report.checked['converges-after-healing']).toBeGreaterThan(20);
  });

  test('holds every law while the key of the log changes and a thief of the first one answers', async () => {
    const report = await rehearseRoles({ ...ROLES, seed: 4, minutes: 2, isRotating: true });
    expect(report.violations).toEqual([]);
    expect(report.checked['log-key-in-force']).toBeGreaterThan(50);
    expect(report.checked['converges-after-healing']).toBeGreaterThan(5);
    expect(report.faults).toMatchObject({ 'checkpoint by a stolen key': expect.any(Number) });
    const changes = (report.faults['key of the log changed'] ?? 0) + (report.faults['key of the log stolen'] ?? 0);
    expect(changes).toBeGreaterThan(1);
  });

  test('is the same for the same seed, whatever else the machine does', async () => {
    const run = () => rehearseRoles({ ...ROLES, seed: 11 });
    const [first, second] = [await run(), await run()];
    const { wallSeconds: _, eventsPerSecond: __, ...stated } = first;
    expect(second).toMatchObject(stated);
  });

  test('notices an acknowledged append that is not in the log', async () => {
    const report = await rehearseRoles({
      ...{ seed: 2, minutes: 0, holders: 8 },
      beforeHealing: (world) => {
        (world.governor().acknowledged as { index: number; statements: string[] }[]).push({
          index: 0,
          statements: ['something else'],
        });
      },
    });
    expect(report.violations.map(({ oracle }) => oracle)).toEqual(['nothing-acknowledged-is-lost']);
  });

  test('notices somebody who still waits at the end', async () => {
    const report = await rehearseRoles({
      ...{ seed: 2, minutes: 0, holders: 8 },
      beforeHealing: (world) => {
        world.desk.open += 1;
      },
    });
    expect(report.violations.map(({ oracle }) => oracle)).toEqual(['no-open-handoff']);
  });

  test('notices a verifier that does not come back', async () => {
    const report = await rehearseRoles({
      ...{ seed: 2, minutes: 0, holders: 8 },
      beforeHealing: (world) => {
        const [node] = world.verifiers();
        if (node !== undefined) node.verify = async () => undefined;
      },
    });
    expect(new Set(report.violations.map(({ oracle }) => oracle))).toEqual(new Set(['converges-after-healing']));
  });
});
