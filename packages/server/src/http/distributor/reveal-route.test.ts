import { commitmentOf, type Program } from '@holdfast/core';
import { afterEach, expect, test } from 'vitest';
import { type DistributorDoor, openDistributorDoor } from '../../../test/distributor-door.ts';

const SECRETS = ['a', 'b', 'c'].map((letter) => letter.repeat(43)) as [string, string, string];
const HOUR_MS = 3_600_000;

const doors: DistributorDoor[] = [];
afterEach(async () => {
  for (const door of doors.splice(0)) await door[Symbol.asyncDispose]();
});

/** Two parties; the first has committed to two rounds with two secrets, the second too. */
const lottery = (program: Program): Program => ({
  ...program,
  allocation: { mode: 'sealed', rule: 'lottery', amount: '100' },
  beacon: {
    kind: 'commit-reveal',
    parties: [
      { id: 'north', commitments: [commitmentOf(SECRETS[0]), commitmentOf(SECRETS[1])] },
      { id: 'south', commitments: [commitmentOf(SECRETS[2]), commitmentOf('d'.repeat(43))] },
    ],
    revealWithinMs: HOUR_MS,
    exhausted: 'cancel',
  },
});

async function open(program?: (program: Program) => Program): Promise<DistributorDoor> {
  const door = await openDistributorDoor(program === undefined ? {} : { program });
  doors.push(door);
  return door;
}

const reveal = (door: DistributorDoor, body: unknown, program = 'relief') =>
  door.ask('POST', `/programs/${program}/reveals`, body);
const code = async (answer: ReturnType<typeof reveal>) => {
  const { status, json } = await answer;
  return [status, json.code];
};

async function sealed(): Promise<DistributorDoor> {
  const door = await open(lottery);
  await door.apply(door.world.sent(door.world.person()));
  await door.world.close();
  await door.world.work();
  expect((await door.world.distributor.find('relief')).phase).toBe('drawing');
  return door;
}

test('a secret before the seal is refused: whoever spoke next would see the draw', async () => {
  const door = await open(lottery);
  const answer = await reveal(door, { party: 'north', round: 0, secret: SECRETS[0] });
  expect([answer.status, answer.json.code]).toEqual([409, 'beacon.early']);
  expect(answer.text).not.toContain(SECRETS[0]);
});

test('needs no key but the secret, is the same when repeated, and draws once all have spoken', async () => {
  const door = await sealed();
  for (let i = 0; i < 2; i += 1) {
    const answer = await reveal(door, { party: 'north', round: 0, secret: SECRETS[0] });
    expect(answer).toMatchObject({ status: 200, json: { party: 'north', round: 0 } });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.text).not.toContain(SECRETS[0]);
  }
  expect((await reveal(door, { party: 'south', round: 0, secret: SECRETS[2] })).status).toBe(200);
  await door.world.work();
  const view = await door.ask('GET', '/programs/relief');
  expect(view.json).toMatchObject({ phase: 'paying', payments: { carried: { count: 1, total: '100' } } });
  // Told once more afterwards, it is still the same; the secret of a round that was not needed stays its party's.
  expect((await reveal(door, { party: 'north', round: 0, secret: SECRETS[0] })).status).toBe(200);
  expect(await code(reveal(door, { party: 'north', round: 1, secret: SECRETS[1] }))).toEqual([409, 'beacon.late']);
});

test('one that is not what was committed to, or of nobody, or of a round to come, is refused', async () => {
  const door = await sealed();
  for (const [body, status, expected] of [
    [{ party: 'north', round: 0, secret: 'z'.repeat(43) }, 422, 'beacon.secret'],
    [{ party: 'north', round: 0, secret: SECRETS[2] }, 422, 'beacon.secret'],
    [{ party: 'nobody', round: 0, secret: SECRETS[0] }, 422, 'beacon.secret'],
    [{ party: 'north', round: 7, secret: SECRETS[0] }, 422, 'beacon.secret'],
    [{ party: 'north', round: 1, secret: SECRETS[1] }, 409, 'beacon.early'],
    [{ party: 'north', round: 8, secret: SECRETS[0] }, 400, 'request.malformed'],
    [{ party: 'north', round: -1, secret: SECRETS[0] }, 400, 'request.malformed'],
    [{ party: 'north', round: 0.5, secret: SECRETS[0] }, 400, 'request.malformed'],
    [{ party: 'north', round: '0', secret: SECRETS[0] }, 400, 'request.malformed'],
    [{ party: 'north', round: 0, secret: 'short' }, 400, 'request.malformed'],
    [{ party: 'north', round: 0, secret: SECRETS[0], at: 0 }, 400, 'request.malformed'],
    [{ party: 'n'.repeat(1100), round: 0, secret: SECRETS[0] }, 413, 'request.too-large'],
    ['{"party":"north","round":0,"round":1}', 400, 'json.duplicate-member'],
  ] as const) {
    expect(await code(reveal(door, body))).toEqual([status, expected]);
  }
  expect(await code(reveal(door, { party: 'north', round: 0, secret: SECRETS[0] }, 'nobodys'))).toEqual([
    404,
    'program.unknown',
  ]);
  expect(await door.world.beacon.reveals(door.world.record().digest)).toEqual([]);
});

test('after the round it is too late, and the next round has begun', async () => {
  const door = await sealed();
  await door.world.epoch(door.world.verifiers.clock.now() + HOUR_MS);
  expect(await code(reveal(door, { party: 'north', round: 0, secret: SECRETS[0] }))).toEqual([409, 'beacon.late']);
  expect((await reveal(door, { party: 'north', round: 1, secret: SECRETS[1] })).status).toBe(200);
});

test('to a program that draws nothing from secrets there is nothing to reveal', async () => {
  const door = await open();
  expect(await code(reveal(door, { party: 'north', round: 0, secret: SECRETS[0] }))).toEqual([409, 'beacon.none']);
});

test('whoever looks sees what is revealed, in which round, until when, and who is missing', async () => {
  const before = await open(lottery);
  expect((await before.ask('GET', '/programs/relief/reveals')).json).toEqual({
    kept: 'distributor',
    state: 'unsealed',
    reveals: [],
  });
  const door = await sealed();
  await reveal(door, { party: 'north', round: 0, secret: SECRETS[0] });
  expect((await door.ask('GET', '/programs/relief/reveals')).json).toMatchObject({
    state: 'waiting',
    round: 0,
    missing: ['south'],
    reveals: [{ party: 'north', round: 0, secret: SECRETS[0] }],
  });
  await reveal(door, { party: 'south', round: 0, secret: SECRETS[2] });
  expect((await door.ask('GET', '/programs/relief/reveals')).json).toMatchObject({ state: 'drawn', round: 0 });
  const plain = await open();
  expect((await plain.ask('GET', '/programs/relief/reveals')).json.code).toBe('beacon.none');
});

test('a secret of a program that keeps them in the log is not taken here', async () => {
  const door = await open((program) => {
    const { beacon, ...rest } = lottery(program);
    if (beacon?.kind !== 'commit-reveal') throw new Error('the lottery of these tests is of secrets');
    return { ...rest, beacon: { ...beacon, reveals: 'log' } };
  });
  expect(await code(reveal(door, { party: 'north', round: 0, secret: SECRETS[0] }))).toEqual([409, 'beacon.in-log']);
  expect((await door.ask('GET', '/programs/relief/reveals')).json).toMatchObject({ kept: 'log', state: 'unsealed' });
});
