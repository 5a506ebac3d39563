import {
  CodedError,
  createNetworkState,
  createTrustHistory,
  type IssuerRecord,
  type IssuerRecords,
  noteTrust,
  type Position,
  parseStatement,
  readIssuerRecord,
  recordEpoch,
  type StatementParse,
  type TrustHistory,
} from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import { foldEntries } from './epoch-fold.ts';
import { MAX_ENTRIES_PER_READ } from './feed-source.ts';

/** Entries between two epochs that are held at once: far more than any tick has. A log with more is not read on. */
const MAX_ENTRIES_TO_EPOCH = 65_536;

export type RecordLog = {
  /** Entries that may be read now. */
  readSize(): Promise<number>;
  /** Entries from `from` up to at most `to`, at least one. */
  readEntries(from: number, to: number): Promise<readonly string[]>;
};

export type ReadRecord = {
  readonly record: IssuerRecord | undefined;
  /** Ids of all issuers that the network lists. */
  readonly issuers: readonly string[];
  readonly asOf: Position;
};

/** The public records of a network's issuers, from nothing but its log. */
export interface IssuerRecordReader {
  /**
   * The record of one issuer as of the log's last epoch; undefined where it lists none by this id. Reads on from where it
   * last stood, the first time the whole log: about a second for ten thousand entries. Callers at the same time share one
   * reading. Throws `record.log-lost` where the entries do not fold, and what reading them throws.
   */
  read(issuer: string, onProgress?: (done: number, total: number) => void): Promise<ReadRecord>;
  /** What decided over trust at each epoch, up to the last one; read and failing as `read`. It goes on changing: look, never keep. */
  readTrust(): Promise<Readonly<TrustHistory>>;
}

export function createIssuerRecordReader(log: RecordLog, engine: SignatureEngine): IssuerRecordReader {
  let fold = startFold();
  let underWay: Promise<void> | undefined;

  async function readOn(onProgress: (done: number, total: number) => void): Promise<void> {
    const total = await log.readSize();
    while (fold.read < total) {
      const entries = await log.readEntries(fold.read, Math.min(total, fold.read + MAX_ENTRIES_PER_READ));
      if (entries.length === 0) throw lost(fold.read);
      for (const entry of entries) await take(parseStatement(entry));
      onProgress(fold.read, total);
    }
  }

  async function take(parse: StatementParse): Promise<void> {
    fold.read += 1;
    fold.segment.push(parse);
    if (fold.segment.length > MAX_ENTRIES_TO_EPOCH) throw lost(fold.read);
    if (!parse.ok || parse.statement.body.type !== 'epoch') return;
    const { segment, state, records } = fold;
    const { applied, refusedEpoch } = await foldEntries(state, segment, engine);
    if (refusedEpoch !== undefined) throw lost(refusedEpoch.index);
    const accepted = segment.flatMap((one, i) => {
      const done = applied[i];
      return one.ok && done?.ok === true ? [{ index: done.index, statement: one.statement }] : [];
    });
    recordEpoch(records, state, accepted);
    noteTrust(fold.trust, state);
    fold.segment = [];
  }

  /** Whatever stopped one reading half way, the next one starts from a fold that is whole. */
  async function readOnOrStartOver(onProgress: (done: number, total: number) => void): Promise<void> {
    try {
      await readOn(onProgress);
    } catch (error) {
      fold = startFold();
      throw error;
    }
  }

  async function awaitRead(onProgress: (done: number, total: number) => void = () => undefined): Promise<void> {
    underWay ??= readOnOrStartOver(onProgress).finally(() => {
      underWay = undefined;
    });
    await underWay;
  }

  return {
    async readTrust() {
      await awaitRead();
      return fold.trust;
    },
    async read(issuer, onProgress) {
      await awaitRead(onProgress);
      const { state, records } = fold;
      if (state.position === undefined) throw lost(0);
      const listed = [...state.parties.values()].filter(({ kind }) => kind === 'issuer');
      const issuers = listed.map(({ id }) => id).sort();
      return { record: readIssuerRecord(records, state, issuer), issuers, asOf: state.position };
    },
  };
}

function startFold() {
  const segment: StatementParse[] = [];
  const records: IssuerRecords = new Map();
  return { read: 0, segment, state: createNetworkState(), records, trust: createTrustHistory() };
}

function lost(entry: number): CodedError {
  return new CodedError('record.log-lost', `What was read of the log does not fold at entry ${entry}.`, { entry });
}
