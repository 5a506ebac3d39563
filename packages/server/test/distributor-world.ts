import {
  type Application,
  applicationNonce,
  apply,
  type Destination,
  type Program,
  type ProgramRecord,
  parseStatement,
  restorePoint,
  statementChecks,
} from '@holdfast/core';
import { compileProgramRules } from '@holdfast/core/program';
import type { TestKey, TestSignatures } from '../../core/test/test-keys.ts';
import { distributorParty, ORGANISER, programAfter, testProgram } from '../../core/test/test-program.ts';
import { settle } from '../../verifier/test/manual-clock.ts';
import { createRealKey, present, type RealKey } from '../../verifier/test/verify-world.ts';
import { type CommitRevealBeacon, createCommitRevealBeacon } from '../src/adapters/commit-reveal/beacon.ts';
import { createDestinationParser } from '../src/adapters/destinations/destination-parser.ts';
import { createInProcessVerification } from '../src/adapters/in-process-verifier/in-process-verifier.ts';
import { createDistributorStoreMemory } from '../src/adapters/memory/distributor-store.ts';
import { createLedgerStoreMemory } from '../src/adapters/memory/ledger-store.ts';
import { createReceiptStoreMemory } from '../src/adapters/memory/receipt-store.ts';
import { createRevealStoreMemory } from '../src/adapters/memory/reveal-store.ts';
import { createMemorySealer } from '../src/adapters/memory/sealer.ts';
import { createSettlementStoreMemory } from '../src/adapters/memory/settlement-store.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { DistributorStore } from '../src/ports/distributor-store.ts';
import type { Ledger } from '../src/ports/ledger.ts';
import type { LedgerStore } from '../src/ports/ledger-store.ts';
import type { Network } from '../src/ports/network.ts';
import type { SettlementRail } from '../src/ports/settlement-rail.ts';
import type { Signer } from '../src/ports/signer.ts';
import type { Verification } from '../src/ports/verification.ts';
import { createRoleKeys, namedInLog, type RoleKeysPorts } from '../src/role-keys/role-keys.ts';
import { createDistributor, type Distributor, type DistributorOptions } from '../src/roles/distributor/distributor.ts';
import type { DistributorEvent } from '../src/roles/distributor/neighbours.ts';
import { createSettling } from '../src/roles/distributor/settling/settling.ts';
import { createLedger, type LedgerRole } from '../src/roles/ledger/ledger.ts';
import { createVerifierRole } from '../src/roles/verifier/verifier-role.ts';
import { createCountingEntropy, createVerifierWorld, type VerifierWorld } from './verifier-world.ts';

export type Applicant = { readonly holder: RealKey; readonly credential: string; readonly index: number };

/** A network with verifier north, a ledger, and a distributor with one program that is open. */
export type DistributorWorld = AsyncDisposable & {
  readonly verifiers: VerifierWorld;
  readonly distributor: Distributor;
  readonly store: DistributorStore;
  readonly ledger: LedgerRole;
  readonly beacon: CommitRevealBeacon;
  readonly events: DistributorEvent[];
  readonly options: DistributorOptions;
  readonly program: Program;
  readonly record: () => ProgramRecord;
  /** Another distributor over the same stores, as after a crash. */
  readonly restart: (changes?: Partial<DistributorOptions>) => Distributor;
  /** A person with a key and a credential of their own, at an index of the status list of their own. */
  readonly person: (residentId?: string) => Applicant;
  readonly application: (changes?: Partial<Application>) => Application;
  /** What a person's wallet would send. */
  readonly sent: (
    person: Applicant,
    changes?: Partial<Application>,
  ) => { readonly application: Application; readonly presentation: string };
  /** Mints an epoch, at this time or a tick later, and lets everybody read it. */
  readonly epoch: (time?: number) => Promise<void>;
  /** Works until nothing moves, minting epochs in between. */
  readonly work: (distributor?: Distributor, epochs?: number) => Promise<void>;
  /** Mints the epoch that ends the window. */
  readonly close: () => Promise<void>;
};

export type DistributorWorldOptions = {
  readonly program?: (program: Program) => Program;
  readonly verification?: (verification: Verification) => Verification;
  readonly network?: (network: Pick<Network, 'append'>) => Pick<Network, 'append'>;
  readonly rails?: readonly SettlementRail[];
  /** Default: in memory. */
  readonly store?: DistributorStore;
  readonly ledgerStore?: LedgerStore;
  readonly ledger?: (ledger: Ledger) => Ledger;
  /** Of what the distributor draws at random: worlds that share a store differ in it. */
  readonly label?: string;
  /** Of the ledger alone, whose waits for a faulty store nobody advances. */
  readonly ledgerClock?: Clock;
  /** What the rulebook has otherwise. */
  readonly rules?: Parameters<typeof createVerifierWorld>[1];
};

export async function createDistributorWorld(changes: DistributorWorldOptions = {}): Promise<DistributorWorld> {
  const verifiers = await createVerifierWorld(undefined, changes.rules);
  const { clock, feed, follower } = verifiers;
  const life = new AbortController();
  const role = createVerifierRole(await verifiers.role('north'));
  const store = changes.store ?? createDistributorStoreMemory();
  const ledgerKey = feed.log.signatures.key('ledger');
  const ledger = createLedger({
    clock: changes.ledgerClock ?? clock,
    store: changes.ledgerStore ?? createLedgerStoreMemory(),
    signer: testSigner(ledgerKey),
    party: ORGANISER,
  });
  await ledger.start(life.signal);
  const events: DistributorEvent[] = [];
  const beacon = createCommitRevealBeacon({ store: createRevealStoreMemory(), clock });
  const network: Pick<Network, 'append'> = { append: async (statements) => appendAll(verifiers, statements) };
  const options: DistributorOptions = {
    clock,
    entropy: createCountingEntropy(changes.label),
    engine: verifiers.engine,
    keys: createRoleKeys({
      ...{ signer: signerOf(feed.log.signatures), name: 'distributor', party: ORGANISER, use: 'statement' },
      named: namedInLog(ORGANISER, 'statement', () => follower.state),
    }),
    sealer: createMemorySealer(),
    store,
    network: changes.network?.(network) ?? network,
    follower,
    verification: wrap(changes.verification, createInProcessVerification(role)),
    ledger: changes.ledger?.(ledger) ?? ledger,
    ledgerKeys: () => [ledgerKey.jwk],
    receipts: createReceiptStoreMemory(),
    beacon,
    destinations: createDestinationParser(),
    report: (event) => void events.push(event),
    config: { id: ORGANISER, name: 'Relief office', verifier: 'north' },
    rulesOf: ({ program }) => compileProgramRules(program),
    settling: createSettling({
      clock,
      store: createSettlementStoreMemory(),
      sealer: createMemorySealer(),
      rails: changes.rails ?? [],
    }),
  };
  const distributor = createDistributor(options);
  const epoch = async (time?: number) => {
    if (time !== undefined) {
      if (time > clock.now()) await clock.advance(time - clock.now());
      feed.log.epoch(time);
    } else {
      await clock.advance(feed.log.rulebook.tickMs);
      feed.log.epoch();
    }
    await follower.pull(life.signal);
    await settle();
  };
  feed.log.accredit(distributorParty(feed.log.signatures));
  await epoch();
  const opensAt = clock.now();
  const base = testProgram(feed.log, {
    window: { opensAt, closesAt: opensAt + 60_000 },
    appealMs: 2 * 3_600_000,
    uniqueness: { claim: ['resident_id'], issuers: ['https://civic.example'], key: await distributor.createKey() },
  });
  const program = changes.program?.(base) ?? base;
  feed.log.append(programAfter(feed.log, program));
  await epoch();
  const record = () => {
    const found = follower.state.programs.get(program.id);
    if (found === undefined) throw new Error('the program stands in the log');
    return found;
  };
  let people = 0;
  let salts = 0;
  const application = (own: Partial<Application> = {}): Application => {
    salts += 1;
    const destination: Destination = { kind: 'internal', account: `a${salts}` };
    const salt = Buffer.from(`salt ${String(salts).padStart(16, '0')}`).toString('base64url');
    return { v: 1, program: record().digest, destination, salt, ...own };
  };
  return {
    verifiers,
    distributor,
    store,
    ledger,
    beacon,
    events,
    options,
    program,
    record,
    restart: (own = {}) => createDistributor({ ...options, ...own }),
    person(residentId) {
      people += 1;
      const holder = createRealKey();
      const status = { uri: 'https://civic.example/lists/1', index: people };
      const claims = { resident_id: residentId ?? `R-${people}` };
      return { holder, index: people, credential: verifiers.credential({ holder: holder.jwk, status, claims }) };
    },
    application,
    sent(person, own = {}) {
      const made = application(own);
      const iat = Math.floor(clock.now() / 1000);
      const binding = { nonce: applicationNonce(made), audience: ORGANISER, iat };
      return { application: made, presentation: present(person.credential, person.holder, binding) };
    },
    epoch,
    async work(who = distributor, epochs = 6) {
      for (let i = 0; i < epochs; i += 1) {
        for (let moves = 0; moves < 100 && (await who.step()); moves += 1);
        await epoch();
      }
    },
    close: () => epoch(program.window.closesAt),
    async [Symbol.asyncDispose]() {
      life.abort();
      await ledger[Symbol.asyncDispose]();
      await verifiers[Symbol.asyncDispose]();
    },
  };
}

/** Keys of these names, the further ones once they are made. */
function signerOf(signatures: TestSignatures): RoleKeysPorts['signer'] {
  const names = new Set(['distributor']);
  return {
    readNames: async () => [...names],
    create: async (name) => signatures.key(names.add(name) && name).jwk,
    readPublicKey: async (name) => signatures.key(name).jwk,
    sign: async (name, data) => signatures.key(name).sign(new TextDecoder().decode(data)),
  };
}

function testSigner(key: TestKey): Pick<Signer, 'readPublicKey' | 'sign'> {
  return { readPublicKey: async () => key.jwk, sign: async (_name, data) => key.sign(new TextDecoder().decode(data)) };
}

function wrap(change: DistributorWorldOptions['verification'], verification: Verification): Verification {
  return change?.(verification) ?? verification;
}

/** Takes statements as the network does: all in order or none; the same again gives the same receipt. */
function appendAll({ feed: { log } }: VerifierWorld, statements: readonly string[]) {
  const known = log.entries.findIndex((_, i) => statements.every((statement, j) => log.entries[i + j] === statement));
  if (known !== -1) return { index: known, count: statements.length };
  const parses = statements.map(parseStatement);
  const restore = restorePoint(log.state, parses);
  for (const parse of parses) {
    const applied = apply(log.state, parse, statementChecks(log.state, parse).map(log.signatures.verify));
    if (applied.ok) continue;
    restore();
    throw Object.assign(new Error(`the fold refuses it: ${applied.why}`), {
      name: 'CodedError',
      code: 'statement.refused',
    });
  }
  const index = log.entries.push(...statements) - statements.length;
  return { index, count: statements.length };
}
