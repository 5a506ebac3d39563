import { confirmationOf, type NetworkState, type Position, type Verdict } from '@holdfast/core';
import type { OracleName, Oracles } from '../oracles.ts';
import type { Random } from '../random.ts';

const DAY_MS = 86_400_000;

/** Somebody who holds a credential, and those that it came in place of. */
export type Person = { index: number; readonly older: number[] };

export type Application = { readonly person: Person; readonly index: number; readonly sealed: Position };

/** By the log's time: when it was said, and whether the log took it. */
type Said = { readonly isTaken: boolean; readonly time: number };

/** Knows by itself what became of every credential: who said what of it, in which order. */
export class RefreshingLaws {
  readonly #oracles: Oracles;
  readonly #maxPerDay: number;
  readonly #replaced = new Set<number>();
  readonly #revoked = new Set<number>();
  readonly #suspended = new Map<number, number>();
  readonly #perDay = new Map<number, number>();
  readonly #applications: Application[] = [];

  constructor(oracles: Oracles, maxPerDay: number) {
    this.#oracles = oracles;
    this.#maxPerDay = maxPerDay;
  }

  superseded(indices: readonly number[], { isTaken, time }: Said): void {
    const day = Math.floor(time / DAY_MS);
    const count = (this.#perDay.get(day) ?? 0) + indices.length;
    const isHeld = indices.some((index) => this.#isSuspended(index, time));
    const isOver = indices.some((index) => this.#replaced.has(index) || this.#revoked.has(index));
    const what = () => `${indices.length} replaced, ${count} today, held ${isHeld}, over ${isOver}: ${isTaken}`;
    const isWithin = count <= this.#maxPerDay;
    if (isHeld) this.#expect('held-is-not-replaced', !isTaken, time, what);
    else if (isOver) this.#expect('replaced-stays-replaced', !isTaken, time, what);
    else this.#expect('replaced-within-bounds', isTaken === isWithin, time, what);
    if (!isTaken) return;
    this.#perDay.set(day, count);
    for (const index of indices) this.#replaced.add(index);
  }

  revoked(index: number, { isTaken, time }: Said): void {
    const what = () => `${index} was replaced, and officers revoke it: ${isTaken}`;
    if (this.#replaced.has(index) && !this.#revoked.has(index)) {
      this.#expect('revocation-wins-over-replacing', isTaken, time, what);
    }
    if (isTaken) this.#revoked.add(index);
  }

  suspended(index: number, { isTaken, time, until }: Said & { readonly until: number }): void {
    const isOver = this.#replaced.has(index) || this.#revoked.has(index);
    const what = () => `${index} is over, and is suspended: ${isTaken}`;
    if (isOver) this.#expect('replaced-stays-replaced', !isTaken, time, what);
    // Of two suspensions the later end counts.
    else if (isTaken) this.#suspended.set(index, Math.max(until, this.#suspended.get(index) ?? 0));
  }

  applied(person: Person, sealed: Position): void {
    this.#applications.push({ person, index: person.index, sealed });
  }

  pick(random: Random): Application | undefined {
    return this.#applications.length === 0 ? undefined : random.pick(this.#applications);
  }

  /** What the money of an application waits for, by what is known of the credential that was shown for it. */
  judged(
    { application, index, verdict }: { application: Application; index: number; verdict: Verdict },
    state: NetworkState,
  ): void {
    const { time } = state;
    const found = confirmationOf(verdict, application.sealed, state);
    const codes = verdict.reasons.map(({ code }) => code).join(' ');
    const what = () => `${index}: ${found}, ${verdict.outcome} ${codes}`;
    if (this.#revoked.has(index)) {
      this.#expect('revocation-wins-over-replacing', found === 'void' && codes === 'status.revoked', time, what);
    } else if (this.#replaced.has(index)) {
      this.#expect('replaced-stays-replaced', verdict.outcome === 'revoked', time, what);
      this.#expect('replaced-waits-for-the-newer', found === 'wait', time, what);
    } else if (!this.#isSuspended(index, time)) {
      this.#expect('replaced-waits-for-the-newer', found === 'post', time, what);
    } else this.#expect('held-is-not-replaced', found === 'wait' && verdict.outcome !== 'valid', time, what);
  }

  #isSuspended(index: number, time: number): boolean {
    return (this.#suspended.get(index) ?? 0) > time;
  }

  #expect(oracle: OracleName, holds: boolean, time: number, what: () => string): void {
    this.#oracles.expect(oracle, holds, time, what);
  }
}
