import { isCodedError, issuerCapsOf, type ProgramRecord } from '@holdfast/core';
import { lateShareOf } from '@holdfast/core/program';
import type { Candidacy, KeptApplication, PaymentSums, SpendingBounds } from '../../ports/distributor-store.ts';
import { type Bench, judgeOne } from './judging.ts';
import type { DistributorPorts } from './neighbours.ts';
import type { Programs } from './programs.ts';

export type LateAdmissionsPorts = DistributorPorts & {
  readonly rulesUnderOf: (record: ProgramRecord) => Bench['rulesUnder'];
  readonly nullifiersOf: Programs['nullifiersOf'];
};

/** `isPlanned`: its payment has begun by this. */
type Late = { readonly state: 'waiting' | 'refused' | 'too-late'; readonly why?: string; readonly isPlanned?: true };
const SPENT = { state: 'waiting', why: 'application.budget_spent' } as const;
const PLANNED = { state: 'waiting', isPlanned: true } as const;

/** What was not there is looked for again after this: something may have come back. */
const LOOK_AGAIN_MS = 60_000;
/** Applications of which it is remembered that there was nothing for them; of others it is found out again. */
const MAX_REMEMBERED = 10_000;

/**
 * Admits whom the log admits after the lists of a program were made. Those stay as they are: nobody else gets less by it, and what
 * is paid comes from what the program has not given. It is what the draw would have given them; until there is so much, they
 * wait, at the longest until the program ends.
 */
export function createLateAdmissions(ports: LateAdmissionsPorts) {
  const { store, clock, follower } = ports;
  const againMs = new Map<string, number>();
  const tries = new Map<string, number>();

  /** Makes it a candidate that no list has, or says why not. */
  async function readmit(record: ProgramRecord, kept: KeptApplication, entry: number): Promise<Candidacy | Late> {
    const { id } = record.program;
    const bench: Bench = {
      record,
      rulesUnder: ports.rulesUnderOf(record),
      nullifierOf: await ports.nullifiersOf(record),
      admittedBy: () => entry,
    };
    const key = `${id} ${kept.application}`;
    // Where everybody was judged: what was presented then is as old there as that of all the others.
    const asked = { attempt: tries.get(key) ?? 0, isLastCall: true };
    const { judgement } = await judgeOne(ports, bench, kept, record.judgedAt, asked).catch((error: unknown) => {
      // A verifier repeats its answer to a repeated question: asking anew is another question.
      if (isCodedError(error) && error.code === 'verifier.behind') {
        bounded(tries, key, asked.attempt + 1);
        bounded(againMs, key, clock.monotonic() + LOOK_AGAIN_MS);
      }
      throw error;
    });
    if (!('candidacy' in judgement)) return { state: 'refused', why: judgement.refused };
    if (!(await store.readmit(id, { ...judgement, exception: entry }, 'late'))) return { state: 'too-late' };
    return judgement.candidacy;
  }

  async function plan(record: ProgramRecord, application: string, candidacy: Candidacy): Promise<Late> {
    const { program } = record;
    const amount = lateShareOf(record, candidacy);
    if (amount === undefined) return { state: 'waiting' };
    if (amount === 0n) return SPENT;
    const most: SpendingBounds = {
      recipients: Number.MAX_SAFE_INTEGER,
      total: BigInt(program.budget),
      byIssuer: new Map(issuerCapsOf(record).map(({ issuer, maxAmount }) => [issuer, BigInt(maxAmount)])),
    };
    return (await store.plan(program.id, [{ application, amount }], clock.now(), most)) ? PLANNED : SPENT;
  }

  return {
    /** `waiting` with a reason: there is nothing for it yet. Safe to repeat. */
    async admit(record: ProgramRecord, kept: KeptApplication, entry: number): Promise<Late> {
      const { program, draw } = record;
      const { application, payment, judgement } = kept;
      const key = `${program.id} ${application}`;
      if (payment !== undefined) return { state: 'waiting' };
      // Those who are in the lists first: what is theirs is not given away because it is not planned yet.
      const isPlanned = draw === undefined || countOf(await store.sumPayments(program.id)) >= draw.allocated.count;
      if (!isPlanned || follower.position === undefined) return { state: 'waiting' };
      const isCandidate = judgement !== undefined && 'candidacy' in judgement && judgement.sealedAs !== undefined;
      if (clock.monotonic() < (againMs.get(key) ?? 0)) return isCandidate ? SPENT : { state: 'waiting' };
      const found = isCandidate ? judgement.candidacy : await readmit(record, kept, entry);
      if ('state' in found) return found;
      if ((await store.admit(program.id, [application], [])).includes(application)) {
        return { state: 'refused', why: 'application.duplicate_person' };
      }
      const planned = await plan(record, application, found);
      if (planned.why !== undefined) bounded(againMs, key, clock.monotonic() + LOOK_AGAIN_MS);
      return planned;
    },
  };
}

function bounded(map: Map<string, number>, key: string, value: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_REMEMBERED && oldest !== undefined) map.delete(oldest);
}

function countOf(sums: PaymentSums): number {
  return Object.values(sums).reduce((count, sum) => count + sum.count, 0);
}
