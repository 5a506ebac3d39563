import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { openDatabase } from '../src/adapters/postgres/database.ts';
import { roleOf } from '../src/adapters/postgres/role.ts';

type OlderSchema = {
  /** Statements, or one and what is put in the place of $1, $2... */
  readonly ddl: readonly (string | readonly [string, ...unknown[]])[];
  /** Tables to their rows, as JSON text. */
  readonly rows: Readonly<Record<string, string>>;
};

export type OlderNetwork = {
  readonly files: Readonly<Record<string, string>>;
  readonly schemas: Readonly<Record<string, OlderSchema>>;
};

export async function readOlder(name: string): Promise<OlderNetwork> {
  return JSON.parse(await readFile(new URL(`older/${name}.json`, import.meta.url), 'utf8')) as OlderNetwork;
}

/** Puts data folder and tables where they are as an older version left them. */
export async function restoreOlder({ files, schemas }: OlderNetwork, url: string, folder: string): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true, mode: 0o700 });
    await writeFile(join(folder, name), text, { mode: 0o600 });
  }
  for (const schema of Object.keys(schemas)) {
    await using _ = await openDatabase({ url, schema });
  }
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const [schema, { ddl, rows }] of Object.entries(schemas)) {
    await client.query(`set role ${roleOf(schema)}; set search_path to ${schema}`);
    for (const step of ddl) {
      const [text, ...values] = typeof step === 'string' ? [step] : step;
      await client.query(text, values);
    }
    for (const [table, text] of Object.entries(rows)) {
      await client.query(`delete from ${table}`);
      await client.query(
        `insert into ${table} overriding system value select * from json_populate_recordset(null::${table}, $1)`,
        [text],
      );
    }
    await client.query('reset role');
  }
  await client.end();
}
