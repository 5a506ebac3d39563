import {
  type AdmissionClass,
  cohortOf,
  createGate,
  createHourlyDigest,
  DEFAULT_ADMISSION_TERMS,
  encodeUtf8,
  type Gate,
  isInSlot,
  type Moved,
  type ShedReason,
  slotOf,
} from '@holdfast/core';
import type { OracleName, Violation } from '../oracles.ts';
import { createRandom, type Random } from '../random.ts';
import { Scheduler } from '../scheduler.ts';
import { Till } from './till.ts';

/** What a rehearsal of a server under load found. */
export type LoadReport = {
  readonly mode: 'load';
  readonly seed: number;
  /** Requests by what became of them, as their senders saw it. */
  readonly asked: number;
  readonly answered: number;
  readonly shed: number;
  /** Share of those who came that were answered in time, in the last seconds of each phase. */
  readonly goodput: Readonly<Record<string, number>>;
  /** 19 of 20 revocations took effect within this, in milliseconds. */
  readonly revocationMs: Readonly<Record<string, number>>;
  readonly checked: Readonly<Partial<Record<OracleName, number>>>;
  readonly violations: readonly Violation[];
  readonly broken: readonly OracleName[];
};

const START_MS = 1_800_000_000_000;
/** The whole machine: so many at once, each for as long as its class takes. About 80 requests a second of the usual mix. */
const WORKERS = 4;
const WORK_MS: Readonly<Record<AdmissionClass, number>> = {
  govern: 20,
  settle: 20,
  verify: 40,
  apply: 60,
  observe: 10,
};
/** After a decision the next epoch is minted so soon; only then has it taken effect. */
const EPOCH_MS = 200;
const PATIENCE_MS = 1000;
const MAX_RETRIES = 3;
const TICK_MS = 100;
const LOOK_EVERY_MS = 1000;
/** Of the answers: lost on their way, so that what was done is asked for again. */
const LOST = 0.03;
const TERMS = DEFAULT_ADMISSION_TERMS;

/** What one phase is like: arrivals a second, and whether the machine stands still. */
type Phase = {
  readonly name: string;
  readonly ms: number;
  readonly verify: number;
  readonly apply: number;
  readonly isBlackout?: boolean;
};

const USUAL = { verify: 25, apply: 15 } as const;
const PHASES: readonly Phase[] = [
  { name: 'usual', ms: 20_000, ...USUAL },
  { name: 'ten times', ms: 10_000, verify: 250, apply: 150 },
  { name: 'after ten times', ms: 40_000, ...USUAL },
  { name: 'blackout', ms: 60_000, ...USUAL, isBlackout: true },
  { name: 'after the blackout', ms: 40_000, ...USUAL },
  { name: 'twenty times the verifications', ms: 6_000, verify: 500, apply: 15 },
];
/** So long after a trouble everything is as before, and from then on until the phase ends it is measured. */
const RECOVERED_MS = 30_000;
const LEAST_GOODPUT = 0.95;
/** Of the whole machine, while far more come than it can serve. */
const LEAST_USEFUL = 0.9;

/** One question of one client, over all its attempts. */
type Question = {
  readonly class: AdmissionClass;
  readonly key: string;
  readonly phase: number;
  readonly isMeasured: boolean;
  attempt: number;
  isAnswered: boolean;
  /** The turn that it was told last. */
  told?: number;
};
type Visit = {
  readonly question: Question;
  readonly class: AdmissionClass;
  readonly deadlineAt: number;
  isGone: boolean;
  startedAt: number;
};

export async function rehearseLoad({
  seed,
  stopsAt = [],
}: {
  readonly seed: number;
  readonly stopsAt?: readonly OracleName[];
}): Promise<LoadReport> {
  const world = new LoadWorld(seed);
  await world.run(stopsAt);
  return world.report();
}

/**
 * One server behind the gate of core, with a real ledger role behind it, and clients that give up after a second and ask again:
 * half of them as they are told, half at once. Officers revoke all the while.
 */
class LoadWorld {
  readonly #scheduler = new Scheduler(START_MS);
  readonly #random: Random;
  readonly #seed: number;
  readonly #gate: Gate<Visit> = createGate<Visit>(TERMS, START_MS);
  readonly #digest = createHourlyDigest(encodeUtf8('a secret of the rehearsed server'));
  readonly #till: Till;
  readonly #ready: Visit[] = [];
  #busy = 0;
  #phase = 0;
  /** Work that somebody still waited for when it was done, in the second half of this phase. */
  #usefulMs = 0;
  #usefulFrom = START_MS;
  #asked = 0;
  #answered = 0;
  #shed = 0;
  readonly #came = new Map<number, { came: number; answered: number }>();
  readonly #revocations = new Map<number, number[]>();
  readonly #violations: Violation[] = [];
  readonly #broken = new Set<OracleName>();
  readonly #checked = new Map<OracleName, number>();

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = createRandom(seed, 'load');
    this.#till = new Till(this.#scheduler.clock());
  }

  async run(stopsAt: readonly OracleName[]): Promise<void> {
    const life = new AbortController();
    await this.#till.open(life.signal);
    const isOver = () => stopsAt.some((oracle) => this.#broken.has(oracle));
    this.#judgeHours();
    this.#tick();
    this.#officer();
    let endMs = START_MS;
    for (const [index, phase] of PHASES.entries()) {
      this.#phase = index;
      endMs += phase.ms;
      this.#usefulMs = 0;
      this.#usefulFrom = endMs - phase.ms / 2;
      this.#arrivals('verify', phase, index);
      this.#arrivals('apply', phase, index);
      while (this.#scheduler.now < endMs && !isOver()) await this.#scheduler.run(this.#scheduler.now + LOOK_EVERY_MS);
      if (isOver()) break;
      if (phase.isBlackout === true) this.#serve();
      this.#judgePhase(index);
      if (stopsAt.includes('one-key-one-effect')) await this.#judgeEffects();
    }
    await this.#judgeEffects();
    life.abort();
  }

  report(): LoadReport {
    const goodput = PHASES.map(({ name }, i) => [name, Math.round(1000 * this.#goodputOf(i)) / 1000] as const);
    const revocationMs = PHASES.map(({ name }, i) => [name, quantile(this.#revocations.get(i) ?? [])] as const);
    return {
      ...{ mode: 'load', seed: this.#seed, asked: this.#asked, answered: this.#answered, shed: this.#shed },
      ...{ goodput: Object.fromEntries(goodput), revocationMs: Object.fromEntries(revocationMs) },
      ...{ checked: Object.fromEntries(this.#checked), violations: this.#violations, broken: [...this.#broken] },
    };
  }

  /** Open loop: whoever comes, comes, however it goes for those before. */
  #arrivals(name: 'verify' | 'apply', phase: Phase, index: number): void {
    const startMs = this.#scheduler.now;
    const come = () => {
      if (this.#phase !== index) return;
      const isMeasured = this.#scheduler.now - startMs >= Math.min(RECOVERED_MS, phase.ms / 2);
      this.#ask({
        class: name,
        key: `${name} ${this.#random.next()}`,
        phase: index,
        isMeasured,
        attempt: 0,
        isAnswered: false,
      });
      this.#scheduler.after(this.#random.below((2000 / phase[name]) * 1000) / 1000, come);
    };
    this.#scheduler.after(this.#random.below(100), come);
  }

  #officer(): void {
    const question = { class: 'govern' as const, phase: this.#phase, isMeasured: false, attempt: 0, isAnswered: false };
    this.#ask({ ...question, key: `decision ${this.#random.next()}` });
    this.#scheduler.after(400 + this.#random.below(200), () => this.#officer());
  }

  #ask(question: Question): void {
    this.#asked += 1;
    if (question.attempt === 0 && question.isMeasured) this.#count(question.phase, 'came');
    const now = this.#scheduler.now;
    const visit: Visit = {
      question,
      class: question.class,
      deadlineAt: now + PATIENCE_MS,
      isGone: false,
      startedAt: 0,
    };
    this.#scheduler.after(PATIENCE_MS, () => this.#giveUp(visit));
    const name = { scope: question.class, handle: question.key };
    const spread = TERMS.classes[question.class];
    const why = this.#gate.arrive(
      visit,
      {
        readCohort: () => cohortOf(this.#digest, question.key, now),
        isInSlot: () => isInSlot(this.#digest, name, now, spread),
      },
      now,
    );
    if (why !== undefined) this.#refuse(visit, why);
    else this.#take(this.#gate.enter(visit, now));
  }

  #take({ started, shed }: Moved<Visit>): void {
    for (const visit of started) {
      visit.startedAt = this.#scheduler.now;
      this.#ready.push(visit);
    }
    for (const { entry, why } of shed) this.#refuse(entry, why);
    this.#serve();
  }

  #serve(): void {
    while (this.#busy < WORKERS && this.#ready.length > 0 && PHASES[this.#phase]?.isBlackout !== true) {
      const visit = this.#ready.shift();
      if (visit === undefined) return;
      this.#busy += 1;
      const spreadMs = WORK_MS[visit.class];
      const takesMs = spreadMs / 2 + this.#random.below(spreadMs * 1000) / 1000;
      this.#scheduler.after(takesMs, () => {
        this.#busy -= 1;
        if (!visit.isGone && this.#scheduler.now >= this.#usefulFrom) this.#usefulMs += takesMs;
        this.#done(visit);
      });
    }
  }

  #done(visit: Visit): void {
    const { question } = visit;
    const now = this.#scheduler.now;
    if (question.class === 'apply') this.#till.make(question.key);
    const answer = () => {
      if (visit.isGone || question.isAnswered || this.#random.chance(LOST)) return;
      question.isAnswered = true;
      visit.isGone = true;
      this.#answered += 1;
      if (question.isMeasured) this.#count(question.phase, 'answered');
    };
    if (question.class === 'govern') {
      const took = now - (visit.deadlineAt - PATIENCE_MS) + EPOCH_MS;
      this.#revocations.set(question.phase, [...(this.#revocations.get(question.phase) ?? []), took]);
    }
    answer();
    this.#take(this.#gate.leave(visit, visit.startedAt, now));
  }

  /** Its sender waits no longer: what waits is forgotten, what runs goes on for nobody. */
  #giveUp(visit: Visit): void {
    if (visit.isGone) return;
    visit.isGone = true;
    this.#gate.withdraw(visit);
    this.#again(visit.question, 0);
  }

  #refuse(visit: Visit, why: ShedReason): void {
    if (visit.isGone) return;
    visit.isGone = true;
    this.#shed += 1;
    const { question } = visit;
    const now = this.#scheduler.now;
    const isOthersLoad = PHASES[question.phase]?.isBlackout !== true && PHASES[question.phase - 1]?.isBlackout !== true;
    if (question.class === 'govern' && isOthersLoad) this.#expect('officers-are-never-kept-out', false, () => why);
    if (why === 'too-late') {
      this.#again(question, 0);
      return;
    }
    const name = { scope: question.class, handle: question.key };
    const { spreadMs } = TERMS.classes[question.class];
    const turn = slotOf(this.#digest, name, now, { spreadMs, attempt: question.attempt });
    const { told } = question;
    if (told !== undefined) {
      this.#expect('no-better-turn-by-asking', turn >= told, () => `${question.key}: ${told}, then ${turn}`);
    }
    question.told = turn;
    this.#again(question, this.#random.chance(0.5) ? turn - now : this.#random.below(200));
  }

  #again(question: Question, inMs: number): void {
    if (question.isAnswered || question.attempt >= MAX_RETRIES) return;
    question.attempt += 1;
    this.#scheduler.after(inMs, () => this.#ask(question));
  }

  #tick(): void {
    this.#take(this.#gate.tick(this.#scheduler.now));
    const view = this.#gate.read(this.#scheduler.now);
    const lanes = Object.entries(view) as [AdmissionClass, (typeof view)[AdmissionClass]][];
    const isBounded = lanes.every(([name, { queued, inFlight }]) => {
      return queued <= TERMS.classes[name].maxQueued && inFlight <= TERMS.classes[name].most;
    });
    const running = lanes.reduce((sum, [, { inFlight }]) => sum + inFlight, 0);
    this.#expect('queues-stay-within-their-bounds', isBounded && running <= TERMS.total, () => JSON.stringify(view));
    this.#scheduler.after(TICK_MS, () => this.#tick());
  }

  #count(phase: number, what: 'came' | 'answered'): void {
    const counts = this.#came.get(phase) ?? { came: 0, answered: 0 };
    counts[what] += 1;
    this.#came.set(phase, counts);
  }

  #goodputOf(phase: number): number {
    const { came, answered } = this.#came.get(phase) ?? { came: 0, answered: 0 };
    return came === 0 ? 0 : answered / came;
  }

  #judgePhase(index: number): void {
    const { name } = PHASES[index] as Phase;
    const revocations = this.#revocations.get(index) ?? [];
    const idle = quantile(this.#revocations.get(0) ?? []);
    if (name.startsWith('after')) {
      const goodput = this.#goodputOf(index);
      this.#expect('comes-back-unaided', goodput >= LEAST_GOODPUT, () => `${name}: ${goodput} of those who came`);
    }
    if (name.startsWith('t')) {
      const useful = this.#usefulMs / (WORKERS * (this.#scheduler.now - this.#usefulFrom));
      this.#expect(
        'work-is-done-for-who-waits',
        useful >= LEAST_USEFUL,
        () => `${name}: ${useful} of what could be done`,
      );
    }
    if (name.startsWith('twenty')) {
      const most = quantile(revocations);
      this.#expect(
        'revoking-takes-at-most-twice-as-long',
        most <= 2 * idle,
        () => `${name}: ${most} ms, idle ${idle} ms`,
      );
      this.#expect('officers-are-never-kept-out', revocations.length > 0, () => `${name}: no revocation at all`);
    }
  }

  /** Where half of the cohorts are let in, nobody is kept out hour after hour. */
  #judgeHours(): void {
    const people = Array.from({ length: 500 }, (_, i) => `person ${this.#seed} ${i}`);
    const isOut = (handle: string, hour: number) => cohortOf(this.#digest, handle, START_MS + hour * 3_600_000) >= 64;
    const always = people.filter((handle) => [0, 1, 2, 3, 4, 5, 6, 7].every((hour) => isOut(handle, hour)));
    this.#expect('not-the-same-people-every-hour', always.length < 25, () => `${always.length} of 500 in eight hours`);
  }

  async #judgeEffects(): Promise<void> {
    await this.#scheduler.run(this.#scheduler.now + 5000);
    const { keys, made, moved } = await this.#till.read();
    const what = () => `${keys} keys, ${made} told that it was made, ${moved} moved`;
    this.#expect('one-key-one-effect', keys > 0 && made === keys && moved === BigInt(keys), what);
  }

  #expect(oracle: OracleName, holds: boolean, what: () => string): void {
    this.#checked.set(oracle, (this.#checked.get(oracle) ?? 0) + 1);
    if (holds) return;
    this.#broken.add(oracle);
    if (this.#violations.length < 20)
      this.#violations.push({ oracle, at: this.#scheduler.now, what: what().slice(0, 300) });
  }
}

/** 19 of 20 are at most this. */
function quantile(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length * 0.95)] ?? 0);
}
