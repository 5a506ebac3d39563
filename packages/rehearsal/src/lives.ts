import type { FollowerStore } from '@holdfast/verifier';
import type { Random } from './random.ts';
import type { Tally } from './report.ts';
import type { Scheduler } from './scheduler.ts';

/** One run of a node, from its start to its crash. What it kept in its stores is all that outlives it. */
export type Life = {
  readonly signal: AbortSignal;
  readonly isOver: () => boolean;
  readonly end: () => void;
};

export function createLife(onEnd: () => void): Life {
  const stop = new AbortController();
  return {
    signal: stop.signal,
    isOver: () => stop.signal.aborted,
    end: () => {
      if (stop.signal.aborted) return;
      stop.abort(new Error('This node has crashed.'));
      onEnd();
    },
  };
}

/** Where a node can die: before or after one of its steps is durable. */
export type CrashPoint = `${'before' | 'after'} ${string}`;

/**
 * Everything durable passes through here. When a crash is armed for a point, the next life that passes it ends there;
 * what a dead life still wants to keep is never kept.
 */
export class Crossings {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #faults: Tally;
  readonly #points = new Set<string>();
  #armed: string | undefined;
  /** The points that were fatal already; undefined unless each is to be. */
  #fatal: Set<string> | undefined;

  constructor(scheduler: Scheduler, random: Random, faults: Tally) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#faults = faults;
  }

  /** Each point that was ever passed is as likely to be the next one: rare crossings matter as much as frequent ones. */
  arm(): void {
    const points = [...this.#points].sort();
    if (points.length > 0) this.#armed = this.#random.pick(points);
  }

  /** From now on every point is fatal the first time it is passed: each crossing is crossed by a dead node once. */
  armEach(): void {
    this.#fatal = new Set();
  }

  /** What is fatal once stays so: a program's last crossings come after the other faults. */
  disarm(): void {
    this.#armed = undefined;
  }

  /** Nothing is fatal any more. */
  spare(): void {
    this.#fatal = undefined;
  }

  /** Runs one durable step of a life; it takes a few milliseconds, as disks do, and now and then a few hundred. */
  async pass<Result>(life: Life, name: string, work: () => Promise<Result>): Promise<Result> {
    await this.#scheduler.clock().sleep(1 + this.#random.below(this.#random.chance(0.2) ? 400 : 10));
    this.#reach(life, `before ${name}`);
    const result = await work();
    this.#reach(life, `after ${name}`);
    return result;
  }

  #isFatal(point: CrashPoint): boolean {
    if (this.#armed === point) {
      this.#armed = undefined;
      return true;
    }
    if (this.#fatal === undefined || this.#fatal.has(point)) return false;
    this.#fatal.add(point);
    return true;
  }

  #reach(life: Life, point: CrashPoint): void {
    this.#points.add(point);
    if (!life.isOver() && this.#isFatal(point)) {
      this.#faults.add(`crash ${point}`);
      life.end();
    }
    if (life.isOver()) throw new Error('This node has crashed.');
  }
}

/** Runs durable steps of one life whose effect is watched: `of` is the part of the node, before the name of the step. */
export function passWatched(scheduler: Scheduler, crossings: Crossings, life: Life, of: string) {
  return <Result>(step: string, work: () => Promise<Result>): Promise<Result> =>
    crossings.pass(life, `${of} ${step}`, async () => {
      const result = await work();
      scheduler.touch();
      return result;
    });
}

/** A follower's store whose every write is a crossing. */
export function keepFollowed(store: FollowerStore, pass: (work: () => Promise<void>) => Promise<void>): FollowerStore {
  return {
    readHead: () => store.readHead(),
    readEntries: (from, to) => store.readEntries(from, to),
    append: (expectedSize, entries, checkpoint) => pass(() => store.append(expectedSize, entries, checkpoint)),
    keepCosigned: (notes) => pass(() => store.keepCosigned(notes)),
    begin: (base, beginning, expectedSize) => pass(() => store.begin(base, beginning, expectedSize)),
  };
}
