import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import {
  type Application,
  applicationDigest,
  CodedError,
  encodeBase64url,
  encodeIntakeLeaf,
  HASH_LENGTH,
  isCodedError,
  isJsonObject,
  MAX_APPLICATIONS,
  parseAcknowledgement,
  parseCheckpoint,
  parseNote,
  parseStatement,
  proveInList,
  sha256Base64url,
  TILE_WIDTH,
} from '@holdfast/core';
import { createHttpNetwork } from '@holdfast/server/client';
import { createPlatformClock, type FeedSource, MAX_ENTRIES_PER_READ } from '@holdfast/verifier';
import { told } from '../lists/output-file.ts';
import { createNetworkClient, type NetworkClient } from '../network-client.ts';
import {
  linesOf,
  parseIntakeProof,
  parseOpenedLeaf,
  parseReceipt,
  RESULT_FORMAT,
  type ResultBeginning,
  type ResultFile,
} from './result-file.ts';

export type Collected = { readonly entries: number };

/**
 * Adds to an applicant's file what the outcome is checked by: the distributor's proofs, and the whole log. Nothing of it is
 * believed here. The file becomes the new one in one step.
 */
export async function collectResult(
  url: string,
  file: string,
  kept: ResultFile,
  onProgress: (done: number, total: number) => void,
): Promise<Collected> {
  const client = createNetworkClient({ url });
  const proofs = await fetchProofs(client, kept);
  const network = createHttpNetwork({ url, clock: createPlatformClock() });
  // After the proofs, so that the log reaches what they are about.
  return writeResult(file, { kept, proofs }, network, onProgress);
}

type Shown = { readonly kept: ResultFile; readonly proofs: Partial<ResultFile> };

/** Writes what an outcome is checked by: the applicant's own, the proofs, and the log that is read at `network`. */
export async function writeResult(
  file: string,
  { kept, proofs }: Shown,
  network: LogShown,
  onProgress: (done: number, total: number) => void,
): Promise<Collected> {
  const { signal } = new AbortController();
  const checkpoint = await network.fetchCheckpoint(signal);
  const { size } = parseCheckpoint(parseNote(checkpoint).text);
  const begun = await fetchBegun(network, signal);
  const [lineage, snapshot] = [linesOf(begun?.lineage ?? ''), linesOf(begun?.snapshot ?? '')];
  const beginning = begun === undefined ? {} : { beginning: { lineage: lineage.length, snapshot: snapshot.length } };
  const { url, application, presentation, acknowledgement } = kept;
  const head = {
    ...{ format: RESULT_FORMAT, url, application, presentation, acknowledgement },
    ...{ ...proofs, log: { checkpoint, entries: size, ...beginning } },
  };
  const temporary = `${file}.${process.pid}.partial`;
  await told(file, async () => {
    try {
      const stream = createWriteStream(temporary, { mode: 0o600, flush: true });
      await write(stream, `${JSON.stringify(head)}\n`);
      for (const line of [...lineage, ...snapshot]) await write(stream, `${line}\n`);
      for (let from = 0; from < size; ) {
        const to = Math.min(size, from + MAX_ENTRIES_PER_READ);
        const entries = await network.fetchEntries(from, to, signal);
        await write(stream, `${entries.join('\n')}\n`);
        from += entries.length;
        onProgress(from, size);
      }
      stream.end();
      await once(stream, 'close');
      await rename(temporary, file);
    } finally {
      await rm(temporary, { force: true });
    }
  });
  return { entries: size };
}

type LogShown = Pick<FeedSource, 'fetchCheckpoint' | 'fetchEntries' | 'fetchLineage' | 'fetchSnapshot'>;

/** Of a log that succeeds another: what whoever has not the one before begins with, as early in it as there is. */
async function fetchBegun(network: LogShown, signal: AbortSignal): Promise<ResultBeginning | undefined> {
  const [entry = ''] = await network.fetchEntries(0, 1, signal);
  const parse = parseStatement(entry);
  if (!parse.ok || parse.statement.body.type !== 'succession') return undefined;
  const lineage = await network.fetchLineage?.(signal);
  const first = await network.fetchSnapshot?.(signal, SUCCESSION_SIZE);
  const bytes = first ?? (await network.fetchSnapshot?.(signal));
  if (lineage === undefined || bytes === undefined) {
    throw new CodedError(
      'result.log',
      'The network is in a log that goes on from another one, and shows nothing to begin at. Ask again later.',
    );
  }
  return { lineage, snapshot: encodeBase64url(bytes) };
}

/** Its first entry, and the epoch after it. */
const SUCCESSION_SIZE = 2;

async function write(stream: ReturnType<typeof createWriteStream>, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}

/** Absent while the program has not come so far, and where whoever runs it does not know of the application. */
async function fetchProofs(
  client: NetworkClient,
  kept: ResultFile,
): Promise<Pick<ResultFile, 'intake' | 'seal' | 'payment' | 'receipt'>> {
  const { application, presentation } = kept;
  const path = new URL(kept.url).pathname;
  const ofApplication = `${path}/applications/${digestOf(application, presentation)}`;
  const answer = await client.get(ofApplication).catch(unlessUnknown);
  if (answer === undefined) return fetchAbsence(client, path, kept);
  const { intake, seal, receipt } = await client.get(`${ofApplication}/proof`);
  const { payment } = answer;
  return {
    ...(intake === undefined ? {} : { intake: parseIntakeProof(intake) }),
    ...(seal === undefined ? {} : { seal: parseOpenedLeaf(seal) }),
    ...(isJsonObject(payment) ? { payment: { state: String(payment.state), amount: String(payment.amount) } } : {}),
    ...(receipt === undefined ? {} : { receipt: parseReceipt(receipt) }),
  };
}

function unlessUnknown(error: unknown): undefined {
  if (isCodedError(error) && error.code === 'application.unknown') return undefined;
  throw error;
}

/** Nobody has to help whoever was dropped: the whole list is public, and shows that a leaf is not in it. */
async function fetchAbsence(
  client: NetworkClient,
  path: string,
  { acknowledgement }: ResultFile,
): Promise<Pick<ResultFile, 'intake'>> {
  const { entries } = await client.get(path);
  if (!isJsonObject(entries) || entries.intake === undefined) return {};
  const leaf = encodeIntakeLeaf(parseAcknowledgement(acknowledgement ?? '').acknowledgement);
  return { intake: proveInList(leaf, await fetchList(client, `${path}/tiles/intake`)) };
}

const MAX_TILES = Math.ceil(MAX_APPLICATIONS / TILE_WIDTH);

/** Hashes of a list, 32 bytes each; at most as many as a program may have. */
async function fetchList(client: NetworkClient, path: string): Promise<Uint8Array[]> {
  const hashes: Uint8Array[] = [];
  for (let index = 0; index < MAX_TILES; index += 1) {
    const tile = await client.getBytes(`${path}/${index}`, TILE_WIDTH * HASH_LENGTH);
    for (let at = 0; at < tile.length; at += HASH_LENGTH) hashes.push(tile.subarray(at, at + HASH_LENGTH));
    if (tile.length < TILE_WIDTH * HASH_LENGTH) break;
  }
  return hashes;
}

/** The name of an application in its program. */
export function digestOf(application: Application, presentation: string): string {
  return applicationDigest(application, sha256Base64url(presentation));
}
