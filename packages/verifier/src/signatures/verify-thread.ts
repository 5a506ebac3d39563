/// <reference types="node" />
// What runs inside each thread of `createThreadEngine`.
import { parentPort } from 'node:worker_threads';
import { createNodeEngine } from './node-engine.ts';
import { parseThreadMessage, type ThreadAnswer, type ThreadMessage } from './thread-message.ts';

const engine = createNodeEngine();

parentPort?.on('message', (message: ThreadMessage) => {
  const results = Uint8Array.from(engine.verifySync(parseThreadMessage(message)), Number);
  parentPort?.postMessage({ id: message.id, results } satisfies ThreadAnswer, [results.buffer]);
});
