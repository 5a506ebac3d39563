import { allocateInstantly, assert, issuerCapsOf, issuersOnProbation, type ProgramRecord } from '@holdfast/core';
import type { DistributorStore, JudgedApplication, SpendingBounds } from '../../ports/distributor-store.ts';
import type { DistributorBounds } from './config.ts';
import { type Bench, type JudgedNow, judgeMany } from './judging.ts';
import type { DistributorPorts } from './neighbours.ts';
import { readAll } from './pages.ts';

/** Somebody who is judged, and neither refused nor paid yet. */
type Arrival = Pick<JudgedApplication, 'application' | 'sequence'> & { readonly issuer: string };

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

function arrivalOf({ application, sequence, judgement, admitted, payment }: JudgedApplication): Arrival[] {
  if (judgement === undefined || !('candidacy' in judgement) || payment !== undefined || admitted === false) return [];
  return [{ application, sequence, issuer: judgement.candidacy.issuer }];
}

/** Lets the judged count, one after the other: who comes first is served first, and nobody twice. */
export async function serve(
  { store, clock, report, follower }: DistributorPorts,
  { program }: ProgramRecord,
  arrivals: readonly Arrival[],
): Promise<void> {
  const { allocation } = program;
  const issuerCaps = issuerCapsOf({ program, onProbation: issuersOnProbation(program, follower.state) });
  assert(allocation.mode === 'instant', 'what is sealed waits for everybody');
  const budget = BigInt(program.budget);
  const most: SpendingBounds = {
    recipients: allocation.maxRecipients,
    total: budget,
    byIssuer: new Map(issuerCaps.map(({ issuer, maxAmount }) => [issuer, BigInt(maxAmount)])),
  };
  for (const { application, issuer } of arrivals) {
    const share = allocateInstantly(allocation, { budget, issuerCaps }, await store.readSpent(program.id), issuer);
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
