import { expect, test } from 'vitest';
import { createManualClock } from '../../../verifier/test/manual-clock.ts';
import { createWakingLoop } from './waking-loop.ts';

const EVERY_MS = 1000;

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}

test('whoever asks while work is under way is not passed over until the next time', async () => {
  const clock = createManualClock(0);
  const stop = new AbortController();
  const ends: (() => void)[] = [];
  const loop = createWakingLoop(clock, EVERY_MS, () => new Promise<void>((resolve) => ends.push(resolve)));
  const running = loop.run(stop.signal);
  await settle();
  loop.wake();
  ends[0]?.();
  await settle();
  await clock.advance(0);
  await settle();
  expect(ends).toHaveLength(2);
  stop.abort();
  ends[1]?.();
  await running;
});

test('work that fails is done again in its time, and none is begun after the end', async () => {
  const clock = createManualClock(0);
  const stop = new AbortController();
  let count = 0;
  const loop = createWakingLoop(clock, EVERY_MS, async () => {
    count += 1;
    throw new Error('the store is away');
  });
  const running = loop.run(stop.signal);
  await settle();
  await clock.advance(EVERY_MS);
  await settle();
  expect(count).toBe(2);
  stop.abort();
  await running;
  loop.wake();
  expect(count).toBe(2);
});
