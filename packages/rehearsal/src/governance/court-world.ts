import { type CaseRecord, type CaseTarget, isOpenCase } from '@holdfast/core';
import type { OracleName, Oracles } from '../oracles.ts';
import { createRandom, type Random } from '../random.ts';
import { type RehearsalReport, reportOf, Tally } from '../report.ts';
import { CourtBench } from './court-bench.ts';
import { COURT_LIST, type CourtLog, createCourtLog, START_MS, type Unsigned } from './court-log.ts';
import { COURT, COURT_CASES, DAY_MS, HOUR_MS } from './court-rules.ts';

export type GovernanceRehearsal = {
  readonly seed: number;
  readonly days?: number;
  /** Ends early once one of these is broken: for wrong versions. */
  readonly stopsAt?: readonly OracleName[];
};

const CREDENTIALS = 12;
/** Officers who decide together. The last are also on the panel. */
const HOUSES = [
  ['north-1', 'north-2'],
  ['south-1', 'south-2'],
  ['panel-2', 'north-2'],
] as const;
const DIGEST = 'd'.repeat(43);
const OFFICERS = COURT.map(({ id }) => id);
/** So long nobody files anything more, and every case has to end by itself. */
const QUIET_DAYS = 75;

/**
 * A network whose officers are late, silent, malicious and of two minds, as bare transitions of core: complaints about a few
 * credentials, holds, findings, appeals, outages that stop every clock, rules that change in the middle. In the end
 * everybody goes home, and every case has to come to its end alone.
 */
export function rehearseGovernance({ seed, days = 60, stopsAt = [] }: GovernanceRehearsal): RehearsalReport {
  const startedAt = performance.now();
  const world = new CourtWorld(seed);
  world.live(days, stopsAt);
  if (!world.isBroken(stopsAt)) world.goHome();
  const { oracles, verdicts, faults, trace, events, now } = world;
  return reportOf(
    { mode: 'governance', seed, events, startMs: START_MS, startedAt },
    { oracles, verdicts, faults, trace, now },
  );
}

class CourtWorld {
  readonly verdicts = new Tally();
  readonly faults = new Tally();
  events = 0;
  readonly #random: Random;
  readonly #log: CourtLog;
  readonly #bench: CourtBench;
  /** Approvals that were given once: the malicious try them again. */
  readonly #given: { readonly id: string; readonly act: Unsigned; readonly approvals: readonly string[] }[] = [];
  /** Findings that judges signed while a case was not answered yet. */
  readonly #early = new Map<string, { readonly act: Unsigned; readonly approvals: ReadonlyMap<string, string> }>();
  /** Who took a decision, by its entry. */
  readonly #deciders = new Map<number, readonly string[]>();
  #scheduled: { readonly index: number; readonly effectiveAt: number }[] = [];
  #opened = 0;

  constructor(seed: number) {
    this.#random = createRandom(seed, 'governance');
    this.#log = createCourtLog(this.#random);
    this.#bench = new CourtBench(this.#log, CREDENTIALS);
  }

  get oracles(): Oracles {
    return this.#bench.oracles;
  }

  get now(): number {
    return this.#log.state.time;
  }

  get trace(): string {
    return `${this.#log.state.position?.root} ${this.events}`;
  }

  isBroken(oracles: readonly OracleName[]): boolean {
    return oracles.some((oracle) => this.#bench.oracles.broken.has(oracle));
  }

  live(days: number, stopsAt: readonly OracleName[]): void {
    const end = START_MS + days * DAY_MS;
    while (this.now < end && !this.isBroken(stopsAt)) {
      for (let acts = this.#random.below(4); acts > 0; acts -= 1) this.#act();
      this.#pass();
    }
  }

  /** Nobody does anything any more, and the network is there: every case ends, and every credential is what was found. */
  goHome(): void {
    const end = this.now + QUIET_DAYS * DAY_MS;
    while (this.now < end) this.#epoch(this.now + 5 * HOUR_MS);
    for (const record of this.#log.state.docket.cases.values()) {
      this.#bench.expect('every-case-ends', !isOpenCase(record), () => `${record.id} is still ${record.stage}`);
    }
    for (let index = 0; index < CREDENTIALS; index += 1) {
      this.#bench.expect('every-emergency-ends', this.#bench.value(index) !== 2, () => `${index} is still suspended`);
    }
    this.#bench.foldAgain();
  }

  #pass(): void {
    const { chance, below } = this.#random;
    if (chance(0.02)) {
      this.faults.add('outage');
      this.#epoch(this.now + (6 + below(60)) * HOUR_MS);
    } else {
      this.#epoch(this.now + (1 + below(5)) * HOUR_MS);
    }
    if (chance(0.003)) this.#bench.foldAgain();
  }

  #epoch(time: number): void {
    const { state } = this.#log;
    const gap = time - this.now;
    const before = new Map(this.#bench.cases().map((record) => [record.id, record]));
    if (gap > COURT_CASES.outage.gapMs) this.#bench.giveBack(gap + COURT_CASES.outage.graceMs);
    const applied = this.#log.epoch(time);
    this.events += 1;
    this.#bench.expect('everybody-computes-the-same-case', applied.ok, () => 'the epoch was refused');
    for (const record of state.docket.cases.values()) this.#bench.judgeCase(record, before.get(record.id), gap);
    this.#bench.judgeSubjects();
    this.#bench.judgeByHand();
    for (let index = 0; index < CREDENTIALS; index += 1) this.#bench.judgeValue(index);
    this.#scheduled = this.#scheduled.filter(({ effectiveAt }) => effectiveAt > this.now);
  }

  #act(): void {
    this.events += 1;
    const { pick, below } = this.#random;
    const open = this.#bench.cases();
    const draw = below(100);
    if (draw < 12 || open.length === 0) this.#file();
    else if (draw < 22) this.#decide();
    else if (draw < 24) this.#amend();
    else if (draw < 30) this.#cheat(pick(open));
    else this.#attend(pick(open));
  }

  /** Many a step is left: silence is what most cases are made of, and most of all those in which somebody is held. */
  #attend(record: CaseRecord): void {
    if (this.#random.chance(record.hold === undefined ? 0.7 : 0.1)) this.#step(record);
  }

  #file(): void {
    const { pick, chance, below } = this.#random;
    const index = below(CREDENTIALS);
    const subject = `subject-${index}`.padEnd(43, '-');
    const entries = [...this.#deciders.keys()];
    const against = chance(0.4) && entries.length > 0 ? pick(entries) : undefined;
    const respondent = chance(0.5) ? 'civic' : undefined;
    const reason = chance(0.4)
      ? { class: 'stolen', remedy: 'revoke' as const }
      : { class: 'mistaken', remedy: pick(['revoke', 'lift'] as const) };
    this.#opened += 1;
    const id = `case-${this.#opened}`;
    const optional = {
      ...(respondent === undefined ? {} : { respondent }),
      ...(against === undefined ? {} : { against }),
    };
    const applied = this.#log.take(
      id,
      { act: 'open', about: 'credential', ...reason, subject, evidence: DIGEST, ...optional },
      [],
    );
    if (!applied.ok) {
      const open = this.#bench.cases().find((record) => record.subject === subject);
      if (open !== undefined) this.#log.take(open.id, { act: 'join', evidence: DIGEST }, []);
      return;
    }
    this.verdicts.add('opened');
    this.#bench.truths.set(
      id,
      this.#bench.newTruth(
        id,
        subject,
        (against === undefined ? undefined : this.#deciders.get(against)) ?? [],
        respondent,
      ),
    );
  }

  #target(record: CaseRecord): CaseTarget {
    const index = Number(record.subject.split('-')[1] ?? 0);
    if (record.target?.of === 'credential') return record.target;
    return { of: 'credential', list: COURT_LIST, index } as const;
  }

  #step(record: CaseRecord): void {
    const { pick, chance } = this.#random;
    const target = this.#target(record);
    const anyone = () => pick(OFFICERS);
    const asked = record.asked?.[0] ?? 'steward';
    switch (record.stage) {
      case 'filed':
        if (chance(0.3)) this.#signed(record, { act: 'hold', target }, [pick(['north-1', 'south-1', anyone()])]);
        else
          this.#signed(record, { act: 'triage', admit: chance(0.8), target }, [pick(['clerk-1', 'judge-3', anyone()])]);
        break;
      case 'triaged':
        if (chance(0.3)) this.#signed(record, { act: 'hold', target }, [pick(['north-2', 'south-2', anyone()])]);
        else this.#signed(record, { act: 'advance' }, [pick(['clerk-1', 'judge-3', 'steward', anyone()])]);
        break;
      case 'answer':
        if (chance(0.3)) this.#log.take(record.id, { act: 'extend' }, []);
        else this.#answer(record);
        break;
      case 'review':
        this.#tryEarly(record, asked);
        this.#signed(record, this.#finding(target), [pick([asked, asked, anyone()])]);
        break;
      case 'decided':
        if (chance(0.4)) this.#log.take(record.id, { act: 'appeal', evidence: DIGEST }, []);
        break;
      case 'appeal':
        this.#signed(
          record,
          this.#finding(target),
          chance(0.5) ? ['panel-1', 'panel-2'] : [anyone(), 'panel-1', 'judge-2'],
        );
        break;
      case 'final':
        break;
      default:
        record.stage satisfies never;
    }
  }

  #finding(target: CaseTarget): Unsigned {
    return { act: 'find', upheld: this.#random.chance(0.5), target, reasons: DIGEST };
  }

  #answer(record: CaseRecord): void {
    const act = { act: 'answer', evidence: DIGEST } as const;
    const finding = this.#finding(this.#target(record));
    const judges = COURT.filter(({ roles }) => roles.includes('judge')).map(({ id }) => id);
    const approvals = new Map(judges.map((id) => [id, this.#log.approve(record.id, finding, id)]));
    this.#early.set(record.id, { act: finding, approvals });
    const isParty = record.respondent === 'civic';
    this.#log.take(record.id, act, isParty ? [this.#log.approve(record.id, act, 'civic')] : []);
  }

  /** What a judge signed before the answer was in is no finding after it. */
  #tryEarly(record: CaseRecord, asked: string): void {
    const early = this.#early.get(record.id);
    const approval = early?.approvals.get(asked);
    this.#early.delete(record.id);
    if (early === undefined || approval === undefined) return;
    const { ok } = this.#log.take(record.id, early.act, [approval]);
    this.#bench.expect(
      'signatures-count-once-and-of-officers',
      !ok,
      () => `${asked} had found before ${record.id} was answered`,
    );
  }

  /** A step that these officers sign; what it leads to is held against who they really are. */
  #signed(record: CaseRecord, act: Unsigned, officers: readonly string[]): void {
    const approvals = officers.map((officer) => this.#log.approve(record.id, act, officer));
    const applied = this.#log.take(record.id, act, approvals);
    if (!applied.ok) {
      this.verdicts.add(applied.why);
      return;
    }
    this.verdicts.add(act.act);
    this.#given.push({ id: record.id, act, approvals });
    if (this.#given.length > 50) this.#given.shift();
    this.#bench.judgeStep(record, act, officers);
  }

  /** The malicious: old approvals again, one officer twice, the key that opens doors, nobody at all. */
  #cheat(record: CaseRecord): void {
    const { pick, below } = this.#random;
    this.faults.add('cheat');
    const target = this.#target(record);
    const act =
      record.stage === 'appeal' || record.stage === 'review'
        ? this.#finding(target)
        : ({ act: 'hold', target } as const);
    const tries: (() =>
      | { readonly act: Unsigned; readonly id: string; readonly approvals: readonly string[] }
      | undefined)[] = [
      () => (this.#given.length === 0 ? undefined : pick(this.#given)),
      () => ({
        act,
        id: record.id,
        approvals: ['admin', 'admin'].map((officer) => this.#log.approve(record.id, act, officer)),
      }),
      () => {
        if (record.stage !== 'appeal') return undefined;
        const one = this.#log.approve(record.id, act, 'panel-1');
        return { act, id: record.id, approvals: [one, one, this.#log.approve(record.id, act, 'panel-1')] };
      },
    ];
    const tried = tries[below(tries.length)]?.();
    if (tried === undefined) return;
    const { ok } = this.#log.take(tried.id, tried.act, tried.approvals);
    this.#bench.expect('signatures-count-once-and-of-officers', !ok, () => `${tried.act.act} in ${tried.id}`);
  }

  #decide(): void {
    const { pick, chance, below } = this.#random;
    const contested = chance(0.4) ? this.#bench.freshlySuspended() : undefined;
    const index = contested ?? below(CREDENTIALS);
    const house = pick(HOUSES);
    const power = contested === undefined ? pick(['suspend', 'suspend', 'lift', 'revoke'] as const) : 'lift';
    const officers = power === 'suspend' ? [house[0] ?? ''] : house;
    const until = power === 'suspend' ? this.now + (1 + below(9)) * DAY_MS : undefined;
    const later = this.#scheduled[0];
    const isEarly = later !== undefined && chance(0.3);
    const before = this.#bench.value(index);
    const held = this.#log.state.docket.held.has(`${COURT_LIST} ${index}`);
    const options = { ...(until === undefined ? {} : { until }), ...(isEarly ? { rulebook: later.index } : {}) };
    const { decision, status } = this.#log.change(power, index, officers, options);
    // What officers open by contradicting each other is under the rules of that moment.
    for (const record of this.#bench.cases()) this.#bench.truthOf(record);
    if (isEarly) {
      this.#bench.expect(
        'rules-of-its-day',
        !decision.ok,
        () => `decided under the rulebook of tomorrow, #${later.index}`,
      );
      return;
    }
    if (!decision.ok) return;
    this.#deciders.set(decision.index, officers);
    if (status.ok) this.#bench.judgeDecision({ power, index, officers, until, before, held });
  }

  #amend(): void {
    const { chance, below } = this.#random;
    const { state } = this.#log;
    const current = state.rulebook?.body ?? this.#log.rulebook;
    const isHasty = chance(0.3);
    const effectiveAt = this.now + (isHasty ? HOUR_MS : (3 + below(4)) * DAY_MS + HOUR_MS);
    const rules = current.cases ?? COURT_CASES;
    const body = { ...current, title: `Rules ${below(1000)}`, cases: { ...rules, maxOpen: 20 + below(30) } };
    const applied = this.#log.amend({ ...body, notice: { ...body.notice, amendMs: 3 * DAY_MS } }, effectiveAt, [
      'north-1',
      'south-1',
    ]);
    if (isHasty)
      this.#bench.expect('notice-is-waited-out', !applied.ok, () => 'a rulebook came into force without notice');
    else if (applied.ok) this.#scheduled.push({ index: applied.index, effectiveAt });
    this.faults.add('amendment');
  }
}
