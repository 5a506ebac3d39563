import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EMPTY_POOL, enterPool, leavePool, leaveQueue } from './pool.ts';

test('whatever comes and goes, no more run and wait than allowed, nobody waits beside a free place, and all leave it empty', () => {
  const bounds = fc.record({ maxConcurrent: fc.integer({ min: 1, max: 4 }), queue: fc.integer({ min: 0, max: 4 }) });
  const steps = fc.array(fc.constantFrom('enter', 'leave', 'give-up'), { maxLength: 60 });
  fc.assert(
    fc.property(bounds, steps, (allowed, events) => {
      let pool = EMPTY_POOL;
      let [running, waiting] = [0, 0];
      for (const event of events) {
        if (event === 'enter') {
          const entered = enterPool(pool, allowed);
          pool = entered.pool;
          if (entered.place === 'run') running += 1;
          if (entered.place === 'wait') waiting += 1;
          if (entered.place === 'full') expect([running, waiting]).toEqual([allowed.maxConcurrent, allowed.queue]);
        } else if (event === 'leave' && running > 0) {
          const left = leavePool(pool);
          pool = left.pool;
          if (left.isNextIn) waiting -= 1;
          else running -= 1;
        } else if (event === 'give-up' && waiting > 0) {
          pool = leaveQueue(pool);
          waiting -= 1;
        }
        expect(pool).toEqual({ running, waiting });
        expect(running).toBeLessThanOrEqual(allowed.maxConcurrent);
        if (waiting > 0) expect(running).toBe(allowed.maxConcurrent);
      }
    }),
  );
});
