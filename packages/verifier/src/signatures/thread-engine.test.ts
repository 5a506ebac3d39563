import { generateKeyPairSync, sign } from 'node:crypto';
import type { Worker } from 'node:worker_threads';
import { isCodedError, parsePublicJwk, type SignatureCheck } from '@holdfast/core';
import { afterAll, expect, it } from 'vitest';
import { describeSignatureEngine } from './engine.contract.ts';
import { createThreadEngine, type ThreadSignatureEngine } from './thread-engine.ts';

const engine = createThreadEngine({ threads: 2 });
afterAll(() => engine[Symbol.asyncDispose]());
describeSignatureEngine('the engine on threads', () => engine);

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const data = new Uint8Array([1, 2, 3]);
const check: SignatureCheck = {
  alg: 'EdDSA',
  key: parsePublicJwk(publicKey.export({ format: 'jwk' })),
  data,
  signature: sign(null, data, privateKey),
};

it('refuses at once what would not fit its queue, and serves what does', async () => {
  await using small = createThreadEngine({ threads: 1, maxQueuedChecks: 4 });
  // Two messages go to the thread; the third waits, and with it the queue is full.
  const served = [1, 2, 3].map(() => small.verify([check, check, check, check]));
  expect(await codeOf(small.verify([check]))).toBe('signature.overloaded');
  expect(await Promise.all(served)).toEqual([1, 2, 3].map(() => [true, true, true, true]));
  expect(await small.verify([check])).toEqual([true]);
});

it('fails what a dying thread held, replaces the thread and goes on', async () => {
  const [fragile, worker] = await createWithWorker();
  await using _ = fragile;
  expect(await fragile.verify([check])).toEqual([true]);
  const held = codeOf(fragile.verify(Array.from({ length: 500 }, () => ({ ...check }))));
  await worker.terminate();
  expect(await held).toBe('signature.interrupted');
  expect(await fragile.verify([check])).toEqual([true]);
});

it('gives up instead of starting threads for ever when none of them lives', async () => {
  let born = 0;
  const kill = (worker: Worker) => {
    born += 1;
    void worker.terminate();
  };
  process.on('worker', kill);
  await using doomed = createThreadEngine({ threads: 1 });
  let code = '';
  for (let i = 0; i < 20 && code !== 'signature.unavailable'; i += 1) code = await codeOf(doomed.verify([check]));
  process.off('worker', kill);
  expect(code).toBe('signature.unavailable');
  expect(born).toBe(3);
});

it('refuses calls once it is closed, those that wait included', async () => {
  const closed = createThreadEngine({ threads: 1 });
  const waiting = [1, 2, 3, 4].map(() => codeOf(closed.verify([check])));
  await closed[Symbol.asyncDispose]();
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['signature.interrupted', 'signature.closed']));
  expect(await codeOf(closed.verify([check]))).toBe('signature.closed');
});

async function createWithWorker(): Promise<[ThreadSignatureEngine, Worker]> {
  const born = new Promise<Worker>((resolve) => {
    process.once('worker', resolve);
  });
  return [createThreadEngine({ threads: 1 }), await born];
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const outcome = await promise.then(undefined, (error: unknown) => error);
  return isCodedError(outcome) ? outcome.code : `answered ${JSON.stringify(outcome)}`;
}
