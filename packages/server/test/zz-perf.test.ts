import { encodeVkey, encodeUtf8, leafHash } from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import { sql } from 'kysely';
import { it } from 'vitest';
import { createMemorySigner } from '../src/adapters/memory/signer.ts';
import { createNodeEngine } from '../../verifier/src/signatures/node-engine.ts';
import { createThreadEngine } from '../../verifier/src/signatures/thread-engine.ts';
import { testRulebook } from '../../core/test/log-builder.ts';
import { createRealSignatures } from '../../core/test/test-keys.ts';
import { signStatement } from '../../core/test/log-builder.ts';
import { vkeyOf, parseUtf8 } from '@holdfast/core';
import { createTestDatabase } from './test-database.ts';
import { openDatabase } from '../src/adapters/postgres/database.ts';
import { createLogStorePostgres, logStoreMigrations } from '../src/adapters/postgres/log-store.ts';
import { migrate } from '../src/adapters/postgres/migration.ts';
import { createGenesis } from '../src/roles/network/genesis.ts';
import { createNetwork } from '../src/roles/network/network-role.ts';
it('perf', async () => {
  const test = await createTestDatabase();
  const database = await openDatabase<any>({ url: test.url, schema: 'perf', poolMax: 4 });
  await migrate(database, logStoreMigrations);
  const s = createRealSignatures();
  const mem = createMemorySigner(); const logKey = await mem.create('log', 'EdDSA');
  const signer = { readPublicKey: async (n: string) => n === 'log' ? logKey : s.key(n).jwk, sign: async (n: string, d: Uint8Array) => n === 'log' ? mem.sign(n, d) : s.key(n).sign(parseUtf8(d)) };
  const rulebook = testRulebook(s, { log: { origin: 'log.example/p', vkey: encodeVkey(vkeyOf('log.example/p', logKey)) } });
  const { statement: genesis } = await createGenesis(rulebook, signer);
  for (const engine of [createNodeEngine(), createThreadEngine()]) {
    const schema = engine === undefined ? '' : `p${Math.floor(Math.random()*1e6)}`;
    const db = await openDatabase<any>({ url: test.url, schema, poolMax: 4 });
    await migrate(db, logStoreMigrations);
    const role = createNetwork({ clock: createPlatformClock(), signer, store: createLogStorePostgres(db), engine, genesis, bounds: { maxWaiting: 5000, maxWaitMs: 60000 } });
    await role.start(new AbortController().signal);
    const N = 4000;
    const entries = Array.from({ length: N }, (_, i) => signStatement({ type: 'novelty', v: 1, critical: [`s${i % 10}`], pad: 'x'.repeat(300), i }, s.key('governor')));
    const t = performance.now();
    for (let i = 0; i < N; i += 100) await role.append(entries.slice(i, i + 100));
    const ours = N / (performance.now() - t) * 1000;
    const more = Array.from({ length: N }, (_, i) => signStatement({ type: 'novelty', v: 1, critical: [`s${i % 10}`], pad: 'y'.repeat(300), i }, s.key('governor')));
    const t3 = performance.now();
    await Promise.all(more.map((e) => role.append([e])));
    const single = N / (performance.now() - t3) * 1000;
    await sql`create table raw (i int8 primary key, e bytea not null, h bytea not null)`.execute(db.kysely);
    const t2 = performance.now();
    for (let i = 0; i < N; i += 100) {
      const part = entries.slice(i, i + 100);
      await sql`insert into raw select ${i}::int8 + o, e, h from unnest(${part.map((e) => Buffer.from(e))}::bytea[], ${part.map((e) => Buffer.from(leafHash(encodeUtf8(e))))}::bytea[]) with ordinality as r (e, h, o)`.execute(db.kysely);
    }
    const raw = N / (performance.now() - t2) * 1000;
    console.log({ ours: Math.round(ours), single: Math.round(single), raw: Math.round(raw), ratio: ours / raw, size: role.health().size });
    await role[Symbol.asyncDispose]();
  }
}, 120000);
