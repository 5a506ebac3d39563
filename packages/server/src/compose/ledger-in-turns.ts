import { CodedError, type PublicJwk } from '@holdfast/core';
import { createHttpOrigin } from '@holdfast/verifier';
import { createAccountKeyStorePostgres } from '../adapters/postgres/account-key-store.ts';
import { createLeasePostgres } from '../adapters/postgres/lease.ts';
import { createLedgerStorePostgres } from '../adapters/postgres/ledger-store.ts';
import { type CallRoutesPorts, FORWARDED } from '../http/ledger/call-routes.ts';
import type { AccountKeyStore } from '../ports/account-key-store.ts';
import type { Ledger } from '../ports/ledger.ts';
import { NAMED_NOWHERE, type NamedKeys } from '../role-keys/role-keys.ts';
import { createLedger, type LedgerHealth, type LedgerRole } from '../roles/ledger/ledger.ts';
import { type LedgerCall, MAX_CALL_LENGTH } from '../roles/ledger/ledger-call.ts';
import { createLedgerDesk } from '../roles/ledger/ledger-desk.ts';
import { LEDGER_KEY } from '../roles/ledger/signed-acceptance.ts';
import type { Signals } from '../seeing/signals.ts';
import { createTurn, type Turn } from '../turns/turn.ts';
import { ledgerBoundsOf, poolOf } from './bounds.ts';
import { openTables, tablesOf } from './following.ts';
import { openKeys } from './keyring.ts';
import { LEDGER_KEYS, type LedgerPlace } from './ledger.ts';
import type { Platform } from './platform.ts';
import { ROLE_TABLES } from './role-tables.ts';
import { signalsOf, troubleOf } from './seeing.ts';

export type SharedLedgerPlace = LedgerPlace & {
  /** Whose calls it takes now. */
  readonly callers: () => Promise<readonly PublicJwk[]>;
  /** This process among the others of this ledger, and where they reach it. */
  readonly by: { readonly holder: string; readonly address: string };
};

export type SharedLedger = AsyncDisposable &
  CallRoutesPorts & {
    /** For reading: what is in the store is the same wherever it is read. */
    readonly ledger: LedgerRole;
    readonly accountKeys: AccountKeyStore;
    /** 'ready' where a call would be answered, by this process or by another. */
    readonly readiness: () => Promise<string>;
    /** How whoever writes does, by its own word or that of the process that has the turn. */
    readonly health: () => Promise<Pick<LedgerHealth, 'status' | 'why'>>;
    /** Gives the turn to write to another process; calls that still come are handed on to it. */
    readonly yieldTurn: () => Promise<void>;
  };

const TURN = 'ledger-writer';
/** How long a call waits for somebody to become the writer. */
const MAX_WAIT_MS = 3000;
const POLL_MS = 25;
const LOOK_MS = 100;
const FORWARD_TIMEOUT_MS = 10_000;
const LOOK_TIMEOUT_MS = 1_000;
const MAX_READY_BYTES = 65_536;
const CODES = /^(?:amount|database|key|ledger|request)\.[a-z-]{1,60}$/;

/**
 * One ledger in several processes: whoever has the turn takes the fence and writes, the others hand calls on to it. The turn only
 * says whom to ask; that two never write is the fence's doing.
 */
export async function composeSharedLedger(
  platform: Pick<Platform, 'clock' | 'engine' | 'seeing' | 'bounds'>,
  { databaseUrl, keysFolder, party, callers, by }: SharedLedgerPlace,
): Promise<SharedLedger> {
  const { clock, engine } = platform;
  const signals = signalsOf(platform);
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await openTables(databaseUrl, 'ledger', ROLE_TABLES.ledger, poolOf(platform)));
  const signer = await openKeys(keysFolder, LEDGER_KEYS);
  await signer.create(LEDGER_KEY, 'ES256');
  const report = troubleOf(platform, 'ledger');
  let wanted: NamedKeys = NAMED_NOWHERE;
  const create = () =>
    createLedger({
      ...{ clock, store: createLedgerStorePostgres(database), signer, party, named: () => wanted },
      bounds: ledgerBoundsOf(platform),
      report,
      signals: inTurns(signals),
    });
  let writer: LedgerRole | undefined;
  const turn = createTurn({
    ...{ clock, by, name: TURN, lease: createLeasePostgres(tablesOf(database)) },
    signals,
    report: () => report({ code: 'database.unreachable' }),
    async work(signal) {
      await using role = create();
      await role.start(signal);
      writer = role;
      // A ledger that has halted keeps its turn: it would halt anywhere, and somebody has to look.
      const isMine = () => !['fenced', 'stopped'].includes(role.health().status);
      while (!signal.aborted && isMine()) await clock.sleep(LOOK_MS, signal).catch(() => undefined);
      writer = undefined;
    },
  });
  opened.use(turn);
  const reader = create();

  async function writing(): Promise<LedgerRole> {
    for (let waitedMs = 0; waitedMs <= MAX_WAIT_MS; waitedMs += POLL_MS) {
      if (writer !== undefined) return writer;
      turn.hurry();
      await clock.sleep(POLL_MS);
    }
    throw new CodedError('ledger.unavailable', 'No process of this ledger has become its writer. Repeat later.');
  }

  /** A ledger reads no log: its caller says by which of its keys that knows it. */
  function callerNames(kid: string): void {
    wanted = { inForce: [kid], all: [kid], asOf: wanted.asOf + 1 };
  }

  const ledger: Ledger = {
    createAccounts: async (accounts) => (await writing()).createAccounts(accounts),
    transfer: async (commands) => (await writing()).transfer(commands),
    readAccounts: reader.readAccounts,
    readTransfers: reader.readTransfers,
    readPending: reader.readPending,
  };
  const running = opened.move();
  return {
    ledger: reader,
    accountKeys: createAccountKeyStorePostgres(tablesOf(database)),
    desk: createLedgerDesk({ clock, engine, party, callers, ledger, named: callerNames }),
    elsewhere: async (call) =>
      isWriting(call) && writer === undefined ? addressOf(await turn.holder(), by) : undefined,
    health: async () => writer?.health() ?? healthElsewhere(await turn.holder(), by.holder),
    readiness: () => readinessOf(writer, turn, by.holder),
    yieldTurn: async () => turn[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Another process has the fence, as is meant here: this one takes its turn again, and has not stopped for good. */
function inTurns(signals: Signals): Signals {
  return {
    ...signals,
    partStopped: (told) => (told.why === 'ledger.fenced' ? signals.partTroubled(told) : signals.partStopped(told)),
  };
}

function isWriting({ method }: LedgerCall): boolean {
  return method === 'accounts' || method === 'transfer';
}

async function readinessOf(writer: LedgerRole | undefined, turn: Turn, holder: string): Promise<string> {
  if (writer !== undefined) {
    const { status } = writer.health();
    return status === 'running' ? 'ready' : status;
  }
  const held = await turn.holder();
  return held === undefined || held.holder === holder ? 'starting' : 'ready';
}

/** A writer that is not ready halts or waits: which of them, it says itself. */
async function healthElsewhere(
  held: { readonly holder: string; readonly address?: string } | undefined,
  self: string,
): Promise<Pick<LedgerHealth, 'status' | 'why'>> {
  if (held === undefined || held.holder === self) return { status: 'starting' };
  if (held.address === undefined) return { status: 'running' };
  const origin = createHttpOrigin({ url: held.address, timeoutMs: LOOK_TIMEOUT_MS });
  return origin.ask('/readyz', { maxBytes: MAX_READY_BYTES }, new AbortController().signal).then(
    () => ({ status: 'running' }),
    () => ({ status: 'waiting', why: 'ledger.unavailable' }),
  );
}

/** The way to the process that writes now. */
function addressOf(
  held: { readonly holder: string; readonly address?: string } | undefined,
  by: { readonly holder: string },
): ((text: string) => Promise<string>) | undefined {
  if (held === undefined || held.holder === by.holder || held.address === undefined) return undefined;
  const origin = createHttpOrigin({ url: held.address, timeoutMs: FORWARD_TIMEOUT_MS, codes: CODES });
  const ask = (body: string) => ({
    method: 'POST' as const,
    headers: { 'content-type': 'application/json', [FORWARDED]: '1' },
    body,
    maxBytes: 2 * MAX_CALL_LENGTH,
  });
  return async (text) => {
    const body = JSON.stringify({ call: text });
    const bytes = await origin.ask('/ledger/calls', ask(body), new AbortController().signal).catch((cause: unknown) => {
      if (cause instanceof CodedError && !cause.code.startsWith('feed.')) throw cause;
      const sentence =
        'The process that writes this ledger does not answer. Repeat with the same ids: they tell what was done.';
      throw new CodedError('ledger.outcome-unknown', sentence, {}, cause);
    });
    return Buffer.from(bytes).toString('utf8');
  };
}
