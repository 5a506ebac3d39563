import { allocateInstantly, assert, type InstantSpent, type ProgramRecord } from '@holdfast/core';
import { PAYMENT_STATES } from '../../ports/distributor-store.ts';
import type { DistributorBounds } from './config.ts';
import { type Bench, judgeOne, mapAtMost } from './judging.ts';
import type { DistributorPorts } from './neighbours.ts';
import { readAll } from './pages.ts';

/** In a program that pays at once: judges those who came, in the order in which they came, and plans their payments. */
export async function serveArrivals(
  ports: DistributorPorts,
  bench: Bench,
  bounds: DistributorBounds,
): Promise<boolean> {
  const { store } = ports;
  const { program } = bench.record;
  const some = await store.readUnjudged(program.id, bounds.maxPerRound);
  if (some.length === 0) return false;
  const judged = await mapAtMost(some, bounds.maxVerifications, (kept) => judgeOne(ports, bench, kept, undefined, 0));
  await store.judge(
    program.id,
    judged.map(({ judgement }) => judgement),
  );
  return true;
}

/** Lets the judged count, one after the other: who comes first is served first, and nobody twice. */
export async function serveJudged(ports: DistributorPorts, record: ProgramRecord): Promise<boolean> {
  const { program } = record;
  const { store, clock } = ports;
  assert(program.allocation.mode === 'instant', 'what is sealed waits for everybody');
  const waiting = [];
  for await (const kept of readAll((limit, after) => store.readJudged(program.id, limit, after))) {
    const { application, judgement, admitted, sequence, payment } = kept;
    if (judgement === undefined || !('candidacy' in judgement) || payment !== undefined || admitted === false) continue;
    waiting.push({ application, sequence, issuer: judgement.candidacy.issuer });
  }
  waiting.sort((a, b) => a.sequence - b.sequence);
  for (const { application, issuer } of waiting) {
    const spent = await spentBy(ports, record);
    const share = allocateInstantly(
      program.allocation,
      { budget: BigInt(program.budget), issuerCaps: program.issuerCaps },
      spent,
      issuer,
    );
    if (!share.ok) {
      await store.admit(program.id, [], [{ application, code: share.code }]);
      continue;
    }
    const others = await store.admit(program.id, [application], []);
    if (!others.includes(application))
      await store.plan(program.id, [{ application, amount: share.amount }], clock.now());
  }
  return waiting.length > 0;
}

/** What is handed out or promised: everything but what came back. */
async function spentBy({ store }: DistributorPorts, { program }: ProgramRecord): Promise<InstantSpent> {
  const sums = await store.sumPayments(program.id);
  const kept = PAYMENT_STATES.filter((state) => state !== 'voided');
  const recipients = kept.reduce((sum, state) => sum + (sums[state]?.count ?? 0), 0);
  const total = kept.reduce((sum, state) => sum + (sums[state]?.total ?? 0n), 0n);
  const byIssuer = new Map<string, bigint>();
  if (program.issuerCaps.length === 0) return { recipients, total, byIssuer };
  for (const state of kept) {
    const pages = readAll((limit, after) => store.readPayments(program.id, state, limit, after));
    for await (const { judgement, payment } of pages) {
      if (judgement === undefined || !('candidacy' in judgement)) continue;
      const { issuer } = judgement.candidacy;
      byIssuer.set(issuer, (byIssuer.get(issuer) ?? 0n) + payment.amount);
    }
  }
  return { recipients, total, byIssuer };
}
