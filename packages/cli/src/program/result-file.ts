import { createReadStream } from 'node:fs';
import {
  type AbsenceProof,
  type Application,
  absenceProofSchema,
  admittedLeafSchema,
  CodedError,
  isCodedError,
  isJsonObject,
  type JsonObject,
  type LeafProof,
  leafProofSchema,
  MAX_LINEAGE_LENGTH,
  MAX_SNAPSHOT_BYTES,
  parseApplication,
  parseJsonObject,
  refusedLeafSchema,
  type TransferReceipt,
  transferReceiptSchema,
} from '@holdfast/core';
import type { OpenedLeaf } from '@holdfast/core/program';
import { FILE_BOUNDS, readBounded, unreadable } from '../bounded-file.ts';

/** First member of a result file, so that it can be told from other files. */
export const RESULT_FORMAT = 'holdfast-result/1';

/**
 * What one applicant keeps: the application as their wallet has it, and, once collected, what the outcome is checked by. A
 * result file is text: its first line is this as JSON, then what the log begins with where that is needed, then one entry of the
 * log in each line, from entry 0 on. A file of
 * the wallet alone is JSON of any layout with `application`, `presentation` and `acknowledgement`.
 */
export type ResultFile = {
  readonly url: string;
  readonly application: Application;
  readonly presentation: string;
  readonly acknowledgement?: string;
  /** The distributor's, checked against the log. */
  readonly intake?: LeafProof | AbsenceProof;
  readonly seal?: OpenedLeaf;
  /** What whoever runs the program says was paid: unsigned. Minor units. */
  readonly payment?: { readonly state: string; readonly amount: string };
  /** What the ledger has signed about it. */
  readonly receipt?: TransferReceipt;
  /** Signed checkpoint of the log whose entries follow. */
  readonly log?: { readonly checkpoint: string; readonly entries: number; readonly beginning?: BeginningLines };
};

/**
 * Of a log that is not its network's first, whose entries alone say nothing: how the network came to it, and its state at an epoch
 * (base64url), each in so many lines between the first and the entries.
 */
export type BeginningLines = { readonly lineage: number; readonly snapshot: number };

export type ResultBeginning = { readonly lineage: string; readonly snapshot: string };

/** Reads the first line, or all of a wallet's own file. Throws `result.malformed`, `usage.file`. */
export async function readResultFile(file: string): Promise<ResultFile> {
  const [first = ''] = await firstLine(file);
  const json = parseObject(first) ?? parseObject(await readBounded(file));
  if (json === undefined) throw malformed('It is no JSON object.');
  return parseResult(json);
}

function parseObject(text: string): JsonObject | undefined {
  try {
    return parseJsonObject(text, FILE_BOUNDS);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return undefined;
  }
}

async function firstLine(file: string): Promise<string[]> {
  for await (const line of readLines(file)) return [line];
  return [];
}

/** The entries of the log that follow the first line and what it says that comes before them. */
export async function* readResultEntries(file: string, before: BeginningLines | undefined): AsyncGenerator<string> {
  let left = 1 + (before === undefined ? 0 : before.lineage + before.snapshot);
  for await (const line of readLines(file)) {
    if (left <= 0 && line !== '') yield line;
    left -= 1;
  }
}

/** What the log begins with. Throws `result.malformed` for more than a network makes. */
export async function readResultBeginning(
  file: string,
  { lineage, snapshot }: BeginningLines,
): Promise<ResultBeginning> {
  const parts: [string[], string[]] = [[], []];
  let [at, length] = [-1, 0];
  for await (const line of readLines(file)) {
    if (at >= lineage + snapshot) break;
    if (at >= 0) {
      length += line.length;
      if (length > MAX_BEGINNING_LENGTH) throw malformed('It begins with more than a network keeps.');
      parts[at < lineage ? 0 : 1].push(line);
    }
    at += 1;
  }
  return { lineage: parts[0].join(''), snapshot: parts[1].join('') };
}

const MAX_BEGINNING_LENGTH = MAX_LINEAGE_LENGTH + Math.ceil((MAX_SNAPSHOT_BYTES * 4) / 3);
const PART_LENGTH = 262_144;

/** A text without line ends in lines that are quickly read again. */
export function linesOf(text: string): string[] {
  return Array.from({ length: Math.ceil(text.length / PART_LENGTH) }, (_, i) =>
    text.slice(i * PART_LENGTH, (i + 1) * PART_LENGTH),
  );
}

function parseLog({ checkpoint, entries, beginning }: JsonObject): NonNullable<ResultFile['log']> {
  const log = { checkpoint: String(checkpoint), entries: Number(entries) };
  if (!isJsonObject(beginning)) return log;
  const [lineage, snapshot] = [Number(beginning.lineage), Number(beginning.snapshot)];
  if (![lineage, snapshot].every((count) => Number.isSafeInteger(count) && count >= 0)) {
    throw malformed('It does not say what its log begins with.');
  }
  return { ...log, beginning: { lineage, snapshot } };
}

/** Lines one at a time, however long the file: at most as many characters each as a wallet's own file may have. */
async function* readLines(file: string): AsyncGenerator<string> {
  let rest = '';
  try {
    for await (const chunk of createReadStream(file, { encoding: 'utf8' })) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > FILE_BOUNDS.maxLength) throw malformed('A line of it is too long.');
      yield* lines;
    }
  } catch (cause) {
    throw cause instanceof CodedError ? cause : unreadable(file, file, cause);
  }
  if (rest !== '') yield rest;
}

function parseResult(json: JsonObject): ResultFile {
  const { url, presentation, acknowledgement, intake, seal, payment, receipt, log } = json;
  if (typeof url !== 'string' || !URL.canParse(url) || typeof presentation !== 'string') {
    throw malformed('It has no address of a program, or no presentation.');
  }
  return {
    url,
    application: parseApplication(json.application),
    presentation,
    ...(typeof acknowledgement === 'string' ? { acknowledgement } : {}),
    ...(intake === undefined ? {} : { intake: parseIntakeProof(intake) }),
    ...(seal === undefined ? {} : { seal: parseOpenedLeaf(seal) }),
    ...(isJsonObject(payment) ? { payment: { state: String(payment.state), amount: amountOf(payment.amount) } } : {}),
    ...(receipt === undefined ? {} : { receipt: parseReceipt(receipt) }),
    ...(isJsonObject(log) ? { log: parseLog(log) } : {}),
  };
}

function amountOf(value: unknown): string {
  if (typeof value === 'string' && /^[0-9]{1,60}$/.test(value)) return value;
  throw malformed('Its payment has no amount.');
}

/** A proof that a leaf is there, or that it is not. Throws `result.malformed`. */
export function parseIntakeProof(value: unknown): LeafProof | AbsenceProof {
  const there = leafProofSchema.safeParse(value);
  if (there.success) return there.data;
  const absent = absenceProofSchema.safeParse(value);
  if (!absent.success) throw malformed('Its proof about the intake cannot be read.');
  const { before, after } = absent.data;
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

/** What a ledger has signed about one transfer. Throws `result.malformed`. */
export function parseReceipt(value: unknown): TransferReceipt {
  const parsed = transferReceiptSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw malformed('Its receipt of the payment cannot be read.');
}

/** A leaf of the seal with the proof that it stands there. Throws `result.malformed`. */
export function parseOpenedLeaf(value: unknown): OpenedLeaf {
  const { list, leaf, proof } = isJsonObject(value) ? value : {};
  const there = leafProofSchema.safeParse(proof);
  if (!there.success) throw malformed('Its leaf of the seal comes without a proof.');
  const admitted = admittedLeafSchema.safeParse(leaf);
  if (list === 'admitted' && admitted.success) return { list, leaf: exact(admitted.data), proof: there.data };
  const refused = refusedLeafSchema.safeParse(leaf);
  if (list === 'refused' && refused.success) return { list, leaf: refused.data, proof: there.data };
  throw malformed('Its leaf of the seal cannot be read.');
}

/** Without members that are there and undefined: a leaf is hashed. */
function exact({ want, weight, ...leaf }: ReturnType<typeof admittedLeafSchema.parse>): AdmittedOf {
  return { ...leaf, ...(want === undefined ? {} : { want }), ...(weight === undefined ? {} : { weight }) };
}
type AdmittedOf = Extract<OpenedLeaf, { readonly list: 'admitted' }>['leaf'];

function malformed(what: string): CodedError {
  return new CodedError(
    'result.malformed',
    `This is not the file of an applicant. ${what} It is the file that the wallet keeps, or that --fetch has made of it.`,
  );
}
