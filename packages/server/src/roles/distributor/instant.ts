import {
  type Allocation,
  allocateInstantly,
  assert,
  issuerCapsOf,
  issuersOnProbation,
  type ProgramRecord,
  parseAcknowledgement,
  versionsFor,
} from '@holdfast/core';
import type { DistributorStore, JudgedApplication, SpendingBounds } from '../../ports/distributor-store.ts';
import type { DistributorBounds } from './config.ts';
import { type Bench, type JudgedNow, judgeMany } from './judging.ts';
import type { DistributorPorts } from './neighbours.ts';
import { readAll } from './pages.ts';

type InstantTerms = Extract<Allocation, { mode: 'instant' }>;

/** Somebody who is judged, and neither refused nor paid yet. */
type Arrival = Pick<JudgedApplication, 'application' | 'sequence' | 'acknowledgement'> & {
  readonly issuer: string;
  /** What the version that admits it gives, where there has been more than one. */
  readonly want?: string;
};

export interface Arrivals {
  /**
   * In a program that pays at once: judges the next of those who came, in the order in which they came, and plans what they
   * get; says whether anybody came. One who cannot be judged now holds up those behind: they came later.
   */
  serveNext(bench: Bench, isTaking: boolean): Promise<boolean>;
}

export function createArrivals(ports: DistributorPorts, bounds: DistributorBounds): Arrivals {
  const { store } = ports;
  /** Programs in which everybody who is judged is served, as far as this process knows. */
  /** At most one for each program of the distributor. */
  const caughtUp = new Set<string>();

  async function judgeNext(bench: Bench): Promise<readonly JudgedNow[]> {
    const some = await store.readUnjudged(bench.record.program.id, bounds.maxPerRound);
    return judgeMany(ports, bench, bounds, some, { attempt: 0, isInOrder: true });
  }

  return {
    async serveNext(bench, isTaking) {
      const { record } = bench;
      const { id } = record.program;
      if (!caughtUp.has(id)) await serve(ports, record, await readArrivals(store, id));
      caughtUp.add(id);
      const judged = isTaking ? await judgeNext(bench) : [];
      if (judged.length === 0) return false;
      // Should one of these fail, whoever is judged by then is looked for again.
      caughtUp.delete(id);
      await store.judge(
        id,
        judged.map(({ judgement }) => judgement),
      );
      ports.signals?.applicationsJudged({ program: id, count: judged.length });
      await serve(
        ports,
        record,
        judged.flatMap(({ kept, judgement }) => arrivalOf({ ...kept, judgement })),
      );
      caughtUp.add(id);
      return true;
    },
  };
}

/**
 * Everybody who was judged and is neither refused nor paid: those that a process before this one left behind. Not whoever came
 * after somebody who is not judged yet.
 */
export async function readArrivals(store: DistributorStore, program: string): Promise<Arrival[]> {
  const [next] = await store.readUnjudged(program, 1);
  const waiting: Arrival[] = [];
  for await (const kept of readAll((limit, after) => store.readJudged(program, limit, after))) {
    waiting.push(...arrivalOf(kept));
  }
  const inTurn = waiting.filter(({ sequence }) => next === undefined || sequence < next.sequence);
  return inTurn.sort((a, b) => a.sequence - b.sequence);
}

function arrivalOf(kept: JudgedApplication): Arrival[] {
  return kept.payment !== undefined || kept.admitted === false ? [] : candidateIn(kept);
}

/** Whoever counts if there is money and nobody was faster. */
export function candidateIn({ application, sequence, acknowledgement, judgement }: JudgedApplication): Arrival[] {
  if (judgement === undefined || !('candidacy' in judgement)) return [];
  const { issuer, want } = judgement.candidacy;
  return [{ application, sequence, acknowledgement, issuer, ...(want === undefined ? {} : { want }) }];
}

/** Lets the judged count, one after the other: who comes first is served first, and nobody twice. */
export async function serve(
  { store, clock, report, follower }: DistributorPorts,
  record: ProgramRecord,
  arrivals: readonly Arrival[],
): Promise<void> {
  const { program } = record;
  const issuerCaps = issuerCapsOf({ program, onProbation: issuersOnProbation(program, follower.state) });
  const budget = BigInt(program.budget);
  const byIssuer = new Map(issuerCaps.map(({ issuer, maxAmount }) => [issuer, BigInt(maxAmount)]));
  for (const arrival of arrivals) {
    const { application, issuer } = arrival;
    const terms = termsFor(record, arrival);
    const most: SpendingBounds = { recipients: terms.maxRecipients, total: budget, byIssuer };
    const share = allocateInstantly(terms, { budget, issuerCaps }, await store.readSpent(program.id), issuer);
    if (!share.ok) {
      await store.admit(program.id, [], [{ application, code: share.code }]);
      continue;
    }
    if ((await store.admit(program.id, [application], [])).includes(application)) continue;
    if (await store.plan(program.id, [{ application, amount: share.amount }], clock.now(), most)) continue;
    // Another process was faster by a moment. It counts, and is paid as soon as money comes back.
    report({ code: 'payment.waits', program: program.id, detail: application });
  }
}

/** What one gets by the rules it was acknowledged under, or by better ones that came since; and as many places as either has. */
function termsFor(record: ProgramRecord, { acknowledgement, want }: Arrival): InstantTerms {
  const isRevised = record.earlier !== undefined;
  const own = isRevised ? parseAcknowledgement(acknowledgement).acknowledgement.program : record.digest;
  const all = (versionsFor(record, own) ?? [record]).map(({ program }) => program.allocation);
  const [terms, ...later] = all.filter((allocation) => allocation.mode === 'instant');
  assert(terms !== undefined, 'what is sealed waits for everybody');
  const maxRecipients = Math.max(terms.maxRecipients, ...later.map((one) => one.maxRecipients));
  return { ...terms, maxRecipients, amount: want ?? terms.amount };
}
