import { parentPort, workerData } from 'node:worker_threads';
import { createBenchVerifier, createFloor, REQUEST } from './bench-verify.ts';
import { createSubject } from './presentations.ts';

const { mode, durationMs } = workerData as { mode: 'ours' | 'floor'; durationMs: number };
const subject = createSubject(64, Date.now());
const verifier = createBenchVerifier(subject);
const floor = createFloor(subject);
const work = mode === 'floor' ? floor : (i: number) => verifier.verify(subject.presentations[i % 64] ?? '', REQUEST);

async function count(forMs: number): Promise<number> {
  const start = performance.now();
  let done = 0;
  for (; performance.now() - start < forMs; done += 1) await work(done);
  return done / ((performance.now() - start) / 1000);
}

await count(300);
parentPort?.postMessage(await count(durationMs));
