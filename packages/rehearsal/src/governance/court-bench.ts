import {
  apply,
  type CaseRecord,
  copyNetworkState,
  createNetworkState,
  isOpenCase,
  latestEnd,
  ownerOfCase,
  statementChecks,
  wordsOfOwner,
} from '@holdfast/core';
import { type OracleName, Oracles } from '../oracles.ts';
import { COURT_LIST, type CourtLog, type Unsigned } from './court-log.ts';
import { COURT, COURT_CASES, DAY_MS } from './court-rules.ts';
import { type CaseTruth, holdEnd, isHeld, isOverdue, mayJudge } from './court-truth.ts';

/** By whose decisions a credential may be what it is. */
type Decided = {
  readonly revoked: boolean;
  readonly suspendedUntil: number;
  readonly suspendedBy: readonly string[];
  readonly suspendedAt: number;
};

/** Holds everything that a rehearsed court does against what really happened, by rules of its own. */
export class CourtBench {
  /** Nobody is shown a credential here: what is judged is who decides. */
  readonly oracles = new Oracles({ outcomeAt: () => 'unknown' });
  readonly truths = new Map<string, CaseTruth>();
  readonly decided = new Map<number, Decided>();
  readonly #log: CourtLog;
  readonly #values: Uint8Array;

  constructor(log: CourtLog, credentials: number) {
    this.#log = log;
    this.#values = new Uint8Array(credentials);
  }

  get now(): number {
    return this.#log.state.time;
  }

  expect(oracle: OracleName, holds: boolean, what: () => string): void {
    this.oracles.expect(oracle, holds, this.now, what);
  }

  value(index: number): number {
    return this.#log.state.lists.get(COURT_LIST)?.values[index] ?? 0;
  }

  cases(): CaseRecord[] {
    return [...this.#log.state.docket.cases.values()].filter(isOpenCase);
  }

  giveBack(ms: number): void {
    for (const truth of this.truths.values()) {
      truth.given += ms;
      if (truth.heldAt !== undefined) truth.heldGiven += ms;
    }
  }

  judgeCase(record: CaseRecord, before: CaseRecord | undefined, gap: number): void {
    const truth = this.truthOf(record);
    const { finding } = record;
    if (finding?.by === 'silence') {
      const isAllowed = !finding.upheld || truth.vouched;
      this.expect('silence-takes-nothing-unvouched', isAllowed, () => `${record.id} was upheld by nobody`);
    }
    if (!isOpenCase(record)) return;
    const owner = wordsOfOwner(ownerOfCase(record));
    const isKept = owner !== '' && record.dueAt > this.now && latestEnd(record) >= record.dueAt;
    this.expect('every-case-has-owner-and-due', isKept, () => `${record.id}: ${owner} until ${record.dueAt}`);
    this.expect('every-case-ends', !isOverdue(truth, this.now), () => `${record.id} opened at ${record.openedAt}`);
    this.expect('rules-of-its-day', record.rulebook === truth.rulebook, () => `${record.id} under ${record.rulebook}`);
    if (before === undefined || gap <= COURT_CASES.outage.gapMs) return;
    // Nobody can act while the network is away: what was due then is not due before it is back and the grace is over.
    const isGiven = record.stage === before.stage && record.dueAt >= this.now + COURT_CASES.outage.graceMs;
    this.expect('outages-give-time-back', isGiven, () => `${record.id}: ${before.stage} to ${record.stage}`);
  }

  truthOf(record: CaseRecord): CaseTruth {
    const known = this.truths.get(record.id);
    if (known !== undefined) return known;
    // Opened by officers contradicting each other: they are all out.
    const truth = this.newTruth(record.id, record.subject, record.conflicted, undefined);
    this.truths.set(record.id, { ...truth, vouched: true });
    return { ...truth, vouched: true };
  }

  newTruth(id: string, subject: string, complainedOf: readonly string[], respondent: string | undefined): CaseTruth {
    const rulebook = this.#log.state.rulebook?.index ?? 0;
    const clocks = { openedAt: this.now, given: 0, heldAt: undefined, heldGiven: 0 };
    return { id, subject, rulebook, complainedOf, respondent, tookPart: new Set(), vouched: false, ...clocks };
  }

  judgeSubjects(): void {
    const subjects = this.cases().map(({ subject }) => subject);
    this.expect('one-open-case-about-one-thing', new Set(subjects).size === subjects.length, () => subjects.join(' '));
  }

  /** No program decides anything here: whatever roles file is all that is decided, so enough of it is too much. */
  judgeByHand(): void {
    const { manual } = COURT_CASES;
    const { cases, incidents } = this.#log.state.docket;
    const from = this.now - manual.windowMs;
    const byHand = [...cases.values()].filter((one) => one.class === manual.class && one.openedAt >= from).length;
    if (byHand < (manual.least ?? 1)) return;
    const told = [...incidents.values()].filter(({ id }) => id.startsWith('manual rate '));
    const isOne = told.filter(({ closedAt }) => closedAt === undefined).length === 1;
    const isOwned = told.every(({ owner, fullDueAt, at }) => owner === 'steward' && fullDueAt > at);
    this.expect('too-much-by-hand-is-told', isOne && isOwned, () => `${byHand} by hand, ${told.length} told`);
  }

  /** Every value has somebody who stands for it: officers by a decision, or a case that has come that far. */
  judgeValue(index: number): void {
    const value = this.value(index);
    const was = this.#values[index] ?? 0;
    this.#values[index] = value;
    const known = this.decided.get(index);
    const records = [...this.#log.state.docket.cases.values()].filter(
      ({ target }) => target?.of === 'credential' && target.index === index,
    );
    if (value === 1 && was !== 1) {
      const isFound = records.some(
        (record) => !isOpenCase(record) && record.finding?.upheld === true && record.remedy === 'revoke',
      );
      this.expect(
        'no-change-without-authority',
        known?.revoked === true || isFound,
        () => `${index} was revoked by nobody`,
      );
    }
    if (value === 2) {
      const isDecided = known !== undefined && known.suspendedUntil > this.now;
      const isFound = records.some((record) => record.finding?.upheld === true && record.remedy === 'revoke');
      const holds = records.flatMap((record) => this.truths.get(record.id) ?? []).filter(isHeld);
      const isHeldNow = holds.length > 0;
      this.expect(
        'no-change-without-authority',
        isDecided || isFound || isHeldNow,
        () => `${index} is suspended by nobody`,
      );
      const isBounded = isDecided || isFound || holds.some((truth) => this.now <= holdEnd(truth));
      this.expect('every-emergency-ends', isBounded, () => `${index} is held beyond its time`);
    }
    if (was === 1) this.expect('no-change-without-authority', value === 1, () => `${index} came back`);
  }

  /** From the first entry on, and from a copy half-way: whoever folds the log has the same cases. */
  foldAgain(): void {
    const { parses, signatures, state } = this.#log;
    let again = createNetworkState();
    for (const [place, parse] of parses.entries()) {
      apply(
        again,
        parse,
        statementChecks(again, parse).map((check) => signatures.verifySync(check)),
      );
      if (place === Math.floor(parses.length / 2)) again = copyNetworkState(again);
    }
    const cases = (folded: typeof state) =>
      JSON.stringify([...folded.docket.cases.values()].sort((a, b) => (a.id < b.id ? -1 : 1)));
    this.expect('everybody-computes-the-same-case', cases(again) === cases(state), () => 'a second fold differs');
  }

  judgeStep(record: CaseRecord, act: Unsigned, officers: readonly string[]): void {
    const truth = this.truthOf(record);
    if (act.act === 'find') {
      const may = mayJudge(truth, record, officers);
      this.expect(
        'nobody-judges-their-own-act',
        may,
        () => `${officers.join(', ')} found in ${record.id}, ${record.stage}`,
      );
    }
    if (act.act === 'triage') truth.vouched = truth.vouched || act.admit;
    if (act.act === 'hold') {
      truth.heldAt = this.now;
      truth.heldGiven = 0;
    }
    // Those who can have taken part: the rehearsal keeps out every officer with a role for the step, as the rules do.
    const roles =
      act.act === 'hold' ? ['keeper'] : act.act === 'find' ? ['judge', 'panel', 'steward'] : ['clerk', 'steward'];
    for (const officer of officers) {
      const known = COURT.find(({ id }) => id === officer);
      if (known?.roles.some((role) => roles.includes(role))) truth.tookPart.add(officer);
    }
  }

  /** A credential that one house has suspended not long ago: the other one may be of another mind. */
  freshlySuspended(): number | undefined {
    const fresh = [...this.decided].filter(([, { suspendedAt }]) => this.now - suspendedAt <= DAY_MS);
    return fresh.at(-1)?.[0];
  }

  judgeDecision(of: {
    readonly power: 'suspend' | 'lift' | 'revoke';
    readonly index: number;
    readonly officers: readonly string[];
    readonly until: number | undefined;
    readonly before: number;
    readonly held: boolean;
  }): void {
    const { power, index, officers, until, before, held } = of;
    const known = this.decided.get(index) ?? { revoked: false, suspendedUntil: 0, suspendedBy: [], suspendedAt: 0 };
    if (power === 'revoke') this.decided.set(index, { ...known, revoked: true });
    if (power === 'suspend') {
      const latest = Math.max(known.suspendedUntil, until ?? 0);
      this.decided.set(index, { ...known, suspendedUntil: latest, suspendedBy: officers, suspendedAt: this.now });
    }
    if (power !== 'lift' || before !== 2) return;
    const isOwn = known.suspendedBy.some((officer) => officers.includes(officer));
    const isFresh =
      known.suspendedUntil > this.now && this.now <= known.suspendedAt + (COURT_CASES.contradiction?.withinMs ?? 0);
    if (!held && isFresh && !isOwn) {
      this.expect(
        'the-more-protective-stands',
        this.value(index) === 2,
        () => `${officers.join(', ')} lifted ${index}`,
      );
    } else if (this.value(index) === 0) {
      this.decided.set(index, { ...known, suspendedUntil: 0 });
    }
  }
}
