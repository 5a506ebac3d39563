import {
  type Application,
  bindingDigest,
  type Credential,
  type NetworkState,
  type Party,
  type Program,
  type ProgramRecord,
  qualify,
  qualifyUnder,
  type RulesUnder,
  type Verdict,
  versionsFor,
} from '@holdfast/core';
import type { Oracles } from '../oracles.ts';
import type { Random } from '../random.ts';
import { DAY_MS, type Desk, ISSUER, type Key } from './powers-signing.ts';

const ORGANISER = 'http://powers.test/programs';
const LEVELS = ['low', 'substantial', 'high'] as const;
/** Applications that are looked at again after every epoch. */
const MAX_PROMISES = 30;

/** Rules, and whom they admit: computed here without CEL, which the laws do not rely on. Each is within the next. */
const RULES: readonly { readonly text: string; readonly admits: (age: number) => boolean }[] = [
  { text: 'claims.age > 60', admits: (age) => age > 60 },
  { text: 'claims.age > 60 || (claims.age < 18)', admits: (age) => age > 60 || age < 18 },
  { text: 'true', admits: () => true },
];

/** What somebody was promised when they applied, kept by rules of our own. */
type Promised = {
  readonly id: string;
  readonly digest: string;
  readonly age: number;
  readonly level: number;
  readonly program: Program;
};
type Announced = { readonly at: number; readonly waitMs: number; readonly entry: number; readonly isWorse: boolean };
type Log = {
  readonly state: NetworkState;
  readonly append: (entry: string, digest?: string) => boolean;
  readonly signers: () => Key[];
};

/**
 * One program after another whose rules officers change as they like, in anything and at any time, while people apply. What
 * was promised to whoever met the conditions is held against what the product makes of it; so is when each change begins.
 */
export class Revising {
  readonly #desk: Desk;
  readonly #random: Random;
  readonly #oracles: Oracles;
  readonly #promised: Promised[] = [];
  readonly #announced = new Map<string, Announced>();
  readonly #cancelled = new Set<number>();
  #current = 'none';
  #seen = '';
  #count = 0;

  constructor(desk: Desk, random: Random, oracles: Oracles) {
    this.#desk = desk;
    this.#random = random;
    this.#oracles = oracles;
  }

  organiser(): Party {
    const keys = [{ use: 'statement' as const, key: this.#desk.newKey() }];
    return { id: ORGANISER, kind: 'distributor', keys, accreditations: [] };
  }

  act(log: Log): void {
    const record = log.state.programs.get(this.#current);
    if (record === undefined || log.state.time >= record.program.window.closesAt) {
      this.#release(log);
      return;
    }
    const { chance, below } = this.#random;
    if (chance(0.4) && this.#promised.length < MAX_PROMISES) {
      const { digest, program } = record;
      this.#promised.push({ id: program.id, digest, program, age: below(90), level: below(3) });
    }
    if (record.revision === undefined || chance(0.1)) this.#revise(log, record);
    if (record.revision !== undefined && chance(0.04)) this.#cancel(log, record.revision.entry);
  }

  #release({ state, append }: Log): void {
    this.#count += 1;
    const program = programOf(`relief-${this.#count}`, state.time);
    this.#promised.length = 0;
    const digest = bindingDigest(program);
    this.#carry({ state, append }, 'release', { program: digest }, { type: 'program', v: 1, program });
    if (!state.programs.has(program.id)) return;
    this.#current = program.id;
    this.#seen = digest;
  }

  #carry(
    { state, append }: Pick<Log, 'state' | 'append'>,
    power: 'release' | 'revise' | 'cancel',
    parameters: Readonly<Record<string, string | number>>,
    body: object,
    by: readonly Key[] = this.#desk.officers.slice(0, 2),
  ): boolean {
    const terms = { power, parameters, rulebook: state.rulebook?.index ?? 0 };
    const { digest, entry } = this.#desk.decision(state, terms, by);
    return append(entry, digest) && append(this.#desk.sign('governor', { ...body, decision: digest }));
  }

  /** As soon as they can or sooner, and of the version in force or of another. */
  #revise(log: Log, record: ProgramRecord): void {
    const { state } = log;
    const { favourableMs = 0, adverseMs = 0 } = state.rulebook?.body.notice.programs ?? {};
    const waits = [0, favourableMs, favourableMs, adverseMs, adverseMs];
    const effectiveAt = state.time + this.#random.pick(waits);
    const program = { ...record.program, ...this.#change(record.program) };
    const digest = bindingDigest(program);
    const replaces = this.#random.chance(0.9) ? record.digest : 'o'.repeat(43);
    const entry = state.tree.size + 1;
    const at = state.time;
    const body = { type: 'program', v: 1, program, effectiveAt };
    if (!this.#carry(log, 'revise', { program: digest, replaces, effectiveAt }, body, log.signers())) return;
    const isWorse = isWorseFor(record.program, program);
    this.#announced.set(digest, { at, entry, isWorse, waitMs: isWorse ? adverseMs : favourableMs });
  }

  #change(program: Program): Partial<Program> {
    const { pick, below, chance } = this.#random;
    const kinds: readonly (() => Partial<Program>)[] = [
      () => ({ allocation: { mode: 'sealed', rule: 'equal-capped', cap: `${50 + 50 * below(4)}` } }),
      () => ({ assurance: pick(LEVELS) }),
      () => ({ eligibility: pick(RULES).text }),
      () => ({ window: { ...program.window, closesAt: program.window.closesAt + (below(5) - 2) * DAY_MS } }),
      () => ({ budget: `${1000 + 500 * below(4)}` }),
      () => ({ appealMs: below(3) * DAY_MS }),
      () => ({ destinations: chance(0.5) ? ['internal'] : ['internal', 'iban'] }),
      () => ({ title: `Relief ${below(9)}` }),
    ];
    return { ...pick(kinds)(), ...(chance(0.3) ? pick(kinds)() : {}) };
  }

  #cancel(log: Log, amendment: number): void {
    const body = { type: 'cancellation', v: 1, amendment };
    if (this.#carry(log, 'cancel', { amendment }, body)) this.#cancelled.add(amendment);
  }

  lookAtEpoch({ programs, time }: NetworkState): void {
    const record = programs.get(this.#current);
    if (record === undefined) return;
    if (record.digest !== this.#seen) this.#lookAtChange(record, time);
    this.#seen = record.digest;
    for (const promised of this.#promised) this.#lookAtPromise(record, promised, time);
  }

  #lookAtChange({ digest, program }: ProgramRecord, time: number): void {
    const said = this.#announced.get(digest);
    const isDue = said !== undefined && time >= said.at + said.waitMs && !this.#cancelled.has(said.entry);
    const what = () => `${program.id} changed at ${time}, announced at ${said?.at}, to wait ${said?.waitMs}`;
    this.#oracles.expect('no-adverse-change-before-its-notice', isDue, time, what);
  }

  /** Everybody who met the conditions is admitted, for no less than they were promised, and finds no less in the budget. */
  #lookAtPromise(record: ProgramRecord, promised: Promised, time: number): void {
    const { program, age, level } = promised;
    if (!meets(program, age, level)) return;
    const [own, ...later] = (versionsFor(record, promised.digest) ?? []).map((version) => rulesOf(version.program));
    const outcome = own && qualifyUnder([own, ...later], askedBy(promised), qualify);
    const got = outcome?.ok === true ? BigInt(outcome.qualification.want ?? 0) : -1n;
    const isKept =
      got >= capOf(program) &&
      BigInt(record.program.budget) >= BigInt(program.budget) &&
      record.program.appealMs >= program.appealMs;
    const what = () => `${promised.id}: ${got} instead of ${capOf(program)}, of ${record.program.budget}`;
    this.#oracles.expect('nobody-loses-by-a-revision', isKept, time, what);
  }
}

function programOf(id: string, time: number): Program {
  return {
    ...{ v: 1, id, title: 'Relief', organiser: ORGANISER, asset: { code: 'EUR', decimals: 2 }, budget: '2000' },
    ...{ window: { opensAt: time, closesAt: time + 30 * DAY_MS }, maxApplications: 100, intakeWithinMs: 60_000 },
    ...{ query: {}, eligibility: RULES[1]?.text ?? 'true', assurance: 'substantial' },
    uniqueness: { claim: ['person'], issuers: [ISSUER], key: 'k'.repeat(43) },
    allocation: { mode: 'sealed', rule: 'equal-capped', cap: '100' },
    ...{ issuerCaps: [], destinations: ['internal', 'iban'], publication: 'commitments', appealMs: DAY_MS },
    ...{ confirm: { withinMs: DAY_MS, otherwise: 'return' }, reserveMax: '9999', returned: 'budget' },
    ...{ lossBorneBy: 'organiser', renounced: [] },
  };
}

function admitsOf({ eligibility }: Program): (age: number) => boolean {
  return RULES.find(({ text }) => text === eligibility)?.admits ?? (() => false);
}

function meets(program: Program, age: number, level: number): boolean {
  return admitsOf(program)(age) && level >= LEVELS.indexOf(program.assurance);
}

function capOf({ allocation }: Program): bigint {
  return 'cap' in allocation ? BigInt(allocation.cap ?? 0) : 0n;
}

/** Whether anybody of any age and level has less by it, or has to wait or hurry. */
function isWorseFor(before: Program, after: Program): boolean {
  const people = Array.from({ length: 90 }, (_, age) => age);
  const isOut = LEVELS.some((_, level) => people.some((age) => meets(before, age, level) && !meets(after, age, level)));
  const isFewer = before.destinations.some((kind) => !after.destinations.includes(kind));
  return isOut || isFewer || capOf(after) < capOf(before) || before.window.closesAt !== after.window.closesAt;
}

function rulesOf(program: Program): RulesUnder {
  const admits = admitsOf(program);
  return { program, rules: { eligibility: ({ claims }) => ({ ok: true, value: admits(Number(claims.age)) }) } };
}

function askedBy({ age, level, digest }: Promised) {
  const passed = ['issuer-signature', 'holder-binding', 'issuer-trust'].map((name) => ({ name, result: 'passed' }));
  const issuer = { id: ISSUER, assurance: LEVELS[level] };
  const application: Application = {
    ...{ v: 1, program: digest, destination: { kind: 'internal', account: 'a' }, salt: 's'.repeat(22) },
  };
  return {
    application,
    credential: { claims: { person: 'p', age }, vct: 'residence' } as unknown as Credential,
    verdict: { outcome: 'valid', reasons: [], checks: passed, issuer } as unknown as Verdict,
    at: 0,
    nullifierOf: () => 'one',
  };
}
