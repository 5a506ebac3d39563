import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import type { LedgerProcessOptions } from '../../../test/ledger-process.ts';
import { createTestDatabase } from '../../../test/test-database.ts';

// The outside audit: SQL that anyone can run on the ledger's tables, with nothing of ours in between.
const ZERO_SUM = `select asset, sum(credits_posted) - sum(debits_posted) as posted,
  sum(credits_pending) - sum(debits_pending) as pending from ledger.account group by asset`;

/** Accounts whose balances are not those of their transfers. */
const UNEXPLAINED = `
  with moved as (
    select debit, credit,
      case when kind = 'posted' then amount when state = 'posted' then posted else 0 end as posted,
      case when state = 'pending' then amount else 0 end as pending
    from ledger.transfer where kind in ('posted', 'pending') and state <> 'refused'
  ), sums as (
    select id, sum(dp) as dp, sum(dr) as dr, sum(cp) as cp, sum(cr) as cr from (
      select debit as id, posted as dp, pending as dr, 0 as cp, 0 as cr from moved
      union all select credit, 0, 0, posted, pending from moved
      union all select id, 0, 0, 0, 0 from ledger.account
    ) as side group by id
  )
  select sums.* from sums full join ledger.account using (id)
  where (debits_posted, debits_pending, credits_posted, credits_pending) is distinct from (dp, dr, cp, cr)`;

/** Reserves and their ends that do not agree, either way. */
const UNMATCHED = `
  select reserve.id, reserve.state, ending.id as by, ending.state as as_state
  from (select * from ledger.transfer where kind = 'pending' and state <> 'refused') as reserve
  full join (select * from ledger.transfer where kind in ('post', 'void') and state <> 'refused') as ending
    on ending.pending = reserve.id
  where (reserve.state in ('pending', 'expired') and ending.id is not null)
    or (reserve.state in ('posted', 'voided') and (ending.id is null or ending.id <> reserve.ended_by))
    or reserve.id is null
    or (ending.id is not null and (ending.state <> reserve.state or ending.posted is distinct from reserve.posted))
    or (reserve.state = 'expired') <> (reserve.ended_at_ms is not null and reserve.ended_by is null)
    or reserve.posted > reserve.amount`;

const test = await createTestDatabase();
const keysFolder = await mkdtemp(join(tmpdir(), 'holdfast-ledger-'));
const client = new Client({ connectionString: test.url });
await client.connect();
afterAll(async () => {
  await client.end();
  await rm(keysFolder, { recursive: true, force: true });
  await test[Symbol.asyncDispose]();
});

/** Runs a ledger until it has given so many answers, breaks its connections on the way, and kills it. */
async function runAndKill(seed: number, answers: number, heard: Map<string, Set<string>>): Promise<void> {
  const script = fileURLToPath(new URL('../../../test/ledger-process.ts', import.meta.url));
  const options: LedgerProcessOptions = { url: test.url, seed, keysFolder };
  const child = spawn(process.execPath, ['--conditions=@holdfast/source', script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    // Of a process that was killed the last line may be half of one.
    if (!line.endsWith(']')) continue;
    const [id, answer] = JSON.parse(line) as [string, string];
    heard.set(id, (heard.get(id) ?? new Set()).add(answer));
    count += 1;
    if (count % 500 === 250) await breakConnections();
    if (count === answers) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
}

async function breakConnections(): Promise<void> {
  await client.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'holdfast ledger'`);
}

describe('a ledger whose process and connections are killed again and again', () => {
  it('holds, to anyone who looks with SQL alone, and has what it acknowledged', async () => {
    const heard = new Map<string, Set<string>>();
    for (const seed of [1, 2]) await runAndKill(seed, 1200, heard);

    expect((await client.query(ZERO_SUM)).rows).toEqual([{ asset: 'EUR', posted: '0', pending: '0' }]);
    expect((await client.query(UNEXPLAINED)).rows).toEqual([]);
    expect((await client.query(UNMATCHED)).rows).toEqual([]);
    const { rows: sums } = await client.query(`select * from ledger.asset_sums`);
    expect(sums).toMatchObject([{ asset: 'EUR', accounts: '30' }]);

    const { rows } = await client.query<{ id: string; state: string; why: string }>(
      'select id, state, why from ledger.transfer',
    );
    const kept = new Map(rows.map((row) => [row.id, row]));
    for (const [id, answers] of heard) {
      const first = [...answers].filter((answer) => answer === 'created' || answer.startsWith('refused-'));
      const row = kept.get(id);
      // Whoever was answered at all was answered by what is kept, and never in two ways.
      expect(row).toBeDefined();
      expect(first.length).toBeLessThanOrEqual(1);
      const expected = row?.state === 'refused' ? `refused-${row.why}` : 'created';
      if (first.length === 1) expect(first).toEqual([expected]);
      if (answers.has('exists')) expect(row?.state).not.toBe('refused');
    }
    // The history was one worth auditing.
    const { rows: states } = await client.query('select distinct kind, state from ledger.transfer');
    expect(states.length).toBeGreaterThan(8);
    expect(new Set([...heard.values()].flatMap((answers) => [...answers])).size).toBeGreaterThan(8);
  });

  it('refuses what somebody writes into its tables by hand', async () => {
    const wrong = [
      `update ledger.account set credits_posted = credits_posted + 1 where id = 'a0'`,
      `update ledger.account set debits_pending = debits_pending + 1 where id = (select min(id) from ledger.account)`,
      `update ledger.transfer set state = 'pending' where kind = 'posted' and state = 'posted'`,
      `insert into ledger.transfer select * from ledger.transfer limit 1`,
      `update ledger.account set debits_posted = -1 where rule = 'none'`,
    ];
    for (const statement of wrong) await expect(client.query(statement)).rejects.toThrow();
    expect((await client.query(ZERO_SUM)).rows).toEqual([{ asset: 'EUR', posted: '0', pending: '0' }]);
  });
});
