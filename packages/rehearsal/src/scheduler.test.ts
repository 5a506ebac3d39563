import { expect, test } from 'vitest';
import { Scheduler } from './scheduler.ts';

test('timers run in the order of their time, and of their making when that is equal', async () => {
  const scheduler = new Scheduler(0);
  const ran: string[] = [];
  for (const [name, at] of [
    ['late', 30],
    ['first', 10],
    ['second', 10],
  ] as const) {
    scheduler.at(at, () => ran.push(`${name} ${scheduler.now}`));
  }
  await scheduler.run(20);
  expect(ran).toEqual(['first 10', 'second 10']);
  await scheduler.run(40);
  expect(ran.at(-1)).toBe('late 30');
});

test('clocks tell whole milliseconds, their own skew included', async () => {
  const scheduler = new Scheduler(1000);
  const clock = scheduler.clock(() => -7);
  const told: number[] = [];
  clock.sleep(0.5).then(() => told.push(clock.now()));
  await scheduler.run(2000);
  expect(told).toEqual([993]);
});

test('a sleep that is aborted rejects with the reason', async () => {
  const scheduler = new Scheduler(0);
  const stop = new AbortController();
  const sleeping = scheduler.clock().sleep(100, stop.signal);
  stop.abort(new Error('enough'));
  await expect(sleeping).rejects.toThrow('enough');
});

test('virtual time waits for work that the platform does in its own', async () => {
  const scheduler = new Scheduler(0);
  const at: number[] = [];
  scheduler.at(5, () => {
    const work = new Promise((resolve) => setTimeout(resolve, 20)).then(() => at.push(scheduler.now));
    scheduler.hold(work);
  });
  scheduler.at(6, () => at.push(-1));
  await scheduler.run(10);
  expect(at).toEqual([5, -1]);
});
