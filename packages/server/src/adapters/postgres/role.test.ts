import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { Client } from 'pg';
import { afterAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../test/test-database.ts';
import { prepareRole, roleOf } from './role.ts';

const server = await createTestDatabase();
const admin = new Client({ connectionString: server.url });
await admin.connect();
// Roles belong to the whole server, which other test files use at the same time: these names are ours alone.
const mark = randomBytes(4).toString('hex');
const made: string[] = [];

afterAll(async () => {
  for (const role of made) await admin.query(`drop owned by ${role}`).catch(() => undefined);
  for (const role of made) await admin.query(`drop role if exists ${role}`);
  await admin.end();
  await server[Symbol.asyncDispose]();
});

function schemaName(name: string): string {
  const schema = `${name}_${mark}`;
  made.push(roleOf(schema));
  return schema;
}

/** A user of the server who may only log in, and the address that makes one this user. */
async function createUser(name: string): Promise<{ user: string; url: string }> {
  const user = `${name}_${mark}`;
  await admin.query(`create role ${user} login password 'correct'`);
  made.push(user);
  const address = new URL(server.url);
  address.username = user;
  address.password = 'correct';
  return { user, url: address.href };
}

function prepare(url: string, schema: string): Promise<void> {
  return prepareRole({ url, schema, role: roleOf(schema), timeoutMs: 5_000 });
}

it('makes role and schema once, for a user who may create roles and is no superuser', async () => {
  const schema = schemaName('twice');
  await prepare(server.url, schema);
  await prepare(server.url, schema);
  const { rows } = await admin.query('select rolcanlogin, rolsuper, rolinherit from pg_roles where rolname = $1', [
    roleOf(schema),
  ]);
  expect(rows).toEqual([{ rolcanlogin: false, rolsuper: false, rolinherit: false }]);
});

it('is not disturbed by others doing the same at the same moment', async () => {
  const schema = schemaName('crowd');
  await Promise.all(Array.from({ length: 8 }, () => prepare(server.url, schema)));
  expect((await admin.query('select 1 from pg_namespace where nspname = $1', [schema])).rowCount).toBe(1);
});

it('tells a user who may not create roles what the administrator has to run', async () => {
  const { url, user } = await createUser('weak');
  await expect(prepare(url, schemaName('forbidden'))).rejects.toMatchObject({
    code: 'database.may-not-create-role',
    message: expect.stringContaining(`ALTER USER "${user}" CREATEROLE`),
  });
});

it('does not take over a role that somebody else made', async () => {
  const schema = schemaName('foreign_role');
  await prepare(server.url, schema);
  const { url, user } = await createUser('late');
  await expect(prepare(url, schema)).rejects.toMatchObject({
    code: 'database.may-not-use-role',
    message: expect.stringContaining(`GRANT ${roleOf(schema)} TO "${user}"`),
  });
});

it('works without the right to create roles once an administrator has granted the role', async () => {
  const schema = schemaName('granted');
  await prepare(server.url, schema);
  const { url, user } = await createUser('member');
  await admin.query(`grant ${roleOf(schema)} to ${user}`);
  await expect(prepare(url, schema)).resolves.toBeUndefined();
});

it('tells a user who may not create schemas what the owner has to run', async () => {
  const schema = schemaName('no_schema');
  const { url, user } = await createUser('guest');
  await admin.query(`create role ${roleOf(schema)}`);
  await admin.query(`grant ${roleOf(schema)} to ${user}`);
  await expect(prepare(url, schema)).rejects.toMatchObject({
    code: 'database.may-not-create-schema',
    message: expect.stringContaining(`TO "${user}"`),
  });
});

it('does not write into a schema that belongs to somebody else', async () => {
  const schema = schemaName('foreign_schema');
  await admin.query(`create schema ${schema}`);
  await expect(prepare(server.url, schema)).rejects.toMatchObject({ code: 'database.foreign-schema' });
});

it('refuses a database that does not keep text as UTF-8', async () => {
  const name = `holdfast_test_${Date.now()}_ascii`;
  await admin.query(`create database ${name} template template0 encoding 'SQL_ASCII' locale_provider libc locale 'C'`);
  const address = new URL(server.url);
  address.pathname = `/${name}`;
  await expect(prepare(address.href, schemaName('ascii'))).rejects.toMatchObject({ code: 'database.encoding' });
  await admin.query(`drop database ${name}`);
});

it('refuses a server older than 15', async () => {
  const old = await pretendServer('140012');
  await expect(prepare(old.url, schemaName('old'))).rejects.toMatchObject({
    code: 'database.version',
    details: { version: 14 },
  });
  old.listener.close();
});

it('takes no name that would need quoting', async () => {
  await expect(prepare(server.url, 'issuer; drop schema public')).rejects.toThrow('plain lower-case names');
});

/** The least of PostgreSQL's protocol: lets anybody in and answers every query with one text. */
async function pretendServer(answer: string): Promise<{ url: string; listener: Server }> {
  const message = (type: string, ...parts: readonly Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length + 4);
    return Buffer.concat([Buffer.from(type), length, body]);
  };
  const int = (value: number, bytes: number): Buffer => {
    const out = Buffer.alloc(bytes);
    out.writeIntBE(value, 0, bytes);
    return out;
  };
  const ready = message('Z', Buffer.from('I'));
  const column = Buffer.concat([
    Buffer.from('v\0'),
    int(0, 4),
    int(0, 2),
    int(25, 4),
    int(-1, 2),
    int(-1, 4),
    int(0, 2),
  ]);
  const reply = Buffer.concat([
    message('T', int(1, 2), column),
    message('D', int(1, 2), int(answer.length, 4), Buffer.from(answer)),
    message('C', Buffer.from('SHOW\0')),
    ready,
  ]);
  const listener = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(Buffer.concat([message('R', int(0, 4)), ready]));
      socket.on('data', (bytes) => bytes.toString('latin1').startsWith('Q') && socket.write(reply));
    });
  });
  const port = await new Promise<number>((resolve) => {
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
    });
  });
  return { url: `postgres://me@127.0.0.1:${port}/old`, listener };
}
