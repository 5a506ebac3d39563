import {
  CodedError,
  encodeBase64url,
  encodeSnapshot,
  type NetworkState,
  parseStatement,
  parseVkey,
  proveKeys,
  sha256Base64url,
} from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import { differingLeaves } from './differing-leaves.ts';
import type { FeedSource } from './feed-source.ts';
import type { FollowerStore } from './follower-store.ts';
import { checkFraudProof, encodeFraudProof, type FraudProof, MAX_FRAUD_PROOF_LENGTH } from './fraud-proof.ts';
import type { FraudStore } from './fraud-store.ts';
import { parseSigned } from './proved-entries.ts';

/** What a follower has at hand when a log contradicts itself. */
export type FraudMaking = {
  readonly store: Pick<FollowerStore, 'readEntries'>;
  readonly source: Pick<FeedSource, 'fetchCheckpoint' | 'fetchEntries'>;
  readonly fraud: FraudStore;
  /** As the last epoch that was right left it. */
  readonly state: NetworkState;
  /** How the network came to this log, where that is not its first. */
  readonly readLineage: () => Promise<string | undefined>;
  readonly signal: AbortSignal;
};

/** Keeps what proves that an alarm of the log is the log's own doing. Throws what the ports throw. */
export async function keepFraudOf(error: CodedError, making: FraudMaking): Promise<void> {
  const made =
    error.code === 'feed.fork' ? await histories(error.details, making) : await wrongEpoch(error.details, making);
  if (made === undefined) return;
  const lineage = await making.readLineage();
  const came = lineage === undefined ? {} : { lineage };
  const text = encodeFraudProof({ ...made, ...came, ...(await keysOf(made, making)) });
  if (text.length <= MAX_FRAUD_PROOF_LENGTH)
    await making.fraud.keepFraud({ digest: sha256Base64url(text), proof: text });
}

/** A restart makes no liar honest: throws `feed.fork` when a proof is kept that this network's log has two histories. */
export async function assertNoKeptFork(of: {
  readonly network: string;
  readonly engine: SignatureEngine;
  readonly fraud?: FraudStore;
  /** As far as we have read it: what a stolen key of the log has signed is no word of the log's. */
  readonly state: Readonly<NetworkState>;
}): Promise<void> {
  const { rulebook, position } = of.state;
  const known =
    rulebook === undefined || position === undefined
      ? []
      : [{ log: rulebook.body.log, size: position.size, time: position.time }];
  for (const { proof } of (await of.fraud?.readFraud()) ?? []) {
    const proved = await checkFraudProof(proof, of.engine, known).catch(() => undefined);
    if (proved?.kind !== 'two-histories' || proved.network !== of.network) continue;
    // What a log was that this one has succeeded is the quorum's matter, and settled.
    if (proved.keys.every((key) => parseVkey(key).name !== rulebook?.body.log.origin)) continue;
    throw new CodedError('feed.fork', 'The log has signed two histories: the proof is kept.', { sizes: proved.sizes });
  }
}

/** What a stranger needs to know of the log's keys, once the first is not the one in force. */
async function keysOf({ genesis }: FraudProof, { store, state }: FraudMaking): Promise<Pick<FraudProof, 'keys'>> {
  const { position, rulebook } = state;
  const first = logVkeyOf(genesis);
  if (position === undefined || rulebook === undefined || rulebook.body.log.vkey === first) return {};
  const [epoch] = await store.readEntries(position.size - 1, position.size);
  return epoch === undefined ? {} : { keys: proveKeys(state, epoch) };
}

function logVkeyOf(genesis: string): string | undefined {
  const parse = parseStatement(genesis);
  return parse.ok && parse.statement.body.type === 'rulebook' ? parse.statement.body.body.log.vkey : undefined;
}

type Details = CodedError['details'];

async function histories({ ours, theirs }: Details, making: FraudMaking): Promise<FraudProof | undefined> {
  const [genesis] = await making.store.readEntries(0, 1);
  if (genesis === undefined || typeof ours !== 'string' || typeof theirs !== 'string') return undefined;
  // The same two, whoever saw which first.
  const checkpoints = ours < theirs ? ([ours, theirs] as const) : ([theirs, ours] as const);
  const differ = await differenceOf(checkpoints, ours, making);
  return differ === undefined
    ? undefined
    : { type: 'fraud-proof', v: 1, genesis, kind: 'two-histories', checkpoints, ...differ };
}

type Differ = Pick<Extract<FraudProof, { kind: 'two-histories' }>, 'differ'>;

/** Two of one size say it themselves; of two sizes the smaller may be a part of the larger, unless some entry differs. */
async function differenceOf(
  checkpoints: readonly [string, string],
  ours: string,
  { store, source, state, signal }: FraudMaking,
): Promise<Differ | undefined> {
  const origin = state.rulebook?.body.log.origin ?? '';
  const [a, b] = [parseSigned(checkpoints[0], origin), parseSigned(checkpoints[1], origin)];
  if (a.size === b.size) return {};
  const [own, other] = checkpoints[0] === ours ? [a, b] : [b, a];
  const found = await differingLeaves({ store, source, signal }, own.size, other);
  if (found === undefined) return undefined;
  const { index, ourLeaf, theirLeaf } = found;
  return { differ: { index, leaves: own === a ? [ourLeaf, theirLeaf] : [theirLeaf, ourLeaf] } };
}

async function wrongEpoch({ index }: Details, making: FraudMaking): Promise<FraudProof | undefined> {
  const { store, state } = making;
  const [genesis] = await store.readEntries(0, 1);
  if (typeof index !== 'number' || genesis === undefined) return undefined;
  const checkpoint = await checkpointOf(index + 1, making);
  const from = state.position?.size ?? 0;
  const entries = await store.readEntries(from, index + 1);
  const common = { type: 'fraud-proof', v: 1, genesis, kind: 'wrong-epoch', entries } as const;
  if (checkpoint === undefined || entries.length !== index + 1 - from) return undefined;
  if (from === 0) return { ...common, checkpoint };
  const snapshot = await snapshotBefore(from, making);
  return snapshot === undefined ? undefined : { ...common, checkpoint, snapshot };
}

async function snapshotBefore(size: number, making: FraudMaking): Promise<string | undefined> {
  const [epoch] = await making.store.readEntries(size - 1, size);
  const checkpoint = await checkpointOf(size, making);
  if (epoch === undefined || checkpoint === undefined || making.state.tree.size !== size) return undefined;
  const bytes = encodeSnapshot(making.state, { epoch, checkpoint });
  return bytes === undefined ? undefined : encodeBase64url(bytes);
}

/** Of exactly this size: every epoch has one. */
async function checkpointOf(size: number, { source, state, signal }: FraudMaking): Promise<string | undefined> {
  const note = await source.fetchCheckpoint(signal, size);
  const origin = state.rulebook?.body.log.origin;
  return origin === undefined || parseSigned(note, origin).size === size ? note : undefined;
}
