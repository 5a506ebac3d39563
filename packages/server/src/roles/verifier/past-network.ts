import {
  CodedError,
  changeKey,
  type DecidingEntry,
  findDecidingEntry,
  type NetworkState,
  type Position,
  type ProvedNetwork,
  parseStatement,
  proveIncidents,
  proveLists,
  proveNetwork,
  proveRecognitions,
  proveWitnesses,
} from '@holdfast/core';
import { MAX_ENTRIES_PER_READ, type PastFold, type PastLog } from '@holdfast/verifier';
import type { KeptWitnessed } from './kept-evidence.ts';

/** Makes proofs of what the network was at positions of the past. */
export type PastNetwork = {
  /**
   * Everything a verdict at `position` read of the network, proved: `list` names the one status list it may have read, and
   * `recognitions` whether it asked what the network takes of others.
   */
  prove(position: Position, read: ReadThere): Promise<ProvedNetwork>;
  /** The entry that had given an index its status by then, and who decided it; undefined when none had. */
  decide(position: Position, subject: StatusReference): Promise<DecidingEntry | undefined>;
};

export type ReadThere = {
  readonly list: string | undefined;
  readonly recognitions?: boolean;
  /** Whether its policy asked for the record of issuers. */
  readonly incidents?: boolean;
  /** What witnesses had said of it by then. */
  readonly witnessed?: KeptWitnessed | undefined;
};

type StatusReference = { readonly uri: string; readonly index: number };

/** Finds it by folding the kept log again up to where a verdict stood. Throws `verdict.log-lost`. */
export function createPastNetwork(log: PastLog): PastNetwork {
  async function readAt<Result>(position: Position, use: (at: PastFold) => Result | Promise<Result>): Promise<Result> {
    const read = await (log.of?.(position.log) ?? log).at(position.size, (at) => {
      if (at.state.position?.root !== position.root) throw lost(position.size);
      return use(at);
    });
    if (!read.ok) throw lost(position.size);
    return read.value;
  }

  return {
    prove: (position, read) => readAt(position, (at) => proveAt(at, read)),
    decide: (position, subject) =>
      readAt(position, ({ state }) => findDeciding(log.of?.(position.log) ?? log, state, subject)),
  };
}

async function proveAt(at: PastFold, read: ReadThere): Promise<ProvedNetwork> {
  const [list] = read.list === undefined ? [] : proveLists(at.state, [read.list]);
  return {
    ...proveNetwork(at),
    ...(list === undefined ? {} : { list }),
    ...(read.recognitions === true ? { recognitions: proveRecognitions(at.state) } : {}),
    ...(read.incidents === true ? { incidents: proveIncidents(at.state) } : {}),
    ...(read.witnessed === undefined ? {} : { witnessed: proveWitnesses(read.witnessed, await at.readHashes()) }),
  };
}

/** An epoch follows a change within a tick; looking further would only find a network that has stopped. */
const MAX_READS_TO_EPOCH = 40;

async function findDeciding(
  log: Pick<PastLog, 'readEntries'>,
  state: NetworkState,
  { uri: list, index }: StatusReference,
): Promise<DecidingEntry | undefined> {
  const change = state.changes.get(changeKey(list, index));
  if (change === undefined) return undefined;
  const entries = new Map<number, string>();
  const read = async (from: number, to: number) => {
    const texts = await log.readEntries(from, to);
    texts.forEach((text, i) => {
      entries.set(from + i, text);
    });
    return texts;
  };
  for (const decision of change.decisions) await read(decision, decision + 1);
  const { size } = state.tree;
  for (let i = 0, from = change.entry; i < MAX_READS_TO_EPOCH && from < size; i += 1, from += MAX_ENTRIES_PER_READ) {
    const texts = await read(from, Math.min(size, from + MAX_ENTRIES_PER_READ));
    if (texts.length === 0 || texts.some(isEpoch)) break;
  }
  return findDecidingEntry(state, { list, index }, (entry) => entries.get(entry));
}

function isEpoch(text: string): boolean {
  const parse = parseStatement(text);
  return parse.ok && parse.statement.body.type === 'epoch';
}

function lost(size: number): CodedError {
  return new CodedError('verdict.log-lost', 'The log kept here does not reach back to where this verdict stood.', {
    size,
  });
}
