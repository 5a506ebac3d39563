import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPlatformClock } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../test/test-database.ts';
import { systemEntropy } from '../adapters/system/entropy.ts';
import { createLogger } from '../adapters/system/logger.ts';
import type { PersonView } from '../roles/person/person-desk.ts';
import { openTables } from './following.ts';
import { ROLE_TABLES } from './role-tables.ts';
import { composeTelling } from './telling.ts';

const CODE = 'a-7k3m-7k3m-7k3m-7k3m-7k3m';
const MINUTE_MS = 60_000;
const server = await createTestDatabase();
const keysFolder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));

type Message = { readonly id: string; readonly to: string; readonly text: string };
/** Whoever tells people, with what it was sent and has not answered. */
const sent: {
  readonly message: Message;
  readonly authorization: string | undefined;
  readonly answer: ServerResponse;
}[] = [];
let isAnswering = true;
const receiver = createServer(async (request, answer) => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  sent.push({ message: JSON.parse(body) as Message, authorization: request.headers.authorization, answer });
  if (isAnswering) answer.writeHead(204).end();
}).listen(0, '127.0.0.1');
await once(receiver, 'listening');
const notify = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/messages#a-token`;

afterAll(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await server[Symbol.asyncDispose]();
  await rm(keysFolder, { recursive: true, force: true });
});

let laterMs = 0;
const shown = { code: 'applied.planned', since: 5 };
const desk = {
  read: async (): Promise<PersonView> => ({
    ...{ code: CODE, changed: [], reasons: [] },
    outcome: {
      ...{ ...shown, mood: 'good', what: shown, why: [{ code: `${shown.code}.why` }] },
      ...{ by: [{ code: 'by.none' }], owner: shown, appeal: shown, acts: [] },
    },
  }),
};

/** One process of the pages, in which nothing more happens once it is `killed`: it gives no turn back and notes nothing. */
async function start(holder: string) {
  const clock = createPlatformClock();
  const state = { isKilled: false };
  const sleep = (ms: number, signal?: AbortSignal) =>
    clock.sleep(state.isKilled ? MINUTE_MS : Math.min(ms, 20), signal);
  const platform = {
    ...{ engine: createNodeEngine(), entropy: systemEntropy, logger: createLogger('silent') },
    clock: { ...clock, now: () => clock.now() + laterMs, sleep },
  };
  const place = { origin: 'https://relief.example', keysFolder, databaseUrl: server.url, notify };
  const by = { holder, address: `http://127.0.0.1:1/${holder}` };
  const telling = await composeTelling(platform, { ...place, by }, desk, new AbortController().signal);
  const kill = () => {
    state.isKilled = true;
  };
  return { telling, kill };
}

it('people are told once by two processes in turn, and by the other one when the first is killed while it tells', async () => {
  await using tables = await openTables(server.url, 'person', ROLE_TABLES.person);
  const holder = async () =>
    (await sql<{ holder: string }>`select holder from lease`.execute(tables.kysely)).rows[0]?.holder;
  const first = await start('first');
  await expect.poll(holder).toBe('first');
  const second = await start('second');
  await second.telling.tell(CODE, 'ada@people.example', 'en');

  shown.code = 'applied.posted';
  laterMs += 2 * MINUTE_MS;
  await expect.poll(() => sent.length).toBe(1);
  expect(sent[0]).toMatchObject({ message: { to: 'ada@people.example' }, authorization: 'Bearer a-token' });
  expect(sent[0]?.message.text).toContain(`https://relief.example/me/${CODE}?lang=en`);

  isAnswering = false;
  shown.since = 6;
  laterMs += 2 * MINUTE_MS;
  await expect.poll(() => sent.length).toBe(2);
  first.kill();
  isAnswering = true;
  // Its time is over, as it is six seconds after whoever had the turn was last heard of.
  const end = () => sql`update lease set until = clock_timestamp() where holder = 'first'`.execute(tables.kysely);
  await expect.poll(() => end().then(holder)).toBe('second');
  await expect.poll(() => sent.length).toBe(3);
  const [told, ...again] = sent.map(({ message }) => message.id);
  expect(new Set(again).size).toBe(1);
  expect(again).not.toContain(told);

  // Nothing has changed since: nobody is told anything more.
  const looks = async () =>
    (await sql<{ at: number }>`select next_at_ms as at from notice`.execute(tables.kysely)).rows[0]?.at;
  const before = await looks();
  laterMs += 2 * MINUTE_MS;
  await expect.poll(looks).not.toBe(before);
  expect(sent).toHaveLength(3);
  expect(await second.telling.handoffs()).toEqual([]);
  receiver.closeAllConnections();
  await Promise.all([first, second].map(({ telling }) => telling[Symbol.asyncDispose]()));
});
