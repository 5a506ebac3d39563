import type { LogFact, OverviewFacts, WitnessFact } from './facts.ts';
import type { FoundWrong } from './finding.ts';
import { isDatabaseAway, isDiskFull, readyCommand } from './ground-findings.ts';

/** A verifier this many ticks behind is told of, and a log one tick more: one lost epoch is nothing. */
export const LATE_TICKS = 3;

/** Why a witness has not signed that says that somebody lies: it, or the log. */
const CONTRADICTIONS: ReadonlySet<string> = new Set(['forked', 'proof', 'ahead', 'bad-signature', 'conflict']);

/** The log, the ledger, and those who watch the log. */
export function logFindings(facts: OverviewFacts, now: number): FoundWrong[] {
  return [
    ...frauds(facts),
    ...theLog(facts, now),
    ...theLedger(facts),
    ...facts.witnesses.flatMap(theWitness(facts, now)),
  ];
}

function frauds({ frauds: found, log, host, origin }: OverviewFacts): FoundWrong[] {
  const [first] = found;
  if (first === undefined) return [];
  const holders = [...new Set(found.map(({ heldBy }) => heldBy))].join(', ');
  return [
    {
      code: 'log.fraud',
      what: `It has been proved that the log signed two histories (held by ${holders})`,
      part: 'network',
      affected: 'whoever has read the other history was told otherwise; who holds the proof reads no further',
      owner: log?.owner ?? host,
      resolves: 'never by itself: officers take the network to another log',
      command: `curl -s ${origin}/trust/fraud/${first.digest} | npx holdfast log check-fraud -`,
    },
  ];
}

function theLog(facts: OverviewFacts, now: number): FoundWrong[] {
  const { log, tickMs } = facts;
  if (log === undefined) return [];
  const { owner, state, lastEpochAt } = log;
  // Where a clock has run ahead and was set back, the time of the log is to come.
  const common = { part: 'network', owner, ...(lastEpochAt > now ? {} : { since: lastEpochAt }) } as const;
  if (state === 'stopped') return [{ ...common, ...stoppedLog(log) }];
  if (isDatabaseAway(facts) || isDiskFull(facts)) return [];
  const waiting = log.appendsWaiting === 0 ? {} : { affected: `${log.appendsWaiting} statements wait` };
  if (state === 'waiting') {
    return [
      {
        ...{ ...common, ...waiting, code: 'log.waiting', command: readyCommand(facts) },
        what: `The log has not gone on (${log.why ?? 'its store or a key does not answer'})`,
        resolves: 'by itself when what it waits for is back',
      },
    ];
  }
  if (now - lastEpochAt <= (LATE_TICKS + 1) * tickMs) return [];
  return [
    {
      ...{ ...common, ...waiting, code: 'log.silent', command: readyCommand(facts) },
      what: 'The log has made no epoch',
      resolves: 'with its next epoch',
    },
  ];
}

function stoppedLog({ why }: LogFact): Pick<FoundWrong, 'code' | 'what' | 'affected' | 'resolves' | 'command'> {
  return {
    code: 'log.stopped',
    what: `The log has stopped rather than go on wrong (${why ?? 'a broken invariant'})`,
    affected: 'nothing is decided, revoked or sealed; what was read stays true and grows old',
    resolves: 'when its store is as it was signed and it is started again',
    command: 'npx holdfast log verify',
  };
}

function theLedger(facts: OverviewFacts): FoundWrong[] {
  const { ledger, ledgerHolds } = facts;
  if (ledger === undefined) return [];
  const { owner, state, why } = ledger;
  const common = { part: 'ledger', owner } as const;
  if (ledgerHolds === false) {
    return [
      {
        ...{ ...common, code: 'ledger.not-zero', command: 'npx holdfast audit --books' },
        what: 'The accounts of the ledger have not added up to nothing',
        affected: 'no balance can be trusted',
        resolves: 'never by itself: it is an error of ours, and the ledger is to be audited',
      },
    ];
  }
  if (state === 'halted' || state === 'fenced' || state === 'stopped') {
    const because = { halted: 'a broken invariant', fenced: 'another writer has its place', stopped: 'it was ended' };
    return [
      {
        ...{ ...common, code: 'ledger.stopped' },
        what: `The ledger has taken nothing (${because[state]})`,
        affected: paymentsWaiting(facts),
        resolves:
          state === 'fenced' ? 'when the writer that took its place is the only one' : 'when it is started again',
        command: state === 'halted' ? 'npx holdfast audit --books' : 'npx holdfast handoffs',
      },
    ];
  }
  if (state !== 'waiting' || isDatabaseAway(facts) || isDiskFull(facts)) return [];
  return [
    {
      ...{ ...common, code: 'ledger.waiting', command: readyCommand(facts) },
      what: `The ledger has written nothing (${why ?? 'its store does not answer'})`,
      affected: paymentsWaiting(facts),
      resolves: 'by itself when its store answers',
    },
  ];
}

function paymentsWaiting({ handoffs }: OverviewFacts): string {
  const count = handoffs.filter(({ what }) => what === 'transfer').reduce((sum, handoff) => sum + handoff.count, 0);
  return `${count} payment${count === 1 ? '' : 's'} wait${count === 1 ? 's' : ''}`;
}

function theWitness(
  { witnesses, tickMs, log, clock, origin }: OverviewFacts,
  now: number,
): (witness: WitnessFact) => FoundWrong[] {
  return ({ name, saidAt, why, quorum }) => {
    const since = saidAt === undefined ? {} : { since: saidAt };
    const signing = witnesses.filter((witness) => witness.why === undefined && witness.saidAt !== undefined).length;
    const common = { ...since, part: name, owner: name, command: `curl -s ${origin}/log/checkpoint` };
    const affected =
      signing >= quorum
        ? `a quorum of ${quorum} still signs`
        : `no quorum of ${quorum} confirms the log: by their own clocks evidence grows old, and payments are reserved`;
    if (why !== undefined && CONTRADICTIONS.has(why)) {
      return [
        {
          ...{ ...common, affected, code: 'witness.contradicts' },
          what: `The witness ${name} has contradicted the log (${why})`,
          resolves: 'when the two have been compared: one of them is wrong, or the log was put back',
        },
      ];
    }
    // A witness that is asked for the first time has a moment for its answer.
    const lateMs = LATE_TICKS * tickMs;
    // By a clock that has jumped everybody is late, for a moment.
    const isLate =
      clock === undefined &&
      saidAt !== undefined &&
      log?.state === 'running' &&
      Math.min(now, log.lastEpochAt) - saidAt > lateMs;
    if (why === undefined && !isLate) return [];
    return [
      {
        ...{ ...common, affected, code: 'witness.away' },
        what: `The witness ${name} has not signed (${why ?? 'no answer'})`,
        resolves: 'when it answers again: it is asked with every epoch',
      },
    ];
  };
}
