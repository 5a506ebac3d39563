import { expect, test } from 'vitest';
import type { AcceptAnswer, DistributorStore } from '../../ports/distributor-store.ts';
import { createAcceptQueue } from './accept-queue.ts';

type Call = {
  readonly names: readonly string[];
  readonly answer: (answers: readonly AcceptAnswer[]) => void;
  readonly fail: (error: Error) => void;
};

function open(bounds = { maxWaiting: 10, maxBatch: 4 }) {
  const calls: Call[] = [];
  const store: Pick<DistributorStore, 'accept'> = {
    accept: (asked) =>
      new Promise((answer, fail) => {
        calls.push({ names: asked.map(({ application }) => application), answer, fail });
      }),
  };
  const queue = createAcceptQueue(store, bounds);
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
  return { calls, send, keep };
}

test('who comes while a write is under way is in the next, and that one is there before the first is over', async () => {
  const { calls, send, keep } = open();
  const all = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(send);
  expect(calls.map(({ names }) => names)).toEqual([['a'], ['b']]);
  await keep(0);
  expect(calls.map(({ names }) => names)).toEqual([['a'], ['b'], ['c', 'd', 'e', 'f']]);
  await keep(1);
  // One is less than half of those four: it waits for more.
  expect(calls).toHaveLength(3);
  const more = ['h'].map(send);
  expect(calls[3]?.names).toEqual(['g', 'h']);
  await keep(3);
  await keep(2);
  expect(await Promise.all([...all, ...more])).toEqual(
    [...'abcdefgh'].map((name) => ({ answer: 'kept', acknowledgement: `kept ${name}` })),
  );
});

test('a write that fails is told to those who were in it, and the others go on', async () => {
  const { calls, send, keep } = open();
  const first = send('a');
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
  for (const name of ['a', 'b', 'c', 'd']) void send(name);
  expect(calls).toHaveLength(2);
  expect(() => send('e')).toThrow(expect.objectContaining({ code: 'application.overloaded' }));
});
