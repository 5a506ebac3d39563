import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  type JsonObject,
  type Program,
  type PublicJwk,
  parseJsonObject,
  parseJws,
  programDigest,
} from '@holdfast/core';
import { createKeyFilesSigner, winterRelief } from '@holdfast/server/client';
import { createWallet, type HolderKeys } from '@holdfast/wallet';
import { Pool } from 'pg';
import { findTargets, type Officer, openOfficer } from '../../commands/decide.ts';
import { offerCredential } from '../../commands/issue.ts';
import { createNetworkClient, type NetworkClient } from '../../network-client.ts';
import { approve, joinOrPropose, propose } from '../../officer-desk.ts';
import { holdWriter } from './hold-writer.ts';
import { createOrders } from './orders.ts';
import type { HeldForLoad, LoadTarget } from './plan.ts';

/** A whole network, as `holdfast up` starts it, on its own port and this database. */
export type NetworkUnderLoad = AsyncDisposable & {
  readonly target: LoadTarget;
  /** Bytes that its process holds now. */
  readonly residentBytes: () => Promise<number>;
  /** Revokes somebody's credential by two officers; milliseconds until the log has it and its epoch is out. */
  readonly revoke: () => Promise<number>;
};

/** A program takes a few applications of one holder: whoever sends more of them than that says how many holders it needs. */
const HOLDERS = 2000;
/** So many times somebody can be revoked: one seed of `bench overload` takes some 200. */
const MAX_REVOCATIONS = 260;
/** People with money; one account takes five orders a second. */
const PAYERS = 40;
const PURSE = '1000000';
const OFFICERS = ['officer-a', 'officer-b'] as const;
const CLAIMS = { given_name: 'Ada', family_name: 'Example', birthdate: '1985-12-10' };
const MAX_APPLICATIONS = 10_000_000;
const WINDOW_MS = 6 * 3_600_000;
const MAX_TOLD = 2000;
const POLL_MS = 100;
const MAX_POLLS = 300;

/** `isHeld`: the writer of applications has the artificial capacity. */
export async function startNetworkUnderLoad(
  folder: string,
  databaseUrl: string,
  isHeld: boolean,
  holders = HOLDERS,
): Promise<NetworkUnderLoad> {
  const main = join(import.meta.dirname, '..', '..', import.meta.url.endsWith('.ts') ? 'main.ts' : 'main.js');
  const flags = ['up', '--json', '--port', '0', '--data', folder, '--database', databaseUrl, '--sample'];
  const child = spawn(process.execPath, [...process.execArgv, main, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    const { url, adminKey } = await readyOf(child);
    const client = createNetworkClient({ url, adminKey });
    const held = await multiply(folder, (await issue(client, 'load')).credential, holders);
    // Beforehand: issuing is not what is measured, and under load it waits like everybody.
    for (let i = 1; i <= MAX_REVOCATIONS; i += 1) await issue(client, `revoked-${i}`);
    const officers = await Promise.all(OFFICERS.map((id) => openOfficer(folder, id)));
    const port = Number(new URL(url).port);
    const purse = await fillPurse(client, officers, port);
    const program = await release(client, officers, (one) => ({ ...one, maxApplications: MAX_APPLICATIONS }));
    if (isHeld) await holdApplications(databaseUrl);
    const target: LoadTarget = { shape: 'holdfast', port, program: named(program), held, purse };
    let revoked = 0;
    return {
      target,
      residentBytes: () => residentBytes(child.pid ?? 0),
      revoke: async () => {
        revoked += 1;
        return revoke(client, officers, `revoked-${revoked}`);
      },
      [Symbol.asyncDispose]: () => end(child),
    };
  } catch (error) {
    await end(child);
    throw error;
  }
}

async function readyOf(child: ChildProcess): Promise<{ url: string; adminKey: string }> {
  if (child.stdout === null || child.stderr === null) throw new Error('the network has no output');
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told = (told + text).slice(-MAX_TOLD);
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const said = line.startsWith('{') ? parseJsonObject(line) : {};
    told = line;
    if (said.ready === true) return { url: String(said.url), adminKey: String(said.adminKey) };
  }
  throw new Error(`the network ended before it was ready: ${told}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await ended;
  clearTimeout(timer);
}

/**
 * As many holders as come: the credential of one, signed again by the issuer's own key for a key of each. To issue them one by
 * one would take longer than what is measured.
 */
async function multiply(data: string, credential: string, holders: number): Promise<HeldForLoad[]> {
  const signer = await createKeyFilesSigner({
    directory: join(data, 'keys', 'issuer'),
    passphrasePath: join(data, 'keys', 'issuer.passphrase'),
  });
  const [jwt = '', ...disclosures] = credential.split('~');
  const { header, payload } = parseJws(jwt);
  const held: HeldForLoad[] = [];
  for (let i = 0; i < holders; i += 1) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = privateKey.export({ format: 'jwk' }) as unknown as HeldForLoad['key'];
    const cnf = { jwk: publicKey.export({ format: 'jwk' }) as JsonObject };
    const input = encodeSigningInput(header, { ...payload, cnf });
    const signature = await signer.sign('civic-credential', encodeUtf8(input));
    held.push({ credential: [encodeJws(input, signature), ...disclosures].join('~'), key });
  }
  return held;
}

/** By the ordinary way, with a key that can leave the wallet: the generator signs with it. */
async function issue(client: NetworkClient, label: string): Promise<HeldForLoad> {
  const pairs = new Map<string, KeyObject>();
  const keys: HolderKeys = {
    create: async () => {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
      const id = randomBytes(8).toString('hex');
      pairs.set(id, privateKey);
      return { id, publicKey: { kty: 'EC', crv: 'P-256', x, y } as PublicJwk };
    },
    sign: async (id, bytes) => {
      const key = pairs.get(id);
      if (key === undefined) throw new Error('no such key');
      return new Uint8Array(sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }));
    },
    remove: async (id) => void pairs.delete(id),
  };
  const wallet = createWallet({ keys, allowLoopback: true });
  const body = { type: 'residence', claims: { ...CLAIMS, resident_id: `R-${label}` }, label };
  const { offerUri } = await offerCredential(client, 'civic', body);
  const [held] = await wallet.receive(offerUri);
  const key = pairs.get(held?.keyId ?? '')?.export({ format: 'jwk' }) as HeldForLoad['key'] | undefined;
  if (held === undefined || key === undefined) throw new Error('nobody was given a credential');
  return { credential: held.credential, key };
}

/** A program that two officers release, and that is open then. */
async function release(
  client: NetworkClient,
  officers: readonly Officer[],
  change: (program: Program) => Program,
): Promise<Program> {
  const { key } = await client.post('/programs/keys', {});
  const { network } = await client.get('/rulebook');
  const opensAt = Date.now();
  const place = { origin: client.url, id: 'load', opensAt, closesAt: opensAt + WINDOW_MS, key: String(key) };
  const program = change(winterRelief(place));
  const expected = {
    genesis: String(network),
    power: 'release',
    targets: [{ program: programDigest(program) }],
  } as const;
  for (const { signer } of officers) {
    const request = { power: 'release', class: 'program-approved', program };
    await joinOrPropose(client, expected, request, { signer, name: 'approval' });
  }
  await until('the program did not open', async () => {
    const view = await client.get(`/programs/${program.id}`).catch(() => undefined);
    return view !== undefined && view.phase !== 'announced';
  });
  return program;
}

function named({ id, organiser, ...rest }: Program): NonNullable<LoadTarget['program']> {
  return { id, organiser, digest: programDigest({ id, organiser, ...rest }) };
}

/** People who were paid by a program that pays at once, each to the account of their own key, as anybody is paid. */
async function fillPurse(
  client: NetworkClient,
  officers: readonly Officer[],
  port: number,
): Promise<NonNullable<LoadTarget['purse']>> {
  const payers: HeldForLoad[] = [];
  for (let i = 1; i <= PAYERS; i += 1) payers.push(await issue(client, `payer-${i}`));
  const budget = String(BigInt(PURSE) * BigInt(PAYERS));
  const allocation = { mode: 'instant', amount: PURSE, maxRecipients: PAYERS } as const;
  const program = await release(client, officers, (one) => ({
    ...{ ...one, id: 'purse', budget, reserveMax: budget, allocation },
  }));
  const orders = createOrders({ shape: 'holdfast', port, program: named(program), held: payers });
  for (let i = 0; i < PAYERS; i += 1) {
    const { path, body } = orders.make('apply');
    await client.post(path, JSON.parse(body));
  }
  await until('not everybody was paid', async () => {
    const { payments } = (await client.get(`/programs/${program.id}`)) as {
      payments?: { carried?: { count?: number } };
    };
    return payments?.carried?.count === PAYERS;
  });
  const { party } = await client.get('/ledger/keys');
  return { ledger: String(party), asset: program.asset.code, payers };
}

async function until(otherwise: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < MAX_POLLS; i += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(otherwise);
}

async function holdApplications(databaseUrl: string): Promise<void> {
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  try {
    await holdWriter(pool, 'distributor.application', 'insert');
  } finally {
    await pool.end();
  }
}

/** Each in a proposal of its own: whoever looks for one to join looks at all that are open. */
async function revoke(client: NetworkClient, [first, second]: readonly Officer[], label: string): Promise<number> {
  if (first === undefined || second === undefined) throw new Error('two officers revoke');
  const startedAt = performance.now();
  const targets = await findTargets(client, 'civic', label);
  const { network } = await client.get('/rulebook');
  const expected = { genesis: String(network), power: 'revoke', targets } as const;
  const request = { power: 'revoke', targets, class: 'residence-ended' };
  const { id } = await propose(client, request, `load-${label}`);
  await approve(client, id, expected, { signer: first.signer, name: 'approval' });
  const { state } = await approve(client, id, expected, { signer: second.signer, name: 'approval' });
  if (state !== 'carried-out') throw new Error(`the revocation is ${state}`);
  return performance.now() - startedAt;
}

async function residentBytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+([0-9]+) kB/.exec(text)?.[1] ?? 0) * 1024;
}
