import { type Program, parseAcknowledgement } from '@holdfast/core';
import type { Money } from '../money/money.ts';
import type { World } from '../world.ts';
import type { Coming } from './arriving.ts';
import { findWrongPayments, WRONGS, type Wrong, type WrongPayment } from './losses.ts';
import type { CoursePoint, MoneyCourse } from './money-course.ts';

export type Spread = { readonly p50: number; readonly p99: number; readonly longest: number };

/** People who were paid wrongly, one way; amounts in minor units as decimal digits. */
export type WrongFigure = {
  readonly people: number;
  readonly amount: string;
  /** Who bears how much by the rulebook. */
  readonly borneBy: Readonly<Record<string, string>>;
};

/** What became of one program in one world. Amounts are minor units as decimal digits, times milliseconds. */
export type ScenarioFigures = {
  readonly applied: number;
  readonly acknowledged: number;
  readonly admitted: number;
  /** By codes of spec/reasons.json and spec/problems.json. */
  readonly refused: Readonly<Record<string, number>>;
  /** Sent, and neither accepted nor refused when all was over. */
  readonly unanswered: number;
  readonly paid: { readonly people: number; readonly amount: string };
  /** Set aside and gone back to the program. */
  readonly returned: { readonly people: number; readonly amount: string };
  /** Neither paid nor gone back when all was over. */
  readonly open: { readonly people: number; readonly amount: string };
  /** Until the money was there: of a sealed program from the window's close, of an instant one from each application. */
  readonly paidAfterMs?: Spread;
  readonly reserved: { readonly mostAtOnce: string; readonly forMs?: Spread };
  readonly wrong: Readonly<Partial<Record<Wrong, WrongFigure>>>;
  /** What people at the desk did. */
  readonly hands: {
    /** Credentials that were revoked, and payments that somebody had to find out about and decide. */
    readonly revocations: number;
    readonly payments: number;
    readonly signatures: number;
  };
  readonly promises: {
    /** People whose application stood in the log later than they were told. */
    readonly lateIntake: number;
    /** People who were confirmed later than the program says, or not at all. */
    readonly unconfirmed: number;
    readonly unanswered: number;
  };
  /** How long from the opening until everything was over. */
  readonly tookMs: number;
  /** Laws that were broken, with the first violations. */
  readonly broken: readonly string[];
  readonly violations: readonly string[];
  /** Since the opening: how many have their money, and how much is set aside. */
  readonly course: readonly { readonly ms: number; readonly arrived: number; readonly reserved: string }[];
};

export type Ended = {
  readonly world: World;
  readonly money: Money;
  readonly program: Program;
  readonly coming: readonly Coming[];
  readonly course: MoneyCourse;
  /** Unix milliseconds. */
  readonly overAt: number;
  /** Time of the epoch under which the intake was in the log; undefined when it never was. */
  readonly intakeAt: number | undefined;
};

export async function readFigures(ended: Ended): Promise<ScenarioFigures> {
  const { world, money, program, coming, course, overAt } = ended;
  const refused = new Map<string, number>();
  const sums = { admitted: 0, paid: sum(), returned: sum(), open: sum() };
  const count = (code: string) => refused.set(code, (refused.get(code) ?? 0) + 1);
  for (const { sent } of coming) {
    const kept = await money.distributor.store.read(program.id, sent.digest);
    if (sent.refused !== undefined && kept === undefined) count(sent.refused);
    if (kept?.judgement !== undefined && 'refused' in kept.judgement) count(kept.judgement.refused);
    if (kept?.admitted === true) sums.admitted += 1;
    const { state, amount = 0n } = kept?.payment ?? {};
    if (state === undefined) continue;
    const isThere = course.times.get(sent.digest)?.arrivedAt !== undefined;
    add(state === 'voided' ? sums.returned : isThere ? sums.paid : sums.open, amount);
  }
  const acknowledged = coming.filter(({ sent }) => sent.acknowledgement !== undefined).length;
  const unanswered = coming.filter(
    ({ sent }) => sent.acknowledgement === undefined && sent.refused === undefined,
  ).length;
  const paidAfterMs = spreadOf(paidAfter(ended));
  const forMs = spreadOf(reservedFor(course));
  const most = course.points.reduce((largest, { reserved }) => (reserved > largest ? reserved : largest), 0n);
  const { oracles, desk } = world;
  return {
    ...{ applied: coming.length, acknowledged, admitted: sums.admitted, unanswered },
    refused: Object.fromEntries([...refused].sort(([a], [b]) => (a < b ? -1 : 1))),
    ...{ paid: said(sums.paid), returned: said(sums.returned), open: said(sums.open) },
    ...(paidAfterMs === undefined ? {} : { paidAfterMs }),
    reserved: { mostAtOnce: `${most}`, ...(forMs === undefined ? {} : { forMs }) },
    wrong: wrongFigures(await findWrongPayments(world, money, coming, course)),
    hands: {
      revocations: desk.authorised.length,
      payments: money.acts.length,
      signatures: [...desk.approvals.values()].reduce((all, signed) => all + signed, 0),
    },
    promises: { lateIntake: lateIntake(ended), unconfirmed: unconfirmed(ended), unanswered },
    tookMs: overAt - program.window.opensAt,
    broken: [...oracles.broken],
    violations: oracles.violations.slice(0, 20).map(({ oracle, what }) => `${oracle}: ${what}`),
    course: course.points.map((point) => pointOf(point, program)),
  };
}

type Sum = { people: number; amount: bigint };

function sum(): Sum {
  return { people: 0, amount: 0n };
}

function add(into: Sum, amount: bigint): void {
  into.people += 1;
  into.amount += amount;
}

function said({ people, amount }: Sum): { readonly people: number; readonly amount: string } {
  return { people, amount: `${amount}` };
}

function pointOf({ at, arrived, reserved }: CoursePoint, { window }: Program) {
  return { ms: at - window.opensAt, arrived, reserved: `${reserved}` };
}

function paidAfter({ coming, course, program }: Ended): number[] {
  const isSealed = program.allocation.mode === 'sealed';
  return coming.flatMap(({ sent }) => {
    const arrivedAt = course.times.get(sent.digest)?.arrivedAt;
    return arrivedAt === undefined ? [] : [arrivedAt - (isSealed ? program.window.closesAt : sent.at)];
  });
}

function reservedFor({ times }: MoneyCourse): number[] {
  return [...times.values()].flatMap(({ reservedAt, postedAt, voidedAt }) => {
    const end = postedAt ?? voidedAt;
    return reservedAt === undefined || end === undefined ? [] : [end - reservedAt];
  });
}

/** By the nearest rank; undefined of nothing. */
function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (part: number) => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
  return { p50: rank(0.5), p99: rank(0.99), longest: rank(1) };
}

function wrongFigures(found: readonly WrongPayment[]): ScenarioFigures['wrong'] {
  return Object.fromEntries(
    WRONGS.flatMap((wrong) => {
      const some = found.filter((one) => one.wrong === wrong);
      if (some.length === 0) return [];
      const total = (of: readonly WrongPayment[]) => `${of.reduce((all, { amount }) => all + amount, 0n)}`;
      const bearers = [...new Set(some.map(({ bearer }) => bearer))].sort();
      const borneBy = Object.fromEntries(
        bearers.map((bearer) => [bearer, total(some.filter((one) => one.bearer === bearer))]),
      );
      return [[wrong, { people: some.length, amount: total(some), borneBy }] as const];
    }),
  );
}

function lateIntake({ coming, intakeAt }: Ended): number {
  return coming.filter(({ sent: { acknowledgement } }) => {
    if (acknowledgement === undefined) return false;
    return (intakeAt ?? Number.POSITIVE_INFINITY) > parseAcknowledgement(acknowledgement).acknowledgement.intakeBy;
  }).length;
}

function unconfirmed({ course, program }: Ended): number {
  const { withinMs } = program.confirm;
  return [...course.times.values()].filter(({ reservedAt, postedAt, voidedAt }) => {
    return reservedAt !== undefined && (postedAt ?? voidedAt ?? Number.POSITIVE_INFINITY) - reservedAt > withinMs;
  }).length;
}
