import {
  apply,
  assert,
  CodedError,
  compactRoot,
  createNetworkState,
  createSuccessorState,
  encodeBase64url,
  equalBytes,
  isCodedError,
  type NetworkState,
  parseStatement,
} from '@holdfast/core';
import {
  foldEntries,
  logKeyOf,
  MAX_ENTRIES_PER_READ,
  openCheckpoint,
  type SignatureEngine,
  type SignedCheckpoint,
  type SnapshotKeeper,
} from '@holdfast/verifier';
import type { LogStore } from '../../ports/log-store.ts';
import type { SignedEpoch } from './epoch-signing.ts';

/** What is in the log for good, and what it means: the sequencer's view of its store. One call at a time. */
export class DurableLog {
  /** Also holds what is being tried: whoever tries takes it back unless it became durable. */
  #state: NetworkState;
  readonly #snapshots: SnapshotKeeper;
  readonly #store: LogStore;
  readonly #engine: SignatureEngine;
  #size = 0;
  #checkpoint: SignedCheckpoint | undefined;
  #uncovered: string[] = [];

  /** `predecessor`: the state that a new log goes on from. */
  constructor(store: LogStore, engine: SignatureEngine, snapshots: SnapshotKeeper, predecessor?: NetworkState) {
    this.#state = predecessor === undefined ? createNetworkState() : createSuccessorState(predecessor);
    this.#store = guardStore(store);
    this.#engine = engine;
    this.#snapshots = snapshots;
  }

  get state(): NetworkState {
    return this.#state;
  }

  /** Durable entries. */
  get size(): number {
    return this.#size;
  }

  get checkpoint(): SignedCheckpoint | undefined {
    return this.#checkpoint;
  }

  /** Entries that no epoch covers yet. */
  get uncovered(): readonly string[] {
    return this.#uncovered;
  }

  /**
   * Folds what the store has and we do not: everything after a start, what another sequencer appended, or what we did and
   * never heard of. Throws `network.store-damaged` when it is not a log that we could have written.
   */
  async catchUp(): Promise<void> {
    assert(this.state.tree.size === this.#size, 'nothing is being tried while the log is read');
    const head = await this.#store.readHead();
    if (head.size < this.#size) throw damaged('The store has fewer entries than it had.', { size: head.size });
    if (this.#size === 0 && head.size > 0) await this.#readSnapshot(head.size);
    while (this.#size < head.size) await this.#readOn(head.size);
    const { position, rulebook } = this.state;
    if (head.checkpoint === undefined) {
      if (position !== undefined) throw damaged('The store has an epoch without its checkpoint.');
      return;
    }
    if (rulebook === undefined || position === undefined)
      throw damaged('The store has a checkpoint without its epoch.');
    const opened = await openCheckpoint(head.checkpoint, logKeyOf(rulebook.body), this.#engine).catch(notSigned);
    if (opened.size !== position.size || encodeBase64url(opened.root) !== position.root) {
      throw damaged('The entries do not give the root of the checkpoint.', { size: opened.size });
    }
    this.#checkpoint = opened;
    await this.#keepSnapshot();
  }

  /** What an earlier run has folded, if the log has signed that very tree: the entries after it are folded as ever. */
  async #readSnapshot(size: number): Promise<void> {
    const store = this.#store;
    const state = await this.#snapshots.read(size, store);
    if (state?.rulebook === undefined) return;
    const note = (await store.readCheckpoint(state.tree.size)) ?? '';
    const signed = await openCheckpoint(note, logKeyOf(state.rulebook.body), this.#engine).catch(() => undefined);
    if (signed === undefined || !equalBytes(signed.root, compactRoot(state.tree))) return;
    this.#state = state;
    this.#size = state.tree.size;
  }

  async #keepSnapshot(): Promise<void> {
    const { position, tree } = this.#state;
    if (this.#checkpoint === undefined || position?.size !== tree.size || position.size !== this.#size) return;
    const [epoch] = await this.#store.readEntries(tree.size - 1, tree.size);
    if (epoch !== undefined) await this.#snapshots.keep(this.#state, { epoch, checkpoint: this.#checkpoint.note });
  }

  async #readOn(size: number): Promise<void> {
    const entries = await this.#store.readEntries(this.#size, Math.min(size, this.#size + MAX_ENTRIES_PER_READ));
    if (entries.length === 0) throw damaged('Entries are missing from the store.', { at: this.#size });
    const { refusedEpoch } = await foldEntries(this.state, entries.map(parseStatement), this.#engine);
    if (refusedEpoch !== undefined) throw damaged('An epoch does not say what its log says.', { ...refusedEpoch });
    this.#size += entries.length;
    const covered = this.state.position?.size ?? 0;
    this.#uncovered = [...this.#uncovered, ...entries].slice(-Math.max(1, this.#size - covered));
    if (covered === this.#size) this.#uncovered = [];
  }

  /** Makes durable what has been tried. Throws what the store throws: then nobody knows, and `catchUp` finds out. */
  async appendTried(entries: readonly string[]): Promise<void> {
    assert(this.state.tree.size === this.#size + entries.length, 'what is appended has been tried');
    await this.#store.append(this.#size, entries);
    this.#size += entries.length;
    this.#uncovered.push(...entries);
  }

  /** Makes an epoch durable and lets it take effect. */
  async appendEpoch({ entry, parse, results, checkpoint }: SignedEpoch): Promise<void> {
    await this.#store.append(this.#size, [entry], checkpoint.note);
    const { ok } = apply(this.state, parse, results);
    assert(ok, 'an epoch made from the state is accepted by the fold');
    this.#size += 1;
    this.#uncovered = [];
    this.#checkpoint = checkpoint;
    await this.#snapshots.keep(this.#state, { epoch: entry, checkpoint: checkpoint.note });
  }

  /** What was folded into the state is in the store by now: an epoch is the last of it. */
  noteAppended(count: number): void {
    this.#size += count;
    this.#uncovered = [];
    assert(this.state.tree.size === this.#size, 'what was appended has been folded');
  }

  read(from: number, to: number): Promise<readonly string[]> {
    return this.#store.readEntries(from, to);
  }

  /** For each statement, where it is in the log. */
  find(statements: readonly string[]): Promise<readonly (number | undefined)[]> {
    return this.#store.findEntries(statements);
  }
}

function damaged(sentence: string, details: Record<string, unknown> = {}, cause?: unknown): CodedError {
  return new CodedError('network.store-damaged', sentence, details, cause);
}

function notSigned(error: unknown): never {
  if (!isCodedError(error) || error.code !== 'feed.unproved') throw error;
  throw damaged('The checkpoint in the store is not signed by the log.', {}, error);
}

/** Whatever goes wrong in a store is the store's: it can be tried again, which a fault of our own must not be. */
function guardStore(store: LogStore): LogStore {
  async function guard<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      if (isCodedError(error)) throw error;
      throw new CodedError('network.store-failed', 'The store of the log failed.', {}, error);
    }
  }
  return {
    readHead: () => guard(store.readHead()),
    readEntries: (from, to) => guard(store.readEntries(from, to)),
    append: (size, entries, checkpoint) => guard(store.append(size, entries, checkpoint)),
    keepCosigned: (notes) => guard(store.keepCosigned(notes)),
    readCheckpoint: (atMost) => guard(store.readCheckpoint(atMost)),
    readHashes: (level, from, to) => guard(store.readHashes(level, from, to)),
    findEntries: (entries) => guard(store.findEntries(entries)),
  };
}
