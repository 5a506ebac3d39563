import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  apply,
  CodedError,
  createNetworkState,
  type NetworkView,
  type Party,
  parseStatement,
  type Rulebook,
  restorePoint,
  statementChecks,
} from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { FastifyInstance } from 'fastify';
import { buildLog, foldEntry, type LogBuilder, type Target, testRulebook } from '../../core/test/log-builder.ts';
import { createRealSignatures, type TestKey, type TestSignatures } from '../../core/test/test-keys.ts';
import { publishView } from '../../verifier/src/follow/published-view.ts';
import { createManualClock, type ManualClock, settle } from '../../verifier/test/manual-clock.ts';
import { type Chain, createChain } from '../../verifier/test/verify-world.ts';
import { createIssuerStoreMemory } from '../src/adapters/memory/issuer-store.ts';
import { createMemorySealer } from '../src/adapters/memory/sealer.ts';
import { issuerRoutes } from '../src/http/issuer/issuer-routes.ts';
import { hashOperatorKey } from '../src/http/operators.ts';
import { createHttpServer } from '../src/http/server.ts';
import type { IssuerStore } from '../src/ports/issuer-store.ts';
import type { Network } from '../src/ports/network.ts';
import type { IssuerBounds, IssuerConfig, TypeConfig } from '../src/roles/issuer/config.ts';
import { createIssuer, type Issuer, type IssuerPorts } from '../src/roles/issuer/issuer.ts';
import { createTestEntropy } from './governor-world.ts';

/** With a second leaf of the same authority, for the key that comes after. */
export type IssuerChain = Chain & { readonly sibling: Awaited<ReturnType<Chain['another']>> };

export const ADMIN_KEY = 'admin-key-of-these-tests';

export const RESIDENCE: TypeConfig = {
  id: 'residence',
  version: '1',
  name: 'Residence',
  claims: [
    { name: 'given_name', mandatory: true, display: 'Given name' },
    { name: 'family_name', mandatory: true, display: 'Family name' },
    { name: 'birthdate', mandatory: false, display: 'Date of birth' },
  ],
  ttlDays: 90,
};

export const ADA = { given_name: 'Ada', family_name: 'Lovelace', birthdate: '1815-12-10' };

/** An issuer over real HTTP on loopback, with a small network around it: the log, and the follower that reads it on. */
export type IssuerWorld = AsyncDisposable & {
  readonly origin: string;
  readonly issuer: Issuer;
  readonly app: FastifyInstance;
  readonly store: IssuerStore;
  readonly clock: ManualClock;
  readonly log: LogBuilder;
  readonly chain: IssuerChain;
  readonly ports: IssuerPorts;
  /** Appends that were asked for, whatever became of them. */
  readonly appended: (readonly string[])[];
  /** The next appends throw these, in this order. */
  readonly refuse: (...errors: readonly Error[]) => void;
  /** Whether an epoch follows each append by itself; otherwise `epoch` mints it. */
  readonly setMinting: (isMinting: boolean) => void;
  /** While it is cut off, the follower reads nothing new. */
  readonly setCutOff: (isCutOff: boolean) => void;
  readonly contradict: () => void;
  /** The network accredits the tenants for their types; the world has done it unless told otherwise. */
  readonly accredit: () => Promise<void>;
  readonly epoch: (time?: number) => Promise<void>;
  readonly revoke: (targets: readonly Target[]) => Promise<void>;
  /** Another issuer over the same store, as after a crash; the first one is not asked to stop. */
  readonly restart: (changes?: Partial<IssuerPorts>) => Promise<Issuer>;
  /** As an operator asks: the answer to `POST /i/{tenant}/offers`. */
  readonly offer: (body?: object, headers?: object, tenant?: string) => Promise<OfferAnswer>;
};

export type OfferAnswer = { readonly id: string; readonly offerUri: string; readonly txCode?: string };

export type WorldOptions = {
  readonly startMs?: number;
  readonly bounds?: Partial<IssuerBounds>;
  readonly types?: readonly TypeConfig[];
  readonly tenants?: readonly string[];
  readonly isAccredited?: boolean;
  readonly store?: IssuerStore;
  /** Whether an epoch follows each append by itself. Default true. */
  readonly isMinting?: boolean;
  /** What the rulebook has otherwise. */
  readonly rules?: (signatures: TestSignatures) => Partial<Rulebook>;
  /** Wait until credentials can be issued. Default true. */
  readonly isReady?: boolean;
};

const START_MS = 1_750_000_000_000;

export async function createIssuerWorld(options: WorldOptions = {}): Promise<IssuerWorld> {
  const { startMs = START_MS, tenants = ['civic'], types = [RESIDENCE] } = options;
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const made = await createChain('127.0.0.1', `${origin}/i/civic`);
  const chain: IssuerChain = { ...made, sibling: await made.another() };
  const net = createSmallNetwork(startMs, options.isMinting, options.rules);
  const config = configOf(origin, tenants, types, chain);
  if (options.isAccredited !== false) await net.accredit(config, chain);
  const clock = createManualClock(startMs + 60_000);
  const ports: IssuerPorts = {
    clock,
    entropy: createTestEntropy(),
    signer: signerOf(net.log.signatures, chain),
    sealer: createMemorySealer(),
    store: options.store ?? createIssuerStoreMemory(),
    network: { append: net.append },
    follower: net.follower,
    engine: net.engine,
    config,
    ...(options.bounds === undefined ? {} : { bounds: options.bounds }),
  };
  const issuer = await createIssuer(ports);
  const running = [issuer];
  const app = await createHttpServer(false);
  issuerRoutes(app, { issuer, keys: { admin: [hashOperatorKey(ADMIN_KEY)] } });
  await app.ready();
  server.on('request', (request, response) => app.routing(request, response));
  if (options.isReady !== false && options.isAccredited !== false) {
    for (const tenant of tenants) await issuer.awaitReady(tenant);
  }
  return {
    ...{ origin, issuer, app, clock, log: net.log, chain, ports, store: ports.store },
    ...net.controls,
    accredit: () => net.accredit(config, chain),
    restart: async (changes) => {
      const next = await createIssuer({ ...ports, ...changes });
      running.push(next);
      return next;
    },
    offer: async (body = { type: 'residence', claims: ADA, label: 'ada' }, headers = {}, tenant = 'civic') => {
      const response = await fetch(`${origin}/i/${tenant}/offers`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      if (response.status !== 201) throw new Error(`the offer was refused: ${await response.text()}`);
      return (await response.json()) as OfferAnswer;
    },
    async [Symbol.asyncDispose]() {
      for (const one of running) await one[Symbol.asyncDispose]();
      await app.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function configOf(
  origin: string,
  tenants: readonly string[],
  types: readonly TypeConfig[],
  chain: IssuerChain,
): IssuerConfig {
  const keys = { credentialKey: 'credential', statementKey: 'statement' };
  return {
    origin,
    tenants: tenants.map((id) => ({ id, name: `The ${id} office`, types: [...types], x5c: [...chain.x5c], ...keys })),
  };
}

function signerOf(signatures: TestSignatures, chain: IssuerChain): IssuerPorts['signer'] {
  const keyOf = (name: string): TestKey => {
    if (name === 'credential') return chain.leafKey;
    return name === 'sibling' ? chain.sibling.key : signatures.key(name.replace('statement', 'civic statement'));
  };
  const names = new Set(['credential', 'statement']);
  return {
    readNames: async () => [...names],
    create: async (name) => keyOf(names.add(name) && name).jwk,
    readPublicKey: async (name) => keyOf(name).jwk,
    sign: async (name, bytes) => keyOf(name).sign(new TextDecoder().decode(bytes)),
  };
}

type SmallNetwork = {
  readonly log: LogBuilder;
  readonly engine: SignatureEngine;
  readonly follower: IssuerPorts['follower'];
  readonly append: Network['append'];
  readonly accredit: (config: IssuerConfig, chain: IssuerChain) => Promise<void>;
  readonly controls: Pick<
    IssuerWorld,
    'appended' | 'refuse' | 'setMinting' | 'setCutOff' | 'contradict' | 'epoch' | 'revoke'
  >;
};

/** A log with real signatures and one follower of it. Takes statements as the network does: all in order, or none. */
function createSmallNetwork(startMs: number, isMintingFirst = true, rules?: WorldOptions['rules']): SmallNetwork {
  const signatures = createRealSignatures();
  const rulebook = rules === undefined ? {} : { rulebook: testRulebook(signatures, rules(signatures)) };
  const log = buildLog({ signatures, until: 'genesis', ...rulebook });
  log.epoch(startMs);
  const reader = createReader(log);
  const appended: (readonly string[])[] = [];
  const errors: Error[] = [];
  let isMinting = isMintingFirst;
  const epoch = async (time?: number) => {
    const applied = log.epoch(time);
    if (!applied.ok) throw new Error(`the epoch was refused: ${applied.why}`);
    reader.readOn();
    await settle();
  };
  const append: Network['append'] = async (statements) => {
    appended.push(statements);
    const error = errors.shift();
    if (error !== undefined) throw error;
    const index = appendOnce(log, statements);
    if (isMinting) setImmediate(() => void epoch());
    return { index, count: statements.length };
  };
  return {
    log,
    engine: { verify: async (checks) => checks.map(log.signatures.verify) },
    follower: reader.follower,
    append,
    accredit: async ({ origin, tenants }, chain) => {
      for (const { id, types } of tenants) {
        const vcts = types.map((type) => `${origin}/vct/${id}/${type.id}/${type.version}`);
        log.accredit(partyOf(`${origin}/i/${id}`, vcts, log.signatures, chain));
      }
      await epoch();
    },
    controls: {
      appended,
      refuse: (...next) => void errors.push(...next),
      setMinting: (next) => {
        isMinting = next;
      },
      setCutOff: reader.setCutOff,
      contradict: reader.contradict,
      epoch,
      revoke: async (targets) => {
        const { carried } = log.revoke(targets);
        if (!carried.ok) throw new Error(`the revocation was refused: ${carried.why}`);
        await epoch();
      },
    },
  };
}

function appendOnce(log: LogBuilder, statements: readonly string[]): number {
  const known = log.entries.findIndex((_, i) => statements.every((statement, j) => log.entries[i + j] === statement));
  if (known !== -1) return known;
  const parses = statements.map(parseStatement);
  const restore = restorePoint(log.state, parses);
  for (const parse of parses) {
    const applied = apply(log.state, parse, statementChecks(log.state, parse).map(log.signatures.verify));
    if (applied.ok) continue;
    restore();
    throw new CodedError('statement.refused', 'the fold refuses it', { why: applied.why });
  }
  return log.entries.push(...statements) - statements.length;
}

function partyOf(id: string, types: readonly string[], signatures: TestSignatures, chain: IssuerChain): Party {
  return {
    id,
    kind: 'issuer',
    name: 'Civic office',
    keys: [
      { use: 'statement', key: signatures.key('civic statement').jwk },
      { use: 'credential', key: chain.leafKey.jwk },
      { use: 'credential', key: chain.sibling.key.jwk },
    ],
    anchors: [chain.anchor],
    accreditations: types.map((type) => ({ action: 'issue', type, assurance: 'high', from: 0 })),
  };
}

function createReader(log: LogBuilder) {
  const state = createNetworkState();
  const listeners = new Set<(view: NetworkView) => void>();
  let view: NetworkView | undefined;
  let isCutOff = false;
  let contradiction: string | undefined;
  const readOn = () => {
    if (isCutOff) return;
    for (const entry of log.entries.slice(state.tree.size)) foldEntry(state, entry, log.signatures);
    view = publishView(state, view);
    if (view !== undefined) for (const listener of [...listeners]) listener(view);
  };
  const follower: IssuerPorts['follower'] = {
    view: () => view,
    state,
    get contradiction() {
      return contradiction;
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    awaitSize: async (size) => (view?.position.size ?? 0) >= size,
  };
  return {
    follower,
    readOn,
    setCutOff: (next: boolean) => {
      isCutOff = next;
      readOn();
    },
    contradict: () => {
      contradiction = 'feed.fork';
    },
  };
}
