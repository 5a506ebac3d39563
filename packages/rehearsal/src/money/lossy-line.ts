import { isCodedError } from '@holdfast/core';
import type { Random } from '../random.ts';
import type { Tally } from '../report.ts';
import type { Scheduler } from '../scheduler.ts';

/** How a line between two nodes behaves just now. */
export type LineConditions = { readonly loss: number; readonly tail: number; readonly isCut: boolean };

export const CLEAR_LINE: LineConditions = { loss: 0, tail: 0, isCut: false };

/** One reason for all: making an exception for each would cost more than the call. */
const OVER = new Error('An answer has come.');

/** How long a caller waits for an answer that may never come. */
const PATIENCE_MS = 12_000;

/**
 * A line from one node to another: what is asked, and what is answered, may be late or lost, and a node that is down or dies
 * over it says nothing. Then the caller hears `silent` in time, and does not know what happened at the other end.
 */
export class LossyLine {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #faults: Tally;
  readonly #name: string;
  conditions: LineConditions = CLEAR_LINE;

  constructor(name: string, at: { readonly scheduler: Scheduler; readonly random: Random; readonly faults: Tally }) {
    this.#name = name;
    this.#scheduler = at.scheduler;
    this.#random = at.random.fork(`line ${name}`);
    this.#faults = at.faults;
  }

  async ask<Node, Answer>(
    node: () => Node | undefined,
    work: (node: Node) => Promise<Answer>,
    silent: () => Error,
  ): Promise<Answer> {
    const over = new AbortController();
    const late = this.#scheduler
      .clock()
      .sleep(PATIENCE_MS, over.signal)
      .then((): never => {
        throw silent();
      });
    const answered = this.#carry(node, work);
    for (const promise of [late, answered]) promise.catch(() => undefined);
    try {
      return await Promise.race([answered, late]);
    } finally {
      over.abort(OVER);
    }
  }

  async #carry<Node, Answer>(node: () => Node | undefined, work: (node: Node) => Promise<Answer>): Promise<Answer> {
    await this.#travel();
    const found = node();
    if (found === undefined) return silence();
    try {
      const answer = await work(found);
      await this.#travel();
      return answer;
    } catch (error) {
      // A node that dies over its work says nothing; a refusal is an answer, and travels like one.
      if (!isCodedError(error)) return silence();
      await this.#travel();
      throw error;
    }
  }

  async #travel(): Promise<void> {
    const { loss, tail, isCut } = this.conditions;
    const isLate = this.#random.chance(tail);
    await this.#scheduler.clock().sleep(1 + this.#random.below(isLate ? 6000 : 15));
    if (!isCut && !this.#random.chance(loss)) return;
    this.#faults.add(`lost to ${this.#name}`);
    await silence();
  }
}

function silence(): Promise<never> {
  return new Promise(() => undefined);
}
