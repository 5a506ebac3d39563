import { encodeVkey } from '@holdfast/core';
import { auditLog, createPlatformClock, readAudit } from '@holdfast/verifier';
import { afterAll, describe, expect, it } from 'vitest';
import { signStatement, testRulebook } from '../../../../core/test/log-builder.ts';
import { createTestEngine, ORIGIN } from '../../../../verifier/test/test-feed.ts';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { createTestSigner } from '../../../test/test-network.ts';
import { openDatabase } from '../../adapters/postgres/database.ts';
import { createLogStorePostgres, type LogTables, logStoreMigrations } from '../../adapters/postgres/log-store.ts';
import { migrate } from '../../adapters/postgres/migration.ts';
import { createGenesis } from './genesis.ts';
import { createNetwork, type NetworkOptions, type NetworkRole } from './network-role.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());

async function openStore(schema: string) {
  const database = await openDatabase<LogTables>({ url: test.url, schema, poolMax: 2 });
  closeAfterTest(database);
  await migrate(database, logStoreMigrations);
  return createLogStorePostgres(database);
}

/** Real time and real storage; epochs as often as a rulebook may ask for. */
async function found() {
  const { signatures, signer, log } = createTestSigner();
  const rulebook = testRulebook(signatures, { tickMs: 50, log: { origin: ORIGIN, vkey: encodeVkey(log.vkey) } });
  const { statement: genesis, network: name } = await createGenesis(rulebook, signer);
  const options = { clock: createPlatformClock(), signer, engine: createTestEngine(), genesis };
  const novelty = (subject: string) =>
    signStatement({ type: 'novelty', v: 1, critical: [subject] }, signatures.key('governor'));
  return { options, name, novelty };
}

async function expectSound(role: NetworkRole, options: Pick<NetworkOptions, 'engine'>, network: string) {
  const { signal } = new AbortController();
  const source = { ...role, fetchTile: role.readTile };
  expect(await readAudit(auditLog(source, { engine: options.engine, network, signal }))).toMatchObject({ holds: true });
}

describe('a network on PostgreSQL', () => {
  it('keeps one log between two sequencers that are killed and started again while they write', async () => {
    const { options, name, novelty } = await found();
    const acknowledged = new Map<string, number>();
    let made = 0;

    async function write(role: NetworkRole, count: number): Promise<void> {
      for (let i = 0; i < count; i += 1) {
        made += 1;
        const statement = novelty(`subject ${made}`);
        const { index } = await role.append([statement]);
        acknowledged.set(statement, index);
      }
    }

    for (let round = 0; round < 3; round += 1) {
      const stop = new AbortController();
      const roles = await Promise.all(
        [1, 2].map(async () => createNetwork({ ...options, store: await openStore('network_shared') })),
      );
      await Promise.all(roles.map((role) => role.start(stop.signal)));
      const writing = roles.flatMap((role) => [1, 2, 3].map(() => write(role, 8)));
      const dying = roles[round % 2];
      const killed = round === 1 ? dying?.[Symbol.asyncDispose]() : undefined;
      await Promise.allSettled(writing);
      await killed;
      stop.abort();
      await Promise.all(roles.map((role) => role[Symbol.asyncDispose]()));
    }

    await using role = createNetwork({ ...options, store: await openStore('network_shared') });
    await role.start(new AbortController().signal);
    expect(acknowledged.size).toBeGreaterThan(90);
    for (const [statement, index] of acknowledged)
      expect(await role.readEntries(index, index + 1)).toEqual([statement]);
    await expectSound(role, options, name);
  });
});
