import {
  attributeLoss,
  type DecidingEntry,
  findDecidingEntry,
  type Loss,
  parseVerdictEnvelope,
  type Verdict,
} from '@holdfast/core';
import type { KeptApplication } from '@holdfast/server/roles';
import type { Money } from '../money/money.ts';
import type { World } from '../world.ts';
import type { Coming } from './arriving.ts';
import type { MoneyCourse } from './money-course.ts';

/** Why money should not have gone, or would not go again. The first that applies. */
export const WRONGS = ['to-nobody', 'twice-to-one-person', 'revoked-by-then', 'unconfirmed', 'revoked-later'] as const;
export type Wrong = (typeof WRONGS)[number];

/** One payment that was wrong, or turned out to be. `bearer` by the rulebook, as if whatever nobody reported were reported at the end. */
export type WrongPayment = {
  readonly wrong: Wrong;
  readonly amount: bigint;
  readonly issuer: string;
  readonly bearer: Loss['bearer'];
  readonly kind: Loss['kind'];
};

type Paid = {
  readonly one: Coming;
  readonly kept: KeptApplication;
  readonly amount: bigint;
  readonly postedAt: number;
};

/** Everything that was paid and should not have been, from the stores and the log. */
export async function findWrongPayments(
  world: World,
  money: Money,
  coming: readonly Coming[],
  course: MoneyCourse,
): Promise<WrongPayment[]> {
  const paid = await readPaid(money, coming, course);
  const seen = new Set<number>();
  const found: WrongPayment[] = [];
  for (const one of paid) {
    const { applicant } = one.one;
    const isFirst = applicant.human !== undefined && !seen.has(applicant.human);
    if (applicant.human !== undefined) seen.add(applicant.human);
    const deciding = decidingOf(world, one);
    const { verdict, isConfirmed } = await verdictOf(money, one);
    const wrong = wrongOf(one, { isFirst, isConfirmed, deciding });
    if (wrong === undefined || verdict === undefined) continue;
    const { bearer, kind } = attribute(world, one, { verdict, deciding: deciding ?? reportedAtTheEnd(world, wrong) });
    found.push({ wrong, amount: one.amount, issuer: applicant.issuer, bearer, kind });
  }
  return found;
}

async function readPaid({ distributor }: Money, coming: readonly Coming[], { times }: MoneyCourse): Promise<Paid[]> {
  const paid: Paid[] = [];
  for (const one of coming) {
    const { program, digest } = one.sent;
    const kept = await distributor.store.read(program.id, digest);
    const postedAt = times.get(digest)?.postedAt;
    const payment = kept?.payment;
    if (kept === undefined || postedAt === undefined || payment === undefined || payment.amount === 0n) continue;
    if (payment.state === 'posted' || payment.state === 'carried')
      paid.push({ one, kept, amount: payment.amount, postedAt });
  }
  // Whoever somebody really is gets it with the first of their credentials: the others are too many.
  return paid.sort((a, b) => Number(a.one.applicant.isExtra) - Number(b.one.applicant.isExtra));
}

type Known = { readonly isFirst: boolean; readonly isConfirmed: boolean; readonly deciding: DecidingEntry | undefined };

function wrongOf({ one: { applicant }, postedAt }: Paid, { isFirst, isConfirmed, deciding }: Known): Wrong | undefined {
  if (applicant.human === undefined) return 'to-nobody';
  if (!isFirst) return 'twice-to-one-person';
  if (deciding !== undefined && deciding.effectiveAt < postedAt - LOOK_MS) return 'revoked-by-then';
  if (!isConfirmed) return 'unconfirmed';
  return deciding === undefined ? undefined : 'revoked-later';
}

/** What only the rehearsal knows of is taken as reported when all is over; that nobody confirmed something is no report. */
function reportedAtTheEnd({ scheduler }: World, wrong: Wrong): DecidingEntry | undefined {
  if (wrong === 'unconfirmed') return undefined;
  return { entry: Number.MAX_SAFE_INTEGER, effectiveAt: scheduler.now, decisions: [] };
}

/** When something was posted is known to a look and a step: what took effect within it came after. */
const LOOK_MS = 5000;

function decidingOf({ governor, truth, place }: World, { one: { applicant } }: Paid): DecidingEntry | undefined {
  const { holder } = applicant;
  const state = governor().follower?.state;
  const subject = { list: holder.list ?? place.list, index: holder.index };
  return state && findDecidingEntry(state, subject, (index) => truth.entries[index]);
}

/** The verdict that let the money go, else the one on which it was set aside. */
async function verdictOf(
  { north }: Money,
  { kept }: Paid,
): Promise<{ readonly verdict: Verdict | undefined; readonly isConfirmed: boolean }> {
  const id = kept.judgement?.verdict ?? '';
  const confirmed = north.confirming
    .get(id)
    ?.find(({ outcome, allows }) => outcome === 'valid' && allows.effect === 'final');
  if (confirmed !== undefined) return { verdict: confirmed, isConfirmed: true };
  const record = await north.verdicts.read(id);
  return { verdict: record && parseVerdictEnvelope(record.signed).envelope.verdict, isConfirmed: false };
}

function attribute(
  { governor }: World,
  { amount, postedAt, one }: Paid,
  { verdict, deciding }: { readonly verdict: Verdict; readonly deciding: DecidingEntry | undefined },
): Loss {
  const at = Math.min(postedAt, verdict.usableUntil);
  const reliance = { effect: 'final', amount: `${amount}`, at } as const;
  const rulebook = governor().follower?.state.rulebook?.body;
  const loss = attributeLoss(verdict, reliance, deciding === undefined ? {} : { deciding }, rulebook);
  return loss.bearer === 'program' ? { ...loss, bearer: bearerOf(one.sent.program.lossBorneBy) } : loss;
}

function bearerOf(by: 'organiser' | 'issuer' | 'verifier'): Loss['bearer'] {
  return by === 'organiser' ? 'program' : by;
}
