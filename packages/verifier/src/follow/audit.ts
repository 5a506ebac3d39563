import {
  type Applied,
  appendLeaf,
  type CompactTree,
  compactRoot,
  createCompactTree,
  createNetworkState,
  encodeBase64url,
  encodeUtf8,
  equalBytes,
  isCodedError,
  leafHash,
  type NetworkState,
  type Position,
  parseStatement,
  parseTile,
  type Refusal,
  sha256,
  TILE_HEIGHT,
  TILE_WIDTH,
  tilesBetween,
  tileWidthAt,
  type Vkey,
} from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import { foldEntries } from './epoch-fold.ts';
import type { FeedSource } from './feed-source.ts';
import { fetchRange, genesisLogKey, openCheckpoint, type SignedCheckpoint } from './proved-entries.ts';

/**
 * What an audit reads. With `fetchTile` (bytes of a tile of hashes, C2SP tlog-tiles) it can name an altered entry, with
 * `fetchBundle` one that is missing.
 */
export type AuditSource = Pick<FeedSource, 'fetchCheckpoint' | 'fetchEntries'> & {
  fetchBundle?(index: number, width: number, signal: AbortSignal): Promise<Uint8Array>;
  fetchTile?(level: number, index: number, width: number, signal: AbortSignal): Promise<Uint8Array>;
};

export type AuditOptions = {
  readonly engine: SignatureEngine;
  /** The name the network ought to have; without it the audit holds for whatever network this is. */
  readonly network?: string;
  readonly signal: AbortSignal;
};

/**
 * What does not hold. `entry`: its bytes are not those of its tile. `tile`: its hashes are not those of the entries below.
 * `root`: the signed root is not the entries'. `epoch`: it does not say what its log says. `refused`: an entry without
 * which a later epoch does not hold, and that the fold refuses. The others: the log cannot be read as one at all.
 */
export type AuditFault = {
  readonly why: 'checkpoint' | 'genesis' | 'entry' | 'tile' | 'root' | 'epoch' | 'refused';
  /** The first entry that does not hold; absent when it is the checkpoint itself. */
  readonly index?: number;
  readonly detail: string;
};

export type AuditReport = {
  readonly holds: boolean;
  /** base64url SHA-256 of entry 0. */
  readonly network: string;
  readonly entries: number;
  readonly epochs: number;
  /** How many entries changed nothing, by why. A good network lets none in. */
  readonly refused: Readonly<Partial<Record<Refusal, number>>>;
  /** The last epoch that holds. */
  readonly head: Position | undefined;
  readonly firstFault?: AuditFault;
};

export type AuditProgress = { readonly entries: number; readonly size: number };

/**
 * Checks a log from outside, believing nothing of it but the signature of its checkpoint: every entry, every tile, every
 * epoch folded anew. Yields after each 256 entries; the report is what it returns. Throws what the source throws when the
 * log cannot be read; whatever can be read and does not hold is in the report.
 */
export async function* auditLog(
  source: AuditSource,
  options: AuditOptions,
): AsyncGenerator<AuditProgress, AuditReport> {
  const { engine, signal } = options;
  const [genesis = ''] = await source.fetchEntries(0, 1, signal);
  const network = encodeBase64url(sha256(encodeUtf8(genesis)));
  const nothing: AuditReport = { holds: false, network, entries: 0, epochs: 0, refused: {}, head: undefined };
  const vkey = answerOf(() => genesisLogKey(genesis, options.network ?? network));
  if (!vkey.ok) return { ...nothing, firstFault: { why: 'genesis', index: 0, detail: vkey.detail } };
  const opened = await answerOfAsync(async () =>
    openCheckpoint(await source.fetchCheckpoint(signal), vkey.value, engine),
  );
  if (!opened.ok) return { ...nothing, firstFault: { why: 'checkpoint', detail: opened.detail } };
  const reading = startReading(source, options, opened.value);
  while (reading.tree.size < opened.value.size) {
    await readBundle(reading);
    yield { entries: reading.tree.size, size: opened.value.size };
  }
  await checkUpperTiles(reading);
  await checkRoot(reading, vkey.value);
  return reportOf(reading, network);
}

/** Runs an audit to its end. */
export async function readAudit(
  audit: AsyncGenerator<AuditProgress, AuditReport>,
  onProgress: (progress: AuditProgress) => void = () => undefined,
): Promise<AuditReport> {
  for (;;) {
    const step = await audit.next();
    if (step.done === true) return step.value;
    onProgress(step.value);
  }
}

/** `index` to `until` (exclusive) is where it lies. */
type FoundFault = { readonly fault: AuditFault & { readonly index: number }; readonly until: number };

type Reading = {
  readonly source: AuditSource;
  readonly options: AuditOptions;
  readonly checkpoint: SignedCheckpoint;
  readonly state: NetworkState;
  readonly tree: CompactTree;
  /** Hashes of the complete subtrees of 256, 65,536... entries, by tile level from 1 on: what tiles must say. */
  readonly upper: Uint8Array[][];
  /** Root after each epoch, to find where a wrong root began. */
  readonly roots: { readonly size: number; readonly root: Uint8Array }[];
  readonly refused: Partial<Record<Refusal, number>>;
  /** First entry since the last epoch that the fold refused. */
  suspect: { readonly index: number; readonly why: Refusal } | undefined;
  epochs: number;
  isFolding: boolean;
  readonly faults: FoundFault[];
};

function startReading(source: AuditSource, options: AuditOptions, checkpoint: SignedCheckpoint): Reading {
  return {
    source,
    options,
    checkpoint,
    state: createNetworkState(),
    tree: createCompactTree(),
    upper: [],
    roots: [],
    refused: {},
    suspect: undefined,
    epochs: 0,
    isFolding: true,
    faults: [],
  };
}

async function readBundle(reading: Reading): Promise<void> {
  const { source, options, checkpoint, tree } = reading;
  const from = tree.size;
  const entries = await fetchRange(source, from, Math.min(checkpoint.size, from + TILE_WIDTH), options.signal);
  const hashes = entries.map((entry) => leafHash(encodeUtf8(entry)));
  await checkTile(reading, 0, from / TILE_WIDTH, hashes);
  const parses = entries.map(parseStatement);
  parses.forEach((parse, i) => {
    appendLeaf(tree, hashes[i] ?? new Uint8Array(), (level, _, hash) => {
      if (level > 0 && level % TILE_HEIGHT === 0) noteUpper(reading, level / TILE_HEIGHT, hash);
    });
    const isEpoch = parse.ok && parse.statement.body.type === 'epoch';
    if (isEpoch) reading.roots.push({ size: tree.size, root: compactRoot(tree) });
  });
  if (!reading.isFolding) return;
  const { applied, refusedEpoch } = await foldEntries(reading.state, parses, options.engine);
  applied.forEach((result, i) => {
    const parse = parses[i];
    noteResult(reading, result, parse?.ok === true && parse.statement.body.type === 'epoch');
  });
  if (refusedEpoch !== undefined) reading.isFolding = false;
}

function noteUpper({ upper }: Reading, level: number, hash: Uint8Array): void {
  const hashes = upper[level] ?? [];
  hashes.push(hash);
  upper[level] = hashes;
}

function noteResult(reading: Reading, result: Applied, isEpoch: boolean): void {
  if (result.ok) {
    if (!isEpoch) return;
    reading.epochs += 1;
    reading.suspect = undefined;
    return;
  }
  const { index, why } = result;
  reading.refused[why] = (reading.refused[why] ?? 0) + 1;
  if (!isEpoch) {
    reading.suspect ??= { index, why };
    return;
  }
  const { suspect } = reading;
  const detail = `The epoch at entry ${index} does not say what its log says (${why}).`;
  const fault =
    suspect === undefined
      ? ({ why: 'epoch', index, detail } as const)
      : ({ why: 'refused', index: suspect.index, detail: `${detail} First refused: ${suspect.why}.` } as const);
  reading.faults.push({ fault, until: fault.index + 1 });
}

/** Compares a tile with the hashes it must have. */
async function checkTile(
  { source, options, faults }: Reading,
  level: number,
  index: number,
  hashes: readonly Uint8Array[],
): Promise<void> {
  if (source.fetchTile === undefined || hashes.length === 0) return;
  const bytes = await source.fetchTile(level, index, hashes.length, options.signal);
  const tile = answerOf(() => parseTile(bytes, hashes.length));
  const said = tile.ok ? tile.value : [];
  const at = hashes.findIndex((hash, i) => !equalBytes(hash, said[i] ?? new Uint8Array()));
  if (at === -1) return;
  const width = TILE_WIDTH ** level;
  const first = (index * TILE_WIDTH + at) * width;
  const detail = `Tile ${level}/${index} does not say the hash of what is below it.`;
  faults.push({ fault: { why: level === 0 ? 'entry' : 'tile', index: first, detail }, until: first + width });
}

async function checkUpperTiles(reading: Reading): Promise<void> {
  const { checkpoint, upper } = reading;
  for (const { level, index } of tilesBetween(0, checkpoint.size)) {
    if (level === 0) continue;
    const from = index * TILE_WIDTH;
    const width = tileWidthAt(level, index, checkpoint.size);
    await checkTile(reading, level, index, (upper[level] ?? []).slice(from, from + width));
  }
}

/** When the root is wrong, earlier checkpoints of the log tell after which epoch it became so. */
async function checkRoot(reading: Reading, vkey: Vkey): Promise<void> {
  const { checkpoint, tree, roots, faults } = reading;
  if (equalBytes(compactRoot(tree), checkpoint.root)) return;
  let good = 0;
  for (let low = 0, high = roots.length; low < high; ) {
    const middle = Math.floor((low + high) / 2);
    const at = roots[middle];
    if (at === undefined) break;
    const isGood = await agrees(reading, vkey, at);
    if (isGood) {
      good = at.size;
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const detail = `The signed root is not that of the entries from ${good} on.`;
  faults.push({ fault: { why: 'root', index: good, detail }, until: checkpoint.size });
}

async function agrees(
  { source, options }: Reading,
  vkey: Vkey,
  { size, root }: { readonly size: number; readonly root: Uint8Array },
): Promise<boolean> {
  const opened = await answerOfAsync(async () =>
    openCheckpoint(await source.fetchCheckpoint(options.signal, size), vkey, options.engine),
  );
  return opened.ok && opened.value.size === size && equalBytes(opened.value.root, root);
}

function reportOf(reading: Reading, network: string): AuditReport {
  const { state, tree, epochs, refused, faults } = reading;
  const sorted = [...faults].sort((a, b) => a.fault.index - b.fault.index);
  // Where hashes part is only near an entry; if one in there does not hold by itself, it is the one.
  const exact = sorted.find(({ fault }) => fault.why !== 'root' && fault.why !== 'tile');
  const [earliest] = sorted;
  const explains = earliest !== undefined && exact !== undefined && exact.fault.index < earliest.until;
  const first = (explains ? exact : earliest)?.fault;
  const found = { network, entries: tree.size, epochs, refused, head: state.position };
  return first === undefined ? { holds: true, ...found } : { holds: false, ...found, firstFault: first };
}

type Answer<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly detail: string };

function answerOf<Value>(work: () => Value): Answer<Value> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return { ok: false, detail: error.message };
  }
}

/** Only what the log says is an answer; that it cannot be reached is not. */
async function answerOfAsync<Value>(work: () => Promise<Value>): Promise<Answer<Value>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (!isCodedError(error) || error.code !== 'feed.unproved') throw error;
    return { ok: false, detail: error.message };
  }
}
