import { expect, test } from 'vitest';
import type { AcceptAnswer, DistributorStore } from '../../ports/distributor-store.ts';
import { createAcceptQueue } from './accept-queue.ts';

type Call = {
  readonly names: readonly string[];
  readonly answer: (answers: readonly AcceptAnswer[]) => void;
  readonly fail: (error: Error) => void;
};

function open(bounds = { maxWaiting: 10, maxBatch: 4 }, arrived?: () => Promise<void>) {
  const calls: Call[] = [];
  const store: Pick<DistributorStore, 'accept'> = {
    accept: (asked) =>
      new Promise((answer, fail) => {
        calls.push({ names: asked.map(({ application }) => application), answer, fail });
      }),
  };
  let nowMs = 0;
  const queue = createAcceptQueue(store, bounds, { monotonic: () => nowMs }, arrived);
  const send = (application: string) =>
    queue.accept({
      ...{ program: 'p', application, holder: 'h', receivedAt: 1, salt: 's', sealed: new Uint8Array() },
      ...{ acknowledgement: `ack ${application}`, maxApplications: 10 },
    });
  const keep = async (call: number) => {
    calls[call]?.answer(calls[call].names.map((name) => ({ answer: 'kept', acknowledgement: `kept ${name}` })));
    // What follows from an answer is done a few turns of promises later.
    await new Promise((resolve) => setImmediate(resolve));
  };
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { calls, send, keep, pass };
}

const keptAs = (names: string) => [...names].map((name) => ({ answer: 'kept', acknowledgement: `kept ${name}` }));

test('who comes while a short write is under way is in the next one', async () => {
  const { calls, send, keep } = open();
  const all = [...'abcdef'].map(send);
  expect(calls.map(({ names }) => names.join(''))).toEqual(['a']);
  await keep(0);
  expect(calls.map(({ names }) => names.join(''))).toEqual(['a', 'bcde']);
  await keep(1);
  await keep(2);
  expect(await Promise.all(all)).toEqual(keptAs('abcdef'));
});

test('who comes in one turn is in one write, and nobody waits for a turn behind a write', async () => {
  const turns: (() => void)[] = [];
  const { calls, send, keep } = open({ maxWaiting: 10, maxBatch: 4 }, () => new Promise((over) => turns.push(over)));
  const all = [...'abc'].map(send);
  expect(calls).toEqual([]);
  turns[0]?.();
  await Promise.resolve();
  expect(calls.map(({ names }) => names.join(''))).toEqual(['abc']);
  all.push(send('d'));
  await keep(0);
  expect(calls.map(({ names }) => names.join(''))).toEqual(['abc', 'd']);
  await keep(1);
  expect(turns).toHaveLength(1);
  expect(await Promise.all(all)).toEqual(keptAs('abcd'));
});

test('a write that takes long has the next one behind it, once as many wait, and none behind that', async () => {
  const { calls, send, keep, pass } = open();
  const all = [...'abc'].map(send);
  await keep(0);
  all.push(send('d'), send('e'));
  // As many as are under way wait, but not behind what may be over at once.
  expect(calls.map(({ names }) => names.join(''))).toEqual(['a', 'bc']);
  pass(20);
  all.push(send('f'));
  expect(calls.map(({ names }) => names.join(''))).toEqual(['a', 'bc', 'def']);
  pass(20);
  all.push(send('g'), send('h'));
  await keep(1);
  // Two are fewer than those three.
  expect(calls.map(({ names }) => names.join(''))).toEqual(['a', 'bc', 'def']);
  all.push(send('i'));
  expect(calls.map(({ names }) => names.join(''))).toEqual(['a', 'bc', 'def', 'ghi']);
  await keep(3);
  await keep(2);
  expect(await Promise.all(all)).toEqual(keptAs('abcdefghi'));
});

test('a write that fails is told to those who were in it, and the others go on', async () => {
  const { calls, send, keep, pass } = open();
  const first = send('a');
  pass(20);
  const second = send('b');
  const failed = expect(first).rejects.toThrow('the disk is full');
  calls[0]?.fail(new Error('the disk is full'));
  await failed;
  await keep(1);
  expect(await second).toMatchObject({ answer: 'kept' });
  const third = send('c');
  await keep(2);
  expect(await third).toMatchObject({ answer: 'kept' });
});

test('more than may wait are refused at once', () => {
  const { send, calls } = open({ maxWaiting: 2, maxBatch: 4 });
  for (const name of ['a', 'b', 'c']) void send(name);
  expect(calls).toHaveLength(1);
  expect(() => send('e')).toThrow(expect.objectContaining({ code: 'application.overloaded' }));
});
