import {
  appendLeaf,
  CodedError,
  type CompactTree,
  compactRoot,
  copyCompactTree,
  createNetworkState,
  createSuccessorState,
  encodeUtf8,
  equalBytes,
  isCodedError,
  leafHash,
  logKeysFor,
  type NetworkState,
  type Position,
  parseStatement,
  parseVkey,
  type StatementParse,
  TILE_WIDTH,
  type Vkey,
} from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import { foldEntries } from './epoch-fold.ts';
import { type FeedEvent, type FeedSource, MAX_ENTRIES_PER_EPOCH, MAX_ENTRIES_PER_READ } from './feed-source.ts';
import { fetchBeginning } from './fetch-beginning.ts';
import type { FollowedHead, FollowerStore } from './follower-store.ts';
import { keepFraudOf } from './fraud-making.ts';
import type { FraudStore } from './fraud-store.ts';
import { foundingOf, keyAfter, keyInForce, type LogFounding, openByOneOf } from './log-key.ts';
import { createOwnHistory } from './own-history.ts';
import {
  assertEntries,
  fetchRange,
  isProved,
  isSignedBy,
  maySignLater,
  openCheckpoint,
  parseSigned,
  type SignedCheckpoint,
  tooLarge,
  unproved,
  unsigned,
} from './proved-entries.ts';
import { createSnapshotKeeper } from './snapshot-keeper.ts';
import type { SnapshotStore } from './snapshot-store.ts';

export type KeptLogOptions = {
  readonly network: string;
  /** Where the log ended that this one succeeds: its state there. */
  readonly predecessor?: NetworkState | undefined;
  /** How the network came to be in this log, for strangers; default as it was begun with. */
  readonly readLineage?: () => Promise<string | undefined>;
  readonly source: FeedSource;
  readonly store: FollowerStore;
  readonly engine: SignatureEngine;
  /** The most entries proved, kept and folded in one piece; at least `MAX_ENTRIES_PER_EPOCH`, or some epoch is out of reach. */
  readonly maxEntriesPerStep: number;
  /** Own snapshots, so that a restart folds from the latest. */
  readonly snapshots?: SnapshotStore;
  readonly entriesPerSnapshot: number;
  /**
   * Where to begin when nothing is kept yet; `snapshot` needs `snapshots`, and falls back to entry 0. Where the log no longer
   * answers for what comes next, its snapshot is gone on from all the same.
   */
  readonly beginAt: 'genesis' | 'snapshot';
  /** Where proofs are kept that the log has lied. */
  readonly fraud?: FraudStore;
  /** Called after each fold, before anything else is read; a place to rest and to publish. */
  readonly onFolded: (count: number) => Promise<void>;
  /** Called when what was pushed was wrong and what is fetched instead may not be; when a snapshot is of no use. */
  readonly onDoubt: (error: unknown) => void;
};

/** What a source says: a checkpoint, maybe with entries that it covers, and the least size it may state. */
export type Claim = Omit<FeedEvent, 'from'> & {
  readonly from?: number;
  readonly atLeast: number;
  /** Asked of each piece before it is kept, where more is known of the log than its own word: its key may be a thief's. */
  readonly isPart?: (piece: SignedCheckpoint) => Promise<boolean>;
};

/**
 * The part of a log that one follower has proved, kept and folded, in this order: nothing is folded before the store has
 * it, nothing is kept before the log's signed root proves it. One call of `load` or `accept` at a time.
 */
export type KeptLog = {
  readonly state: NetworkState;
  /** Entries that were folded by the network before we began, and not by us; 0 for none. */
  readonly begunAt: number;
  /** The latest checkpoint accepted. */
  readonly checkpoint: SignedCheckpoint | undefined;
  /** The log's key in force, once the genesis was read. */
  readonly vkey: Vkey | undefined;
  /** The root (base64url) of an epoch that was folded; of the last 4096 of them. */
  rootAt(size: number): string | undefined;
  /** Whether a position of this log, which somebody has seen, is of no history that was read here. */
  isElsewhere(position: Position): boolean;
  /**
   * Folds what the store keeps beyond the state. Throws `follower.store-damaged` when its entries do not give the root
   * of its checkpoint, `feed.other-network`, `feed.epoch-wrong`.
   */
  load(): Promise<void>;
  /**
   * Reads on to the claimed checkpoint. Says whether the log moved. Throws `feed.unproved | rollback | fork | epoch-wrong |
   * too-large | other-network`, and what source and store throw; whatever it throws, what was accepted stays.
   */
  accept(claim: Claim, signal: AbortSignal): Promise<boolean>;
};

export function createKeptLog(options: KeptLogOptions): KeptLog {
  const { network, source, store, engine, maxEntriesPerStep } = options;
  const { snapshots, entriesPerSnapshot: every, onDoubt } = options;
  const readLineage = options.readLineage ?? (async () => lineage);
  const keeper = createSnapshotKeeper({ snapshots, every, onDoubt });
  let state = options.predecessor === undefined ? createNetworkState() : createSuccessorState(options.predecessor);
  let founding: LogFounding | undefined;
  /** How the network came to this log, when we have not the one before: then nothing can be folded but from a snapshot on. */
  let lineage: string | undefined;
  let checkpoint: SignedCheckpoint | undefined;
  let history = createOwnHistory(store);
  let begunAt = 0;
  /** What was verified last: the checkpoint that is read on to comes up again when its entries are there. */
  let verified: { readonly note: string; readonly key: Vkey } | undefined;

  async function load(): Promise<void> {
    const head = await store.readHead();
    if (head.checkpoint === undefined || head.size <= state.tree.size) return;
    const [genesis = ''] = await store.readEntries(0, 1);
    lineage ??= head.lineage;
    founding ??= await foundingOf(genesis, { network, before: beforeUs(), lineage, engine });
    const kept = parseSigned(head.checkpoint, founding.origin);
    const isProved = kept.size === head.size && (await startFolding(head, kept));
    if (!isProved) {
      throw new CodedError('follower.store-damaged', 'The kept entries do not give the root of the kept checkpoint.');
    }
    begunAt = head.base ?? 0;
    // Refolding may stop at a wrong epoch: what is kept beyond it was proved all the same.
    checkpoint = kept;
    let open: StatementParse[] = [];
    for (let from = state.tree.size; from < kept.size; from += MAX_ENTRIES_PER_READ) {
      const read = await store.readEntries(from, Math.min(kept.size, from + MAX_ENTRIES_PER_READ));
      open.push(...read.map(parseStatement));
      const whole = wholeEpochs(open);
      await fold(open.slice(0, whole));
      open = open.slice(whole);
    }
    if (!(await isSignedBy(kept, keyInForce(state, founding.first), engine))) throw unsigned();
    await keepSnapshot();
  }

  /** From the latest own snapshot whose tree the kept entries carry on to the signed root, else from where we are. */
  async function startFolding({ size, base = 1 }: FollowedHead, kept: SignedCheckpoint): Promise<boolean> {
    const snapshot = state.tree.size < base ? await keeper.read(size, store) : undefined;
    if (snapshot !== undefined && (await isStoreProved(store, snapshot.tree, kept))) {
      state = snapshot;
      return true;
    }
    return isStoreProved(store, state.tree, kept);
  }

  async function keepSnapshot(): Promise<void> {
    const { size } = state.tree;
    if (checkpoint?.size !== size || state.position?.size !== size || !keeper.isDue(size)) return;
    const [epoch] = await store.readEntries(size - 1, size);
    if (epoch !== undefined) await keeper.keep(state, { epoch, checkpoint: checkpoint.note });
  }

  async function fold(parses: readonly StatementParse[]): Promise<void> {
    if (parses.length === 0) return;
    const { refusedEpoch } = await foldEntries(state, parses, engine, history.keep);
    await options.onFolded(parses.length);
    if (refusedEpoch === undefined) return;
    // Nobody is accused on the ground of what we only believed.
    if (begunAt > 0) throw snapshotDoubted(refusedEpoch);
    throw new CodedError('feed.epoch-wrong', `The epoch at entry ${refusedEpoch.index} is not what its log says.`, {
      ...refusedEpoch,
    });
  }

  async function accept(claim: Claim, signal: AbortSignal): Promise<boolean> {
    try {
      return await readOn(claim, signal);
    } catch (error) {
      const isLie = isCodedError(error) && (error.code === 'feed.fork' || error.code === 'feed.epoch-wrong');
      const { fraud } = options;
      if (isLie && fraud !== undefined) {
        await keepFraudOf(error, { store, source, fraud, state, readLineage, signal }).catch(onDoubt);
      }
      throw error;
    }
  }

  async function readOn(claim: Claim, signal: AbortSignal): Promise<boolean> {
    founding ??= await fetchFounding(claim, signal);
    const { first, origin } = founding;
    const shown = parseSigned(claim.checkpoint, origin);
    const isSmaller = shown.size < claim.atLeast;
    const claimed = isSmaller ? await openFormer(shown, first) : await openOrAwait(claim.checkpoint, first);
    if (!isSmaller && checkpoint === undefined) await beginFirst(claimed, signal);
    if (isSmaller) {
      // That it is smaller is told also where nobody can look whether it is another history.
      await assertOwn(claimed, first).catch(throwFork);
      throw new CodedError('feed.rollback', 'The network shows a smaller log than it has shown before.', {
        size: claimed.size,
        before: claim.atLeast,
      });
    }
    await assertOwn(claimed, first);
    // What was kept may not be folded yet, when the engine failed in between.
    if (state.tree.size < keptSize()) await load();
    const before = keptSize();
    while (keptSize() < claimed.size) {
      try {
        await step(claim, claimed, first, signal);
      } catch (error) {
        const isPruned = isCodedError(error) && error.code === 'log.pruned';
        if (!isPruned || !(await begin(claimed, true, signal))) throw error;
      }
    }
    return keptSize() > before;
  }

  /** A key that the log has given up may be a thief's: of what it signs the log is not accused. */
  async function assertOwn(claimed: SignedCheckpoint, first: Vkey): Promise<void> {
    if (checkpoint === undefined || claimed.size > checkpoint.size) return;
    if (!(await isSigned(claimed, keyInForce(state, first)))) return;
    assertNoFork(checkpoint, claimed);
    await history.assertOwn(claimed, checkpoint);
  }

  /** A smaller log is what this log showed once, maybe under a key that it has given up since. */
  function openFormer({ note, size }: SignedCheckpoint, first: Vkey): Promise<SignedCheckpoint> {
    const { rulebook, tree } = state;
    const later = rulebook === undefined ? [] : logKeysFor({ log: rulebook.body.log, size: tree.size }, size);
    return openByOneOf(note, [...later.map(parseVkey), first], engine);
  }

  /**
   * A checkpoint of the key in force at the last epoch folded; or one that may be of a key that comes into force later,
   * which has to be larger than the log we know, and is proved with the entries up to it.
   */
  async function openOrAwait(note: string, first: Vkey): Promise<SignedCheckpoint> {
    const claimed = parseSigned(note, first.name);
    if (await isSigned(claimed, keyInForce(state, first))) return claimed;
    if (claimed.size > keptSize() && maySignLater(claimed)) return claimed;
    throw unsigned();
  }

  async function isSigned(signed: SignedCheckpoint, key: Vkey): Promise<boolean> {
    if (verified?.note === signed.note && verified.key === key) return true;
    if (!(await isSignedBy(signed, key, engine))) return false;
    verified = { note: signed.note, key };
    return true;
  }

  const rootAt = (size: number) => (state.position?.size === size ? state.position.root : history.rootAt(size));

  const keptSize = () => checkpoint?.size ?? 0;

  const beforeUs = () => (state.succeeding === undefined ? undefined : state);

  async function beginFirst(claimed: SignedCheckpoint, signal: AbortSignal): Promise<void> {
    if (lineage !== undefined) {
      if (await begin(claimed, false, signal)) return;
      throw unproved('Whoever has not read the log before this one begins at a snapshot, and there is none.');
    }
    if (options.beginAt === 'snapshot') await begin(claimed, false, signal).catch(onDoubt);
  }

  /** Goes on from the network's snapshot, when that is proved. Says whether there was one to go on from. */
  async function begin(claimed: SignedCheckpoint, isPruned: boolean, signal: AbortSignal): Promise<boolean> {
    if (snapshots === undefined || founding === undefined) return false;
    const found = await fetchBeginning({ source, engine, founding, kept: checkpoint, claimed, isPruned }, signal);
    if (found === undefined) return false;
    const { bytes, signed, epoch } = found;
    const from = { genesis: founding.entry, ...(lineage === undefined ? {} : { lineage }) };
    await snapshots.keepSnapshot({ size: signed.size, bytes });
    await store.begin(signed.size, { ...from, epoch: epoch.text, checkpoint: signed.note }, keptSize());
    [state, checkpoint, begunAt] = [found.state, signed, signed.size];
    // Between what was remembered and here lie epochs that were not read.
    history = createOwnHistory(store);
    if (state.position !== undefined) history.keep(state.position);
    await options.onFolded(1);
    return true;
  }

  async function fetchFounding(claim: Claim, signal: AbortSignal): Promise<LogFounding> {
    const pushed = claim.from === 0 ? claim.entries?.[0] : undefined;
    const [entry = ''] = pushed === undefined ? await source.fetchEntries(0, 1, signal) : [pushed];
    const before = beforeUs();
    if (before === undefined && isSuccession(entry)) lineage = await source.fetchLineage?.(signal);
    return foundingOf(entry, { network, before, lineage, engine });
  }

  /** One bounded piece: fetch, prove, keep, fold. */
  async function step(claim: Claim, claimed: SignedCheckpoint, first: Vkey, signal: AbortSignal): Promise<void> {
    const kept = keptSize();
    const target = claimed.size - kept <= maxEntriesPerStep ? claimed : await fetchNearer(kept, first, signal);
    const entries = pushedEntries(claim, kept, target) ?? (await fetchProved(kept, target, first, signal));
    const parses = entries.map(parseStatement);
    if (wholeEpochs(parses) !== entries.length) throw unproved('The checkpoint is not one of an epoch.');
    // The word of the key that these very entries leave in force: a key they give up no longer speaks for the log.
    if (!(await isSigned(target, await keyAfter(state, parses, first, engine)))) throw unsigned();
    if ((await claim.isPart?.(target)) === false) throw unproved('This is no part of the log that was gone on from.');
    try {
      await store.append(kept, entries, target.note);
    } catch (error) {
      // A second follower, or an append of ours whose answer was lost: what the store has is what counts.
      if (!isCodedError(error) || error.code !== 'log.size-conflict') throw error;
      await load();
      if (keptSize() <= kept) throw error;
      const isOurs = await isSignedBy(claimed, keyInForce(state, first), engine);
      if (checkpoint !== undefined && isOurs) assertNoFork(checkpoint, claimed);
      return;
    }
    checkpoint = target;
    await fold(parses);
    await keepSnapshot();
  }

  async function fetchNearer(kept: number, first: Vkey, signal: AbortSignal): Promise<SignedCheckpoint> {
    // Of whole bundles where that still reaches the next epoch: of those, mere files have the checkpoints too.
    const bundles = Math.floor((kept + maxEntriesPerStep) / TILE_WIDTH) * TILE_WIDTH;
    const atMost = bundles - kept >= MAX_ENTRIES_PER_EPOCH ? bundles : kept + maxEntriesPerStep;
    const nearer = await openOrAwait(await source.fetchCheckpoint(signal, atMost), first);
    if (nearer.size > kept && nearer.size <= atMost) return nearer;
    throw tooLarge('The network has no epoch near enough to read on to.', { from: kept, atMost });
  }

  /** The entries that came with the event, if they are all there and prove themselves; else they are fetched. */
  function pushedEntries(claim: Claim, kept: number, target: SignedCheckpoint): string[] | undefined {
    const { from, entries } = claim;
    if (from === undefined || entries === undefined || from > kept || from + entries.length < target.size)
      return undefined;
    const needed = entries.slice(kept - from, target.size - from);
    try {
      assertEntries(needed);
      if (isProved(state.tree, needed, target)) return needed;
      throw unproved('The entries pushed with an epoch do not give its root.', { from: kept, size: target.size });
    } catch (error) {
      if (!isCodedError(error)) throw error;
      options.onDoubt(error);
      return undefined;
    }
  }

  async function fetchProved(kept: number, target: SignedCheckpoint, first: Vkey, signal: AbortSignal) {
    const entries = await fetchRange(source, kept, target.size, signal);
    if (isProved(state.tree, entries, target)) return entries;
    await assertSameHistory(keyInForce(state, first), signal);
    throw unproved('The entries do not give the root that the log has signed.', { from: kept, size: target.size });
  }

  /** Entries that do not fit are somebody's lie; if the log signs another root at our own size, it is the log's. */
  async function assertSameHistory(key: Vkey, signal: AbortSignal): Promise<void> {
    if (checkpoint === undefined) return;
    const other = await openCheckpoint(await source.fetchCheckpoint(signal, checkpoint.size), key, engine);
    assertNoFork(checkpoint, other);
    await history.assertOwn(other, checkpoint);
  }

  return {
    get state() {
      return state;
    },
    get begunAt() {
      return begunAt;
    },
    get checkpoint() {
      return checkpoint;
    },
    get vkey() {
      return founding === undefined ? undefined : keyInForce(state, founding.first);
    },
    rootAt,
    isElsewhere: ({ log, size, root }) =>
      log === state.position?.log && size <= state.position.size && history.isRemembered(size) && rootAt(size) !== root,
    load,
    accept,
  };
}

function throwFork(error: unknown): void {
  if (isCodedError(error) && error.code === 'feed.fork') throw error;
}

/** Two signed roots for one size are a proof of fraud that anyone can check. */
function assertNoFork(ours: SignedCheckpoint, theirs: SignedCheckpoint): void {
  if (ours.size !== theirs.size || equalBytes(ours.root, theirs.root)) return;
  throw new CodedError('feed.fork', 'The log has signed two histories of the same size.', {
    size: ours.size,
    ours: ours.note,
    theirs: theirs.note,
  });
}

function snapshotDoubted(details: Record<string, unknown>): CodedError {
  const sentence =
    'The log does not carry on the snapshot that this follower began with. Follow it from its first entry.';
  return new CodedError('feed.snapshot-doubted', sentence, details);
}

function isSuccession(entry: string): boolean {
  const parse = parseStatement(entry);
  return parse.ok && parse.statement.body.type === 'succession';
}

/** How many of the entries are covered by an epoch among them. */
function wholeEpochs(entries: readonly StatementParse[]): number {
  return entries.findLastIndex((parse) => parse.ok && parse.statement.body.type === 'epoch') + 1;
}

/** Whether the kept entries after the tree give the root of the checkpoint. */
async function isStoreProved(
  store: Pick<FollowerStore, 'readEntries'>,
  from: CompactTree,
  { size, root }: SignedCheckpoint,
): Promise<boolean> {
  const tree = copyCompactTree(from);
  while (tree.size < size) {
    const entries = await store.readEntries(tree.size, Math.min(size, tree.size + MAX_ENTRIES_PER_READ));
    if (entries.length === 0) return false;
    for (const entry of entries) appendLeaf(tree, leafHash(encodeUtf8(entry)));
  }
  return tree.size === size && equalBytes(compactRoot(tree), root);
}
