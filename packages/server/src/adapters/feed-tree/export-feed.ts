import {
  CodedError,
  encodeBase64url,
  encodeUtf8,
  equalBytes,
  isCodedError,
  parseLineage,
  parseUtf8,
  parseVkey,
  sha256,
  TILE_WIDTH,
  type Vkey,
} from '@holdfast/core';
import {
  type FeedSource,
  fetchRange,
  foundingOf,
  isSignedBy,
  keyInForce,
  type LearnedKey,
  type LearningFrom,
  type LogFounding,
  learnLogKey,
  maySignLater,
  openSnapshot,
  parseSigned,
  type ShownKeys,
  type SignatureEngine,
  type SignedCheckpoint,
} from '@holdfast/verifier';
import { createTreeFolder, type TreeFolder } from './tree-folder.ts';
import { openTreeWriter, type TreeWriter } from './tree-writer.ts';

export type ExportOptions = {
  /** Without `fetchKeys`, and where it has nothing to say, a key of the log that came later than the snapshot's is believed. */
  readonly source: Pick<FeedSource, 'fetchCheckpoint' | 'fetchEntries' | 'fetchSnapshot' | 'fetchLineage'> &
    Partial<Pick<LearningFrom, 'fetchKeys'>>;
  readonly folder: string;
  readonly engine: SignatureEngine;
  /** The name the network ought to have; default the one the folder was begun with, else the one that answers. */
  readonly network?: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (entries: number, size: number) => void;
};

export type ExportReport = {
  readonly network: string;
  /** Entries that the folder had before, and has now. */
  readonly from: number;
  readonly size: number;
  /** Size of the latest snapshot in the folder; absent where there is none. */
  readonly snapshot?: number;
};

/**
 * Writes a network's log as files at the paths it has over HTTP: whoever serves the folder serves the feed, for followers
 * that pull. Goes on where the folder ends. Each file is whole at every moment and the checkpoint is the last of each step, so
 * that whoever reads meanwhile finds everything that it needs. Throws `feed.rollback` and `feed.fork` when the source is behind
 * the folder or has another history, `feed.unproved`, `feed.other-network`, `export.damaged`: then the folder stays as it was.
 */
export async function exportFeed(options: ExportOptions): Promise<ExportReport> {
  const { source, engine, signal } = options;
  const folder = createTreeFolder(options.folder);
  const { founding, lineage } = await pinNetwork(options, folder);
  const { network } = founding;
  const snapshot = await fetchProved(options, founding);
  const learned = await learnKey(options, founding);
  const vkeys = keysOf(founding, snapshot, learned);
  const kept = await folder.read('log/checkpoint');
  const before = kept === undefined ? undefined : await open(parseUtf8(kept), vkeys, engine);
  const latest =
    learned === undefined
      ? await open(await source.fetchCheckpoint(signal), vkeys, engine)
      : { ...learned.signed, isSigned: true };
  if (before !== undefined) assertOnward(before, latest);
  const from = before?.size ?? 0;
  const writer = await openTreeWriter(folder, from);
  if (before !== undefined && !equalBytes(writer.root(), before.root)) {
    throw new CodedError(
      'export.damaged',
      'The tiles in the folder do not give the root of its checkpoint. Export anew.',
    );
  }
  if (lineage !== undefined) await folder.write('log/lineage', lineage);
  await writeGrowth(options, { folder, vkeys, writer, latest });
  await writer.seal(latest);
  await folder.write('network', `${network}\n`);
  if (learned !== undefined) await folder.write('log/keys', JSON.stringify(learned.shown));
  const isShown = snapshot !== undefined && snapshot.size <= latest.size;
  if (isShown) await writeSnapshot(folder, snapshot);
  return { network, from, size: latest.size, ...(isShown ? { snapshot: snapshot.size } : {}) };
}

type Learned = LearnedKey & { readonly shown: ShownKeys };

/** The key in force at the latest checkpoint, by what the epoch there says; undefined where nobody shows that. */
async function learnKey(
  { source, engine, signal }: ExportOptions,
  founding: LogFounding,
): Promise<Learned | undefined> {
  try {
    const shown = await source.fetchKeys?.(signal);
    if (shown === undefined) return undefined;
    const learned = await learnLogKey({ fetchKeys: async () => shown }, { founding, held: undefined, engine }, signal);
    return learned && { ...learned, shown };
  } catch (error) {
    // Mere files, of an export that was made before they had this.
    if (isCodedError(error) && error.details.status === 404) return undefined;
    throw error;
  }
}

/** The first key and, once the log has changed it, those that its snapshot and its last epoch know of. */
function keysOf(
  { first }: LogFounding,
  snapshot: ProvedSnapshot | undefined,
  learned: Learned | undefined,
): readonly Vkey[] {
  const { previous } = learned?.log ?? {};
  const later =
    learned === undefined ? [] : [learned.vkey, ...(previous === undefined ? [] : [parseVkey(previous.vkey)])];
  return [first, ...(snapshot === undefined ? [] : [snapshot.vkey]), ...later];
}

type Pinned = { readonly founding: LogFounding; readonly lineage: string | undefined };

async function pinNetwork(options: ExportOptions, folder: TreeFolder): Promise<Pinned> {
  const [genesis = ''] = await options.source.fetchEntries(0, 1, options.signal);
  const begun = await folder.read('network');
  const lineage = await options.source.fetchLineage?.(options.signal);
  const first = lineage === undefined ? genesis : parseLineage(lineage).genesis;
  const found = encodeBase64url(sha256(encodeUtf8(first)));
  const network = options.network ?? (begun === undefined ? found : parseUtf8(begun).trim());
  const founding = await foundingOf(genesis, { network, lineage, engine: options.engine });
  return { founding, lineage };
}

type Opened = SignedCheckpoint & { readonly isSigned: boolean };

/**
 * A checkpoint by the key that the genesis names, or by one that has come into force since: that it did, whoever folds
 * the entries will find, and believes nothing until then. Here only the tree counts, and that it goes on.
 */
async function open(note: string, vkeys: readonly Vkey[], engine: SignatureEngine): Promise<Opened> {
  const checkpoint = parseSigned(note, vkeys[0]?.name ?? '');
  let isSigned = false;
  for (const vkey of vkeys) isSigned ||= await isSignedBy(checkpoint, vkey, engine);
  if (isSigned || maySignLater(checkpoint)) return { ...checkpoint, isSigned };
  throw new CodedError('feed.unproved', 'The checkpoint bears no signature of this log.');
}

function assertOnward(before: Opened, latest: Opened): void {
  const sizes = { size: latest.size, before: before.size };
  if (latest.size < before.size) {
    throw new CodedError('feed.rollback', 'The network shows a smaller log than the folder has.', sizes);
  }
  if (latest.size > before.size || equalBytes(latest.root, before.root)) return;
  const notes = { ours: before.note, theirs: latest.note };
  if (!before.isSigned || !latest.isSigned) {
    throw new CodedError('feed.unproved', 'The log shown here is not the one in the folder.', { ...sizes, ...notes });
  }
  throw new CodedError('feed.fork', 'The log has signed two histories of the same size.', { ...sizes, ...notes });
}

type Growing = {
  readonly folder: TreeFolder;
  readonly vkeys: readonly Vkey[];
  readonly writer: TreeWriter;
  readonly latest: SignedCheckpoint;
};

/** Step by step, each up to the last checkpoint before a full bundle: those are addresses of their own. */
async function writeGrowth(options: ExportOptions, { folder, vkeys, writer, latest }: Growing): Promise<void> {
  const { source, engine, signal, onProgress } = options;
  async function appendTo(target: SignedCheckpoint): Promise<void> {
    if (target.size <= writer.size()) return;
    await writer.append(await fetchRange(source, writer.size(), target.size, signal), target);
    onProgress?.(writer.size(), latest.size);
  }
  const first = Math.floor(writer.size() / TILE_WIDTH) + 1;
  for (let full = first; full * TILE_WIDTH <= latest.size; full += 1) {
    const nearest = await open(await source.fetchCheckpoint(signal, full * TILE_WIDTH), vkeys, engine);
    if (nearest.size > full * TILE_WIDTH)
      throw new CodedError('feed.unproved', 'A larger checkpoint came than was asked for.');
    await appendTo(nearest);
    await folder.write(`log/checkpoints/${full}`, nearest.note);
  }
  await appendTo(latest);
}

type ProvedSnapshot = { readonly bytes: Uint8Array; readonly size: number; readonly vkey: Vkey };

/** The network's latest snapshot, if it is proved. */
async function fetchProved(
  { source, engine, signal }: ExportOptions,
  founding: LogFounding,
): Promise<ProvedSnapshot | undefined> {
  const bytes = await source.fetchSnapshot?.(signal);
  if (bytes === undefined) return undefined;
  const { signed, state } = await openSnapshot(bytes, { founding, engine });
  return { bytes, size: signed.size, vkey: keyInForce(state, founding.first) };
}

async function writeSnapshot(folder: TreeFolder, { bytes, size }: ProvedSnapshot): Promise<void> {
  await folder.write(`log/snapshot/${size}`, bytes);
  await folder.write('log/snapshot/latest', `${size}\n`);
}
