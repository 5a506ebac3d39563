import { type CodedError, parseJws } from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import { afterAll, describe, expect, test } from 'vitest';
import { createDistributorWorld, type DistributorWorld } from '../../../test/distributor-world.ts';
import { createFaults, type Fault } from '../../../test/faults.ts';
import { createTestDatabase } from '../../../test/test-database.ts';
import { openDatabase } from '../../adapters/postgres/database.ts';
import {
  createDistributorStorePostgres,
  distributorStoreMigrations,
} from '../../adapters/postgres/distributor-store.ts';
import { createLedgerStorePostgres, ledgerStoreMigrations } from '../../adapters/postgres/ledger-store.ts';
import { migrate } from '../../adapters/postgres/migration.ts';
import type { Distributor } from './distributor.ts';

const database = await createTestDatabase();
const opened = await Promise.all([
  openDatabase({ url: database.url, schema: 'distributor_faults', poolMax: 4 }),
  openDatabase({ url: database.url, schema: 'ledger_faults', poolMax: 4 }),
]);
const [distributorTables, ledgerTables] = opened;
await migrate(distributorTables, distributorStoreMigrations);
await migrate(ledgerTables, ledgerStoreMigrations);
const stores = [createDistributorStorePostgres(distributorTables), createLedgerStorePostgres(ledgerTables)] as const;
afterAll(async () => {
  for (const one of opened) await one[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

let programs = 0;

/** A small program from its first application to its end, while the calls of these numbers fail. */
async function runProgram(failing: ReadonlyMap<number, Fault>, mode: 'sealed' | 'instant') {
  programs += 1;
  const id = `p-${programs}`;
  const faults = createFaults(failing);
  await using world = await createDistributorWorld({
    store: stores[0],
    label: id,
    ledgerStore: faults.wrap(stores[1]),
    ledgerClock: createPlatformClock(),
    program: (program) => ({
      ...program,
      id,
      appealMs: 0,
      ...(mode === 'instant' ? { allocation: { mode, amount: '100', maxRecipients: 5 } } : {}),
    }),
  });
  const start = () => world.restart({ store: faults.wrap(stores[0]) });
  const acknowledged: string[] = [];
  let distributor = start();
  faults.arm();
  for (const person of ['R-1', 'R-1', 'R-2'].map((one) => world.person(one))) {
    acknowledged.push(await untilAnswered(distributor, id, world.sent(person)));
  }
  await world.close();
  for (let i = 0; i < 14 && (await world.store.readKey(world.program.uniqueness.key)) !== undefined; i += 1) {
    const before = world.events.length;
    for (let moves = 0; moves < 20 && (await distributor.step()); moves += 1);
    // What saw a fault is dead; another one goes on.
    if (world.events.length > before) distributor = start();
    await world.epoch();
  }
  faults.disarm();
  return { calls: faults.calls, outcome: await outcomeOf(world, acknowledged) };
}

/** As a wallet does: the same again until there is an answer. */
async function untilAnswered(distributor: Distributor, id: string, sent: ReturnType<DistributorWorld['sent']>) {
  for (let tries = 0; tries < 4; tries += 1) {
    try {
      return (await distributor.apply(id, sent)).application;
    } catch (error) {
      if ((error as CodedError).code !== 'database.outcome-unknown') throw error;
    }
  }
  return expect.fail('two faults are over after two tries');
}

async function outcomeOf(world: DistributorWorld, acknowledged: readonly string[]) {
  const { id } = world.program;
  const kept = await Promise.all(acknowledged.map((application) => world.store.read(id, application)));
  const states = kept.map((one) => {
    const refused = one?.judgement !== undefined && 'refused' in one.judgement ? one.judgement.refused : undefined;
    return refused ?? one?.payment?.state;
  });
  const [program, ...holders] = await world.ledger.readAccounts([`program.${id}` as never]);
  const { payments } = await world.distributor.find(id);
  const entries = world.verifiers.feed.log.entries.map((entry) => parseJws(entry).payload.type);
  return {
    states: states.sort(),
    payments,
    left: program && program.creditsPosted - program.debitsPosted,
    reserved: program?.debitsPending,
    others: holders.length,
    steps: entries.filter((type) => type === 'intake' || type === 'seal' || type === 'draw'),
    refused: world.verifiers.feed.log.state.refused.size,
    isBalanced: (await world.ledger.audit()).holds,
  };
}

const PAID = {
  states: ['application.duplicate_person', 'carried', 'carried'],
  payments: { carried: { count: 2, total: 200n } },
  left: 0n,
  reserved: 0n,
  others: 0,
  refused: 0,
  isBalanced: true,
};

describe('a database that fails at whatever call', () => {
  test.each([
    ['sealed', ['intake', 'seal', 'draw']],
    ['instant', ['intake', 'seal']],
  ] as const)('changes nothing in the end: %s', async (mode, steps) => {
    const { calls, outcome } = await runProgram(new Map(), mode);
    expect(outcome).toEqual({ ...PAID, steps });
    // Reading changes nothing, so one in eight of it will do.
    const numbers = calls.flatMap((name, i) => (name.startsWith('read') && i % 8 !== 0 ? [] : [i + 1]));
    const half = Math.ceil(numbers.length / 2);
    for (const [i, first] of numbers.slice(0, half).entries()) {
      // One early and one late in each run, each in one of the two ways.
      const second = numbers[i + half] ?? first + half;
      const isLost = i % 2 === (mode === 'sealed' ? 0 : 1);
      const failing = new Map<number, Fault>([
        [first, isLost ? 'lost' : 'unheard'],
        [second, isLost ? 'unheard' : 'lost'],
      ]);
      const run = await runProgram(failing, mode);
      expect({ failing, ...run.outcome }).toEqual({ failing, ...PAID, steps });
    }
  });
});
