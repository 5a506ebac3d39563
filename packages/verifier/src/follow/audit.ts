import {
  type Applied,
  appendLeaf,
  CodedError,
  type CompactTree,
  compactRoot,
  copyCompactTree,
  encodeBase64url,
  equalBytes,
  leafHash,
  type Position,
  parseCheckpoint,
  parseNote,
  parseStatement,
  parseUtf8,
  type Refusal,
  type StatementParse,
  sha256,
  TILE_HEIGHT,
  TILE_WIDTH,
} from '@holdfast/core';
import { ANSWERS, type AuditFault, refusalWords, signersOf, typeOf } from './audit-faults.ts';
import { type AuditOptions, type Reading, startReading } from './audit-reading.ts';
import { type AuditSource, answerOf, answerOfAsync, readEntriesAt } from './audit-source.ts';
import { checkTile, checkUpperTiles, noteUpper } from './audit-tiles.ts';
import { foldEntries } from './epoch-fold.ts';
import { mayBePruned } from './fetch-beginning.ts';
import { openSnapshot } from './foreign-snapshot.ts';
import { foundingOf } from './log-key.ts';
import { logKeyOf, openCheckpoint, type SignedCheckpoint } from './proved-entries.ts';

export type AuditReport = {
  readonly holds: boolean;
  /** base64url SHA-256 of entry 0. */
  readonly network: string;
  readonly entries: number;
  /**
   * Entries that it did not see, `from` to `to` (exclusive), because the log no longer answers for them: what they mean is the
   * network's word, in the snapshot that it went on from. Absent when it saw all.
   */
  readonly unseen?: { readonly from: number; readonly to: number };
  /** Where the log ended that this one goes on from: of that one nothing was looked at. Absent for a network's first log. */
  readonly succeeds?: Position;
  readonly epochs: number;
  /** How many entries changed nothing, by why. A good network lets none in. */
  readonly refused: Readonly<Partial<Record<Refusal, number>>>;
  /** The last epoch that holds. */
  readonly head: Position | undefined;
  readonly firstFault?: AuditFault;
};

export type AuditProgress = { readonly entries: number; readonly size: number };

/**
 * Checks a log from outside, believing nothing of it but the signature of its checkpoint, by the key that the entries
 * themselves put in force: every entry, every tile, every epoch folded anew. Yields after each 256 entries; the report is
 * what it returns. Throws what the source throws when the log cannot be read; whatever can be read and does not hold is in
 * the report.
 */
export async function* auditLog(
  source: AuditSource,
  options: AuditOptions,
): AsyncGenerator<AuditProgress, AuditReport> {
  const note = await source.fetchCheckpoint(options.signal);
  const checkpoint = answerOf(() => parseSigned(note));
  if (!checkpoint.ok) return unread(checkpoint.detail);
  const reading = startReading(source, options, checkpoint.value);
  while (reading.isReading && reading.tree.size < checkpoint.value.size) {
    await readBundle(reading);
    yield { entries: reading.tree.size, size: checkpoint.value.size };
  }
  if (reading.isReading) {
    await checkUpperTiles(reading);
    await checkRoot(reading);
    checkSeen(reading);
  }
  await checkSignature(reading);
  return reportOf(reading);
}

/** There is nothing to look at. */
function unread(detail: string): AuditReport {
  const firstFault = { why: 'checkpoint', detail, answers: ANSWERS.copy } as const;
  return { holds: false, network: '', entries: 0, epochs: 0, refused: {}, head: undefined, firstFault };
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

async function readBundle(reading: Reading): Promise<void> {
  const { source, options, checkpoint, tree } = reading;
  const from = tree.size;
  const first = from - (from % TILE_WIDTH);
  const to = Math.min(checkpoint.size, first + TILE_WIDTH);
  const read = await readEntriesAt(source, first, to, options.signal);
  const doubt = read.isPruned === true ? await goOnFromSnapshot(reading, true) : '';
  if (doubt === undefined) return;
  const entries = read.entries.slice(from - first);
  const fault = read.fault === undefined ? undefined : `${read.fault}${doubt}`;
  const parses = entries.map(({ parse }) => parse);
  const hashes = entries.map(({ bytes }) => leafHash(bytes));
  if (from === 0) await beginAt(reading, entries[0]?.bytes);
  if (from === 0 && reading.succeeds !== undefined && (await passSuccession(reading))) return;
  if (fault !== undefined) reading.isReading = false;
  if (!reading.isReading && reading.fatal !== undefined) return;
  if (fault !== undefined) noteMissing(reading, from + entries.length, to, fault);
  await checkTile(reading, {
    level: 0,
    index: first / TILE_WIDTH,
    skip: from - first,
    hashes,
    width: to - first,
    parses,
  });
  parses.forEach((parse, i) => {
    appendLeaf(tree, hashes[i] ?? new Uint8Array(), (level, index, hash) => {
      if (level > 0 && level % TILE_HEIGHT === 0) noteUpper(reading, level / TILE_HEIGHT, index, hash);
    });
    if (isEpoch(parse)) reading.roots.push({ size: tree.size, root: compactRoot(tree) });
  });
  if (reading.isFolding) await foldBundle(reading, parses);
}

/** Takes note of the network that the first entry founds. */
async function beginAt(reading: Reading, genesis: Uint8Array | undefined): Promise<void> {
  if (genesis === undefined) return;
  const { engine, signal } = reading.options;
  const parse = parseStatement(answerOf(() => parseUtf8(genesis)).ok ? parseUtf8(genesis) : '');
  const succeeds = parse.ok && parse.statement.body.type === 'succession' ? parse.statement.body : undefined;
  const lineage = succeeds === undefined ? undefined : await reading.source.fetchLineage?.(signal);
  // A succession says itself of which network it is; its lineage has to prove that.
  reading.network = lineage === undefined ? encodeBase64url(sha256(genesis)) : (succeeds?.network ?? '');
  reading.succeeds = lineage === undefined ? undefined : succeeds?.from;
  const { network = reading.network } = reading.options;
  const founding = await answerOfAsync(
    async () => foundingOf(parseUtf8(genesis), { network, lineage, engine }),
    /^(encoding|feed|lineage|replay)\./,
  );
  if (founding.ok) {
    reading.founding = founding.value;
    reading.vkeys.push(founding.value.first);
  } else {
    reading.fatal = { why: 'genesis', index: 0, detail: founding.detail, answers: ANSWERS.copy };
    reading.isReading = false;
  }
}

function noteMissing({ faults }: Reading, index: number, to: number, detail: string): void {
  const until = Math.max(to, index + 1);
  faults.push({ fault: { why: 'missing', index, detail, answers: ANSWERS.copyOrLog }, until });
}

async function foldBundle(reading: Reading, parses: readonly StatementParse[]): Promise<void> {
  const { engine, auditor } = reading.options;
  const { applied, refusedEpoch } = await foldEntries(reading.state, parses, engine, undefined, auditor?.apply);
  applied.forEach((result, i) => {
    auditor?.note(result);
    noteResult(reading, result, parses[i]);
  });
  if (refusedEpoch !== undefined) reading.isFolding = false;
  noteKey(reading);
}

function noteKey(reading: Reading): void {
  const { rulebook } = reading.state;
  const vkey = rulebook === undefined ? undefined : answerOf(() => logKeyOf(rulebook.body));
  if (vkey?.ok === true && vkey.value.keyId !== reading.vkeys.at(-1)?.keyId) reading.vkeys.push(vkey.value);
}

function isEpoch(parse: StatementParse | undefined): boolean {
  return parse?.ok === true && parse.statement.body.type === 'epoch';
}

/** A succession and the epoch after it, of which a network keeps a snapshot. */
const SUCCESSION_SIZE = 2;

/** What a log goes on from is not in it: it is read from its first snapshot on, which its quorum's word is proved for. */
async function passSuccession(reading: Reading): Promise<boolean> {
  const doubt = await goOnFromSnapshot(reading, false);
  if (doubt === undefined) return true;
  const detail = `This log goes on from another one, and cannot be read from its first entry alone.${doubt}`;
  noteMissing(reading, 0, 1, detail);
  reading.isReading = false;
  return true;
}

/**
 * Goes on from what an epoch commits to; whether that epoch is in the log is seen at the end, by the signed root. Says why not
 * where that cannot be done.
 */
async function goOnFromSnapshot(reading: Reading, isPruned: boolean): Promise<string | undefined> {
  const { source, options, checkpoint, founding, tree } = reading;
  const first = isPruned ? undefined : await source.fetchSnapshot?.(options.signal, SUCCESSION_SIZE);
  const bytes = first ?? (await source.fetchSnapshot?.(options.signal));
  if (bytes === undefined || founding === undefined) return ' There is no snapshot to go on from.';
  const opened = await answerOfAsync(
    () => openSnapshot(bytes, { founding, engine: options.engine }),
    /^(feed|snapshot)\./,
  );
  if (!opened.ok) return ` Its snapshot is of no use: ${opened.detail}`;
  const { state } = opened.value;
  const { size } = state.tree;
  if (size <= tree.size || size > checkpoint.size) return ' Its snapshot is of another part of the log.';
  if (isPruned && !mayBePruned(state)) return ' The rules state no retention by which that may be so.';
  reading.unseen = { from: tree.size, to: size };
  reading.state = state;
  reading.tree = copyCompactTree(state.tree);
  reading.said = copyCompactTree(state.tree);
  reading.roots.splice(0, reading.roots.length, { size, root: compactRoot(state.tree) });
  noteKey(reading);
  return undefined;
}

function noteResult(reading: Reading, result: Applied, parse: StatementParse | undefined): void {
  if (result.ok) {
    if (!isEpoch(parse)) return;
    reading.epochs += 1;
    reading.suspect = undefined;
    return;
  }
  const { index, why } = result;
  reading.refused[why] = (reading.refused[why] ?? 0) + 1;
  if (!isEpoch(parse)) {
    reading.suspect ??= { index, why, parse };
    return;
  }
  const { suspect } = reading;
  const wrong = `The epoch at entry ${index} does not hold: ${refusalWords(why)}.`;
  const fault =
    suspect === undefined
      ? ({ why: 'epoch', index, type: 'epoch', detail: wrong, answers: ANSWERS.network } as const)
      : suspectFault(suspect, wrong);
  reading.faults.push({ fault, until: fault.index + 1 });
}

function suspectFault({ index, why, parse }: NonNullable<Reading['suspect']>, wrong: string) {
  const type = typeOf(parse);
  const detail = `This entry counts for nothing: ${refusalWords(why)}. ${wrong}`;
  return { why: 'refused', index, ...(type === undefined ? {} : { type }), detail, answers: signersOf(parse) } as const;
}

/** When the root is wrong, earlier checkpoints of the log tell after which epoch it became so. */
async function checkRoot(reading: Reading): Promise<void> {
  const { checkpoint, tree, roots, faults } = reading;
  if (equalBytes(compactRoot(tree), checkpoint.root)) return;
  let good = 0;
  for (let low = 0, high = roots.length; low < high; ) {
    const middle = Math.floor((low + high) / 2);
    const at = roots[middle];
    if (at === undefined) break;
    const isGood = await agrees(reading, at);
    if (isGood) {
      good = at.size;
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const detail = `The signed root is not that of the entries from ${good} on.`;
  faults.push({ fault: { why: 'root', index: good, detail, answers: ANSWERS.copyOrLog }, until: checkpoint.size });
}

async function agrees(
  { source, options, vkeys }: Reading,
  { size, root }: { readonly size: number; readonly root: Uint8Array },
): Promise<boolean> {
  const note = await answerOfAsync(() => source.fetchCheckpoint(options.signal, size));
  if (!note.ok) return false;
  for (const vkey of vkeys) {
    const opened = await answerOfAsync(() => openCheckpoint(note.value, vkey, options.engine));
    if (opened.ok) return opened.value.size === size && equalBytes(opened.value.root, root);
  }
  return false;
}

/** What somebody has read is still there, and the same. */
function checkSeen({ options, checkpoint, roots, faults }: Reading): void {
  const seen = options.seen?.find(({ log }) => log === checkpoint.origin);
  if (seen === undefined) {
    if (options.seen === undefined) return;
    throw new CodedError('feed.other-network', 'The position is not one of this log.', { log: checkpoint.origin });
  }
  if (seen.size > checkpoint.size) {
    const index = checkpoint.size;
    const detail = `Somebody has read this log up to entry ${seen.size - 1}; this one ends before entry ${index}.`;
    faults.push({ fault: { why: 'rollback', index, detail, answers: ANSWERS.log }, until: seen.size });
    return;
  }
  const root = roots.find(({ size }) => size === seen.size)?.root;
  if (root !== undefined && encodeBase64url(root) === seen.root) return;
  const index = seen.size - 1;
  const detail = `Somebody has read another history up to entry ${index} than this one.`;
  faults.push({ fault: { why: 'fork', index, detail, answers: ANSWERS.log }, until: seen.size });
}

/** The checkpoint is the word of the key that its own log has put in force, and of no key before it. */
async function checkSignature(reading: Reading): Promise<void> {
  const { checkpoint, vkeys, options } = reading;
  const inForce = vkeys.at(-1);
  if (inForce === undefined || reading.fatal !== undefined) return;
  const opened = await answerOfAsync(() => openCheckpoint(checkpoint.note, inForce, options.engine));
  if (opened.ok) return;
  // Entries that could not all be read may have changed the key: what was found in them comes first.
  if (!reading.isReading && reading.faults.length > 0 && (await isSignedBefore(reading))) return;
  const which = (await isSignedBefore(reading)) ? 'It is signed by a key that this log has given up.' : opened.detail;
  reading.fatal = { why: 'checkpoint', detail: which, answers: ANSWERS.copyOrLog };
}

async function isSignedBefore({ checkpoint, vkeys, options }: Reading): Promise<boolean> {
  for (const vkey of vkeys.slice(0, -1)) {
    if ((await answerOfAsync(() => openCheckpoint(checkpoint.note, vkey, options.engine))).ok) return true;
  }
  return false;
}

function reportOf(reading: Reading): AuditReport {
  const { state, tree, epochs, refused, network, fatal, unseen } = reading;
  const first = fatal ?? firstFaultOf(reading);
  const gap = {
    ...(unseen === undefined ? {} : { unseen }),
    ...(reading.succeeds === undefined ? {} : { succeeds: reading.succeeds }),
  };
  const found = { network, entries: tree.size, ...gap, epochs, refused, head: state.position };
  return first === undefined ? { holds: true, ...found } : { holds: false, ...found, firstFault: first };
}

function firstFaultOf(reading: Reading): AuditFault | undefined {
  const { faults } = reading;
  const sorted = [...faults].sort((a, b) => a.fault.index - b.fault.index);
  // Where hashes part is only near an entry; if one in there does not hold by itself, it is the one.
  const exact = sorted.find(({ fault }) => fault.why !== 'root' && fault.why !== 'tile');
  const [earliest] = sorted;
  const explains = earliest !== undefined && exact !== undefined && exact.fault.index < earliest.until;
  const first = (explains ? exact : earliest)?.fault;
  return first?.why === 'entry' || first?.why === 'missing' ? attribute(reading, first) : first;
}

/** Entry and tile disagree: the signed root says which of them is the log's. */
function attribute({ tree, said, checkpoint }: Reading, fault: AuditFault): AuditFault {
  const isRoot = (of: CompactTree) => of.size === checkpoint.size && equalBytes(compactRoot(of), checkpoint.root);
  if (isRoot(said)) return { ...fault, answers: ANSWERS.copy };
  return isRoot(tree) ? { ...fault, why: 'tile', answers: ANSWERS.copy } : fault;
}

function parseSigned(note: string): SignedCheckpoint {
  return { ...parseCheckpoint(parseNote(note).text), note };
}
