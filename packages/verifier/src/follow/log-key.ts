import {
  copyNetworkState,
  type NetworkState,
  openFounding,
  type ProvedEnd,
  parseLineage,
  parseStatement,
  parseVkey,
  type Rulebook,
  type StatementParse,
  sha256Base64url,
  type Vkey,
} from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import { foldEntries } from './epoch-fold.ts';
import type { FeedSource } from './feed-source.ts';
import {
  genesisLogKey,
  genesisRules,
  isSignedBy,
  logKeyOf,
  parseSigned,
  type SignedCheckpoint,
  unproved,
  unsigned,
} from './proved-entries.ts';

/**
 * What everything in a log is believed by, as its first entry names it: the network, the keys of its roles and the name of the
 * log, which no later entry of the log changes; and the first key of the log, which later ones do.
 */
export type LogFounding = {
  readonly network: string;
  readonly origin: string;
  readonly keys: Rulebook['keys'];
  readonly first: Vkey;
  /** The first entry. */
  readonly entry: string;
};

type FoundingKnown = {
  readonly network: string;
  readonly engine: SignatureEngine;
  /** Of a log that succeeds one that was read: what it goes on from. */
  readonly before?: NetworkState | undefined;
  /** Of one that succeeds others that were not (`parseLineage`). */
  readonly lineage?: string | undefined;
};

/**
 * Of the log that begins with this entry: a genesis, which is believed by its digest; or a succession, whose quorum is counted
 * by the rules of the log that it goes on from, read or proved. Throws `feed.other-network`, `feed.unproved`,
 * `lineage.malformed`, `replay.unproved`.
 */
export async function foundingOf(entry: string, known: FoundingKnown): Promise<LogFounding> {
  const { network, before, lineage, engine } = known;
  if (lineage !== undefined) return openLineage(entry, network, lineage, engine);
  if (before === undefined) {
    const first = genesisLogKey(entry, network);
    const { log, keys } = genesisRules(entry);
    return { network, origin: log.origin, keys, first, entry };
  }
  const parse = parseStatement(entry);
  if (!parse.ok || parse.statement.body.type !== 'succession')
    throw unproved('The new log does not open with a succession.');
  const state = copyNetworkState(before);
  await foldEntries(state, [parse], engine);
  const { rulebook, succeeding } = state;
  if (rulebook === undefined || succeeding !== undefined) throw unopened();
  return { network, origin: rulebook.body.log.origin, keys: rulebook.body.keys, first: logKeyOf(rulebook.body), entry };
}

/**
 * The name of whatever network answers: of its genesis, also where it is in a later log. Whoever has pinned a name asks this of
 * nobody. Throws `lineage.malformed`, and what the source throws.
 */
export async function fetchNetworkName(
  source: Pick<FeedSource, 'fetchEntries' | 'fetchLineage'>,
  signal: AbortSignal,
): Promise<string> {
  const [entry = ''] = await source.fetchEntries(0, 1, signal);
  const parse = parseStatement(entry);
  const isFirst = !parse.ok || parse.statement.body.type !== 'succession';
  const lineage = isFirst ? undefined : await source.fetchLineage?.(signal);
  return sha256Base64url(lineage === undefined ? entry : parseLineage(lineage).genesis);
}

/** A log that another has succeeded, and the first entry of that: what a quorum of its rules has signed. */
export type EndedLog = ProvedEnd & {
  /** How many logs the network had before it. */
  readonly place: number;
  readonly opening: string;
};

/**
 * The logs before the one that begins with this entry, proved without any of them by a lineage. Throws `feed.unproved`, `lineage.malformed`,
 * `replay.unproved`.
 */
export async function proveEndedLogs(
  entry: string,
  {
    network,
    lineage,
    engine,
  }: { readonly network: string; readonly lineage: string; readonly engine: SignatureEngine },
): Promise<readonly EndedLog[]> {
  const { successions, ended } = await proveLineage(entry, network, lineage, engine);
  return ended.map((end, place) => ({ ...end, place, opening: successions[place]?.opening ?? '' }));
}

async function proveLineage(entry: string, network: string, text: string, engine: SignatureEngine) {
  const lineage = parseLineage(text);
  if (lineage.successions.at(-1)?.opening !== entry) throw unproved('The lineage ends with another log than this one.');
  const { checks, ...opened } = openFounding(lineage, network);
  const results = await engine.verify(checks.map(({ check }) => check));
  if (checks.some((_, i) => results[i] !== true)) throw unopened();
  return { ...opened, successions: lineage.successions };
}

async function openLineage(
  entry: string,
  network: string,
  text: string,
  engine: SignatureEngine,
): Promise<LogFounding> {
  const { founding } = await proveLineage(entry, network, text, engine);
  return { network, origin: founding.origin, keys: founding.keys, first: parseVkey(founding.vkey), entry };
}

function unopened() {
  return unproved('No quorum has opened this log as the one that succeeds ours.');
}

/** Opens a checkpoint that one of these keys has signed. Throws `feed.unproved`, as `openCheckpoint` does. */
export async function openByOneOf(
  note: string,
  vkeys: readonly Vkey[],
  engine: SignatureEngine,
): Promise<SignedCheckpoint> {
  const [first] = vkeys;
  const checkpoint = parseSigned(note, first?.name ?? '');
  for (const vkey of vkeys) if (await isSignedBy(checkpoint, vkey, engine)) return checkpoint;
  throw unsigned();
}

/** The key by which the log signs at the last epoch of the state; `first`, of its genesis, before there is one. */
export function keyInForce(state: Readonly<NetworkState>, first: Vkey): Vkey {
  return state.rulebook === undefined ? first : logKeyOf(state.rulebook.body);
}

/**
 * The key that these next entries leave in force, when they are folded on a copy. The state stays as it is, and is copied
 * only where the key can change: by an amendment that is announced, or among the entries.
 */
export async function keyAfter(
  state: NetworkState,
  parses: readonly StatementParse[],
  first: Vkey,
  engine: SignatureEngine,
): Promise<Vkey> {
  if (!mayChange(state, parses)) return keyInForce(state, first);
  const copy = copyNetworkState(state);
  await foldEntries(copy, parses, engine);
  if (copy.succeeding !== undefined) throw unopened();
  return keyInForce(copy, first);
}

function mayChange(
  { rulebook, scheduled, tree, succeeding }: NetworkState,
  parses: readonly StatementParse[],
): boolean {
  if (succeeding !== undefined) return true;
  const isAnnounced = scheduled.some(({ body }) => body.log.vkey !== rulebook?.body.log.vkey);
  // The first entry of the log is the rulebook whose key `first` is.
  const later = tree.size === 0 ? parses.slice(1) : parses;
  return isAnnounced || later.some((parse) => parse.ok && parse.statement.body.type === 'rulebook');
}
