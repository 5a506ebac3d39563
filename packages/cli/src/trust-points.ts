import { existsSync } from 'node:fs';
import {
  CodedError,
  isJsonObject,
  type Json,
  parseCheckpoint,
  parseJson,
  parseNote,
  parseStatement,
  type Rulebook,
  rulebookSchema,
  type TrustPoint,
} from '@holdfast/core';
import { createHttpNetwork } from '@holdfast/server/client';
import { createPastLog, createPlatformClock, type Policy, parsePolicy } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { FILE_BOUNDS, readBounded } from './bounded-file.ts';
import { createNetworkClient } from './network-client.ts';

/** One side of a comparison, by what it was named: rules, a folded state, or a verifier's policy. */
export type ComparedPoint = { readonly name: string } & (
  | { readonly kind: 'trust'; readonly point: TrustPoint }
  | { readonly kind: 'policy'; readonly policy: Policy }
);

export type TrustPointReader = (word: string) => Promise<ComparedPoint>;

/** Entries before a position among which its epoch is looked for: far more than any tick has. */
const MAX_TO_EPOCH = 256;
/** A succession, and the epoch after it. */
const SUCCESSION_SIZE = 2;

/**
 * Reads what a word names: `now`, `next` (the rules that are announced), an entry like `#4812`, or a file with a rulebook or a
 * policy. Positions are folded from the log, each statement checked again.
 */
export function createTrustPointReader(url: string): TrustPointReader {
  const network = createHttpNetwork({ url, clock: createPlatformClock() });
  const signal = new AbortController().signal;
  // A log that goes on from another cannot be folded from its first entry; the network keeps a snapshot of the epoch after it.
  const snapshots = {
    readSnapshot: async () => {
      const bytes = await network.fetchSnapshot(signal, SUCCESSION_SIZE);
      return bytes === undefined ? undefined : { size: SUCCESSION_SIZE, bytes };
    },
    keepSnapshot: async () => undefined,
  };
  const readEntries = (from: number, to: number) => network.fetchEntries(from, to, signal);
  const past = createPastLog({ readEntries }, createNodeEngine(), snapshots);

  async function readAt(size: number, name: string): Promise<ComparedPoint> {
    const from = Math.max(0, size - MAX_TO_EPOCH);
    const entries = await network.fetchEntries(from, size, signal);
    const last = entries.findLastIndex(isEpoch);
    const read = await past.at(from + last + 1, ({ state }) => ({
      ...(state.rulebook === undefined ? {} : { rulebook: state.rulebook.body }),
      parties: new Map(state.parties),
      recognitions: new Map(state.recognitions),
      time: state.time,
    }));
    if (!read.ok) throw new CodedError('usage.point', `${name} is not a position of the log at ${url}.`);
    return { name, kind: 'trust', point: read.value };
  }

  return async (word) => {
    if (existsSync(word)) return readPointFile(word);
    if (word === 'next') return { name: word, kind: 'trust', point: { rulebook: await readNext(url) } };
    if (word === 'now') {
      const { size } = parseCheckpoint(parseNote(await network.fetchCheckpoint(signal)).text);
      return readAt(size, word);
    }
    const [, entry] = /^#?([0-9]{1,15})$/.exec(word) ?? [];
    if (entry !== undefined) return readAt(Number(entry) + 1, word);
    throw new CodedError('usage.point', `${word} is no file, no entry like #4812, and neither now nor next.`);
  };
}

async function readPointFile(file: string): Promise<ComparedPoint> {
  const value: Json = parseJson(await readBounded(file), FILE_BOUNDS);
  const rulebook = rulebookSchema.safeParse(value);
  if (rulebook.success) return { name: file, kind: 'trust', point: { rulebook: rulebook.data } };
  return { name: file, kind: 'policy', policy: parsePolicy(value) };
}

async function readNext(url: string): Promise<Rulebook> {
  const { scheduled } = await createNetworkClient({ url }).get('/rulebook');
  const coming = (Array.isArray(scheduled) ? (scheduled as readonly Json[]) : []).filter(isJsonObject);
  const last = coming.sort((a, b) => Number(a.effectiveAt) - Number(b.effectiveAt)).at(-1);
  const rulebook = rulebookSchema.safeParse(last?.rulebook);
  if (rulebook.success) return rulebook.data;
  throw new CodedError('usage.point', 'No change of the rules is announced.');
}

function isEpoch(entry: string): boolean {
  const parse = parseStatement(entry);
  return parse.ok && parse.statement.body.type === 'epoch';
}
