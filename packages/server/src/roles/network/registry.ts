import {
  answerRegistryQuestion,
  CodedError,
  encodeBase64url,
  isCodedError,
  type Position,
  parseCheckpoint,
  parseNote,
  parseStatement,
  type RegistryAnswer,
  type RegistryQuestion,
  type TrustView,
  trustAt,
} from '@holdfast/core';
import { type IssuerRecordReader, MAX_ENTRIES_PER_READ } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { NetworkRole } from './network-role.ts';

export type RegistryPorts = {
  readonly network: Pick<NetworkRole, 'trust' | 'health' | 'fetchEntries' | 'fetchCheckpoint' | 'minimumIndex'>;
  /** Reads the whole log once, the first time that somebody asks about the past. */
  readonly records: Pick<IssuerRecordReader, 'readTrust'>;
  readonly clock: Pick<Clock, 'now'>;
  /** What this network is called besides its own name. */
  readonly names: readonly string[];
};

export type RegistryAnswered = {
  readonly answer: RegistryAnswer;
  /** Of the epoch as of which it is answered, and how far was read to answer it: the same, unless it is about the past. */
  readonly evaluated: Position;
  readonly read: Position;
};

/** A moment so far ahead of our clock is meant as now by somebody whose clock is ahead. */
const MAX_AHEAD_MS = 60_000;
/** Questions about the past that are looked up at a time; each is some twenty reads of the log. */
const MAX_LOOKED_UP = 8;
const READ_TIMEOUT_MS = 4000;
/** Entries looked at in one step of the search: epochs lie close together. */
const SEARCH_STEP = 32;

/** Whom this network trusts with what: answers from the folded state at one epoch, now or of the past. */
export type Registry = {
  /**
   * Throws `network.starting`; of the past, by the epoch at `time` or the last one before it, `trqp.time-ahead`, `trqp.not-held`,
   * `trqp.busy`.
   */
  ask(question: RegistryQuestion, time?: number): Promise<RegistryAnswered>;
};

export function createRegistry({ network, records, clock, names }: RegistryPorts): Registry {
  let lookedUp = 0;

  async function ask(question: RegistryQuestion, time?: number): Promise<RegistryAnswered> {
    const latest = network.trust();
    if (latest === undefined) throw new CodedError('network.starting', 'This network is still starting.');
    const read = latest.position;
    if (time !== undefined && time > clock.now() + MAX_AHEAD_MS) {
      throw new CodedError('trqp.time-ahead', 'Nobody knows yet what will be then.', { read });
    }
    const view = time === undefined || time >= read.time ? latest : await readPast(question, time, latest);
    return { answer: answerRegistryQuestion(view, names, question), evaluated: view.position, read };
  }

  async function readPast(question: RegistryQuestion, time: number, latest: TrustView): Promise<TrustView> {
    if (lookedUp >= MAX_LOOKED_UP) {
      throw new CodedError('trqp.busy', 'Too many questions about the past are being looked up.');
    }
    lookedUp += 1;
    try {
      const position = await findEpoch(time, latest.position);
      const history = await records.readTrust();
      const subjects = [question.entity, question.entity.split(':').at(-1) ?? ''];
      const view = position && trustAt(history, { name: latest.name, position, subjects });
      if (view !== undefined) return view;
    } catch (error) {
      if (!isCodedError(error) || !['log.pruned', 'record.log-lost', 'log.out-of-range'].includes(error.code))
        throw error;
    } finally {
      lookedUp -= 1;
    }
    const sentence = 'What this network held then is not kept here, or it is older than the network.';
    throw new CodedError('trqp.not-held', sentence, { read: latest.position });
  }

  /** Times of epochs only grow: the last one that is not later, found by halving. */
  async function findEpoch(time: number, last: Position): Promise<Position | undefined> {
    const first = await epochFrom(await network.minimumIndex(), last.size);
    if (first === undefined || first.time > time) return undefined;
    let found: Epoch = first;
    let beyond = last.size;
    while (found.index + 1 < beyond) {
      const middle = Math.floor((found.index + 1 + beyond) / 2);
      const next: Epoch | undefined = (await epochFrom(middle, beyond)) ?? (await epochFrom(found.index + 1, middle));
      if (next === undefined) break;
      if (next.time <= time) found = next;
      else beyond = Math.min(middle, next.index);
    }
    return positionOf(found, last.log);
  }

  /** The first epoch in a part of the log. */
  async function epochFrom(from: number, to: number): Promise<Epoch | undefined> {
    let at = from;
    let step = SEARCH_STEP;
    while (at < to) {
      const entries = await network.fetchEntries(at, Math.min(to, at + step), AbortSignal.timeout(READ_TIMEOUT_MS));
      if (entries.length === 0) return undefined;
      for (const [i, entry] of entries.entries()) {
        const epoch = timeOfEpoch(entry);
        if (epoch !== undefined) return { index: at + i, time: epoch };
      }
      at += entries.length;
      step = MAX_ENTRIES_PER_READ;
    }
    return undefined;
  }

  /** The log signs a checkpoint at each epoch. */
  async function positionOf({ index, time }: Epoch, log: string): Promise<Position | undefined> {
    const note = await network.fetchCheckpoint(AbortSignal.timeout(READ_TIMEOUT_MS), index + 1);
    const { size, root } = parseCheckpoint(parseNote(note).text);
    return size === index + 1 ? { log, size, root: encodeBase64url(root), time } : undefined;
  }

  return { ask };
}

type Epoch = { readonly index: number; readonly time: number };

function timeOfEpoch(entry: string): number | undefined {
  const parse = parseStatement(entry);
  return parse.ok && parse.statement.body.type === 'epoch' ? parse.statement.body.time : undefined;
}
