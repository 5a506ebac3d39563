import {
  CodedError,
  encodeBase64url,
  encodeUtf8,
  equalBytes,
  isCodedError,
  parseUtf8,
  sha256,
  TILE_WIDTH,
  type Vkey,
} from '@holdfast/core';
import {
  type FeedSource,
  fetchRange,
  genesisLogKey,
  isSignedBy,
  maySignLater,
  openSnapshot,
  parseSigned,
  type SignatureEngine,
  type SignedCheckpoint,
} from '@holdfast/verifier';
import { createTreeFolder, type TreeFolder } from './tree-folder.ts';
import { openTreeWriter, type TreeWriter } from './tree-writer.ts';

export type ExportOptions = {
  readonly source: Pick<FeedSource, 'fetchCheckpoint' | 'fetchEntries' | 'fetchSnapshot'>;
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
  const { network, vkey } = await pinNetwork(options, folder);
  const kept = await folder.read('log/checkpoint');
  const before = kept === undefined ? undefined : await open(parseUtf8(kept), vkey, engine);
  const latest = await open(await source.fetchCheckpoint(signal), vkey, engine);
  if (before !== undefined) assertOnward(before, latest);
  const from = before?.size ?? 0;
  const writer = await openTreeWriter(folder, from);
  if (before !== undefined && !equalBytes(writer.root(), before.root)) {
    throw new CodedError(
      'export.damaged',
      'The tiles in the folder do not give the root of its checkpoint. Export anew.',
    );
  }
  await writeGrowth(options, { folder, vkey, writer, latest });
  await writer.seal(latest);
  await folder.write('network', `${network}\n`);
  const snapshot = await writeSnapshot(options, { folder, network, vkey, size: latest.size });
  return { network, from, size: latest.size, ...(snapshot === undefined ? {} : { snapshot }) };
}

async function pinNetwork(options: ExportOptions, folder: TreeFolder): Promise<{ network: string; vkey: Vkey }> {
  const [genesis = ''] = await options.source.fetchEntries(0, 1, options.signal);
  const begun = await folder.read('network');
  const found = encodeBase64url(sha256(encodeUtf8(genesis)));
  const network = options.network ?? (begun === undefined ? found : parseUtf8(begun).trim());
  return { network, vkey: genesisLogKey(genesis, network) };
}

type Opened = SignedCheckpoint & { readonly isSigned: boolean };

/**
 * A checkpoint by the key that the genesis names, or by one that has come into force since: that it did, whoever folds
 * the entries will find, and believes nothing until then. Here only the tree counts, and that it goes on.
 */
async function open(note: string, vkey: Vkey, engine: SignatureEngine): Promise<Opened> {
  const checkpoint = parseSigned(note, vkey.name);
  const isSigned = await isSignedBy(checkpoint, vkey, engine);
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
  readonly vkey: Vkey;
  readonly writer: TreeWriter;
  readonly latest: SignedCheckpoint;
};

/** Step by step, each up to the last checkpoint before a full bundle: those are addresses of their own. */
async function writeGrowth(options: ExportOptions, { folder, vkey, writer, latest }: Growing): Promise<void> {
  const { source, engine, signal, onProgress } = options;
  async function appendTo(target: SignedCheckpoint): Promise<void> {
    if (target.size <= writer.size()) return;
    await writer.append(await fetchRange(source, writer.size(), target.size, signal), target);
    onProgress?.(writer.size(), latest.size);
  }
  const first = Math.floor(writer.size() / TILE_WIDTH) + 1;
  for (let full = first; full * TILE_WIDTH <= latest.size; full += 1) {
    const nearest = await open(await source.fetchCheckpoint(signal, full * TILE_WIDTH), vkey, engine);
    if (nearest.size > full * TILE_WIDTH)
      throw new CodedError('feed.unproved', 'A larger checkpoint came than was asked for.');
    await appendTo(nearest);
    await folder.write(`log/checkpoints/${full}`, nearest.note);
  }
  await appendTo(latest);
}

/** The network's latest snapshot, if it is proved and of no more than the folder has. */
async function writeSnapshot(
  { source, engine, signal }: ExportOptions,
  { folder, network, vkey, size }: { folder: TreeFolder; network: string; vkey: Vkey; size: number },
): Promise<number | undefined> {
  const bytes = await source.fetchSnapshot?.(signal);
  if (bytes === undefined) return undefined;
  // One under a later key of the log would be opened by nobody who begins: they know the first.
  const signed = await openSnapshot(bytes, { network, vkey, engine }).then(
    (opened) => opened.signed,
    (error: unknown) => {
      if (!isCodedError(error) || error.code !== 'feed.unproved') throw error;
      return undefined;
    },
  );
  if (signed === undefined || signed.size > size) return undefined;
  await folder.write(`log/snapshot/${signed.size}`, bytes);
  await folder.write('log/snapshot/latest', `${signed.size}\n`);
  return signed.size;
}
