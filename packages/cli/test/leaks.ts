import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { parseJws } from '@holdfast/core';
import pg from 'pg';
import type { RunningNetwork } from './running-network.ts';

/** Something that must be in nothing that a process tells. */
export type Secret = { readonly kind: string; readonly value: string };

/** What is shorter stands by chance in one run of a hundred somewhere in what is random: it counts as a word of its own. */
const LEAST_LENGTH = 5;

/** Kinds of secrets that stand in the text, as they are or in base64url; each with one of them. */
export function leaksIn(text: string, secrets: readonly Secret[]): readonly Secret[] {
  const found = new Map<string, Secret>();
  for (const secret of secrets) {
    if (!found.has(secret.kind) && isInside(text, secret.value)) found.set(secret.kind, secret);
  }
  return [...found.values()];
}

function isInside(text: string, value: string): boolean {
  if (value.length < LEAST_LENGTH) return text.includes(value) && text.split(/[^\w-]+/).includes(value);
  return text.includes(value) || text.includes(Buffer.from(value, 'utf8').toString('base64url'));
}

const CLAIMS = ['Ada', '1985-12-10', 'R-0001', 'R-tour-', 'tour-'];

const QUERIES: Readonly<Record<string, string>> = {
  'credential id': 'select id as value from issuer.issued',
  'status list': 'select distinct list as value from issuer.issued',
  'label digest': 'select distinct label as value from issuer.issued where label is not null',
  'offer link': 'select link as value from issuer.offer',
  'holder key': 'select distinct holder as value from distributor.application',
  application: 'select application as value from distributor.application',
  acknowledgement: 'select acknowledgement as value from distributor.application',
  account: "select id as value from ledger.account where id like 'holder.%' or id like 'key.%'",
  transfer: 'select id as value from ledger.transfer',
  destination: 'select destination as value from distributor.settlement_line',
};

/** What this network knows of people, asked of its tables, and what this machine is called. */
export async function readSecrets(
  { data, adminKey }: Pick<RunningNetwork, 'data' | 'adminKey'>,
  databaseUrl: string,
): Promise<readonly Secret[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const rows: Secret[] = [];
    for (const [kind, text] of Object.entries(QUERIES)) {
      const { rows: found } = await client.query<{ value: string }>(text);
      rows.push(...found.map(({ value }) => ({ kind, value })));
    }
    const paths = [data, process.cwd(), `${homedir()}/`];
    return [
      ...rows,
      ...CLAIMS.map((value) => ({ kind: 'claim', value })),
      ...paths.map((value) => ({ kind: 'path', value })),
      { kind: 'key', value: adminKey },
      { kind: 'database', value: databaseUrl },
    ];
  } finally {
    await client.end();
  }
}

/** Takes what verifiers and distributors push, and keeps what anybody on the way could read: the envelopes, opened. */
export async function createHook(): Promise<
  AsyncDisposable & { readonly url: string; readonly envelopes: () => readonly string[] }
> {
  const envelopes: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('utf8');
    });
    request.on('end', () => {
      const { header, payload } = parseJws(body);
      envelopes.push(JSON.stringify({ headers: request.headers, header, payload }));
      response.writeHead(202).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    envelopes: () => envelopes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
