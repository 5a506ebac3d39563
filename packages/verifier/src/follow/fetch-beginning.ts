import {
  CodedError,
  equalBytes,
  isSamePosition,
  type NetworkState,
  parseStatement,
  verifyConsistency,
} from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import type { FeedSource } from './feed-source.ts';
import { type OpenedSnapshot, openSnapshot } from './foreign-snapshot.ts';
import type { LogFounding } from './log-key.ts';
import { type SignedCheckpoint, unproved } from './proved-entries.ts';

/** Where to go on from, and what the store has to keep of it. */
export type FoundBeginning = OpenedSnapshot & { readonly bytes: Uint8Array };

export type BeginningWanted = {
  readonly source: Pick<FeedSource, 'fetchSnapshot' | 'fetchConsistencyProof'>;
  readonly engine: SignatureEngine;
  readonly founding: LogFounding;
  /** What we have proved of this log ourselves; undefined for nothing. */
  readonly kept: SignedCheckpoint | undefined;
  /** What the source shows. */
  readonly claimed: SignedCheckpoint;
  /** Whether we were told that the log no longer answers for what comes next: then its rules must say that it may. */
  readonly isPruned: boolean;
};

/**
 * The network's latest snapshot, when it is proved (`openSnapshot`), reaches beyond what is kept and not beyond what is shown,
 * and its tree only adds to the one that is kept. Undefined where there is none. Throws `feed.unproved`, `snapshot.*`, and what the source throws.
 */
export async function fetchBeginning(
  wanted: BeginningWanted,
  signal: AbortSignal,
): Promise<FoundBeginning | undefined> {
  const { source, engine, founding, kept, claimed } = wanted;
  const bytes = await source.fetchSnapshot?.(signal);
  if (bytes === undefined) return undefined;
  const opened = await openSnapshot(bytes, { founding, engine });
  assertOnTheWay(opened.signed, claimed, kept?.size ?? 0);
  assertGoesOn(opened.state, founding);
  if (wanted.isPruned && !mayBePruned(opened.state)) {
    throw unproved('The log refuses entries as pruned, and its rules state no retention.');
  }
  if (kept !== undefined) await assertAdded(source, kept, opened.signed, signal);
  return { ...opened, bytes };
}

/** Whether the rules of that time, or those announced by then, state a retention. */
export function mayBePruned({ rulebook, scheduled }: NetworkState): boolean {
  return [rulebook, ...scheduled].some((rules) => rules?.body.retention !== undefined);
}

function assertOnTheWay(found: SignedCheckpoint, claimed: SignedCheckpoint, kept: number): void {
  const { size } = found;
  if (size <= kept) throw unproved('The latest snapshot is older than what is kept here.', { size, kept });
  if (size < claimed.size || (size === claimed.size && equalBytes(found.root, claimed.root))) return;
  throw unproved('The log shown does not contain the snapshot.', { size, log: claimed.size });
}

function assertGoesOn({ predecessors }: NetworkState, { entry }: LogFounding): void {
  const parse = parseStatement(entry);
  const opening = parse.ok && parse.statement.body.type === 'succession' ? parse.statement.body.from : undefined;
  const last = predecessors.at(-1);
  const isSame = last === undefined || opening === undefined ? last === opening : isSamePosition(last, opening);
  if (!isSame) throw unproved('This snapshot goes on from another log than the first entry does.');
}

/** What we have read ourselves stays true: a snapshot of another history is no way around it. */
async function assertAdded(
  source: BeginningWanted['source'],
  kept: SignedCheckpoint,
  found: SignedCheckpoint,
  signal: AbortSignal,
): Promise<void> {
  const proof = await source.fetchConsistencyProof?.(kept.size, found.size, signal);
  if (proof === undefined) {
    throw new CodedError(
      'log.pruned',
      'The log no longer answers for what comes next, and nobody proves that its snapshot goes on from what is kept here.',
    );
  }
  const from = { from: kept.size, fromRoot: kept.root };
  if (verifyConsistency({ ...from, to: found.size, toRoot: found.root, proof })) return;
  throw unproved('The snapshot is of another history than the one that was read.', {
    kept: kept.size,
    size: found.size,
  });
}
