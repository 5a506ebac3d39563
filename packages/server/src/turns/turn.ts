import { linkSignal } from '@holdfast/verifier';
import type { Clock } from '../ports/clock.ts';
import type { Lease, LeaseHolder } from '../ports/lease.ts';
import { SILENT, type Signals } from '../seeing/signals.ts';

/** A process that is killed is waited for so long; one that ends in order gives its turn back at once. */
const LEASE_MS = 6000;
/** Twice may be missed before it is somebody else's. */
const PROLONG_EVERY_MS = 2000;
/** Whoever could not prolong it stops this long before another may begin. */
const STOP_BEFORE_MS = 2000;
const LOOK_EVERY_MS = 500;

export type TurnOptions = {
  readonly lease: Lease;
  readonly clock: Clock;
  /** What is done by one at a time. */
  readonly name: string;
  /** Who we are among the processes of this role, and where the others reach us. */
  readonly by: Omit<LeaseHolder, 'fence'>;
  /** Done while it is our turn. Ends soon after the signal aborts; one that ends by itself has its turn later again. */
  readonly work: (signal: AbortSignal) => Promise<void>;
  readonly report: (error: unknown) => void;
  /** Told of what has happened; without it nobody is. */
  readonly signals?: Signals;
};

export interface Turn extends AsyncDisposable {
  /** Looks at once whether it is our turn: somebody waits for it. */
  hurry(): void;
  /** Who has it now, as the store says. */
  holder(): Promise<LeaseHolder | undefined>;
}

/** Competes for a lease and works while it has it, until it is disposed of: then the next one need not wait. */
export function createTurn(options: TurnOptions): Turn {
  const { lease, clock, name, by, work, report, signals = SILENT } = options;
  const lifetime = new AbortController();
  let wake = () => {};

  async function rest(durationMs: number, signal: AbortSignal): Promise<void> {
    const { controller, release } = linkSignal(signal);
    wake = () => controller.abort();
    await clock.sleep(durationMs, controller.signal).catch(() => undefined);
    release();
  }

  async function take(): Promise<LeaseHolder | undefined> {
    return lease.take(name, by, LEASE_MS).catch((error: unknown) => {
      report(error);
      return undefined;
    });
  }

  /** Whether it is still ours. A store that is silent for too long is no answer. */
  async function prolong(fence: number, ended: AbortSignal): Promise<'kept' | 'lost' | 'unknown'> {
    const asked = lease.take(name, by, LEASE_MS).then(
      (again) => (again?.fence === fence ? ('kept' as const) : ('lost' as const)),
      (error: unknown) => {
        report(error);
        return 'unknown' as const;
      },
    );
    const late = clock.sleep(PROLONG_EVERY_MS, ended).then(
      () => 'unknown' as const,
      () => 'unknown' as const,
    );
    return Promise.race([asked, late]);
  }

  /** Resolves once the turn is over: lost, not to be prolonged in time, or the work has ended. */
  async function keep({ fence }: LeaseHolder, takenAtMs: number, ended: AbortSignal): Promise<void> {
    let keptAtMs = takenAtMs;
    while (clock.monotonic() - keptAtMs < LEASE_MS - STOP_BEFORE_MS) {
      await clock.sleep(PROLONG_EVERY_MS, ended).catch(() => undefined);
      if (ended.aborted) return;
      const askedAtMs = clock.monotonic();
      const state = await prolong(fence, ended);
      if (state === 'lost') return;
      if (state === 'kept') keptAtMs = askedAtMs;
    }
  }

  async function serve(taken: LeaseHolder, takenAtMs: number): Promise<void> {
    const { controller, release } = linkSignal(lifetime.signal);
    signals.leaseTaken({ lease: name, fence: taken.fence });
    const working = work(controller.signal)
      .catch(report)
      .finally(() => controller.abort());
    await keep(taken, takenAtMs, controller.signal);
    controller.abort();
    await working;
    release();
    signals.leaseLost({ lease: name });
    await lease.release(name, by.holder).catch(report);
  }

  async function run(): Promise<void> {
    while (!lifetime.signal.aborted) {
      const askedAtMs = clock.monotonic();
      const taken = await take();
      if (taken !== undefined) await serve(taken, askedAtMs);
      await rest(LOOK_EVERY_MS, lifetime.signal);
    }
  }

  const running = run();
  return {
    hurry: () => wake(),
    holder: () => lease.read(name),
    async [Symbol.asyncDispose]() {
      lifetime.abort();
      await running;
    },
  };
}

/** Until the signal aborts. */
export async function workInTurn(options: TurnOptions, until: AbortSignal): Promise<void> {
  await using _ = createTurn(options);
  if (!until.aborted) await new Promise((resolve) => until.addEventListener('abort', resolve, { once: true }));
}
