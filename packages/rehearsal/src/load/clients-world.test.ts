import { expect, test } from 'vitest';
import { rehearseClients } from './clients-world.ts';

test.each([1, 2, 3])(
  'a client keeps its laws while its target refuses, names moments and hangs, seed %i',
  async (seed) => {
    const report = await rehearseClients({ seed });
    expect(report.violations).toEqual([]);
    // A client that never tries again breaks no law of trying again.
    expect(report.again).toBeGreaterThan(100);
  },
);
