import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { CodedError } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';

/** Where no system takes a port for a connection that goes out: one of those is in the way of whoever starts again on it. */
const PORTS = { first: 20_000, last: 32_767 };
/** So many are tried; afterwards whichever the system gives. */
const TRIES = 32;

/** The port to listen on, known before anything is made for it: 0 means any that is free. Throws `port.taken`. */
export async function reservePort(port: number): Promise<number> {
  if (port !== 0) return tryPort(port);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const free = await tryPort(randomInt(PORTS.first, PORTS.last + 1)).catch(() => undefined);
    if (free !== undefined) return free;
  }
  return tryPort(0);
}

async function tryPort(port: number): Promise<number> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((cause: unknown) => {
    throw portError(port, cause);
  });
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : port;
}

export async function listen(app: FastifyInstance, port: number, host = '127.0.0.1'): Promise<void> {
  try {
    await app.listen({ port, host });
  } catch (cause) {
    throw portError(port, cause);
  }
}

/** What the system says of a port in a sentence; a fault of ours is none of its business. */
function portError(port: number, cause: unknown): unknown {
  if ((cause as NodeJS.ErrnoException).syscall !== 'listen') return cause;
  const isTaken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
  const why = isTaken ? 'is taken: stop the other program, or' : 'may not be used by this account:';
  return new CodedError('port.taken', `Port ${port} ${why} choose another with --port.`, { port }, cause);
}
