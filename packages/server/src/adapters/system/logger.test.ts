import { CodedError } from '@holdfast/core';
import { expect, test } from 'vitest';
import { createHttpServer } from '../../http/server.ts';
import { createLogger } from './logger.ts';

function capture() {
  const lines: string[] = [];
  return { lines, logger: createLogger('warn', { write: (line) => void lines.push(line) }) };
}

const PLACE = import.meta.dirname.replace(/\/packages\/.*/, '');

test('of what has a code a line tells the code and those of its causes, and no word of somebody else', () => {
  const { lines, logger } = capture();
  const cause = Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:4222'), { code: 'ECONNREFUSED' });
  const error = new CodedError('feed.channel', 'NATS cannot be used for the feed.', {}, new Error('lost', { cause }));
  logger.warn({ err: error }, 'epochs do not go over the channel');
  expect(JSON.parse(lines[0] ?? '').err).toEqual({
    code: 'feed.channel',
    message: 'NATS cannot be used for the feed.',
    details: {},
    causes: ['Error', 'ECONNREFUSED'],
  });
});

test('a fault of ours keeps its stack, without where this machine keeps its files', () => {
  const { lines, logger } = capture();
  logger.error({ err: new TypeError(`cannot read '${PLACE}/keys/admin'`) }, 'unexpected');
  const { err } = JSON.parse(lines[0] ?? '');
  expect(err.stack).toContain('packages/server/src/adapters/system/logger.test.ts');
  expect(lines[0]).not.toContain(PLACE);
});

test('what a request fails by is told in the same way', async () => {
  const { lines, logger } = capture();
  const app = await createHttpServer(logger);
  app.get('/broken', async () => {
    throw new Error('broken invariant: it holds');
  });
  expect((await app.inject('/broken')).statusCode).toBe(500);
  await app.close();
  expect(lines.join('')).toContain('broken invariant: it holds');
  expect(lines.join('')).not.toContain(PLACE);
});
