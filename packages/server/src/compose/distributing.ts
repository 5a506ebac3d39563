import {
  CodedError,
  commitRevealState,
  keysInForce,
  type ProgramRecord,
  type ProgramRules,
  type Reveal,
  type Version,
} from '@holdfast/core';
import { compileProgramRules } from '@holdfast/core/program';
import type { FeedSource, Follower } from '@holdfast/verifier';
import { type CommitRevealBeacon, createCommitRevealBeacon } from '../adapters/commit-reveal/beacon.ts';
import { createDestinationParser } from '../adapters/destinations/destination-parser.ts';
import { createDrandBeacon } from '../adapters/drand/beacon.ts';
import { createHttpVerification } from '../adapters/http-verifier/http-verifier.ts';
import type { Debtor } from '../adapters/iso20022/debtor.ts';
import { openIso20022Rail } from '../adapters/iso20022/settlement-rail.ts';
import { createKeyFilesSealer } from '../adapters/key-files/sealer.ts';
import { createDistributorStorePostgres } from '../adapters/postgres/distributor-store.ts';
import { createLeasePostgres } from '../adapters/postgres/lease.ts';
import { createOutboxPostgres } from '../adapters/postgres/outbox.ts';
import { createReceiptStorePostgres } from '../adapters/postgres/receipt-store.ts';
import { createRevealStorePostgres } from '../adapters/postgres/reveal-store.ts';
import { createSettlementStorePostgres } from '../adapters/postgres/settlement-store.ts';
import type { RevealsView } from '../http/distributor/distributor-routes.ts';
import type { HandoffSource } from '../http/handoffs.ts';
import type { Beacon } from '../ports/beacon.ts';
import type { Clock } from '../ports/clock.ts';
import type { Erasable } from '../ports/erasable.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Network } from '../ports/network.ts';
import { createRoleKeys, namedInLog, type RoleKeys } from '../role-keys/role-keys.ts';
import { sealedListsOf } from '../roles/distributor/chance.ts';
import { DISTRIBUTOR_KEY } from '../roles/distributor/config.ts';
import { createDistributor, type Distributor } from '../roles/distributor/distributor.ts';
import { createDistributorErasing } from '../roles/distributor/erasing.ts';
import { createSettling } from '../roles/distributor/settling/settling.ts';
import type { LedgerRole } from '../roles/ledger/ledger.ts';
import { workInTurn } from '../turns/turn.ts';
import { distributorBoundsOf, poolOf } from './bounds.ts';
import { createEventSender, isThisMachine } from './event-sender.ts';
import { composeFilings, filingHandoffs, type GovernorWay } from './filing.ts';
import { composeFollower, openTables, tablesOf } from './following.ts';
import { openKeys } from './keyring.ts';
import type { Platform } from './platform.ts';
import { ROLE_TABLES } from './role-tables.ts';
import { codeIn, signalsOf } from './seeing.ts';

export type DistributorPlace = {
  /** The party that it is in its network. */
  readonly id: string;
  readonly name: string;
  readonly keysFolder: string;
  readonly databaseUrl: string;
  readonly network: string;
  readonly source: FeedSource & Pick<Network, 'append'>;
  /** Its ledger, for whoever holds these keys; `accepting`: by which key the log knows the ledger, once it has had several. */
  readonly ledger: (keys: RoleKeys, accepting: () => string | undefined) => Pick<LedgerRole, keyof Ledger | 'readKeys'>;
  /** Where this process answers. */
  readonly origin: string;
  /** Where payment files lie, and whose account they are paid from. */
  readonly bank: { readonly folder: string; readonly debtor: Debtor };
  /** Relays of drand, for programs that draw by it; none by default, as nothing is asked outside unless told. */
  readonly drandUrls?: readonly string[];
  /** The verifier that it asks, where it answers, and the key that opens its door. */
  readonly verifier: { readonly id: string; readonly url: string; readonly operatorKey: string };
  /** With whom it files what people have to decide. */
  readonly governor?: GovernorWay;
  /** This process among others of this distributor: they take in together, and work in turn. */
  readonly by?: { readonly holder: string };
};

export type ComposedDistributor = AsyncDisposable & {
  readonly distributor: Distributor;
  readonly beacon: CommitRevealBeacon;
  readonly follower: Follower;
  readonly erasable: Erasable;
  /** What it has filed and nobody has taken yet. */
  readonly filed: HandoffSource;
  /** Its own keys: which of them signs goes by the log. */
  readonly keys: RoleKeys;
  /** Begins to work, until it is stopped. */
  readonly work: () => void;
};

/** The holder of the distributor's keys in the keyring. */
export const DISTRIBUTOR_KEYS = 'distributor';

export async function composeDistributor(
  platform: Platform,
  place: DistributorPlace,
  stop: AbortSignal,
): Promise<ComposedDistributor> {
  const { clock, entropy, engine } = platform;
  const signals = signalsOf(platform);
  await using opened = new AsyncDisposableStack();
  const database = opened.use(
    await openTables(place.databaseUrl, 'distributor', ROLE_TABLES.distributor, poolOf(platform)),
  );
  const { follower } = composeFollower(platform, { ...place, name: 'distributor', database });
  opened.use(follower);
  await follower.start(stop);
  const signer = await openKeys(place.keysFolder, DISTRIBUTOR_KEYS);
  await signer.create(DISTRIBUTOR_KEY, 'ES256');
  const keys = createRoleKeys({
    ...{ signer, name: DISTRIBUTOR_KEY, party: place.id, use: 'statement' },
    named: namedInLog(place.id, 'statement', () => follower.state),
  });
  const sealer = await createKeyFilesSealer({
    directory: `${place.keysFolder}/${DISTRIBUTOR_KEYS}`,
    name: 'applications',
    passphrasePath: `${place.keysFolder}/${DISTRIBUTOR_KEYS}.passphrase`,
  });
  const bank = await openIso20022Rail({ ...place.bank, clock });
  const { verifier } = place;
  const acceptance = namedInLog(place.id, 'acceptance', () => follower.state);
  const ledger = place.ledger(keys, () => (acceptance().all.length > 1 ? acceptance().inForce[0] : undefined));
  // Where the log names no key of the ledger yet, the one that this process has made for it is known at first hand.
  const ownLedgerKeys = await ledger.readKeys().catch((error: unknown) => {
    if (place.by === undefined) throw error;
    signals.partTroubled({ part: 'distributor', why: codeIn(error) });
    return [];
  });
  const accredited = () => keysInForce(follower.state.parties.get(place.id), 'acceptance', follower.state.time);
  const commitReveal = createCommitRevealBeacon({ store: createRevealStorePostgres(tablesOf(database)), clock });
  const store = createDistributorStorePostgres(tablesOf(database));
  const settlements = createSettlementStorePostgres(tablesOf(database));
  const filings = composeFilings(platform, {
    ...{ network: place.network, party: place.id, keys, sealer, governor: place.governor },
    ...{ database: tablesOf(database), state: () => follower.state },
  });
  const distributor = createDistributor({
    filings,
    clock,
    entropy,
    engine,
    keys,
    sealer,
    store,
    network: place.source,
    follower,
    verification: createHttpVerification({
      url: verifier.url,
      verifier: verifier.id,
      operatorKey: verifier.operatorKey,
      verdictKeys: () => keysInForce(follower.state.parties.get(verifier.id), 'verdict', follower.state.time),
      engine,
    }),
    ledger,
    ledgerKeys: () => (accredited().length > 0 ? accredited() : ownLedgerKeys),
    receipts: createReceiptStorePostgres(tablesOf(database)),
    beacon: beaconOf(commitReveal, place.drandUrls ?? [], clock),
    destinations: createDestinationParser(),
    // The turn of the event loop in which they were read.
    arrived: () => new Promise((resolve) => setImmediate(resolve)),
    report: ({ code, program }) => signals.programTroubled({ program: program ?? 'none', why: code }),
    signals,
    config: { id: place.id, name: place.name, verifier: verifier.id, bounds: distributorBoundsOf(platform) },
    rulesOf: rememberRules(),
    outbox: { outbox: createOutboxPostgres(tablesOf(database)), send: createEventSender(isThisMachine(place.origin)) },
    settling: createSettling({
      clock,
      store: settlements,
      sealer,
      rails: [bank],
    }),
  });
  let working: Promise<void> | undefined;
  const stopping = new AbortController();
  opened.defer(async () => {
    stopping.abort();
    await working;
  });
  const parts = opened.move();
  return {
    distributor,
    beacon: commitReveal,
    follower,
    keys,
    filed: filingHandoffs(filings, place.id),
    erasable: createDistributorErasing({
      ...{ store, settlements },
      findProgram: (id) => follower.state.programs.get(id),
    }),
    work: () => {
      const until = AbortSignal.any([stop, stopping.signal]);
      const work = async (signal: AbortSignal) => {
        await Promise.all([distributor.run(signal), distributor.runEvents(signal), filings.run(signal)]);
      };
      working ??=
        place.by === undefined
          ? work(until)
          : workInTurn(
              {
                ...{ lease: createLeasePostgres(tablesOf(database)), clock, name: 'work', by: place.by, work, signals },
                report: (error) => signals.partTroubled({ part: 'distributor', why: codeIn(error) }),
              },
              until,
            );
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Takes a party's secret for the draw of a program. Throws `beacon.*`. */
export function revealTo(beacon: CommitRevealBeacon, record: ProgramRecord, reveal: Omit<Reveal, 'at'>): Promise<void> {
  const { beacon: terms } = record.program;
  if (terms?.kind !== 'commit-reveal') {
    throw new CodedError('beacon.none', 'This program draws nothing from secrets that parties reveal.');
  }
  if (terms.reveals === 'log') {
    throw new CodedError('beacon.in-log', 'The secrets of this program stand in the log: append a reveal there.');
  }
  const seal = sealedListsOf(record);
  return beacon.reveal({ terms, program: record.digest, ...(seal === undefined ? {} : { seal }) }, reveal);
}

/** What is revealed for a program's draw so far, and what it waits for; `time`: the log's, unix milliseconds. Throws `beacon.none`. */
export async function readReveals(
  beacon: CommitRevealBeacon,
  record: ProgramRecord,
  now: { readonly logTime: number; readonly clockTime: number },
): Promise<RevealsView> {
  const { beacon: terms } = record.program;
  if (terms?.kind !== 'commit-reveal') {
    throw new CodedError('beacon.none', 'This program draws nothing from secrets that parties reveal.');
  }
  const isInLog = terms.reveals === 'log';
  const reveals = isInLog ? (record.reveals ?? []) : await beacon.reveals(record.digest);
  const shown = {
    kept: isInLog ? ('log' as const) : ('distributor' as const),
    reveals: reveals.map(({ party, round, secret, at }) => ({ party, round, secret, at })),
  };
  const seal = sealedListsOf(record);
  if (seal === undefined) return { ...shown, state: 'unsealed' };
  const said = commitRevealState(terms, seal, reveals, isInLog ? now.logTime : now.clockTime);
  if (said.state === 'drawn') return { ...shown, state: 'drawn', round: said.evidence.round };
  return { ...shown, ...said };
}

/** Each program names its kind of chance. */
function beaconOf(commitReveal: Beacon, drandUrls: readonly string[], clock: Clock): Beacon {
  const drand = createDrandBeacon({ urls: drandUrls, clock });
  return {
    read: (question, signal) => (question.terms.kind === 'drand' ? drand : commitReveal).read(question, signal),
  };
}

/** A program's rules never change, so they are compiled once. */
function rememberRules(): (version: Version) => ProgramRules {
  const compiled = new WeakMap<object, ProgramRules>();
  return ({ program }) => {
    const known = compiled.get(program) ?? compileProgramRules(program);
    compiled.set(program, known);
    return known;
  };
}
