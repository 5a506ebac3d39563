import {
  CodedError,
  encodeTlogProof,
  encodeUtf8,
  encodeVkey,
  type NetworkState,
  parseCheckpoint,
  parseNote,
  proveKeys as proveKeysOf,
  proveNetwork,
  type TrustView,
  trustViewOf,
} from '@holdfast/core';
import type {
  FeedEvent,
  KeptSnapshot,
  ShownKeys,
  SignatureEngine,
  SignedCheckpoint,
  SnapshotStore,
} from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { LogStore } from '../../ports/log-store.ts';
import type { Network } from '../../ports/network.ts';
import type { Signer } from '../../ports/signer.ts';
import type { Witness } from '../../ports/witness.ts';
import type { Signals } from '../../seeing/signals.ts';
import { type CosigningBounds, createCosigning, type WitnessStanding } from './cosigning.ts';
import type { FormerLog } from './former-log.ts';
import { createLogReader, type LogReader } from './log-reader.ts';
import { createPruning } from './pruning.ts';
import { Sequencer, type SequencerBounds, type SequencerState } from './sequencer.ts';
import { createSubscribers } from './subscribers.ts';

export type NetworkBounds = SequencerBounds &
  CosigningBounds & {
    readonly maxSubscribers: number;
    /** Entries of one epoch up to so many bytes are pushed with it; more are to be read. */
    readonly maxPushedBytes: number;
  };

export const DEFAULT_NETWORK_BOUNDS: NetworkBounds = {
  maxWaiting: 256,
  maxWaitMs: 5000,
  maxBatch: 256,
  promptEpochMs: 200,
  maxClockStepMs: 3_600_000,
  entriesPerSnapshot: 1024,
  maxSubscribers: 2048,
  maxPushedBytes: 65_536,
  witnessTimeoutMs: 10_000,
  maxWitnessPauseMs: 10_000,
};

export type NetworkOptions = {
  readonly clock: Clock;
  /** Holds the keys `log` (Ed25519; later ones `log-2`, `log-3`...) and `network` (ES256) that the rulebook names. */
  readonly signer: Signer;
  readonly store: LogStore;
  /** Snapshots of the fold: a restart starts from the latest, and so may whoever joins late. */
  readonly snapshots?: SnapshotStore;
  readonly engine: SignatureEngine;
  /** Entry 0 of a new network (`createGenesis`); with a store that has a log, what its entry 0 must be. */
  readonly genesis?: string;
  /** The way to a witness that the rulebook names with an address; without it none is asked. */
  readonly openWitness?: (url: string) => Witness;
  /** Of a log that succeeds another: its state at the position that the first entry, a `succession`, names. */
  readonly predecessor?: NetworkState;
  /** How the network came to be in this log, for those who have not the one before (`encodeLineage`). */
  readonly lineage?: string;
  /** What is left of the logs before this one, the first one first. */
  readonly former?: readonly (FormerLog | undefined)[];
  readonly bounds?: Partial<NetworkBounds>;
  /** Told of what an operator should know: `network.*`, `log.*`, `database.*`, `signature.*`. */
  readonly report?: (event: NetworkEvent) => void;
  /** Told of what has happened; without it nobody is. */
  readonly signals?: Signals;
};

export type NetworkEvent = { readonly code: string; readonly detail: string };

export type NetworkHealth = {
  /** `waiting`: the store or a key does not answer; appends wait for it and give up in time. */
  readonly status: SequencerState;
  /** Code of what it waits for, or was stopped by. */
  readonly why?: string;
  /** Entries that the log has signed. */
  readonly size: number;
  /** Time of the last epoch, unix milliseconds. */
  readonly lastEpochAt: number;
  readonly appendsWaiting: number;
  readonly subscribers: number;
  /** Of every witness that is asked: what it said last. */
  readonly witnesses: readonly WitnessStanding[];
};

/** The role that decides the order of statements. It folds like anyone, and refuses what the fold would refuse. */
export interface NetworkRole extends Network, LogReader, AsyncDisposable {
  /**
   * Refolds the store, founds the log if it is empty, mints an epoch, and goes on until the signal aborts. Throws
   * `network.no-genesis | other-genesis | genesis-refused | other-keys | store-damaged`, and what the ports throw.
   */
  start(signal: AbortSignal): Promise<void>;
  /** base64url SHA-256 of entry 0; empty before the start. */
  readonly name: string;
  former(place: number): FormerLog | undefined;
  /** The latest snapshot kept of at most so many entries; undefined where there is none. */
  readSnapshot(atMost: number): Promise<KeptSnapshot | undefined>;
  /**
   * The vkey of a key that no rulebook of this log names yet, for an amendment to name: made now, or by an earlier call
   * that nothing came of. Whoever has it can do nothing with it.
   */
  createLogKey(): Promise<string>;
  /**
   * That an entry is in the log (C2SP tlog-proof): under the latest checkpoint that a quorum of witnesses has cosigned, if
   * that covers it, else under the latest. Throws `log.out-of-range`.
   */
  proveEntry(index: number): Promise<string>;
  /** Which key the log has in force, proved to those who do not fold it. */
  proveKeys(): Promise<ShownKeys>;
  /** Entries from here on, and entry 0, are read by anyone (C2SP tlog-tiles, pruning). */
  minimumIndex(): Promise<number>;
  readonly state: Readonly<NetworkState>;
  /** What decides over trust, as the last epoch committed to it; undefined before the first. */
  trust(): TrustView | undefined;
  health(): NetworkHealth;
}

export function createNetwork(options: NetworkOptions): NetworkRole {
  const { store } = options;
  const bounds = { ...DEFAULT_NETWORK_BOUNDS, ...options.bounds };
  const subscribers = createSubscribers(bounds.maxSubscribers);
  let latest: FeedEvent | undefined;
  /** As the last epoch left them: entries that no epoch covers may announce other rules by now, and other parties. */
  let trust: TrustView | undefined;
  let shown: (Omit<ShownKeys, 'checkpoint'> & { readonly checkpoint: SignedCheckpoint }) | undefined;
  const sequencer = new Sequencer({
    ...options,
    bounds,
    report: options.report ?? (() => undefined),
    onEpoch: (checkpoint, from, entries) => {
      const { state } = sequencer;
      const { inclusion } = proveNetwork({ state, genesis: '', epoch: '' }).epoch;
      shown = { ...proveKeysOf(state, ''), checkpoint, inclusion };
      trust = trustViewOf(state);
      latest = eventOf(checkpoint, from, entries, bounds.maxPushedBytes);
      subscribers.publish(latest);
      cosigning?.submit(checkpoint);
    },
  });
  const signedSize = () => sequencer.checkpoint?.size ?? 0;
  const pruning = createPruning(store, () => sequencer.state);
  const reader = createLogReader(store, signedSize, pruning);
  const cosigning =
    options.openWitness === undefined
      ? undefined
      : createCosigning({
          ...{ ...options, openWitness: options.openWitness, bounds, reader, signal: sequencer.signal },
          report: options.report ?? (() => undefined),
          rulebooks: () => sequencer.state,
          onCosigned: (cosigned) => subscribers.publish({ cosigned }),
        });
  sequencer.signal.addEventListener('abort', () => subscribers.close(ended()), { once: true });

  return {
    ...reader,
    start: async (signal) => {
      await cosigning?.restore();
      await sequencer.start(signal);
    },
    append: (statements) => sequencer.append(statements),
    fetchCheckpoint: async (_signal, atMost = signedSize()) => {
      const { checkpoint } = sequencer;
      if (checkpoint !== undefined && checkpoint.size <= atMost)
        return cosigning?.noteOf(checkpoint) ?? checkpoint.note;
      const older = await store.readCheckpoint(atMost);
      if (older === undefined) throw new CodedError('log.out-of-range', 'The log has signed no tree that small.');
      return older;
    },
    fetchCosigned: async () => cosigning?.cosigned,
    proveEntry,
    proveKeys,
    fetchEntries: (from, to) => reader.readEntries(from, to),
    minimumIndex: pruning.minimumIndex,
    createLogKey: async () => encodeVkey(await sequencer.createLogKey()),
    readSnapshot: async (atMost) => options.snapshots?.readSnapshot(Math.min(atMost, signedSize())),
    fetchLineage: async () => options.lineage,
    former: (place) => options.former?.[place],
    fetchConsistencyProof: (from, to) => reader.readConsistencyProof(from, to),
    fetchSnapshot: async (_signal, size) => {
      const kept = await options.snapshots?.readSnapshot(Math.min(size ?? signedSize(), signedSize()));
      return size === undefined || kept?.size === size ? kept?.bytes : undefined;
    },
    stream: (from, signal) => {
      if (sequencer.signal.aborted) throw ended();
      const present = from === signedSize() ? undefined : presentEvent(from);
      const cosigned = cosigning?.cosigned;
      return subscribers.subscribe(
        [...(present === undefined ? [] : [present]), ...(cosigned === undefined ? [] : [{ cosigned }])],
        signal,
      );
    },
    get name() {
      return sequencer.state.name;
    },
    get state() {
      return sequencer.state;
    },
    trust: () => trust,
    health: () => ({
      status: sequencer.status,
      ...(sequencer.why === undefined ? {} : { why: sequencer.why }),
      size: signedSize(),
      lastEpochAt: sequencer.state.time,
      appendsWaiting: sequencer.waiting,
      subscribers: subscribers.count(),
      witnesses: cosigning?.standings() ?? [],
    }),
    [Symbol.asyncDispose]: () => sequencer[Symbol.asyncDispose](),
  };

  async function proveEntry(index: number): Promise<string> {
    const { checkpoint } = sequencer;
    const latestNote = checkpoint === undefined ? undefined : (cosigning?.noteOf(checkpoint) ?? checkpoint.note);
    const notes = [cosigning?.cosigned, latestNote].filter((note) => note !== undefined);
    const note = notes.find((candidate) => sizeOf(candidate) > index);
    if (note === undefined) throw new CodedError('log.out-of-range', 'The log has signed no such entry.', { index });
    return encodeTlogProof({ index, hashes: await reader.readInclusionProof(index, sizeOf(note)) }, note);
  }

  async function proveKeys(): Promise<ShownKeys> {
    if (shown === undefined) throw new CodedError('network.starting', 'This network is still starting.');
    const { checkpoint, ...rest } = shown;
    const [epoch = ''] = await store.readEntries(checkpoint.size - 1, checkpoint.size);
    return { ...rest, epoch, checkpoint: checkpoint.note };
  }

  /** Whoever is further behind than one epoch reads the log: nothing is kept for anybody. */
  function presentEvent(from: number): FeedEvent | undefined {
    const { checkpoint } = sequencer;
    if (latest !== undefined && latest.from <= from) return latest;
    return checkpoint === undefined ? undefined : { checkpoint: checkpoint.note, from: checkpoint.size };
  }
}

function eventOf(
  { note, size }: SignedCheckpoint,
  from: number,
  entries: readonly string[] | undefined,
  maxBytes: number,
): FeedEvent {
  if (entries === undefined) return { checkpoint: note, from: size };
  let bytes = 0;
  for (const entry of entries) {
    bytes += encodeUtf8(entry).length;
    // Counted no further: a tick costs the same however many decisions it covers.
    if (bytes > maxBytes) return { checkpoint: note, from };
  }
  return { checkpoint: note, from, entries };
}

function sizeOf(note: string): number {
  return parseCheckpoint(parseNote(note).text).size;
}

function ended(): CodedError {
  return new CodedError('feed.closed', 'This network has ended its feed.');
}
