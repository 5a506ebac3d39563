import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CodedError,
  canonicalJson,
  encodeBase64url,
  encodeHex,
  encodeUtf8,
  type FraudProof,
  isCodedError,
  parseBase64url,
  parseJsonObject,
  sha256,
} from '@holdfast/core';
import { type CosignedCheckpoint, MAX_KEPT_FRAUDS, type WitnessStore } from '../../ports/witness-store.ts';
import { writeNewFile } from '../key-files/private-file.ts';

/** A checkpoint is at most a request, written as JSON; a fraud is two of them. */
const MAX_FILE_BYTES = 524_288;
const STEP = /^([0-9]{12})\.json$/;
const FRAUDS = 'frauds';

/**
 * What a witness remembers, in a folder. Each log has a folder of its own in which every step is a file with the next
 * number: made whole, flushed, and linked to a name that must not exist yet, so that of two processes one wins. The last
 * two steps stay. Nothing is ever overwritten, so a crash leaves the step before or the step after.
 */
export async function createWitnessStoreFiles(directory: string): Promise<WitnessStore> {
  const frauds = join(directory, FRAUDS);
  await mkdir(frauds, { recursive: true, mode: 0o700 });

  return {
    async read(origin) {
      return (await readLast(folderOf(directory, origin)))?.checkpoint;
    },
    async advance(origin, expectedSize, next) {
      const folder = folderOf(directory, origin);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const last = await readLast(folder);
      if (last?.checkpoint.size !== expectedSize || next.size < (expectedSize ?? 0)) return false;
      const step = (last?.step ?? 0) + 1;
      if (!(await writeNewFile(join(folder, nameOf(step)), encodeStep(origin, next)))) return false;
      const steps = await listSteps(folder);
      // Our number was free again because somebody who went further has tidied up behind them.
      if (steps.some((other) => other > step)) return false;
      await Promise.all(steps.filter((other) => other < step - 1).map((other) => remove(folder, other)));
      return true;
    },
    async keepFraud(proof) {
      const kept = await readdir(frauds);
      if (kept.length >= MAX_KEPT_FRAUDS) return;
      const text = canonicalJson(proof);
      await writeNewFile(join(frauds, `${encodeHex(sha256(encodeUtf8(text)))}.json`), text);
    },
    async readFrauds() {
      const names = (await readdir(frauds)).filter((name) => name.endsWith('.json')).sort();
      return Promise.all(names.map(async (name) => parseFile(await readBounded(join(frauds, name))) as FraudProof));
    },
  };
}

/** An origin is any line of text; a digest of it is the name of a folder anywhere. */
function folderOf(directory: string, origin: string): string {
  return join(directory, encodeHex(sha256(encodeUtf8(origin))));
}

function nameOf(step: number): string {
  return `${String(step).padStart(12, '0')}.json`;
}

async function listSteps(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(absent);
  return (names ?? []).flatMap((name) => STEP.exec(name)?.[1] ?? []).map(Number);
}

type Step = { readonly step: number; readonly checkpoint: CosignedCheckpoint };

/** Somebody else may go on, and tidy up, between two looks; that many times is no accident. */
const MAX_LOOKS = 100;

async function readLast(folder: string): Promise<Step | undefined> {
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    const step = Math.max(0, ...(await listSteps(folder)));
    if (step === 0) return undefined;
    const text = await readBounded(join(folder, nameOf(step))).catch(absent);
    if (text !== undefined) return { step, checkpoint: parseStep(text) };
  }
  throw damaged('Its files change faster than they can be read.');
}

async function readBounded(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    if ((await file.stat()).size > MAX_FILE_BYTES) throw damaged('A file in it is larger than any that it writes.');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

async function remove(folder: string, step: number): Promise<void> {
  await rm(join(folder, nameOf(step)), { force: true });
}

function absent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  return undefined;
}

function encodeStep(origin: string, { size, root, note }: CosignedCheckpoint): string {
  return canonicalJson({ origin, size, root: encodeBase64url(root), note });
}

function parseStep(text: string): CosignedCheckpoint {
  const { size, root, note } = parseFile(text);
  if (typeof size === 'number' && typeof root === 'string' && typeof note === 'string') {
    return { size, root: parseBase64url(root), note };
  }
  throw damaged('A file in it does not say what was cosigned.');
}

function parseFile(text: string) {
  try {
    return parseJsonObject(text, { maxLength: MAX_FILE_BYTES, maxDepth: 6 });
  } catch (cause) {
    if (!isCodedError(cause)) throw cause;
    throw damaged('A file in it cannot be read.', cause);
  }
}

/** Going on from a guess could make the witness sign two histories. */
function damaged(why: string, cause?: unknown): CodedError<'witness.store-damaged'> {
  return new CodedError('witness.store-damaged', `The memory of this witness is damaged: ${why}`, {}, cause);
}
