import type { Handoff } from '../program/handoff.ts';
import type { BacklogFact, OverviewFacts } from './facts.ts';
import type { FoundWrong } from './finding.ts';
import { sayDuration } from './moment.ts';
import { isVerifierWrong } from './verifier-findings.ts';

/** What was promised and is not done: programs behind their word, crossings past their date, what banks and receivers refuse. */
export function moneyFindings(facts: OverviewFacts, now: number): FoundWrong[] {
  return [
    ...facts.backlogs.flatMap((backlog) => lateBacklog(backlog, facts, now)),
    ...overdue(facts, now),
    ...refused(facts, now),
    ...undelivered(facts),
  ];
}

function lateBacklog(backlog: BacklogFact, facts: OverviewFacts, now: number): FoundWrong[] {
  const { program, owner, waiting, since, promisedBy, clearsInMs } = backlog;
  // Whoever waits for a verifier that is away is told of with that one.
  const asked = facts.handoffs.filter(({ what, of }) => what === 'verification' && of === program);
  if (waiting === 0 || promisedBy >= now || asked.some(({ receiver }) => isVerifierWrong(receiver, facts))) return [];
  return [
    {
      code: 'backlog.late',
      what: `${program} has had applications waiting`,
      part: program,
      since,
      affected: `${applications(waiting)}, the first of them promised ${sayDuration(now - promisedBy)} ago`,
      owner,
      resolves: clearsInMs === undefined ? 'when it works again' : `in about ${sayDuration(clearsInMs)} at its pace`,
      command: 'npx holdfast handoffs',
    },
  ];
}

function applications(count: number): string {
  return `${count} application${count === 1 ? ' waits' : 's wait'}`;
}

const NOUNS: Readonly<Record<Handoff['what'], string>> = {
  application: 'application',
  verification: 'application',
  transfer: 'payment',
  settlement: 'payment',
  decision: 'decision',
  event: 'outcome',
  exception: 'exception',
  review: 'review',
  incident: 'incident',
};

/** One for each kind, owner and subject: thousands of lines to one bank are one thing that is wrong. */
function overdue(facts: OverviewFacts, now: number): FoundWrong[] {
  const late = facts.handoffs.filter(({ what, dueBy, next, receiver }) => {
    // Late accounts of incidents are told by what went wrong (`incident.late`).
    const isSaid = what === 'incident';
    const isExplained = isSaid || ((next === 'confirmed' || next === 'judged') && isVerifierWrong(receiver, facts));
    return dueBy !== undefined && dueBy < now && !isExplained;
  });
  return grouped(late, ({ what, of, owner }) => `${what} ${subjectOf(what, of)} ${owner}`).map(
    ({ first, count, since }) => {
      const { what, of, owner, receiver, dueBy = now } = first;
      const subject = subjectOf(what, of);
      const code = what === 'application' || what === 'verification' ? 'backlog.late' : 'handoff.overdue';
      const [noun, have] = [`${NOUNS[what]}${count === 1 ? '' : 's'}`, count === 1 ? 'has' : 'have'];
      return {
        code,
        what: `${count} ${noun} of ${subject} ${have} waited for ${receiver}`,
        part: subject,
        since,
        affected: `due ${sayDuration(now - dueBy)} ago`,
        owner: owner === 'rail' ? receiver : owner,
        resolves: `when ${receiver} has taken them`,
        command: 'npx holdfast handoffs',
      } as const;
    },
  );
}

/** Money that a rail has refused lies with whoever sent it, until they mend why. */
function refused({ handoffs }: OverviewFacts, now: number): FoundWrong[] {
  const back = handoffs.filter(({ what, next }) => what === 'settlement' && next === 'looked-at');
  return grouped(back, ({ of, owner, receiver }) => `${subjectOf('settlement', of)} ${owner} ${receiver}`).map(
    ({ first, count, since }) => {
      const program = subjectOf('settlement', first.of);
      return {
        code: 'payment.refused',
        what: `${first.receiver} has refused, or not answered, payments of ${program}`,
        part: program,
        since,
        affected: `${count} payment${count === 1 ? ' is' : 's are'} not made, and not lost`,
        owner: first.owner,
        resolves:
          first.case === undefined
            ? 'when each is sent again, or its money is given back'
            : `when officers have found out, in case ${first.case}${dueIn(first.dueBy, now)}`,
        command:
          first.case === undefined ? `npx holdfast program settle ${program}` : `npx holdfast case show ${first.case}`,
      } as const;
    },
  );
}

function dueIn(dueBy: number | undefined, now: number): string {
  return dueBy === undefined || dueBy < now ? '' : `, due in ${sayDuration(dueBy - now)}`;
}

function undelivered({ handoffs }: OverviewFacts): FoundWrong[] {
  return handoffs
    .filter(({ what }) => what === 'event')
    .map(({ of, receiver, count, since, owner, next }) => {
      const isLost = next === 'sent-again';
      return {
        code: isLost ? 'outcome.undelivered' : 'webhook.away',
        what: isLost ? `Outcomes for ${receiver} have been given up` : `${receiver} has taken no outcomes`,
        part: receiver,
        since,
        affected: `${count} outcome${count === 1 ? '' : 's'} not told`,
        owner: isLost ? owner : `whoever runs ${receiver}`,
        resolves: isLost ? 'when they are sent again' : 'by itself when it takes them: it is tried again and again',
        command: isLost ? `npx holdfast webhooks resend ${of}` : 'npx holdfast webhooks list',
      } as const;
    });
}

/** A settlement is named after its transfer, `post.PROGRAM.APPLICATION`; what is shown is its program. */
function subjectOf(what: Handoff['what'], of: string): string {
  return what === 'settlement' ? (of.split('.')[1] ?? of) : of;
}

type Group = { readonly first: Handoff; readonly count: number; readonly since: number };

function grouped(handoffs: readonly Handoff[], keyOf: (handoff: Handoff) => string): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const handoff of handoffs) {
    const key = keyOf(handoff);
    const known = groups.get(key);
    groups.set(key, {
      first: known?.first ?? handoff,
      count: (known?.count ?? 0) + handoff.count,
      since: Math.min(known?.since ?? handoff.since, handoff.since),
    });
  }
  return [...groups.values()];
}
