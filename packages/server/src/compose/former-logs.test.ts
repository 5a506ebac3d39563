import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBase64url, encodeSnapshot } from '@holdfast/core';
import { createPastLog } from '@holdfast/verifier';
import { afterAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../test/test-database.ts';
import { startTestNetwork } from '../../test/test-network.ts';
import { openLogStorePostgres } from '../adapters/postgres/log-store.ts';
import { openTables, tablesOf } from './following.ts';
import { openFormerLogs } from './former-logs.ts';
import { ROLE_TABLES } from './role-tables.ts';

const never = new AbortController().signal;
const database = await createTestDatabase();
const tables = await openTables(database.url, 'network', ROLE_TABLES.network);
const dataFolder = await mkdtemp(join(tmpdir(), 'holdfast-former-'));

afterAll(async () => {
  await tables[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await rm(dataFolder, { recursive: true });
});

it('serves of each earlier log what the database has up to its end, and says when that is too little', async () => {
  const old = await startTestNetwork();
  const { size, checkpoint = '' } = await old.store.readHead();
  const entries = await old.store.readEntries(0, size);
  const read = await createPastLog(old.store, old.options.engine).at(size, ({ state, epoch }) =>
    encodeSnapshot(state, { epoch, checkpoint }),
  );
  const snapshot = read.ok ? read.value : undefined;
  await writeFile(join(dataFolder, 'log-1.predecessor'), `${encodeBase64url(snapshot ?? expect.fail('it ends'))}\n`);
  const codes: string[] = [];
  const report = ({ code }: { readonly code: string }) => void codes.push(code);
  const open = (place: number) => openFormerLogs(tables, { place, dataFolder, report });
  const [empty] = await open(1);
  expect(codes).toEqual(['network.former-log-short']);
  // Where nothing else is left, it is known at least how far the log counts.
  expect(await empty?.fetchCheckpoint(never)).toBe(checkpoint);
  await expect(empty?.fetchEntries(0, 1, never)).rejects.toMatchObject({ code: 'log.out-of-range' });
  const { store } = await openLogStorePostgres(tablesOf(tables), 0);
  await store.append(0, entries, checkpoint);
  await store.append(size, ['what nobody counts'], undefined);
  const [whole, unknown] = await open(2);
  expect(codes).toEqual(['network.former-log-short', 'network.former-log-short']);
  expect(unknown).toBeUndefined();
  expect(await whole?.fetchEntries(0, size + 1, never)).toEqual(entries);
  await expect(whole?.fetchEntries(size, size + 1, never)).rejects.toMatchObject({ code: 'log.out-of-range' });
});
