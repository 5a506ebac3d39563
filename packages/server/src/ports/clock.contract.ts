import { describe, expect, it } from 'vitest';
import type { Clock } from './clock.ts';

/** Every clock runs this suite. `pass` lets so much of its time pass. */
export function describeClock(
  name: string,
  create: () => { readonly clock: Clock; readonly pass: (durationMs: number) => Promise<void> },
): void {
  describe(name, () => {
    it('tells unix milliseconds as a whole number', () => {
      const { clock } = create();
      expect(Number.isSafeInteger(clock.now())).toBe(true);
      expect(clock.now()).toBeGreaterThan(1_500_000_000_000);
    });

    it('never goes back on its monotonic side', async () => {
      const { clock, pass } = create();
      let before = clock.monotonic();
      for (let i = 0; i < 5; i += 1) {
        await pass(2);
        const after = clock.monotonic();
        expect(after).toBeGreaterThan(before);
        before = after;
      }
    });

    it('wakes a sleeper once its time has come, and not before', async () => {
      const { clock, pass } = create();
      const began = clock.monotonic();
      const slept = clock.sleep(20).then(() => clock.monotonic() - began);
      await pass(25);
      // A timer of Node may be a fraction of a millisecond early by the monotonic clock.
      expect(await slept).toBeGreaterThanOrEqual(19);
    });

    it('wakes sleepers in the order of their times', async () => {
      const { clock, pass } = create();
      const woken: number[] = [];
      const sleepers = [60, 20, 40].map((ms) => clock.sleep(ms).then(() => woken.push(ms)));
      await pass(100);
      await Promise.all(sleepers);
      expect(woken).toEqual([20, 40, 60]);
    });

    it('rejects with the reason of its signal, at once, also when that has aborted before', async () => {
      const { clock, pass } = create();
      const controller = new AbortController();
      const sleeping = expect(clock.sleep(3_600_000, controller.signal)).rejects.toThrow('enough');
      controller.abort(new Error('enough'));
      await sleeping;
      await expect(clock.sleep(0, controller.signal)).rejects.toThrow('enough');
      const other = new AbortController();
      const short = clock.sleep(1, other.signal);
      await pass(10);
      await short;
      other.abort();
    });

    it('takes no time, or less, for the next moment', async () => {
      const { clock, pass } = create();
      const slept = Promise.all([clock.sleep(0), clock.sleep(-5)]);
      await pass(1);
      await slept;
    });
  });
}
