import { isCodedError, type ProgramRecord, type ProgramRules, phaseOf, rulingsOf, type Version } from '@holdfast/core';
import type { PaymentSums } from '../../ports/distributor-store.ts';
import { fund } from './accounts.ts';
import type { Carrying } from './carrying.ts';
import { lastRoundEnd, readChance } from './chance.ts';
import { closeProgram, isEnded, isOver } from './closing.ts';
import type { DistributorBounds } from './config.ts';
import { draw, planNext, planPayments } from './drawing.ts';
import type { Exceptions } from './exceptions.ts';
import { reportFailure, sentenceOf } from './failures.ts';
import { createArrivals } from './instant.ts';
import { type Bench, rulesUnderOf } from './judging.ts';
import type { Leaving, SettleReport } from './leaving.ts';
import type { DistributorPorts } from './neighbours.ts';
import { readAll } from './pages.ts';
import type { Paying } from './paying.ts';
import type { Programs } from './programs.ts';
import type { Promises } from './promises.ts';
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
  readonly exceptions: Pick<Exceptions, 'carryOut' | 'actOutside'>;
  /** Absent where nobody is told. */
  readonly promises?: Promises;
  readonly settle: () => Promise<SettleReport>;
  /** Forgets where an ended program's money went; says whether some of it is still on its way. */
  readonly forget: Leaving['forget'];
  readonly rulesOf: (version: Version) => ProgramRules;
};

/**
 * Carries each program from the log's state to the next. Everything done here is done once however often it is begun: what
 * has happened is read from the log, the store and the ledger, never remembered.
 */
export function createWork(ports: DistributorPorts, bounds: DistributorBounds, parts: WorkParts): Work {
  const { programs, paying, carrying, exceptions, promises, settle, forget, rulesOf } = parts;
  const { store, ledger, follower, clock, report } = ports;
  const arrivals = createArrivals(ports, bounds);
  const funded = new Set<string>();
  /** Programs of which nothing is left to do, and those of which this is known not to be so. */
  const ended = new Map<string, boolean>();
  /** How often a verifier was asked about a program's intake in vain since this process began. */
  const attempts = new Map<string, number>();
  /** How many payments had come back when the next in line were last looked for. */
  const lookedAt = new Map<string, number>();
  const undrawn = new Set<string>();
  /** Ended programs of which nothing is left to forget, and when the others are looked at again. */
  const forgetAgainMs = new Map<string, number>();

  async function stepOf(record: ProgramRecord): Promise<boolean> {
    const { program } = record;
    if (!ended.has(program.id) && record.seal !== undefined) ended.set(program.id, await isEnded(ports, record));
    if (ended.get(program.id) === true) {
      const ruled = await attempt(record, () => exceptions.actOutside(record));
      return (await forgetEnded(record)) || ruled;
    }
    // Sealed, everybody has been counted, and at its end the program's key is gone.
    const nullifierOf = record.seal === undefined ? await programs.nullifiersOf(record) : countsNobody;
    const rulesUnder = rulesUnderOf(record, rulesOf);
    const bench: Bench = { record, rulesUnder, nullifierOf, admittedBy: admissionsOf(ports, record) };
    // Each by itself: what is promised to stand in the log does not wait for a ledger, nor a payment for a verifier.
    const advanced = await attempt(record, () => advance(bench));
    const came = await attempt(record, () => serveArrivals(bench));
    const ruled = await attempt(record, () => exceptions.carryOut(bench));
    const paid = await attempt(record, () => payDue(record));
    await attempt(record, async () => {
      await promises?.look(record);
      return false;
    });
    return advanced || came || ruled || paid;
  }

  /** What a bank answers after the end is forgotten then. */
  async function forgetEnded({ program }: ProgramRecord): Promise<false> {
    if (clock.monotonic() < (forgetAgainMs.get(program.id) ?? 0)) return false;
    const isMore = await forget(program);
    forgetAgainMs.set(program.id, isMore ? clock.monotonic() + bounds.settleEveryMs : Number.POSITIVE_INFINITY);
    return false;
  }

  async function attempt(record: ProgramRecord, work: () => Promise<boolean>): Promise<boolean> {
    try {
      return await work();
    } catch (error) {
      reportFailure(ports, record.program.id, error);
      return false;
    }
  }

  async function serveArrivals(bench: Bench): Promise<boolean> {
    const { record } = bench;
    if (record.program.allocation.mode !== 'instant') return false;
    const phase = phaseOf(record, programs.now());
    return arrivals.serveNext(bench, phase === 'open' || phase === 'closing');
  }

  async function advance(bench: Bench): Promise<boolean> {
    const { record } = bench;
    const { program, seal: sealed, sealedAt, draw: drawn } = record;
    const phase = phaseOf(record, programs.now());
    switch (phase) {
      case 'announced':
      case 'open':
      case 'paying':
        return false;
      case 'closing':
        // The log's own time decides: before, the intake would be refused.
        if (programs.logTime() >= program.window.closesAt) await takeIn(ports, record);
        return false;
      case 'judging':
        if (await judge(bench)) return record.judgedAt !== undefined;
        if (sealed === undefined) await seal(ports, bench);
        return false;
      case 'drawing':
        if (sealedAt !== undefined && drawn === undefined) await drawOnce(record);
        return false;
      default:
        return phase satisfies never;
    }
  }

  async function drawOnce(record: ProgramRecord): Promise<void> {
    const { program } = record;
    const chance = await readChance(ports, record);
    if (program.beacon === undefined) return draw(ports, record);
    if (chance?.state === 'drawn') return draw(ports, record, { beacon: chance.evidence, seed: chance.seed });
    if (chance?.state === 'exhausted') await cancel(record, chance.missing);
  }

  /** Somebody kept silent in every round: by the program's own terms there is no draw, and the budget goes back. */
  async function cancel(record: ProgramRecord, missing: readonly string[]): Promise<void> {
    const { id } = record.program;
    if (!undrawn.has(id)) {
      report({
        code: 'program.no-draw',
        program: id,
        detail: `${missing.join(', ')} revealed nothing in the last round`,
      });
    }
    undrawn.add(id);
    const time = programs.logTime();
    if (time >= lastRoundEnd(record) && isOver(record, await store.sumPayments(id), time)) await end(record);
  }

  async function judge(bench: Bench): Promise<boolean> {
    const { id } = bench.record.program;
    const asked = attempts.get(id) ?? 0;
    try {
      return await judgeSome(ports, bench, bounds, asked);
    } catch (error) {
      // A verifier repeats its answer to a repeated question: asking anew is another question.
      if (isCodedError(error) && error.code === 'verifier.behind') attempts.set(id, asked + 1);
      throw error;
    }
  }

  async function payDue(record: ProgramRecord): Promise<boolean> {
    const { program, draw: drawn } = record;
    const seed = seedOf(record);
    if (drawn !== undefined) {
      const sums = await store.sumPayments(program.id);
      if (countOf(sums) < drawn.allocated.count) await planPayments(ports, record, seed);
    }
    if (!funded.has(record.digest)) await fund(ledger, record);
    funded.add(record.digest);
    if (drawn === undefined && program.allocation.mode === 'sealed') return false;
    const moved = await pay(record);
    const sums = await store.sumPayments(program.id);
    const replaced = seed !== undefined && (await replaceReturned(record, seed, sums));
    const isPlanned = drawn === undefined || countOf(sums) >= drawn.allocated.count;
    if (!replaced && isPlanned && isOver(record, sums, programs.logTime())) await end(record);
    return moved || replaced;
  }

  /** Looks for the next in line when more has come back than when it was last looked at. */
  async function replaceReturned(record: ProgramRecord, seed: string, sums: PaymentSums): Promise<boolean> {
    const { id, returned } = record.program;
    const voided = sums.voided?.count ?? 0;
    if (returned !== 'next' || voided === (lookedAt.get(id) ?? 0)) return false;
    await planNext(ports, record, seed, await readReturned(id));
    lookedAt.set(id, voided);
    return true;
  }

  async function end(record: ProgramRecord): Promise<void> {
    await fund(ledger, record);
    await closeProgram(ports, record);
    ended.set(record.program.id, true);
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
    const settled = from === undefined ? 0 : await paying.confirm(record, from, programs.logTime());
    return reserved + settled + (await carrying.carry(record)) > 0;
  }

  async function step(): Promise<boolean> {
    let moved = false;
    for (const record of programs.list()) {
      moved = (await attempt(record, () => stepOf(record))) || moved;
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
      report({ code: 'settlement.failed', detail: sentenceOf(error) });
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

/** Where all are judged at one position, what stood in the log there; else what stands in it now. */
function admissionsOf(
  { follower }: DistributorPorts,
  { program, judgedAt }: ProgramRecord,
): NonNullable<Bench['admittedBy']> {
  const { admissions } = rulingsOf(follower.state, program.id);
  return (application) => {
    const entry = admissions.get(application);
    return entry === undefined || entry >= (judgedAt?.size ?? Number.POSITIVE_INFINITY) ? undefined : entry;
  };
}

function countsNobody(): never {
  throw new Error('broken invariant: after the seal nobody is counted any more');
}

function countOf(sums: PaymentSums): number {
  return Object.values(sums).reduce((count, sum) => count + sum.count, 0);
}

/** The seed that the draw was made with, as the log has it. */
function seedOf({ draw: drawn }: ProgramRecord): string | undefined {
  const result = drawn?.result;
  if (typeof result !== 'object' || result === null || !('seed' in result)) return undefined;
  return typeof result.seed === 'string' ? result.seed : undefined;
}
