import { settlementLineId, stateOfAttempt } from '@holdfast/core';
import type { KeptLine } from '@holdfast/server/roles';
import type { World } from '../world.ts';
import { type Money, postOf } from './money.ts';

/** What is done to payments outside is what officers have decided, and their last word is what counts. */
export class ActLaws {
  readonly #world: World;
  readonly #money: Money;
  /** Of each attempt, the entry of the latest decision that was seen to rule on it. */
  readonly #ruled = new Map<string, number>();
  /** How many attempts each line was seen to have. */
  readonly #attempts = new Map<string, number>();

  constructor(world: World, money: Money) {
    this.#world = world;
    this.#money = money;
  }

  async check(): Promise<void> {
    const { sent, distributor } = this.#money;
    const lines = await distributor.settlements.read(sent.map((one) => settlementLineId(postOf(one))));
    for (const line of lines) if (line !== undefined) this.#checkLine(line);
  }

  #checkLine(line: KeptLine): void {
    const { attempts } = line.settlement;
    for (const [i, { ruling }] of attempts.entries()) if (ruling !== undefined) this.#checkRuling(line, i, ruling);
    const known = this.#attempts.get(line.id) ?? 0;
    this.#attempts.set(line.id, attempts.length);
    if (attempts.length <= Math.max(1, known)) return;
    // Nobody pays again before it is known, or decided, that the last attempt came to nothing.
    const before = attempts[attempts.length - 2];
    const state = before && stateOfAttempt(before);
    this.#expect('acts-are-decided', state === 'rejected', () => `${line.id} is paid again after one that is ${state}`);
  }

  #checkRuling(line: KeptLine, at: number, { as, decision }: { readonly as: string; readonly decision: string }): void {
    const { truth } = this.#world;
    const entry = truth.entryOfException(decision);
    const { instruction } = this.#money.acts.find(({ digest }) => digest === decision) ?? {};
    const isAboutThis = instruction?.payment === line.transferId && instruction.attempt === at + 1;
    const isSoDecided = isAboutThis && (instruction.act === 'settle') === (as === 'accepted');
    const what = () => `attempt ${at + 1} of ${line.id} is ${as} by ${instruction?.act ?? 'nothing'} at ${entry}`;
    this.#expect('acts-are-decided', entry !== undefined && isSoDecided, what);
    const key = `${line.id} ${at}`;
    const latest = this.#ruled.get(key) ?? -1;
    this.#expect('the-last-decision-stands', entry === undefined || entry >= latest, what);
    this.#ruled.set(key, Math.max(latest, entry ?? -1));
  }

  #expect(oracle: 'acts-are-decided' | 'the-last-decision-stands', holds: boolean, what: () => string): void {
    this.#world.oracles.expect(oracle, holds, this.#world.scheduler.now, what);
  }
}
