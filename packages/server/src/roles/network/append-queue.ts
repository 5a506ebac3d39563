import { CodedError, type StatementParse } from '@holdfast/core';
import type { Answers } from '@holdfast/verifier';
import type { AppendReceipt } from '../../ports/network.ts';

/** Statements that want into the log together, and who waits for them. */
export type PendingAppend = {
  readonly statements: readonly string[];
  readonly parses: readonly StatementParse[];
  /** Signatures asked for while the append waits; undefined when the engine could not. */
  readonly answers: Promise<Answers | undefined>;
  readonly queuedAtMs: number;
  readonly resolve: (receipt: AppendReceipt) => void;
  readonly reject: (error: unknown) => void;
};

export type QueueBounds = { readonly maxWaiting: number; readonly maxWaitMs: number };

/** First come, first served. Full, or waited in for too long: `network.overloaded`. */
export class AppendQueue {
  readonly #bounds: QueueBounds;
  #pending: PendingAppend[] = [];

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
  }

  get length(): number {
    return this.#pending.length;
  }

  get first(): PendingAppend | undefined {
    return this.#pending[0];
  }

  /** As many of the first as have at most `maxStatements` together. */
  firstOf(maxStatements: number): readonly PendingAppend[] {
    let left = maxStatements;
    const end = this.#pending.findIndex(({ statements }) => {
      left -= statements.length;
      return left < 0;
    });
    return end === -1 ? [...this.#pending] : this.#pending.slice(0, end);
  }

  assertRoom(): void {
    if (this.#pending.length >= this.#bounds.maxWaiting) throw overloaded('Too many appends wait already.');
  }

  push(pending: PendingAppend): void {
    this.#pending.push(pending);
  }

  take(): PendingAppend | undefined {
    return this.#pending.shift();
  }

  /** They keep their places and the time they have waited. */
  putBack(pending: readonly PendingAppend[]): void {
    this.#pending.unshift(...pending);
  }

  expire(nowMs: number): void {
    const isLate = ({ queuedAtMs }: PendingAppend) => nowMs - queuedAtMs > this.#bounds.maxWaitMs;
    for (const pending of this.#pending.filter(isLate)) pending.reject(overloaded('An append has waited too long.'));
    this.#pending = this.#pending.filter((pending) => !isLate(pending));
  }

  rejectAll(error: CodedError): void {
    for (const { reject } of this.#pending.splice(0)) reject(error);
  }
}

function overloaded(sentence: string): CodedError {
  return new CodedError('network.overloaded', `${sentence} Send the same statements again later.`);
}
