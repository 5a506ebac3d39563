import type { Clock } from '../../ports/clock.ts';

export type ClockFault = 'ledger.clock-behind' | 'ledger.clock-jump';

/**
 * The time that a ledger works at: that of the local clock, but never earlier than before, and not of a clock that leaps.
 * One second of a wrong clock must not free every reserve: a clock that is `maxStepMs` ahead of what has really passed is
 * not believed while the ledger runs, and its time goes on as time does. Then reserves are held too long rather than
 * freed too early. After a start nobody knows how long the ledger was down, and the first reading believes the clock.
 */
export class LedgerTime {
  readonly #clock: Clock;
  readonly #maxStepMs: number;
  readonly #report: (fault: ClockFault) => void;
  #last: { readonly time: number; readonly monotonicMs: number } | undefined;
  #fault: ClockFault | undefined;

  constructor(clock: Clock, maxStepMs: number, report: (fault: ClockFault) => void) {
    this.#clock = clock;
    this.#maxStepMs = maxStepMs;
    this.#report = report;
  }

  /** `floor`: the time of the last commit, which another writer may have made. */
  read(floor: number): number {
    const now = Math.floor(this.#clock.now());
    const monotonicMs = this.#clock.monotonic();
    const expected = this.#last === undefined ? now : this.#last.time + monotonicMs - this.#last.monotonicMs;
    const isAhead = now > expected + this.#maxStepMs;
    const isBehind = now < Math.max(floor, expected) - this.#maxStepMs;
    this.#note(isAhead ? 'ledger.clock-jump' : isBehind ? 'ledger.clock-behind' : undefined);
    const time = Math.max(floor, this.#last?.time ?? 0, isAhead ? Math.floor(expected) : now);
    this.#last = { time, monotonicMs };
    return time;
  }

  #note(fault: ClockFault | undefined): void {
    if (fault !== undefined && fault !== this.#fault) this.#report(fault);
    this.#fault = fault;
  }
}
