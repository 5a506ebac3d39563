import type { NetworkState } from '../fold/state.ts';
import { applicationDigest } from './application.ts';
import type { ResultQuestion } from './check-result.ts';
import { lateShareOf } from './late-share.ts';
import { rulingsOf } from './ruling.ts';
import { sharesUnder, versionsFor } from './versions.ts';

/** What the log says of somebody whom a case or a decision admits, whatever the lists of the program say. Minor units. */
export type CheckedAdmission = {
  /** Entry that admits: the one that opened the case, or the decision's exception. */
  readonly entry: number;
  /** The case, as long as the log's books keep it. */
  readonly case?: string;
  /** What the draw would have given; absent before there is one, and where the applicant's files do not say enough. */
  readonly due?: bigint;
  /** What the draw has left of the budget, for all who were admitted late together, before anything came back; absent without one. */
  readonly left?: bigint;
  /** Unix milliseconds: when the program ends, and nothing is paid any more; absent before the seal. */
  readonly endsAt?: number;
};

/**
 * Whether the log admits this application beside the rules, and what follows: from the log and the applicant's own files, with
 * nobody asked. Undefined where it does not.
 */
export function checkAdmission(
  state: Pick<NetworkState, 'exceptions' | 'docket'>,
  { record, application, presented, own }: ResultQuestion,
): CheckedAdmission | undefined {
  const { program, draw, sealedAt } = record;
  const entry = rulingsOf(state, program.id).admissions.get(applicationDigest(application, presented));
  if (entry === undefined) return undefined;
  const found = [...state.docket.cases.values()].find((one) => one.entry === entry);
  const [share] = sharesUnder(versionsFor(record, application.program) ?? [], application);
  const due = own === undefined ? undefined : lateShareOf(record, { ...own, ...share });
  return {
    entry,
    ...(found === undefined ? {} : { case: found.id }),
    ...(due === undefined ? {} : { due }),
    ...(draw === undefined ? {} : { left: BigInt(program.budget) - BigInt(draw.allocated.total) }),
    ...(sealedAt === undefined ? {} : { endsAt: sealedAt.time + program.appealMs }),
  };
}
