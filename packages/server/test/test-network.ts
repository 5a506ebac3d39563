import {
  type DecisionTerms,
  decisionDigest,
  encodeVkey,
  parseUtf8,
  type Rulebook,
  type StatusChange,
} from '@holdfast/core';
import { buildLog, LIST_URI, type LogBuilder, signStatement, testRulebook } from '../../core/test/log-builder.ts';
import { createIdealSignatures } from '../../core/test/test-keys.ts';
import { createManualClock, type ManualClock, settle } from '../../verifier/test/manual-clock.ts';
import { createLogKey, createTestEngine, ORIGIN } from '../../verifier/test/test-feed.ts';
import { createLogStoreMemory } from '../src/adapters/memory/log-store.ts';
import type { LogStore } from '../src/ports/log-store.ts';
import type { Signer } from '../src/ports/signer.ts';
import { createGenesis } from '../src/roles/network/genesis.ts';
import {
  createNetwork,
  type NetworkEvent,
  type NetworkOptions,
  type NetworkRole,
} from '../src/roles/network/network-role.ts';

export type TestNetwork = {
  readonly role: NetworkRole;
  readonly options: NetworkOptions;
  readonly store: LogStore;
  readonly clock: ManualClock;
  readonly events: NetworkEvent[];
  readonly stop: AbortController;
  readonly genesis: string;
  readonly name: string;
  /** Writes statements against what the log says now, without appending them. */
  readonly write: Writer;
  /** Reads what the log has beyond what the writer has read. */
  readonly sync: () => Promise<LogBuilder>;
  /** Lets the network mint what is due, and reads it. */
  readonly tick: (durationMs?: number) => Promise<void>;
};

export type Writer = {
  /** Two statements that belong together. */
  readonly revoke: (index: number, list?: string) => Promise<[string, string]>;
  readonly decision: (officers?: readonly string[]) => Promise<string>;
  readonly list: (uri: string) => Promise<string>;
  readonly accredit: (id: string) => Promise<[string, string]>;
  readonly any: (body: object, signedBy?: string) => string;
};

export const TEST_TICK_MS = 5000;

/** Ideal signatures for statements, real Ed25519 keys for the log; from the same seed the same keys. */
export function createTestSigner(seed?: string) {
  const signatures = createIdealSignatures();
  const makeLogKey = (name: string) => createLogKey(ORIGIN, seed === undefined ? undefined : `${seed} ${name}`);
  const log = makeLogKey('log');
  const logKeys = new Map([['log', log]]);
  const signer: Signer = {
    readNames: async () => [...logKeys.keys(), 'network'],
    readPublicKey: async (name) => logKeys.get(name)?.jwk ?? signatures.key(name).jwk,
    create: async (name, algorithm) => {
      if (algorithm !== 'EdDSA') return signatures.key(name).jwk;
      const key = logKeys.get(name) ?? makeLogKey(name);
      logKeys.set(name, key);
      return key.jwk;
    },
    sign: async (name, data) => logKeys.get(name)?.sign(data) ?? signatures.key(name).sign(parseUtf8(data)),
  };
  return { signatures, signer, log, logKeys };
}

export type TestNetworkOptions = Partial<NetworkOptions> & {
  readonly clock?: ManualClock;
  readonly rulebook?: Partial<Rulebook>;
};

/** A network with one issuer and one list in it, not started; `startTestNetwork` starts it. */
export async function createTestNetwork(changes: TestNetworkOptions = {}): Promise<TestNetwork> {
  const { signatures, signer, log } = createTestSigner();
  const clock = changes.clock ?? createManualClock();
  const store = changes.store ?? createLogStoreMemory();
  const events: NetworkEvent[] = [];
  const rulebook = testRulebook(signatures, {
    log: { origin: ORIGIN, vkey: encodeVkey(log.vkey) },
    ...changes.rulebook,
  });
  const { statement: genesis, network: name } = await createGenesis(rulebook, signer);
  const options: NetworkOptions = {
    signer,
    engine: createTestEngine(),
    report: (event) => events.push(event),
    genesis,
    ...changes,
    clock,
    store,
  };
  const role = createNetwork(options);
  const mirror = buildLog({ signatures, rulebook, until: 'empty' });
  const sync = async () => {
    const { size } = await store.readHead();
    for (const entry of await store.readEntries(mirror.entries.length, size)) mirror.append(entry);
    return mirror;
  };
  const tick = async (durationMs = TEST_TICK_MS) => {
    await clock.advance(durationMs);
    await sync();
  };
  return {
    role,
    options,
    store,
    clock,
    events,
    stop: new AbortController(),
    genesis,
    name,
    write: createWriter(sync),
    sync,
    tick,
  };
}

export async function startTestNetwork(changes: TestNetworkOptions = {}): Promise<TestNetwork> {
  return foundTestNetwork(await createTestNetwork(changes));
}

export async function foundTestNetwork(network: TestNetwork): Promise<TestNetwork> {
  await network.role.start(network.stop.signal);
  const { write, role, tick } = network;
  await appendAndTick(network, await write.accredit('https://civic.example'));
  await role.append([await write.list(LIST_URI)]);
  await tick();
  return network;
}

export async function appendAndTick(network: TestNetwork, statements: readonly string[]) {
  const receipt = await network.role.append(statements);
  await network.tick();
  return receipt;
}

const signatures = createIdealSignatures();

function createWriter(sync: () => Promise<LogBuilder>): Writer {
  const both = ['officer-a', 'officer-b'];
  const decide = (log: LogBuilder, terms: DecisionTerms, officers: readonly string[] = both) =>
    ({ entry: log.decision(terms, officers), digest: decisionDigest(terms) }) as const;
  return {
    async revoke(index, list = LIST_URI) {
      const log = await sync();
      const { entry, digest } = decide(log, log.terms('revoke', [{ list, index }], { id: `revoke ${list} ${index}` }));
      const changes: StatusChange[] = [{ list, index, value: 1 }];
      return [entry, log.statement({ type: 'status', v: 1, decisions: [digest], changes })];
    },
    async decision(officers) {
      const log = await sync();
      return decide(log, log.terms('revoke', ['somebody']), officers).entry;
    },
    async list(uri) {
      const log = await sync();
      const body = { type: 'list', v: 1, list: uri, issuer: 'https://civic.example', bits: 2, size: 131_072 };
      const { kid } = log.signatures.key('civic credential');
      return log.statement({ ...body, key: kid }, 'civic statement');
    },
    async accredit(id) {
      const log = await sync();
      const copy = buildLog({ signatures: log.signatures, rulebook: log.rulebook, until: 'empty' });
      for (const entry of log.entries) copy.append(entry);
      copy.accredit(civic(log, id));
      const [decision = '', party = ''] = copy.entries.slice(-2);
      return [decision, party];
    },
    any: (body, signedBy = 'governor') => signStatement(body, signatures.key(signedBy)),
  };
}

function civic({ signatures }: LogBuilder, id: string) {
  const keys = [
    { use: 'statement' as const, key: signatures.key('civic statement').jwk },
    { use: 'credential' as const, key: signatures.key('civic credential').jwk },
  ];
  const accreditations = [{ action: 'issue' as const, type: 'residence', assurance: 'high' as const, from: 0 }];
  return { id, kind: 'issuer' as const, name: 'Civic office', keys, accreditations };
}

export { settle };
