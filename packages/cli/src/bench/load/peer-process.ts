import { applicationSchema } from '@holdfast/core';
import { createHttpServer } from '@holdfast/server';
import Fastify from 'fastify';
import { Pool } from 'pg';
import { z } from 'zod';

// The peers, in a process of their own: `peer-process DATABASE-URL`. The claim endpoint as it is mostly written (Fastify, a
// pool, one transaction for each request, nothing in front of it), and an echo behind the schema of an application.
const [url = ''] = process.argv.slice(2);
process.on('disconnect', () => process.exit());

const pool = new Pool({ connectionString: url, max: 10 });
const naive = Fastify({ bodyLimit: 131_072 });
const body = {
  type: 'object',
  required: ['nullifier', 'destination'],
  additionalProperties: false,
  properties: {
    nullifier: { type: 'string', pattern: '^[0-9a-f]{64}$' },
    destination: { type: 'string', maxLength: 100 },
  },
};
naive.post('/claims', { schema: { body } }, async (request, reply) => {
  const { nullifier, destination } = request.body as { nullifier: string; destination: string };
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('insert into naive_claim values ($1, $2) on conflict do nothing', [nullifier, destination]);
    await client.query('insert into naive_entry values ($1, $2)', [nullifier, 100]);
    await client.query('update naive_balance set amount = amount - 100');
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
  return reply.code(201).send({ nullifier });
});
await naive.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });

const echo = await createHttpServer(false);
const schema = { body: z.strictObject({ application: applicationSchema, presentation: z.string().max(98_304) }) };
echo.post('/echo', { schema }, async (request) => request.body);
await echo.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });

const portOf = (address: ReturnType<typeof naive.server.address>) => (typeof address === 'object' ? address?.port : 0);
process.send?.({ naive: portOf(naive.server.address()), echo: portOf(echo.server.address()) });
