import type { Clock } from '@holdfast/server';

type Timer = { readonly at: number; readonly order: number; readonly run: () => void };

/**
 * Virtual time for one rehearsal. Timers run one by one in the order of their time; between two of them everything that
 * was promised is allowed to settle, so that one seed has one history.
 */
export class Scheduler {
  #now: number;
  #order = 0;
  #ran = 0;
  readonly #heap: Timer[] = [];
  readonly #held = new Set<Promise<unknown>>();
  #watcher: (() => Promise<void>) | undefined;
  #isTouched = false;

  constructor(startMs: number) {
    this.#now = startMs;
  }

  /** Whole milliseconds, as clocks tell it; timers may be set between two of them. */
  get now(): number {
    return Math.floor(this.#now);
  }

  /** How many timers have run: the events of the rehearsal. */
  get ran(): number {
    return this.#ran;
  }

  at(time: number, run: () => void): () => void {
    let isOff = false;
    this.#push({ at: Math.max(time, this.#now), order: this.#order++, run: () => isOff || run() });
    return () => {
      isOff = true;
    };
  }

  after(delayMs: number, run: () => void): () => void {
    return this.at(this.#now + delayMs, run);
  }

  /** A clock of a node that is so many milliseconds off. Monotonic time has no skew. */
  clock(skewMs: () => number = () => 0): Clock {
    return {
      now: () => this.now + skewMs(),
      monotonic: () => this.#now,
      sleep: (durationMs, signal) => this.#sleep(durationMs, signal),
    };
  }

  #sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const stop = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.after(durationMs, () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      });
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  /** Virtual time stands still until this has settled: for the little that the platform does in threads of its own. */
  hold(work: Promise<unknown>): void {
    const done: Promise<unknown> = work
      .catch(() => undefined)
      .then(() => {
        this.#held.delete(done);
      });
    this.#held.add(done);
  }

  /** Has `check` run after every step in which something durable changed, once nothing moves any more. It sets no timer. */
  watch(check: () => Promise<void>): void {
    this.#watcher = check;
  }

  /** Something durable has changed. */
  touch(): void {
    this.#isTouched = true;
  }

  async #look(): Promise<void> {
    if (!this.#isTouched) return;
    this.#isTouched = false;
    await this.#watcher?.();
  }

  /** Lets all promises that can settle without a timer do so. */
  async #settle(): Promise<void> {
    await nextTurn();
    while (this.#held.size > 0) {
      await Promise.all(this.#held);
      await nextTurn();
    }
  }

  /** Runs until `untilMs` of virtual time, or until nothing is left to do. */
  async run(untilMs: number): Promise<void> {
    await this.#settle();
    for (let next = this.#heap[0]; next !== undefined && next.at <= untilMs; next = this.#heap[0]) {
      this.#pop();
      this.#now = next.at;
      this.#ran += 1;
      next.run();
      await this.#settle();
      await this.#look();
    }
    this.#now = Math.max(this.#now, untilMs);
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let i = heap.push(timer) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as Timer;
      if (!comesBefore(timer, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && comesBefore(heap[right] as Timer, heap[left] as Timer) ? right : left;
      if (!comesBefore(heap[child] as Timer, last)) break;
      heap[i] = heap[child] as Timer;
      i = child;
    }
    heap[i] = last;
  }
}

function comesBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
