import { Pool } from 'pg';
import { forkBeside } from './generator.ts';
import { holdWriter } from './hold-writer.ts';

/** Ports of the peers, see `peer-process`. */
export type Peer = Disposable & { readonly naive: number; readonly echo: number };

/** Starts the peers on this engine. `isHeld`: its writer is held as ours is. */
export async function startPeer(databaseUrl: string, isHeld: boolean): Promise<Peer> {
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  try {
    await pool.query(`drop table if exists naive_claim, naive_entry, naive_balance`);
    await pool.query('create table naive_claim (nullifier text primary key, destination text not null)');
    await pool.query('create table naive_entry (nullifier text not null, amount int8 not null)');
    await pool.query('create table naive_balance (amount int8 not null)');
    await pool.query('insert into naive_balance values (1000000000)');
    if (isHeld) await holdWriter(pool, 'naive_balance', 'update');
  } finally {
    await pool.end();
  }
  const child = forkBeside('peer-process', databaseUrl);
  const ports = await new Promise<{ naive: number; echo: number }>((resolve, reject) => {
    child.once('message', (message) => resolve(message as { naive: number; echo: number }));
    child.once('exit', (code) => reject(new Error(`the peer ended with ${code}`)));
  });
  return { ...ports, [Symbol.dispose]: () => void child.kill('SIGKILL') };
}
