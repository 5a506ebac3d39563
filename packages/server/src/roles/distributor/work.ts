import { assert, isCodedError, type ProgramRecord, type ProgramRules, phaseOf } from '@holdfast/core';
import { fund } from './accounts.ts';
import type { Carrying } from './carrying.ts';
import { closeProgram, isOver } from './closing.ts';
import type { DistributorBounds } from './config.ts';
import { type Chance, draw, planNext, planPayments } from './drawing.ts';
import { serveArrivals, serveJudged } from './instant.ts';
import type { Bench } from './judging.ts';
import type { SettleReport } from './leaving.ts';
import type { DistributorPorts } from './neighbours.ts';
import { readAll } from './pages.ts';
import type { Paying } from './paying.ts';
import type { Programs } from './programs.ts';
import { judgeSome, seal } from './sealing.ts';
import { takeIn } from './taking-in.ts';

export interface Work {
  /** One step of every program; says whether anything moved. What fails is reported, and tried again the next time. */
  step(): Promise<boolean>;
  /** Steps until the signal aborts, resting while there is nothing to do. */
  run(signal: AbortSignal): Promise<void>;
}

export type WorkParts = {
  readonly programs: Programs;
  readonly paying: Paying;
  readonly carrying: Carrying;
  readonly settle: () => Promise<SettleReport>;
  readonly rulesOf: (record: ProgramRecord) => ProgramRules;
  /** Undefined while the beacon has not spoken. */
  readonly readChance: (record: ProgramRecord) => Promise<Chance | undefined>;
};

/**
 * Carries each program from the log's state to the next. Everything done here is done once however often it is begun: what
 * has happened is read from the log, the store and the ledger, never remembered.
 */
export function createWork(ports: DistributorPorts, bounds: DistributorBounds, parts: WorkParts): Work {
  const { programs, paying, carrying, settle, rulesOf, readChance } = parts;
  const { store, ledger, follower, clock, report } = ports;
  const funded = new Set<string>();
  const ended = new Set<string>();
  /** How often a verifier was asked about a program's intake in vain since this process began. */
  const attempts = new Map<string, number>();
  /** Instant programs whose judged applications have all been served since this process began. */
  const served = new Set<string>();

  async function stepOf(record: ProgramRecord): Promise<boolean> {
    const { program } = record;
    // Sealed, everybody has been counted, and at its end the program's key is gone.
    const nullifierOf = record.seal === undefined ? await programs.nullifiersOf(record) : countsNobody;
    if (!funded.has(program.id)) {
      await fund(ledger, program);
      funded.add(program.id);
    }
    const bench: Bench = { record, rules: rulesOf(record), nullifierOf };
    const isInstant = program.allocation.mode === 'instant';
    const paid = isInstant && (await payArrivals(bench));
    return (await advance(bench)) || paid;
  }

  async function payArrivals(bench: Bench): Promise<boolean> {
    const { id } = bench.record.program;
    const phase = phaseOf(bench.record, programs.now());
    const isTaking = phase === 'open' || phase === 'closing';
    const came = isTaking && (await serveArrivals(ports, bench, bounds));
    if (came || !served.has(id)) {
      await serveJudged(ports, bench.record);
      served.add(id);
    }
    return (await pay(bench.record)) || came;
  }

  async function advance(bench: Bench): Promise<boolean> {
    const { record } = bench;
    const { program, intake, seal: sealed, sealedAt, draw: drawn } = record;
    const phase = phaseOf(record, programs.now());
    switch (phase) {
      case 'announced':
      case 'open':
        return false;
      case 'closing':
        // The log's own time decides: before, the intake would be refused.
        if (intake !== undefined || follower.state.time < program.window.closesAt) return false;
        await takeIn(ports, record);
        return false;
      case 'judging':
        if (await judge(bench)) return record.judgedAt !== undefined;
        if (sealed === undefined) await seal(ports, bench);
        return false;
      case 'drawing': {
        if (sealedAt === undefined || drawn !== undefined) return false;
        const chance = await readChance(record);
        if (program.beacon !== undefined && chance === undefined) return false;
        await draw(ports, record, chance);
        return false;
      }
      case 'paying':
        return program.allocation.mode === 'sealed' ? payDrawn(record) : false;
      default:
        return phase satisfies never;
    }
  }

  async function judge(bench: Bench): Promise<boolean> {
    const { id } = bench.record.program;
    const attempt = attempts.get(id) ?? 0;
    try {
      return await judgeSome(ports, bench, bounds, attempt);
    } catch (error) {
      // A verifier repeats its answer to a repeated question: asking anew is another question.
      if (isCodedError(error) && error.code === 'verifier.behind') attempts.set(id, attempt + 1);
      throw error;
    }
  }

  async function payDrawn(record: ProgramRecord): Promise<boolean> {
    const { program, draw: drawn } = record;
    assert(drawn !== undefined, 'what is paid is drawn');
    const sums = await store.sumPayments(program.id);
    const planned = Object.values(sums).reduce((count, sum) => count + sum.count, 0);
    const seed = seedOf(record);
    if (planned < drawn.allocated.count) await planPayments(ports, record, seed);
    const moved = await pay(record);
    if (planned >= drawn.allocated.count && isOver(record, sums, programs.now())) await end(record);
    if (program.returned !== 'next' || seed === undefined || (sums.voided?.count ?? 0) === 0) return moved;
    await planNext(ports, record, seed, await readReturned(program.id));
    return moved;
  }

  async function end(record: ProgramRecord): Promise<void> {
    const { id } = record.program;
    if (ended.has(id)) return;
    await closeProgram(ports, record);
    ended.add(id);
  }

  async function readReturned(program: string): Promise<ReadonlySet<string>> {
    const returned = new Set<string>();
    const pages = readAll((limit, after) => store.readPayments(program, 'voided', limit, after));
    for await (const { application } of pages) returned.add(application);
    return returned;
  }

  async function pay(record: ProgramRecord): Promise<boolean> {
    const reserved = await paying.reserve(record);
    const from = record.judgedAt ?? follower.position;
    const ended = from === undefined ? 0 : await paying.confirm(record, from);
    const overdue = isOverdue(record) ? await paying.settleOverdue(record) : 0;
    return reserved + ended + overdue + (await carrying.carry(record)) > 0;
  }

  function isOverdue({ program, sealedAt }: ProgramRecord): boolean {
    return sealedAt !== undefined && programs.now() >= sealedAt.time + program.confirm.withinMs;
  }

  async function step(): Promise<boolean> {
    let moved = false;
    for (const record of programs.list()) {
      try {
        moved = (await stepOf(record)) || moved;
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        report({ code: isCodedError(error) ? error.code : 'internal', program: record.program.id, detail });
      }
    }
    return moved;
  }

  return {
    step,
    async run(signal) {
      let settledAtMs = clock.monotonic();
      while (!signal.aborted) {
        if (clock.monotonic() - settledAtMs >= bounds.settleEveryMs) {
          settledAtMs = clock.monotonic();
          await settleAll();
        }
        if (await step()) continue;
        await rest(signal);
      }
    },
  };

  /** Everything that waits goes out together: the pace of files, not of payments. */
  async function settleAll(): Promise<void> {
    try {
      const { failures } = await settle();
      for (const { rail, code } of failures) report({ code, detail: rail });
    } catch (error) {
      report({ code: 'settlement.failed', detail: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Until the next epoch, or for a while. */
  async function rest(signal: AbortSignal): Promise<void> {
    const wake = new AbortController();
    const unsubscribe = follower.subscribe(() => wake.abort());
    const both = AbortSignal.any([signal, wake.signal]);
    await clock.sleep(bounds.restMs, both).catch(() => undefined);
    unsubscribe();
  }
}

function countsNobody(): never {
  throw new Error('broken invariant: after the seal nobody is counted any more');
}

/** The seed that the draw was made with, as the log has it. */
function seedOf({ draw: drawn }: ProgramRecord): string | undefined {
  const result = drawn?.result;
  if (typeof result !== 'object' || result === null || !('seed' in result)) return undefined;
  return typeof result.seed === 'string' ? result.seed : undefined;
}
