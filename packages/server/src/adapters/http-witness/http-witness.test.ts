import type { Vkey } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { createAskingLogs, createSmallLog, createTestWitness } from '../../../test/witness-world.ts';
import { createHttpServer } from '../../http/server.ts';
import { witnessRoutes } from '../../http/witness/witness-routes.ts';
import { describeWitness } from '../../ports/witness.contract.ts';
import { createHttpWitness } from './http-witness.ts';

const closing: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of closing.splice(0)) await app.close();
});

async function serve(logs: readonly Vkey[]) {
  const { role, vkey } = await createTestWitness('witness.example/w', logs);
  const app = await createHttpServer(false);
  witnessRoutes(app, { witness: role, clock: { monotonic: () => 0 } });
  closing.push(app);
  return { url: await app.listen({ port: 0, host: '127.0.0.1' }), vkey };
}

describeWitness('a witness over HTTP', createAskingLogs(), async (logs) => {
  const { url, vkey } = await serve(logs);
  return { witness: createHttpWitness({ url: `${url}/` }), vkey };
});

describe('a witness over HTTP that is none', () => {
  const log = createSmallLog('log.example/a');
  const ask = (answer: Response | Error, signal = new AbortController().signal) =>
    createHttpWitness({
      url: 'https://witness.example/w',
      fetch: async () => {
        if (answer instanceof Error) throw answer;
        return answer;
      },
    }).addCheckpoint(log.ask(0, 3), signal);
  const sized = (body: string, type = 'text/x.tlog.size') =>
    new Response(body, { status: 409, headers: { 'content-type': type } });

  it.each([
    ['does not answer', new Error('ECONNREFUSED')],
    ['breaks', new Response('', { status: 500 })],
    ['answers without an end', new Response('x'.repeat(70_000))],
    ['answers with bytes that are no text', new Response(new Uint8Array([0xff]))],
  ])('is told apart when it %s', async (_, answer) => {
    await expect(ask(answer)).rejects.toMatchObject({ code: 'witness.unreachable' });
  });

  it.each(['', '10', '010\n', '-1\n', '1 \n', '9999999999999999\n', 'x\n'])('takes %j for no size', async (body) => {
    expect(await ask(sized(body))).toEqual({ cosigned: false, why: 'forked' });
  });

  it('takes a size only where it says that it is one', async () => {
    expect(await ask(sized('10\n'))).toEqual({ cosigned: false, why: 'conflict', size: 10 });
    expect(await ask(sized('10\n', 'text/plain'))).toEqual({ cosigned: false, why: 'forked' });
  });

  it('is let go of when its time is over', async () => {
    const reason = new Error('enough');
    await expect(ask(new Error('aborted'), AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
