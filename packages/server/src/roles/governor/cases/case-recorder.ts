import { CodedError, isCodedError, parseJsonObject } from '@holdfast/core';
import type { CaseStore, KeptStep, StepOutcome } from '../../../ports/case-store.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Entropy } from '../../../ports/entropy.ts';
import type { Network } from '../../../ports/network.ts';
import { SILENT, type Signals } from '../../../seeing/signals.ts';
import { restAfter } from '../resting.ts';

export type CaseRecorderPorts = {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly store: CaseStore;
  readonly network: Pick<Network, 'append'>;
  /** Told of what has happened; without it nobody is. */
  readonly signals?: Signals;
};

/** Statements sent in one append; what one of them is refused for is found by sending each alone. */
const MAX_TOGETHER = 32;

/**
 * Carries signed steps into the log, in the order in which they were signed, until the network has given its last word on
 * each. What is kept is the only queue: a crash forgets nothing, and the network answers a repeat with its first receipt.
 */
export class CaseRecorder implements AsyncDisposable {
  readonly #ports: CaseRecorderPorts;
  readonly #lifetime = new AbortController();
  /** At most one for each request that is let in. */
  readonly #waiting = new Set<() => void>();
  #isWoken = false;
  #running: Promise<void> | undefined;

  constructor(ports: CaseRecorderPorts) {
    this.#ports = ports;
  }

  /** There may be something to carry. */
  wake(): void {
    if (this.#lifetime.signal.aborted) return;
    this.#isWoken = true;
    this.#running ??= this.#work();
  }

  /** Resolves when nothing that was kept before is under way any more, or the signal aborts. */
  idle(signal: AbortSignal): Promise<void> {
    if (this.#running === undefined || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        signal.removeEventListener('abort', end);
        this.#waiting.delete(end);
        resolve();
      };
      this.#waiting.add(end);
      signal.addEventListener('abort', end, { once: true });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lifetime.abort(new CodedError('decision.closed', 'This governor has been closed.'));
    await this.#running;
  }

  async #work(): Promise<void> {
    const { signal } = this.#lifetime;
    let failures = 0;
    while (!signal.aborted) {
      this.#isWoken = false;
      try {
        const waiting = await this.#ports.store.readWaiting(MAX_TOGETHER);
        if (waiting.length > 0) await this.#carry(waiting);
        else if (!this.#isWoken) break;
        failures = 0;
      } catch {
        // Store or network do not answer; only trying again tells what became of it.
        failures += 1;
        await restAfter(failures, this.#ports, signal);
      }
    }
    // In the same step as the check: whoever wakes us finds us either working or gone.
    this.#running = undefined;
    for (const end of [...this.#waiting]) end();
  }

  async #carry(steps: readonly KeptStep[]): Promise<void> {
    const together = await this.#append(steps);
    if ('entry' in together || steps.length === 1) {
      for (const [place, step] of steps.entries()) await this.#settle(step, placed(together, place));
      return;
    }
    for (const step of steps) await this.#settle(step, await this.#append([step]));
  }

  async #settle({ id, act }: KeptStep, outcome: StepOutcome): Promise<void> {
    const { store, signals = SILENT } = this.#ports;
    await store.settle(id, outcome);
    if ('entry' in outcome) signals.caseMoved({ step: wordOf(act) });
    else signals.statementRefused({ why: outcome.why });
  }

  async #append(steps: readonly KeptStep[]): Promise<StepOutcome> {
    const statements = steps.flatMap(({ statement }) => (statement === undefined ? [] : [statement]));
    try {
      const { index } = await this.#ports.network.append(statements);
      return { entry: index };
    } catch (error) {
      if (!isCodedError(error) || !error.code.startsWith('statement.')) throw error;
      const { why } = error.details;
      return { why: typeof why === 'string' ? why : error.code };
    }
  }
}

/** Which kind of step it is; never what it says. */
function wordOf(act: string): string {
  const { act: word } = parseJsonObject(act);
  return typeof word === 'string' ? word : 'step';
}

function placed(outcome: StepOutcome, place: number): StepOutcome {
  return 'entry' in outcome ? { entry: outcome.entry + place } : outcome;
}
