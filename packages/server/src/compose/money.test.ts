import { afterEach, expect, test } from 'vitest';
import { programAfter, testProgram } from '../../../core/test/test-program.ts';
import { createDistributorWorld, type DistributorWorld } from '../../test/distributor-world.ts';
import type { Distributor } from '../roles/distributor/distributor.ts';
import { readMoney } from './money.ts';

const worlds: DistributorWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
});

async function open(options: Parameters<typeof createDistributorWorld>[0] = {}): Promise<DistributorWorld> {
  const world = await createDistributorWorld(options);
  worlds.push(world);
  return world;
}

const sourcesOf = ({ verifiers, distributor }: DistributorWorld) => ({
  state: verifiers.follower.state,
  distributor,
  handoffs: [() => distributor.handoffs()],
  names: { north: 'North', officers: 'The officers', [distributor.id]: 'Relief office' },
  verifier: 'North',
});

/** Fails whoever asks it anything. */
const untouchable = (id: string) =>
  new Proxy({ id } as Distributor, {
    get: (target, name) => {
      if (name === 'id') return target.id;
      throw new Error('nobody should be asked');
    },
  });

test('where no program is, and where none can be, nobody is asked anything', async () => {
  const world = await open();
  const { state, ...rest } = sourcesOf(world);
  const distributor = untouchable(world.distributor.id);
  const handoffs = [() => Promise.reject(new Error('nobody should be asked'))];
  const none = { ...rest, distributor, handoffs };
  expect(await readMoney({ ...none, state: { ...state, programs: new Map() } })).toMatchObject({
    state: 'read',
    programs: [],
    waiting: [],
  });
  const { rulebook } = state;
  if (rulebook === undefined) throw new Error('the test network has rules');
  const powers = rulebook.body.powers.filter(({ power }) => power !== 'release');
  const silent = { ...rulebook, body: { ...rulebook.body, powers } };
  expect(await readMoney({ ...none, state: { ...state, rulebook: silent } })).toEqual({ state: 'not-granted' });
});

test('money that is set aside is the verifier’s turn, and nothing in it names an applicant', async () => {
  const world = await open({
    verification: (verification) => ({ ...verification, confirm: () => Promise.reject(new Error('silent')) }),
  });
  const { application } = await world.distributor.apply('relief', world.sent(world.person('R-77')));
  await world.close();
  await world.work();
  const money = await readMoney(sourcesOf(world));
  expect(money).toMatchObject({
    state: 'read',
    logTime: world.verifiers.follower.state.time,
    programs: [{ program: { id: 'relief' }, phase: 'paying', payments: { reserved: { count: 1, total: 100n } } }],
    waiting: [{ owner: 'North', what: 'transfer', program: 'relief', next: 'confirmed', count: 1 }],
  });
  const text = JSON.stringify(money, (_name, value) => (typeof value === 'bigint' ? String(value) : value));
  for (const secret of ['R-77', application, '"a1"']) expect(text).not.toContain(secret);
});

test('of many programs those are shown first that still go on, the last to begin before the others', async () => {
  const world = await open();
  await world.close();
  await world.work();
  const { log } = world.verifiers.feed;
  for (const id of ['first', 'second', 'third']) {
    const { uniqueness } = world.program;
    const key = await world.distributor.createKey();
    log.append(programAfter(log, testProgram(log, { id, uniqueness: { ...uniqueness, key } })));
    await world.epoch();
  }
  const money = await readMoney(sourcesOf(world));
  expect(money).toMatchObject({
    more: 1,
    programs: ['third', 'second', 'first'].map((id) => ({ program: { id } })),
  });
});

test('a program that the distributor has not read of yet is left out for the moment', async () => {
  const world = await open();
  const sources = sourcesOf(world);
  const record = sources.state.programs.get('relief');
  if (record === undefined) throw new Error('the program stands in the log');
  const ahead = { ...record, program: { ...record.program, id: 'unread' } };
  const programs = new Map([...sources.state.programs, ['unread', ahead]]);
  expect(await readMoney({ ...sources, state: { ...sources.state, programs } })).toMatchObject({
    state: 'read',
    programs: [{ program: { id: 'relief' } }],
    more: 1,
  });
});
