import {
  CodedError,
  copyNetworkState,
  createSuccessorState,
  encodeLineage,
  isCodedError,
  isSamePosition,
  type Lineage,
  type NetworkState,
  type Position,
  parseCheckpoint,
  parseLineage,
  parseNote,
  parseStatement,
  proveSuccession,
  type StatementOf,
} from '@holdfast/core';
import type { Clock } from '../verify/clock.ts';
import { type FormerLog, MAX_ENTRIES_PER_READ } from './feed-source.ts';
import type { FollowerStore } from './follower-store.ts';
import { createLentSource, type LentSource, MAX_FORMER_LOGS, readToEnd } from './former-logs.ts';
import { createKeptCosignatures, type KeptCosignatures, type KeptCosignaturesOptions } from './kept-cosignatures.ts';
import { type Claim, createKeptLog, type KeptLog, type KeptLogOptions } from './kept-log.ts';
import { type EndedLog, foundingOf, proveEndedLogs } from './log-key.ts';
import { createPastLog, type PastLog } from './past-log.ts';
import { unproved } from './proved-entries.ts';
import type { SnapshotStore } from './snapshot-store.ts';

export type LogStores = { readonly store: FollowerStore; readonly snapshots?: SnapshotStore };

/**
 * Where logs are kept that succeed the first one that a follower reads, by their place: 1 for the next log, 2 for the one after
 * it. Durability and the rest as of a `FollowerStore`. `find` makes nothing.
 */
export type SuccessorStores = {
  find(place: number): Promise<LogStores | undefined>;
  open(place: number): Promise<LogStores>;
};

export type FollowedLogsOptions = Omit<KeptLogOptions, 'store' | 'snapshots'> &
  LogStores &
  Pick<KeptCosignaturesOptions, 'policy' | 'raise'> & {
    readonly successors?: SuccessorStores | undefined;
    readonly clock: Clock;
    /** Copies of logs that have ended, besides what the source has of them. */
    readonly formerLogs: readonly FormerLog[];
    readonly formerLogTurnMs: number;
  };

type Place = LogStores & {
  readonly log: KeptLog;
  readonly cosignatures: KeptCosignatures;
  readonly past: PastLog;
  readonly lent: LentSource;
};

/** The logs that one network has had, as one follower reads them: each goes on from a position of the one before. */
export type FollowedLogs = {
  readonly log: KeptLog;
  readonly cosignatures: KeptCosignatures;
  readonly past: PastLog;
  /** Folds what is kept, log by log. Throws what `KeptLog.load` throws. */
  load(): Promise<void>;
  /**
   * As `KeptLog.accept`. When the checkpoint is of a log that goes on from ours, by a quorum of the rules that are in force where it
   * does, goes over to that first; where more of ours was read there than by us, once copies have brought the rest of it. Throws
   * also `feed.succession-unknown`, `feed.succession-behind`; then nothing has changed but that more may be kept of the same log.
   */
  accept(claim: Claim, signal: AbortSignal): Promise<boolean>;
  /** Whether a checkpoint says that it is of another log than the one whose epochs were folded last. */
  isOfAnother(checkpoint: string): boolean;
  /** As `KeptLog.isElsewhere`, also of a log that was followed before. */
  isElsewhere(position: Position): boolean;
};

const MAX_PLACES = 64;
/** Ends a log where it was still right: what succeeds it may have been read already. */
const WRONG: ReadonlySet<string> = new Set(['feed.epoch-wrong', 'feed.snapshot-doubted']);

export function createFollowedLogs(options: FollowedLogsOptions): FollowedLogs {
  const { network, source, engine, successors, raise } = options;
  const places: Place[] = [];

  function add(stores: LogStores, before: NetworkState | undefined, lineage: Lineage | undefined): Place {
    const { store, snapshots } = stores;
    const { snapshots: _first, ...common } = options;
    const told = lineage === undefined ? {} : { readLineage: async () => encodeLineage(lineage) };
    const lent = createLentSource(source);
    const log = createKeptLog({ ...common, ...stores, ...told, source: lent.source, predecessor: before });
    const cosignatures = createKeptCosignatures({ ...common, store, log });
    const readLineage = async () => lineage ?? lineageOf((await store.readHead()).lineage);
    const past = createPastLog(store, engine, snapshots, {
      ...(before === undefined ? {} : { before }),
      readLineage,
    });
    const place = { ...stores, log, cosignatures, past, lent };
    places.push(place);
    return place;
  }

  const first = add(
    { store: options.store, ...(options.snapshots === undefined ? {} : { snapshots: options.snapshots }) },
    options.predecessor,
    undefined,
  );
  const current = () => places.at(-1) ?? first;
  /** Until the first epoch of the next log is folded, everybody is told what the one before it says. */
  const shown = () => places.findLast(({ log }) => log.state.position !== undefined) ?? first;

  /** The log of this name, up to where the next one goes on from. */
  function pastOf(name: string): PastLog | undefined {
    const place = places.findLast(({ log }) => log.vkey?.name === name);
    if (place === undefined) return undefined;
    const end = shown().log.state.predecessors.find(({ log }) => log === name)?.size ?? Number.MAX_SAFE_INTEGER;
    // What lies beyond the end was somebody's word that no quorum took over.
    return {
      readEntries: (from, to) => place.past.readEntries(from, Math.min(to, end)),
      at: async (size, use) => (size > end ? { ok: false, why: 'no-epoch' } : place.past.at(size, use)),
    };
  }

  /** Whatever is wrong with the opening of the next log, nothing of it is kept. */
  async function goOn(opening: string, open: () => Promise<LogStores>): Promise<void> {
    const before = current();
    const { from } = successionIn(opening, network, before.log);
    const read = await before.past.at(from.size, (fold) => ({
      state: copyNetworkState(fold.state),
      genesis: fold.genesis,
      steps: [...(fold.successions ?? []), proveSuccession(fold, opening)],
    }));
    const held = read.ok ? read.value.state.position : undefined;
    if (!read.ok || held === undefined || !isSamePosition(held, from)) {
      throw new CodedError(
        'feed.succession-unknown',
        'The new log goes on from a position of the old one that this follower has not read, and no copy brings it there.',
        { from, read: before.log.checkpoint?.size, copies: options.formerLogs.length },
      );
    }
    const { state, genesis, steps } = read.value;
    await foundingOf(opening, { network, before: createSuccessorState(state), engine });
    await assertNothingDropped(before, from);
    add(await open(), state, { genesis, successions: steps });
  }

  return {
    get log() {
      return shown().log;
    },
    get cosignatures() {
      return shown().cosignatures;
    },
    past: {
      readEntries: (from, to) => shown().past.readEntries(from, to),
      at: (size, use) => shown().past.at(size, use),
      of: pastOf,
    },
    async load() {
      for (;;) {
        const fault = await current()
          .log.load()
          .catch((error: unknown) => ({ error }));
        const stores = places.length > MAX_PLACES ? undefined : await successors?.find(places.length);
        const [opening] = (await stores?.store.readEntries(0, 1)) ?? [];
        const isOver = stores === undefined || opening === undefined;
        if (fault !== undefined && (isOver || !isWrong(fault.error))) throw fault.error;
        if (isOver) return;
        await goOn(opening, async () => stores);
      }
    },
    isOfAnother: (checkpoint) => isNameOfAnother(nameOf(checkpoint), shown()),
    isElsewhere: (position) => places.some(({ log }) => log.isElsewhere(position)),
    async accept(claim, signal) {
      const before = places.length;
      try {
        await goOver(claim.checkpoint, signal);
        // Of a log that was gone over to we have less than of the one before, and less than was asked for then.
        const atLeast = Math.min(claim.atLeast, current().log.checkpoint?.size ?? 0);
        return await current().log.accept({ ...claim, atLeast }, signal);
      } finally {
        settle(before);
      }
    },
  };

  async function goOver(checkpoint: string, signal: AbortSignal): Promise<void> {
    const log = nameOf(checkpoint);
    if (!isNameOfAnother(log, current())) return;
    if (successors === undefined) throw unproved('The checkpoint is one of another log.', { log });
    const [opening = ''] = await source.fetchEntries(0, 1, signal);
    for (const { opening: next, end } of await findWay(opening, signal)) {
      if (places.length > MAX_PLACES) throw unproved('No network goes through so many logs.', { log });
      if (end !== undefined) await readToItsEnd(end, signal);
      await goOn(next, () => successors.open(places.length));
    }
  }

  /** The first entries of the logs that came after ours, to the one that is shown; and where ours and those ended, if it is not read. */
  async function findWay(opening: string, signal: AbortSignal): Promise<readonly Stage[]> {
    const { vkey, checkpoint } = current().log;
    const from = fromOf(opening);
    if (from !== undefined && from.log === vkey?.name && from.size <= (checkpoint?.size ?? 0)) return [{ opening }];
    const lineage = await source.fetchLineage?.(signal);
    if (lineage === undefined) return [{ opening }];
    const ended = await proveEndedLogs(opening, { network, lineage, engine });
    const ours = ended.findIndex((end) => end.from.log === vkey?.name);
    return ours === -1 ? [{ opening }] : ended.slice(ours).map((end) => ({ opening: end.opening, end }));
  }

  function readToItsEnd(end: EndedLog, signal: AbortSignal): Promise<void> {
    const { log, lent } = current();
    const served = source.former?.(end.place);
    const copies = [...(served === undefined ? [] : [served]), ...options.formerLogs.slice(0, MAX_FORMER_LOGS)];
    const { clock, onDoubt, formerLogTurnMs: turnMs } = options;
    return readToEnd({ log, lent, copies, end, engine, clock, turnMs, onDoubt }, signal);
  }

  /** Before anything of the new log is kept, it may as well be another. */
  function settle(before: number): void {
    if (places.length > before && current().log.checkpoint === undefined) places.pop();
    if (places.length > before) {
      raise(new CodedError('feed.succeeded', 'The network goes on in a new log, and this follower with it.', {}));
    }
  }
}

/** One log on the way to the one that is shown: how it begins, and where the one before it ended. */
type Stage = { readonly opening: string; readonly end?: EndedLog };

function fromOf(opening: string): Position | undefined {
  const parse = parseStatement(opening);
  return parse.ok && parse.statement.body.type === 'succession' ? parse.statement.body.from : undefined;
}

function isNameOfAnother(log: string | undefined, { log: { vkey } }: Place): boolean {
  return vkey !== undefined && log !== undefined && log !== vkey.name;
}

function isWrong(error: unknown): boolean {
  return isCodedError(error) && WRONG.has(error.code);
}

function lineageOf(text: string | undefined): Lineage | undefined {
  return text === undefined ? undefined : parseLineage(text);
}

function nameOf(checkpoint: string): string | undefined {
  try {
    return parseCheckpoint(parseNote(checkpoint).text).origin;
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return undefined;
  }
}

/** A second log that goes on from one position is another history: the first that was read stands. */
function successionIn(opening: string, network: string, { vkey }: KeptLog): StatementOf<'succession'> {
  const parse = parseStatement(opening);
  if (!parse.ok || parse.statement.body.type !== 'succession') {
    throw unproved('The checkpoint is one of another log, which does not open with a succession.');
  }
  const { body } = parse.statement;
  if (body.network === network && body.from.log === vkey?.name) return body;
  throw unproved('The checkpoint is one of a log that does not go on from the one that is followed.', {
    network: body.network,
    from: body.from.log,
  });
}

/**
 * Whoever has read a revocation never accepts again, also when a quorum goes on from before it. What lies beyond the last epoch
 * that was right was never believed.
 */
async function assertNothingDropped({ store, log }: Place, from: Position): Promise<void> {
  const size = log.state.position?.size ?? 0;
  for (let at = from.size; at < size; at += MAX_ENTRIES_PER_READ) {
    const entries = await store.readEntries(at, Math.min(size, at + MAX_ENTRIES_PER_READ));
    const dropped = entries.findIndex((entry) => !isEpoch(entry));
    if (dropped === -1) continue;
    const sentence =
      'The new log goes on from before something that this follower has read. It stays where it is: what was decided there has to be decided anew, and then it is to be started from nothing.';
    throw new CodedError('feed.succession-behind', sentence, { from: from.size, read: size, entry: at + dropped });
  }
}

function isEpoch(entry: string): boolean {
  const parse = parseStatement(entry);
  return parse.ok && parse.statement.body.type === 'epoch';
}
