import { createNetworkState, encodeJws, loginSigningInput, type OfficerLogin, type Power } from '@holdfast/core';
import { afterEach, describe, expect, test } from 'vitest';
import { buildLog, type LogBuilder, testRulebook } from '../../../../core/test/log-builder.ts';
import { createIdealSignatures } from '../../../../core/test/test-keys.ts';
import { officerParty } from '../../../test/governor-world.ts';
import { systemEntropy } from '../../adapters/system/entropy.ts';
import { assertOperator, type OperatorKeys } from '../operators.ts';
import { createHttpServer } from '../server.ts';
import { consoleRoutes } from './console-routes.ts';
import { createConsoleSessions } from './console-sessions.ts';
import { createOfficerLogins, OFFICERS_STALE_MS, operatorWithKey } from './officer-logins.ts';

const ORIGIN = 'http://localhost:4600';
const ADMIN_KEY = 'admin-key-of-this-network';
const PATH = '/console-session/officer';
const MINUTE_MS = 60_000;

const signatures = createIdealSignatures();
const apps: Awaited<ReturnType<typeof createHttpServer>>[] = [];
afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())));

/** A network whose officers may declare a key stolen, and remove one of them. */
function network(): LogBuilder {
  const rules = testRulebook(signatures);
  const [grant] = rules.powers;
  const more = (['enrol', 'rotate', 'compromise'] as const).map((power: Power) => ({ ...grant, power }));
  return buildLog({ signatures, rulebook: { ...rules, powers: [...rules.powers, ...more] as typeof rules.powers } });
}

type Room = { readonly log?: LogBuilder; readonly state?: LogBuilder['state']; readonly isAlone?: boolean };

/** A process of this network: all that it shares with another one is the admin key and, where given, what was used. */
async function open({ log = network(), state = log.state, isAlone = false }: Room = {}, used = new Set<string>()) {
  let now = log.state.time;
  const clock = { now: () => now, monotonic: () => now };
  const place = { adminKey: ADMIN_KEY, origin: ORIGIN, clock, entropy: systemEntropy };
  const sessions = createConsoleSessions({ ...place, byKid: (kid) => operatorWithKey(state, kid, now) });
  const operators: OperatorKeys = { admin: [], session: (request) => sessions.read(request)?.operator };
  const officers = createOfficerLogins({
    ...{ ...place, state: () => state },
    engine: { verify: async (checks) => checks.map(signatures.verify) },
    use: async (id) => !used.has(id) && used.add(id).has(id),
  });
  const app = await createHttpServer(false);
  apps.push(app);
  const seat = isAlone ? {} : { officers };
  consoleRoutes(app, { ...place, ...seat, sessions, operators, site: () => ({ state: 'failed', words: 'none' }) });
  app.post('/work', async (request) => {
    assertOperator(request, operators, 'work');
    return {};
  });
  const pass = (ms: number) => {
    now += ms;
  };
  return { app, log, pass, sessions };
}

type World = Awaited<ReturnType<typeof open>>;

async function challenge({ app }: World): Promise<OfficerLogin> {
  return (await app.inject(PATH)).json<OfficerLogin>();
}

function sign(login: OfficerLogin, officer = 'officer-a', by = officer): string {
  const input = loginSigningInput(login, signatures.key(officer).jwk);
  return encodeJws(input, signatures.key(by).sign(input));
}

function send({ app }: World, login: string, headers: Record<string, string> = { origin: ORIGIN }) {
  return app.inject({ method: 'POST', url: PATH, payload: { login }, headers });
}

async function logIn(world: World, officer = 'officer-a') {
  const answer = await send(world, sign(await challenge(world), officer));
  const headers = { cookie: String(answer.headers['set-cookie']).split(';')[0] ?? '', origin: ORIGIN };
  return { answer, headers };
}

const work = async ({ app }: World, headers: Record<string, string>) =>
  (await app.inject({ method: 'POST', url: '/work', headers })).statusCode;

describe('an officer’s key', () => {
  test('opens a session that works and manages no keys, under the officer’s own name', async () => {
    const world = await open();
    const { answer, headers } = await logIn(world, 'officer-c');
    expect([answer.statusCode, answer.json()]).toMatchObject([
      201,
      { role: 'operator', name: 'officer-c', may: ['see', 'work', 'apply'] },
    ]);
    expect(await work(world, headers)).toBe(200);
    expect(world.sessions.list()).toMatchObject([{ by: 'officer', operator: { name: 'officer-c' } }]);
  });

  test.each<[string, (login: OfficerLogin) => string, number, string]>([
    ['at another address', (login) => sign({ ...login, origin: 'https://evil.example' }), 403, 'login.other-place'],
    ['for another network', (login) => sign({ ...login, network: 'n'.repeat(43) }), 403, 'login.other-place'],
    ['over a challenge of somebody else’s', (login) => sign({ ...login, nonce: 'mine' }), 409, 'login.challenge'],
    ['by nobody who is an officer', (login) => sign(login, 'stranger'), 403, 'console.no-officer'],
    ['by one who names another’s key', (login) => sign(login, 'officer-a', 'officer-b'), 403, 'login.signature'],
    ['as an approval', () => network().approval('d'.repeat(43), 'officer-a'), 400, 'login.malformed'],
  ])('signed %s opens nothing', async (_what, signed, status, code) => {
    const world = await open();
    const answer = await send(world, signed(await challenge(world)));
    expect([answer.statusCode, answer.json().code, answer.headers['set-cookie']]).toEqual([status, code, undefined]);
  });

  test('is not asked for by a page elsewhere', async () => {
    const world = await open();
    const answer = await send(world, sign(await challenge(world)), { origin: 'http://localhost:3000' });
    expect(answer.json()).toMatchObject({ code: 'request.cross-site' });
  });

  test('opens nothing once it is declared stolen, and its session is over with the next request', async () => {
    const world = await open();
    const { headers } = await logIn(world);
    const stolen = officerParty(signatures, 'officer-a');
    const keys = stolen.keys.map((key) => ({ ...key, compromised: world.log.state.time }));
    expect(world.log.enter('compromise', { ...stolen, keys }).carried).toMatchObject({ ok: true });
    expect([await work(world, headers), world.sessions.list()]).toEqual([401, []]);
    expect((await logIn(world)).answer.json()).toMatchObject({ code: 'console.no-officer' });
  });

  test('opens nothing once its officer has ended, and what another officer’s opened goes on', async () => {
    const world = await open();
    const [ended, other] = [await logIn(world), await logIn(world, 'officer-b')];
    world.log.enter('rotate', officerParty(signatures, 'officer-a', { keys: [] }));
    expect([await work(world, ended.headers), await work(world, other.headers)]).toEqual([401, 200]);
  });

  test('only looks where the log was not read for long: who is an officer may have changed', async () => {
    const world = await open();
    const { headers } = await logIn(world);
    world.pass(OFFICERS_STALE_MS + 1);
    expect(await work(world, headers)).toBe(403);
    expect((await logIn(world)).answer.json()).toMatchObject({ role: 'viewer', may: ['see'] });
  });
});

describe('a challenge', () => {
  test('is answered once: not again here, nor where it is known that it was', async () => {
    const used = new Set<string>();
    const [one, two] = [await open({}, used), await open({}, used)];
    const signed = sign(await challenge(one));
    expect((await send(one, signed)).statusCode).toBe(201);
    for (const world of [one, two])
      expect((await send(world, signed)).json()).toMatchObject({ code: 'login.challenge' });
  });

  test('that a process cannot know to be answered opens the same session again, and not one that was ended', async () => {
    const [one, two] = [await open(), await open()];
    const signed = sign(await challenge(one));
    await send(one, signed);
    await send(two, signed);
    expect(two.sessions.list()[0]?.id).toBe(one.sessions.list()[0]?.id);
  });

  test('given before a restart, or by another process of the origin, is answered all the same', async () => {
    const [before, after] = [await open(), await open()];
    expect((await send(after, sign(await challenge(before)))).statusCode).toBe(201);
  });

  test('is over after two minutes, by the clock of whoever is asked', async () => {
    const world = await open();
    const signed = sign(await challenge(world));
    world.pass(2 * MINUTE_MS);
    expect((await send(world, signed)).json()).toMatchObject({ code: 'login.challenge' });
  });

  test('and its answer are bounded for each address, and a flood of them keeps nothing', async () => {
    const world = await open();
    const asked = await Promise.all(Array.from({ length: 61 }, () => world.app.inject(PATH)));
    expect(asked.filter(({ statusCode }) => statusCode === 429)).toHaveLength(1);
    const tried = await Promise.all(Array.from({ length: 11 }, () => send(world, 'no log-in at all')));
    expect(tried.map(({ statusCode }) => statusCode).sort()).toEqual([...Array(10).fill(400), 429]);
  });

  test('is not to be had where no governor answers, nor before anything of the log was read', async () => {
    const alone = await open({ isAlone: true });
    const nothing = await open({ state: createNetworkState() });
    const codes = [await alone.app.inject(PATH), await nothing.app.inject(PATH), await send(alone, 'x')];
    expect(codes.map((answer) => [answer.statusCode, answer.json().code])).toEqual([
      [404, 'console.no-governor'],
      [503, 'console.unread'],
      [404, 'console.no-governor'],
    ]);
  });
});
