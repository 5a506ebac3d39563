import { CodedError, type DestinationKind, type SettlementBatch, settlementBatchDigest } from '@holdfast/core';
import {
  type LineOutcome,
  type LineRefusal,
  MAX_BATCH_LINES,
  MAX_OUTCOMES_PER_READ,
  type SettlementAcceptance,
  type SettlementRail,
} from '../../ports/settlement-rail.ts';

type Line = SettlementBatch['lines'][number];
/** What the other side says of a line, in this order. None: it never says anything by itself. */
export type ScriptedAnswer = LineOutcome extends infer Outcome
  ? Outcome extends unknown
    ? Omit<Outcome, 'lineId'>
    : never
  : never;
/** What goes wrong with one submission: nothing arrives; it arrives and the answer is lost; or it takes until this ends. */
export type RailFault = 'unreachable' | 'answer-lost' | Promise<void>;

export type MemoryRailOptions = {
  /** Default `internal`. */
  readonly id?: string;
  /** Default: accounts of the ledger alone, where the money is already. */
  readonly kinds?: readonly DestinationKind[];
  /** Default: each line is accepted at once. */
  readonly answers?: (line: Line) => readonly ScriptedAnswer[];
};

export type MemoryRail = SettlementRail & {
  /** The other side says something, whether it was asked or not. */
  say(outcome: LineOutcome): void;
  /** The next submissions go wrong in these ways, in this order. */
  fail(...faults: readonly RailFault[]): void;
  /** Lines that have arrived, each as often as it was taken. */
  readonly taken: readonly Line[];
};

/**
 * Payments inside the house, and the rail of rehearsals and tests: slow, absent or wrong as its script says. After a
 * restart it has forgotten what it accepted and would accept it again: nothing leaves the house on it, so nobody is paid
 * twice.
 */
export function createSettlementRailMemory(options: MemoryRailOptions = {}): MemoryRail {
  const { id = 'internal', kinds = ['internal'], answers = () => [{ outcome: 'accepted' }] } = options;
  const accepted = new Map<string, SettlementAcceptance>();
  const said: LineOutcome[] = [];
  const taken: Line[] = [];
  const faults: RailFault[] = [];

  function check({ destination, amount }: Line): LineRefusal | undefined {
    if (!kinds.includes(destination.kind)) {
      return { code: 'settlement.kind', message: `This rail does not pay destinations of kind ${destination.kind}.` };
    }
    if (amount <= 0n) return { code: 'settlement.amount', message: 'A payment is at least one minor unit.' };
    return undefined;
  }

  function accept(batch: SettlementBatch): SettlementAcceptance {
    const digest = settlementBatchDigest(batch);
    const known = accepted.get(batch.id);
    if (known !== undefined && known.digest !== digest) {
      throw new CodedError('settlement.batch-conflict', 'Another batch was accepted under this id.', {
        batch: batch.id,
      });
    }
    if (known !== undefined) return known;
    const acceptance = { batch: batch.id, digest, receipt: `${id} ${batch.id}` };
    accepted.set(batch.id, acceptance);
    for (const line of batch.lines) {
      taken.push(line);
      for (const answer of answers(line)) said.push({ lineId: line.lineId, ...answer });
    }
    return acceptance;
  }

  return {
    id,
    kinds,
    check,
    taken,
    say: (outcome) => void said.push(outcome),
    fail: (...more) => void faults.push(...more),
    async submit(batch, signal) {
      const fault = faults.shift();
      if (fault === 'unreachable') throw unreachable(id);
      if (fault instanceof Promise) await fault;
      signal?.throwIfAborted();
      assertCarried(batch, check);
      const acceptance = accept(batch);
      if (fault === 'answer-lost') throw unreachable(id);
      return acceptance;
    },
    async readOutcomes(cursor, limit) {
      const from = Number(cursor ?? 0);
      const to = Math.min(said.length, from + Math.max(1, Math.min(limit, MAX_OUTCOMES_PER_READ)));
      return { outcomes: said.slice(from, to), notices: [], cursor: String(to), more: to < said.length };
    },
  };
}

function assertCarried({ lines }: SettlementBatch, check: (line: Line) => LineRefusal | undefined): void {
  if (lines.length === 0 || lines.length > MAX_BATCH_LINES) {
    throw new CodedError('settlement.batch-size', `A batch has 1 to ${MAX_BATCH_LINES} lines.`);
  }
  for (const line of lines) {
    const refusal = check(line);
    if (refusal !== undefined) throw new CodedError(refusal.code, refusal.message, { line: line.lineId });
  }
}

function unreachable(rail: string): CodedError {
  return new CodedError('settlement.rail-unreachable', `The rail ${rail} does not answer.`, { rail });
}
