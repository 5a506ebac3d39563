import { expect, test } from 'vitest';
import { timelyReading } from './readings.ts';

test('what was said last is told while whoever is asked hangs, until it is too old; and what is said late counts from then on', async () => {
  let nowMs = 0;
  const answers: { readonly resolve: (value: number) => void; readonly reject: (error: Error) => void }[] = [];
  const read = timelyReading(
    { monotonic: () => nowMs, sleep: async () => undefined },
    { waitMs: 1000, goodForMs: 60_000 },
    () => new Promise<number>((resolve, reject) => void answers.push({ resolve, reject })),
  );
  const first = read();
  answers[0]?.resolve(1);
  expect(await first).toBe(1);
  nowMs = 30_000;
  expect(await read()).toBe(1);
  // One question is under way, however often it is looked at.
  expect(await read()).toBe(1);
  expect(answers).toHaveLength(2);
  answers[1]?.resolve(2);
  await new Promise((resolve) => setImmediate(resolve));
  expect(await read()).toBe(2);
  answers[2]?.reject(new Error('gone'));
  await expect(read()).resolves.toBe(2);
  nowMs = 91_000;
  const late = read();
  answers.at(-1)?.reject(new Error('gone'));
  await expect(late).rejects.toThrow('gone');
});
