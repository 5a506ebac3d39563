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
    const wrong = wrongOf(one, isFirst, deciding);
    if (wrong === undefined) continue;
    const verdict = await verdictOf(money, one);
    if (verdict === undefined) continue;
    const { bearer, kind } = attribute(world, one, { verdict, deciding });
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

function wrongOf(
  { one: { applicant }, kept, postedAt }: Paid,
  isFirst: boolean,
  deciding: DecidingEntry | undefined,
): Wrong | undefined {
  if (applicant.human === undefined) return 'to-nobody';
  if (!isFirst) return 'twice-to-one-person';
  if (deciding !== undefined && deciding.effectiveAt < postedAt - LOOK_MS) return 'revoked-by-then';
  if (kept.payment?.settledBy === undefined) return 'unconfirmed';
  return deciding === undefined ? undefined : 'revoked-later';
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
async function verdictOf({ north }: Money, { kept }: Paid): Promise<Verdict | undefined> {
  const id = kept.judgement?.verdict ?? '';
  const confirmed = north.confirming.get(id)?.find(({ allows }) => allows.effect === 'final');
  if (confirmed !== undefined) return confirmed;
  const record = await north.verdicts.read(id);
  return record && parseVerdictEnvelope(record.signed).envelope.verdict;
}

function attribute(
  { governor, scheduler }: World,
  { amount, postedAt, one }: Paid,
  { verdict, deciding }: { readonly verdict: Verdict; readonly deciding: DecidingEntry | undefined },
): Loss {
  const { now } = scheduler;
  const reported = { entry: Number.MAX_SAFE_INTEGER, effectiveAt: now, decisions: [] };
  const at = Math.min(postedAt, verdict.usableUntil);
  const reliance = { effect: 'final', amount: `${amount}`, at } as const;
  const rulebook = governor().follower?.state.rulebook?.body;
  const loss = attributeLoss(verdict, reliance, { deciding: deciding ?? reported }, rulebook);
  return loss.bearer === 'program' ? { ...loss, bearer: bearerOf(one.sent.program.lossBorneBy) } : loss;
}

function bearerOf(by: 'organiser' | 'issuer' | 'verifier'): Loss['bearer'] {
  return by === 'organiser' ? 'program' : by;
}
