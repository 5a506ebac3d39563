import { createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createPool, type PoolSettings } from './pool.ts';

/** A message of PostgreSQL's protocol, version 3.0: its letter, its length, its body. */
function message(letter: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(letter);
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

const AUTHENTICATED = message('R', Buffer.alloc(4));
const READY = message('Z', Buffer.from('I'));
const DYING = message(
  'E',
  Buffer.from('SFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0'),
);

/** A server that answers the first bytes of each connection with these. */
async function startServer(answer: (socket: Socket) => void): Promise<PoolSettings> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.once('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const limits = { poolMax: 2, waitingMax: 2, waitTimeoutMs: 5000, statementTimeoutMs: 1000 };
  return {
    url: `postgres://user:password@127.0.0.1:${port}/name`,
    schema: 'issuer',
    role: 'holdfast_issuer',
    ...limits,
  };
}

it('outlives a server that dies with the same bytes that open the connection', async () => {
  const settings = await startServer((socket) => socket.end(Buffer.concat([AUTHENTICATED, READY, DYING])));
  const pool = createPool(settings);
  const client = await pool.connect();
  await expect(client.query('select 1', [])).rejects.toMatchObject({ code: 'database.unreachable' });
  client.release();
  await pool.end();
});

it('says that a server does not answer when it dies before the connection is open', async () => {
  const settings = await startServer((socket) => socket.end(Buffer.concat([AUTHENTICATED, DYING])));
  const pool = createPool(settings);
  await expect(pool.connect()).rejects.toMatchObject({ code: 'database.unreachable' });
  await pool.end();
});
