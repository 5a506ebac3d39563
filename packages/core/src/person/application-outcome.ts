import type { ProgramPhase } from '../program/phase.ts';
import type { ApplicationRefusal } from '../program/refusals.ts';
import {
  byComplaint,
  type Complaint,
  type ComplaintTerms,
  complaintAbout,
  NOBODY,
  ownedBy,
  type PersonOutcome,
  YOU,
} from './person-outcome.ts';
import type { Phrase } from './phrase.ts';
import type { Wording } from './wording.ts';

/** One application as its applicant is told of it. Times in unix milliseconds. */
export type ApplicationMatter = {
  readonly of: 'application';
  /** Its title. */
  readonly program: Wording | string;
  readonly phase: ProgramPhase;
  readonly isLottery: boolean;
  /** Who runs the program, by name. */
  readonly organiser: string;
  readonly receivedAt: number;
  readonly closesAt: number;
  /** By then it stands in the log, or whoever holds the acknowledgement can prove a fault. */
  readonly intakeBy: number;
  /** When somebody will have looked at it, where that was promised. */
  readonly promisedBy?: number;
  readonly state: 'acknowledged' | 'judged' | 'admitted' | 'refused';
  readonly refused?: ApplicationRefusal;
  /** `amount` in words: `25.00 EUR`. `by`: what decides at `dueBy` about what is set aside. */
  readonly payment?: {
    readonly state: 'planned' | 'reserved' | 'posted' | 'voided' | 'carried';
    readonly amount: string;
    readonly at: number;
    readonly dueBy?: number;
    readonly otherwise?: 'post' | 'void';
    /** A verdict or a decision settled it, and not silence. */
    readonly isDecided: boolean;
    /** People decided it, in a case or by a decision that the log has. */
    readonly isRuled?: true;
  };
  /** It is in doubt, and a case of its own: `dueBy` whoever has it has to have acted. */
  readonly review?: { readonly case?: string; readonly dueBy?: number };
  /** Until then it can be appealed against, and what was sent in is kept. */
  readonly appealUntil: number;
  /** Somebody has verified the signatures of what was presented: this code stands for a person. */
  readonly isProved: boolean;
};

type Told = Pick<PersonOutcome, 'code' | 'mood' | 'what' | 'why' | 'by' | 'owner'> &
  Partial<Pick<PersonOutcome, 'since' | 'complaint'>>;

/** What an applicant is told. Pure; `now` is the log's time or later. */
export function outcomeOfApplication(
  matter: ApplicationMatter,
  terms: ComplaintTerms | undefined,
  now: number,
): PersonOutcome {
  const { complaint, ...told } =
    matter.payment === undefined ? ofList(matter, terms, now) : ofMoney(matter, terms, now);
  const isOver = now >= matter.appealUntil;
  const canComplain = complaint !== undefined && matter.isProved && !isOver;
  return {
    since: matter.receivedAt,
    ...told,
    appeal: { code: canComplain ? 'appeal.file' : isOver ? 'appeal.over' : 'appeal.desk' },
    acts: canComplain ? ['complain'] : [],
    ...(canComplain ? { complaint } : {}),
  };
}

function ofList(matter: ApplicationMatter, terms: ComplaintTerms | undefined, now: number): Told {
  const { program, phase, state, organiser, closesAt, intakeBy } = matter;
  const named = { values: { program } };
  const owner = ownedBy(organiser);
  const asked = withComplaint(complaintAbout(terms, 'application', ['none']));
  if (state === 'refused') return ofRefusal(matter, terms, now);
  const { promisedBy = Number.POSITIVE_INFINITY } = matter;
  if (state === 'acknowledged' && now > promisedBy) return ofLate(matter, promisedBy, 'applied.late.unseen');
  if (state === 'admitted' && phase === 'paying' && matter.isLottery) {
    const what = { code: 'applied.not_drawn.what', ...named };
    const why = [{ code: 'applied.not_drawn.why' }];
    return { code: 'applied.not_drawn', mood: 'over', what, why, by: appealable(matter, now), owner: NOBODY };
  }
  if (state === 'admitted') {
    const what = { code: 'applied.admitted.what', ...named };
    const why = [{ code: 'applied.admitted.why' }];
    return { code: 'applied.admitted', mood: 'good', what, why, by: [byComplaint(terms, now)], owner, ...asked };
  }
  if (phase === 'announced' || phase === 'open' || phase === 'closing') {
    const what = { code: 'applied.received.what', ...named };
    if (phase === 'closing' && now > intakeBy) return ofLate(matter, intakeBy, 'applied.late.why');
    const why = [{ code: 'applied.received.why', values: { date: { date: closesAt } } }];
    const by = [{ code: 'applied.received.by', values: { date: { date: intakeBy } } }];
    return { code: 'applied.received', mood: 'waiting', what, why, by, owner };
  }
  const what = { code: 'applied.judging.what', ...named };
  const why = [{ code: 'applied.judging.why' }];
  return { code: 'applied.judging', mood: 'waiting', what, why, by: [byComplaint(terms, now)], owner, ...asked };
}

/** What was promised by a date is not done: they hear it from us. */
function ofLate({ program, organiser }: ApplicationMatter, promisedBy: number, why: string): Told {
  const what = { code: 'applied.received.what', values: { program } };
  const by = [{ code: 'applied.late.by', values: { date: { date: promisedBy } } }];
  return { code: 'applied.late', mood: 'waiting', what, why: [{ code: why }], by, owner: ownedBy(organiser) };
}

function ofRefusal(matter: ApplicationMatter, terms: ComplaintTerms | undefined, now: number): Told {
  const { refused = 'application.credential_invalid', program } = matter;
  const complaint = complaintAbout(terms, 'application', ['admit', 'none']);
  return {
    code: 'applied.refused',
    mood: 'bad',
    what: { code: 'applied.refused.what', values: { program } },
    why: [{ code: refused.replace(/^application\./, 'refusal.') }],
    by: appealable(matter, now),
    owner: now < matter.appealUntil ? YOU : NOBODY,
    ...withComplaint(complaint),
  };
}

function ofMoney(matter: ApplicationMatter, terms: ComplaintTerms | undefined, now: number): Told {
  const { payment, program, organiser } = matter;
  if (payment === undefined) return ofList(matter, terms, now);
  const { state, amount, at, isDecided, isRuled } = payment;
  const named = { values: { program, amount } };
  const owner = ownedBy(organiser);
  const asked = withComplaint(complaintAbout(terms, 'payment', ['release', 'none']));
  switch (state) {
    case 'planned':
    case 'posted': {
      const [what, why] = [{ code: `applied.${state}.what`, ...named }, [{ code: `applied.${state}.why` }]];
      const by = [byComplaint(terms, now)];
      return { code: `applied.${state}`, mood: 'good', since: at, what, why, by, owner, ...asked };
    }
    case 'reserved': {
      const what = { code: 'applied.reserved.what', ...named };
      const { review } = matter;
      if (review !== undefined) return { ...ofReview(review, terms, now), since: at, what, owner };
      const why = [{ code: 'applied.reserved.why' }];
      const by = reservedBy(payment, terms, now);
      return { code: 'applied.reserved', mood: 'waiting', since: at, what, why, by: [by], owner, ...asked };
    }
    case 'carried': {
      const what = { code: 'applied.paid.what', ...named };
      const why = [{ code: isRuled ? 'applied.paid.why_ruled' : 'applied.paid.why' }];
      const by = [{ code: 'applied.paid.by' }];
      const complaint = complaintAbout(terms, 'payment', ['none']);
      const asking = withComplaint(complaint);
      return { code: 'applied.paid', mood: 'good', since: at, what, why, by, owner: NOBODY, ...asking };
    }
    case 'voided': {
      const what = { code: 'applied.returned.what', values: { program } };
      const why = [{ code: `applied.returned.why_${isDecided ? 'decided' : 'silence'}` }];
      const by = appealable(matter, now);
      return { code: 'applied.returned', mood: 'bad', since: at, what, why, by, owner: YOU, ...asked };
    }
    default:
      return state satisfies never;
  }
}

/** People look at it already: there is nothing to complain about yet, and a date. */
function ofReview(
  { case: id, dueBy }: NonNullable<ApplicationMatter['review']>,
  terms: ComplaintTerms | undefined,
  now: number,
) {
  const named = id === undefined ? [] : [{ code: 'applied.review.case', values: { case: id } }];
  const due = { code: 'applied.review.by', values: { date: { date: dueBy ?? now } } };
  const by = [dueBy === undefined ? byComplaint(terms, now) : due];
  return { code: 'applied.review', mood: 'waiting', why: [{ code: 'applied.review.why' }, ...named], by } as const;
}

function reservedBy(
  { dueBy, otherwise }: NonNullable<ApplicationMatter['payment']>,
  terms: ComplaintTerms | undefined,
  now: number,
): Phrase {
  if (dueBy === undefined) return byComplaint(terms, now);
  const code = otherwise === 'post' ? 'applied.reserved.by_paid' : 'applied.reserved.by_returned';
  return { code, values: { date: { date: dueBy } } };
}

function appealable({ appealUntil }: ApplicationMatter, now: number): Phrase[] {
  const code = now < appealUntil ? 'by.appeal_until' : 'by.appeal_over';
  return [{ code, values: { date: { date: appealUntil } } }];
}

function withComplaint(complaint: Complaint | undefined): { readonly complaint?: Complaint } {
  return complaint === undefined ? {} : { complaint };
}
