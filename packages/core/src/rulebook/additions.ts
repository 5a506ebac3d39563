import type { CaseReason, CaseRules } from './case-rules.ts';
import { trackOf } from './case-rules.ts';
import { finding, type RulebookFinding } from './finding.ts';
import { type Grant, grantOf, type Rulebook } from './rulebook.ts';

/** What rules that are older than a part of the product do not say, so that it does nothing there. */
type Addition = { readonly finding: RulebookFinding; readonly add: (rulebook: Rulebook) => Rulebook };

const DAY_MS = 86_400_000;
const BY_HAND = 'manual-review';
const CORRECTED = 'payment-corrected';
const TRACED = 'matter-traced';

/** What this rulebook lacks: nothing is wrong with it, and somebody should have wanted it. */
export function checkAdditions(rulebook: Rulebook): RulebookFinding[] {
  return additionsTo(rulebook).map((addition) => addition.finding);
}

/** The same rulebook with what it lacks, in the way of the ready ones: what officers may announce, or begin from. */
export function withAdditions(rulebook: Rulebook): Rulebook {
  return additionsTo(rulebook).reduce((whole, { add }) => add(whole), rulebook);
}

function additionsTo(rulebook: Rulebook): readonly Addition[] {
  const { cases } = rulebook;
  const again = suspendingAgain(rulebook);
  if (cases === undefined) return again;
  return [
    ...again,
    ...(cases.manual.class === undefined ? byHand(rulebook, cases) : []),
    ...(cases.manual.payments === undefined ? unanswered(rulebook, cases) : []),
    ...(grantOf(rulebook, 'unseal') === undefined ? tracing(rulebook) : []),
  ];
}

/** Where one officer is enough, a suspension that lapses could be followed by the next of the same officer for ever. */
function suspendingAgain({ powers }: Rulebook): Addition[] {
  const grant = powers.find(({ power }) => power === 'suspend');
  if (grant === undefined || grant.quorum > 1 || grant.againAfterMs !== undefined) return [];
  const sentence = 'One officer can suspend the same again and again: it is not said for how long they may not.';
  return [
    {
      finding: finding('suspend.again', sentence, 'powers.suspend.againAfterMs'),
      add: (rulebook) => ({
        ...rulebook,
        powers: rulebook.powers.map((each) =>
          each.power === 'suspend' ? { ...each, againAfterMs: 30 * DAY_MS } : each,
        ),
      }),
    },
  ];
}

/** Where people can complain that they were refused, what is done for them is done for those in doubt. */
function byHand({ powers }: Rulebook, cases: CaseRules): Addition[] {
  const like = reasonLike(cases, 'application', 'admit');
  if (like === undefined || !powers.some(({ power }) => power === 'release')) return [];
  const reason: CaseReason = {
    ...{ class: BY_HAND, subjects: ['credential', 'application'], remedies: ['none', 'admit'] },
    ...{ track: like.track, deadlineMs: like.deadlineMs },
  };
  const sentence = 'Applicants in doubt and checks by hand open no case by themselves: no reason is named for it.';
  return [
    {
      finding: finding('manual.no-reason', sentence, 'cases.manual.class'),
      add: (rulebook) =>
        withCases(withGranted(withWords(rulebook, BY_HAND, 'reviewed by hand'), BY_HAND, ['release']), (rules) => ({
          ...rules,
          reasons: [...rules.reasons.filter((each) => each.class !== BY_HAND), reason],
          manual: { ...rules.manual, class: BY_HAND },
        })),
    },
  ];
}

/** The reason for which payments can be put right already, or one like it. */
function unanswered({ powers }: Rulebook, cases: CaseRules): Addition[] {
  if (!powers.some(({ power }) => power === 'release')) return [];
  const known = reasonLike(cases, 'payment', 'release');
  const like = known ?? reasonLike(cases, 'application', 'admit');
  if (like === undefined) return [];
  const reason: CaseReason = known ?? {
    ...{ class: CORRECTED, subjects: ['payment'], remedies: ['release', 'none'] },
    ...{ track: like.track, deadlineMs: like.deadlineMs },
  };
  const sentence = 'A payment that no bank answers for opens no case: no reason is named for it.';
  return [
    {
      finding: finding('manual.no-payments', sentence, 'cases.manual.payments'),
      add: (rulebook) =>
        withCases(
          withGranted(withWords(rulebook, reason.class, 'a payment is corrected'), reason.class, ['release']),
          (rules) => ({
            ...rules,
            reasons: [...rules.reasons.filter((each) => each.class !== reason.class), reason],
            manual: { ...rules.manual, payments: reason.class },
          }),
        ),
    },
  ];
}

/** By those who revoke, and never by one alone: it takes what each role knows of one person to one table. */
function tracing(rulebook: Rulebook): Addition[] {
  const revoke = grantOf(rulebook, 'revoke');
  if (revoke === undefined) return [];
  const { roles, expiresInMs } = revoke;
  const grant: Grant = {
    ...{ power: 'unseal', roles, quorum: Math.max(2, revoke.quorum), classes: [TRACED] },
    ...{ maxTargets: 1, expiresInMs: Math.min(expiresInMs, 7 * DAY_MS) },
  };
  const sentence = 'Nobody may decide to trace what happened to one credential: to unseal is granted to nobody.';
  return [
    {
      finding: finding('power.no-tracing', sentence, 'powers.unseal'),
      add: (whole) => {
        const worded = withWords(whole, TRACED, 'what happened to one credential is traced');
        return { ...worded, powers: [...worded.powers, grant] };
      },
    },
  ];
}

function reasonLike(
  cases: CaseRules,
  subject: 'application' | 'payment',
  remedy: 'admit' | 'release',
): CaseReason | undefined {
  return cases.reasons.find((reason) => trackOf(cases, { class: reason.class, subject, remedy }) !== undefined);
}

function withCases(rulebook: Rulebook, change: (cases: CaseRules) => CaseRules): Rulebook {
  return rulebook.cases === undefined ? rulebook : { ...rulebook, cases: change(rulebook.cases) };
}

function withWords(rulebook: Rulebook, id: string, text: string): Rulebook {
  const isWorded = rulebook.classes.some((each) => each.id === id);
  return isWorded ? rulebook : { ...rulebook, classes: [...rulebook.classes, { id, text }] };
}

/** These powers accept the reason as well. */
function withGranted(rulebook: Rulebook, reason: string, powers: readonly Grant['power'][]): Rulebook {
  const isIts = ({ power, classes }: Grant) => powers.includes(power) && !classes.includes(reason);
  const grants = rulebook.powers.map((grant) =>
    isIts(grant) ? { ...grant, classes: [...grant.classes, reason] } : grant,
  );
  return { ...rulebook, powers: grants };
}
