import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import {
  bindingDigest,
  decisionDigest,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  encodeVkey,
  type PublicJwk,
  packStatuses,
  parsePublicJwk,
  STATEMENT_TYP,
  saltedRoot,
  thumbprint,
  vkeyOf,
} from '@holdfast/core';
import { createHttpServer, networkRoutes } from '@holdfast/server';
import {
  createApproval,
  createGenesis,
  createNetwork,
  type LogStore,
  type NetworkRole,
  sampleRulebook,
} from '@holdfast/server/roles';
import { createPlatformClock } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { BENCH_LIST } from './feed-list.ts';

const ORIGIN = 'bench.example/log';
const ISSUER = 'https://bench.example/issuer';

const LIST_SIZE = 131_072;
const OFFICERS = ['officer-a', 'officer-b'] as const;
/** A status statement carries out so many decisions at most. */
const DECISIONS_PER_STATUS = 32;

/** A network under test on loopback, with one issuer and one list; its keys are real. */
export type BenchNetwork = AsyncDisposable & {
  readonly role: NetworkRole;
  readonly url: string;
  readonly name: string;
  /** Signed statements, ready to append: `count` decisions to revoke one index each, and what carries them out. */
  readonly revocations: (fromIndex: number, count: number) => Promise<string[][]>;
};

type Keys = ReturnType<typeof createKeys>;

export async function startBenchNetwork(
  store: LogStore,
  tickMs: number,
  maxSubscribers: number,
): Promise<BenchNetwork> {
  const keys = createKeys();
  const rulebook = {
    ...sampleRulebook({
      origin: ORIGIN,
      logVkey: encodeVkey(vkeyOf(ORIGIN, keys.jwk('log'))),
      networkKey: keys.jwk('network'),
      governorKey: keys.jwk('governor'),
      officers: OFFICERS.map((id) => ({ id, key: keys.jwk(id) })),
    }),
    tickMs,
  };
  const { statement: genesis, network: name } = await createGenesis(rulebook, keys.signer);
  const engine = createNodeEngine();
  const clock = createPlatformClock();
  const role = createNetwork({ clock, signer: keys.signer, store, engine, genesis, bounds: { maxSubscribers } });
  const stop = new AbortController();
  await role.start(stop.signal);
  const app = await createHttpServer(false);
  networkRoutes(app, { network: role });
  app.get('/bench/list', async (_, reply) => {
    const list = role.state.lists.get(BENCH_LIST);
    return reply.type('application/octet-stream').send(Buffer.from(packStatuses(list?.values ?? new Uint8Array(), 2)));
  });
  await app.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  const { port } = app.server.address() as AddressInfo;
  const network: BenchNetwork = {
    role,
    url: `http://127.0.0.1:${port}`,
    name,
    revocations: (fromIndex, count) => writeRevocations(keys, name, fromIndex, count),
    [Symbol.asyncDispose]: async () => {
      await app.close();
      stop.abort();
      await role[Symbol.asyncDispose]();
    },
  };
  await found(network, keys);
  return network;
}

function createKeys() {
  const made = new Map<string, { readonly jwk: PublicJwk; readonly key: KeyObject }>();
  const pair = (name: string) => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const { publicKey, privateKey } =
      name === 'log' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const fresh = { jwk: parsePublicJwk(publicKey.export({ format: 'jwk' })), key: privateKey };
    made.set(name, fresh);
    return fresh;
  };
  const signBytes = (name: string, bytes: Uint8Array) => {
    const { key } = pair(name);
    const signature =
      name === 'log' ? sign(null, bytes, key) : sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' });
    return new Uint8Array(signature);
  };
  return {
    jwk: (name: string) => pair(name).jwk,
    statement(body: object, signedBy: string): string {
      const { jwk } = pair(signedBy);
      const input = encodeSigningInput({ alg: 'ES256', kid: thumbprint(jwk), typ: STATEMENT_TYP }, body);
      return encodeJws(input, signBytes(signedBy, encodeUtf8(input)));
    },
    signer: {
      readNames: async () => [...made.keys()],
      readPublicKey: async (name: string) => pair(name).jwk,
      create: async (name: string) => pair(name).jwk,
      sign: async (name: string, bytes: Uint8Array) => signBytes(name, bytes),
    },
  };
}

async function found({ role, name }: BenchNetwork, keys: Keys): Promise<void> {
  const party = {
    id: ISSUER,
    kind: 'issuer',
    keys: [
      { use: 'statement', key: keys.jwk('civic') },
      { use: 'credential', key: keys.jwk('credential') },
    ],
    accreditations: [{ action: 'issue', type: 'residence', assurance: 'substantial', from: 0 }],
  };
  const accredit = {
    power: 'accredit',
    class: 'founding',
    id: 'founding',
    parameters: { party: bindingDigest(party) },
  };
  const { entry, digest } = await decide(keys, name, accredit as Decided);
  const carriedOut = keys.statement({ type: 'party', v: 1, decision: digest, party }, 'governor');
  await role.append([entry, carriedOut]);
  const key = thumbprint(keys.jwk('credential'));
  const list = { type: 'list', v: 1, list: BENCH_LIST, issuer: ISSUER, bits: 2, size: LIST_SIZE, key };
  const { index } = await role.append([keys.statement(list, 'civic')]);
  while (role.health().size <= index) await new Promise((resolve) => setTimeout(resolve, 20));
}

type Decided = {
  readonly power: 'accredit' | 'revoke';
  readonly class: string;
  readonly id: string;
  readonly parameters: Readonly<Record<string, string>>;
};

async function decide(keys: Keys, genesis: string, decided: Decided): Promise<{ entry: string; digest: string }> {
  const root = saltedRoot([{ salt: 'A'.repeat(22), kind: 'target', value: decided.id }]);
  const now = Date.now();
  const terms = { genesis, ...decided, targets: { root, count: 1 }, rulebook: 0, expiry: now + 86_400_000 };
  const digest = decisionDigest(terms);
  const approvals = await Promise.all(OFFICERS.map((officer) => createApproval(keys.signer, officer, digest)));
  const { genesis: _, ...said } = terms;
  const body = { type: 'decision', v: 1, ...said, approvals, received: now, authorised: now };
  return { entry: keys.statement(body, 'governor'), digest };
}

async function writeRevocations(keys: Keys, name: string, fromIndex: number, count: number): Promise<string[][]> {
  const appends: string[][] = [];
  for (let done = 0; done < count; done += DECISIONS_PER_STATUS) {
    const indexes = Array.from(
      { length: Math.min(DECISIONS_PER_STATUS, count - done) },
      (_, i) => fromIndex + done + i,
    );
    const decided = await Promise.all(
      indexes.map((index) =>
        decide(keys, name, { power: 'revoke', class: 'residence-ended', id: `revoke ${index}`, parameters: {} }),
      ),
    );
    const changes = indexes.map((index) => ({ list: BENCH_LIST, index, value: 1 }));
    const decisions = decided.map(({ digest }) => digest);
    const status = keys.statement({ type: 'status', v: 1, decisions, changes }, 'governor');
    appends.push([...decided.map(({ entry }) => entry), status]);
  }
  return appends;
}
