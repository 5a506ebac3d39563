import type { OverviewFacts, VerifierFact } from './facts.ts';
import type { FoundWrong } from './finding.ts';
import { LATE_TICKS } from './log-findings.ts';
import { sayDuration } from './moment.ts';

/** Those who read, what they ask others, and whether they agree. */
export function verifierFindings(facts: OverviewFacts, now: number): FoundWrong[] {
  return [
    ...facts.verifiers.flatMap((verifier) => theVerifier(verifier, facts)),
    ...disagreements(facts),
    ...silentChecks(facts),
    ...endingLists(facts, now),
  ];
}

/** Whether payments that wait for this one are told of with it. */
export function isVerifierWrong(id: string, facts: OverviewFacts): boolean {
  const verifier = facts.verifiers.find((one) => one.id === id);
  return verifier !== undefined && theVerifier(verifier, facts).length > 0;
}

function theVerifier(verifier: VerifierFact, facts: OverviewFacts): FoundWrong[] {
  const { id, name, owner, isAnswering, readAt, contradiction } = verifier;
  const common = { part: id, owner, affected: waitingFor(id, facts), command: 'npx holdfast handoffs' };
  if (!isAnswering) {
    const what = `${name} has not answered`;
    return [{ ...common, code: 'verifier.away', what, resolves: 'when its process answers again' }];
  }
  if (contradiction !== undefined) {
    // Whoever holds the proof that the log has lied reads no further, and is right.
    if (facts.frauds.some(({ heldBy }) => heldBy === id)) return [];
    const what = `${name} has read no further, as what it was told contradicts itself (${contradiction})`;
    const since = readAt === undefined ? {} : { since: readAt };
    return [
      { ...common, ...since, code: 'verifier.contradicted', what, resolves: 'when its operator has compared the logs' },
    ];
  }
  const newest = newestOf(facts);
  if (readAt === undefined) {
    const what = `${name} has read nothing yet`;
    return [{ ...common, code: 'verifier.behind', what, resolves: 'when it has read the log' }];
  }
  if (newest - readAt <= LATE_TICKS * facts.tickMs) return [];
  const what = `${name} has read nothing new`;
  return [{ ...common, since: readAt, code: 'verifier.behind', what, resolves: 'when it reads again' }];
}

/** What the log has shown: by itself, or where it says nothing by whoever has read furthest. */
function newestOf({ log, verifiers }: OverviewFacts): number {
  return Math.max(log?.lastEpochAt ?? 0, ...verifiers.map(({ readAt = 0 }) => readAt));
}

function waitingFor(id: string, { handoffs }: OverviewFacts): string {
  const reserved = handoffs.filter(({ receiver, next }) => receiver === id && next === 'confirmed');
  const asked = handoffs.filter(({ receiver, what }) => receiver === id && what === 'verification');
  const parts = [
    [sum(reserved), 'payment', 'reserved'] as const,
    [sum(asked), 'application', 'waiting to be judged'] as const,
  ].flatMap(([count, noun, how]) => (count === 0 ? [] : [`${count} ${noun}${count === 1 ? ' is' : 's are'} ${how}`]));
  return parts.length === 0 ? 'it does not see what is revoked meanwhile; nothing waits for it' : parts.join(', ');
}

function sum(handoffs: OverviewFacts['handoffs']): number {
  return handoffs.reduce((all, { count }) => all + count, 0);
}

function disagreements({ disagreements: found, host }: OverviewFacts): FoundWrong[] {
  if (found === undefined || found.unexplained.length === 0) return [];
  return [
    {
      code: 'disagreement.unexplained',
      what: `Two verifiers have differed on ${found.unexplained.length} of ${found.compared} credentials without a cause`,
      part: 'verifiers',
      affected: 'one of them is wrong, or was told otherwise',
      owner: host,
      resolves: 'when the two verdicts have been replayed and compared',
      command: `npx holdfast explain ${found.unexplained[0]}`,
    },
  ];
}

function silentChecks({ checks }: OverviewFacts): FoundWrong[] {
  return checks
    .filter(({ isOpen }) => isOpen)
    .map(({ verifier, check, owner, waiting }) => ({
      code: 'check.silent',
      what: `The check ${check} that ${verifier} asks for has not been answered`,
      part: `${verifier}/${check}`,
      affected: `answers say that it is not known${waiting === 0 ? '' : `; ${waiting} questions wait`}`,
      owner,
      resolves: 'with the next question that is answered',
      command: `npx holdfast policy show --verifier ${verifier}`,
    }));
}

function endingLists({ lists }: OverviewFacts, now: number): FoundWrong[] {
  return lists.flatMap(({ list, issuer, owner, asOf, endsAt, renewedWithinMs }) => {
    if (now - asOf <= renewedWithinMs) return [];
    const isOver = endsAt <= now;
    return [
      {
        code: 'list.ending',
        what: `The issuer ${issuer} has not signed its list ${list} anew`,
        part: issuer,
        since: asOf,
        affected: isOver
          ? 'outside the network nobody can rely on it any more'
          : `outside the network it can be relied on for ${sayDuration(endsAt - now)} more`,
        owner,
        resolves: 'when it signs again',
        command: `npx holdfast status lists --issuer ${issuer}`,
      } as const,
    ];
  });
}
