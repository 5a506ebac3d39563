import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { appendLeaf, compactRoot, createCompactTree, encodeHex, encodeUtf8, leafHash } from '@holdfast/core';
import { auditLog, openCheckpoint, readAudit } from '@holdfast/verifier';
import { Client } from 'pg';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { foundSeeded, type NetworkProcessLine, type NetworkProcessOptions } from '../../../test/network-process.ts';
import { closeAfterTest, createTestDatabase } from '../../../test/test-database.ts';
import { openDatabase } from '../../adapters/postgres/database.ts';
import { createLogStorePostgres, type LogTables } from '../../adapters/postgres/log-store.ts';
import { createNetwork } from './network-role.ts';

const SCHEMA = 'network';
const SEED = 'two sequencers';
const test = await createTestDatabase();
const client = new Client({ connectionString: test.url });
await client.connect();
afterAll(async () => {
  await client.end();
  await test[Symbol.asyncDispose]();
});

type Told = { readonly receipts: Map<string, number>; readonly checkpoints: Set<string> };

/** Runs one network until it has acknowledged so many appends, breaks connections on the way, and kills it. */
async function runAndKill(name: string, receipts: number, told: Told): Promise<void> {
  const script = fileURLToPath(new URL('../../../test/network-process.ts', import.meta.url));
  const options: NetworkProcessOptions = { url: test.url, schema: SCHEMA, seed: SEED, name };
  const child = spawn(process.execPath, ['--conditions=@holdfast/source', script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(-2000);
  });
  let count = 0;
  for await (const text of createInterface({ input: child.stdout })) {
    // Of a process that was killed the last line may be half of one.
    if (!text.endsWith(']')) continue;
    const line = JSON.parse(text) as NetworkProcessLine;
    if (line[0] === 'checkpoint') told.checkpoints.add(line[1]);
    else {
      told.receipts.set(line[1], line[2]);
      count += 1;
      if (count === Math.floor(receipts / 2)) await breakConnections();
      if (count === receipts) child.kill('SIGKILL');
    }
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(complaint).toBe('');
  expect(child.signalCode).toBe('SIGKILL');
}

async function breakConnections(): Promise<void> {
  await client.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'holdfast ${SCHEMA}'`);
}

describe('two networks on one database, killed again and again while they write and mint', () => {
  it('have one history: every receipt names its entry, and nobody was shown anything else', async () => {
    const told: Told = { receipts: new Map(), checkpoints: new Set() };
    // Two generations of each, never ending at the same time.
    const lives = (name: string, counts: readonly number[]) =>
      counts.reduce(
        (before, count, i) => before.then(() => runAndKill(`${name} ${i}`, count, told)),
        Promise.resolve(),
      );
    await Promise.all([lives('first', [60, 110]), lives('second', [90, 50])]);

    const { options, network, log } = await foundSeeded(SEED);
    const database = await openDatabase<LogTables>({ url: test.url, schema: SCHEMA, poolMax: 2 });
    closeAfterTest(database);
    await using role = createNetwork({ ...options, store: createLogStorePostgres(database) });
    await role.start(new AbortController().signal);
    const { signal } = new AbortController();
    const source = { ...role, fetchTile: role.readTile };
    const report = await readAudit(auditLog(source, { engine: options.engine, network, signal }));
    expect(report).toMatchObject({ holds: true, refused: {} });

    const entries: string[] = [];
    const roots = new Map<number, string>();
    const tree = createCompactTree();
    while (entries.length < report.entries) {
      for (const entry of await role.readEntries(entries.length, report.entries)) {
        entries.push(entry);
        appendLeaf(tree, leafHash(encodeUtf8(entry)));
        roots.set(tree.size, encodeHex(compactRoot(tree)));
      }
    }
    expect(told.receipts.size).toBeGreaterThanOrEqual(310);
    for (const [statement, index] of told.receipts) expect(entries[index]).toBe(statement);
    expect(new Set(entries).size).toBe(entries.length);
    expect(told.checkpoints.size).toBeGreaterThan(3);
    for (const note of told.checkpoints) {
      const { size, root } = await openCheckpoint(note, log.vkey, options.engine);
      expect(encodeHex(root)).toBe(roots.get(size));
    }
  });
});
