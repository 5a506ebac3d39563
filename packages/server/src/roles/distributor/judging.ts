import {
  type ApplicationRefusal,
  applicationNonce,
  CodedError,
  isSamePosition,
  type Json,
  mostOf,
  type Position,
  type ProgramRecord,
  type ProgramRules,
  parseCredential,
  qualify,
  qualifyByException,
  qualifyUnder,
  type RulesUnder,
  TICK_MS,
  type Verdict,
  type Version,
  versionsFor,
  type WantedFreshness,
} from '@holdfast/core';
import type { Judgement, KeptApplication } from '../../ports/distributor-store.ts';
import type { GivenVerdict } from '../../ports/verification.ts';
import type { DistributorBounds } from './config.ts';
import { reportFailure } from './failures.ts';
import { openApplication } from './kept-application.ts';
import type { DistributorPorts } from './neighbours.ts';
import type { Nullifiers } from './programs.ts';

/** What judging one program's applications needs, made ready once. */
export type Bench = {
  readonly record: ProgramRecord;
  /** The versions that an application of this one counts under, itself first. */
  readonly rulesUnder: (digest: string) => readonly [RulesUnder, ...RulesUnder[]];
  readonly nullifierOf: Nullifiers;
  /** Entry of the log that admits an application whatever the program's rules say of it. */
  readonly admittedBy?: (application: string) => number | undefined;
};

/** Undefined versions nobody was acknowledged for: such an application is judged by the rules in force. */
export function rulesUnderOf(record: ProgramRecord, rulesOf: (version: Version) => ProgramRules): Bench['rulesUnder'] {
  const under = (version: Version): RulesUnder => ({ program: version.program, rules: rulesOf(version) });
  return (digest) => {
    const [own = record, ...later] = versionsFor(record, digest) ?? [];
    return [under(own), ...later.map(under)];
  };
}

export type Judged = { readonly judgement: Judgement; readonly given?: GivenVerdict };

/**
 * Judges one application by a verdict at `position`, or at once when there is none. The verifier is asked under the
 * application's own name, so that asking again after a crash gives the same verdict; a new `attempt` is a new question.
 * Throws what the verifier throws, and `verifier.behind`: it was not judged, and nothing is held against anybody.
 */
export async function judgeOne(
  ports: Pick<DistributorPorts, 'sealer' | 'verification'>,
  { record, rulesUnder, nullifierOf, admittedBy }: Bench,
  kept: KeptApplication,
  position: Position | undefined,
  { attempt, isLastCall = false }: Attempt,
): Promise<Judged> {
  const { program } = record;
  const exception = admittedBy?.(kept.application);
  const refused = (code: ApplicationRefusal): Judged => ({
    judgement: { application: kept.application, refused: code },
  });
  if (kept.sealed === undefined) return refused('application.credential_invalid');
  const { application, presentation } = await openApplication(ports.sealer, kept, kept.sealed);
  const credential = parseCredential(presentation);
  if (!credential.ok) return refused('application.credential_invalid');
  const versions = rulesUnder(application.program);
  const [own] = versions;
  const freshness = freshnessAt(record, position);
  const given = await ports.verification.verify({
    presentation,
    nonce: applicationNonce(application),
    audience: program.organiser,
    query: own.program.query as Json,
    want: { class: 'pay', freshness, amount: mostOf(versions).toString() },
    keepStanding: true,
    key: `${placeOf(position, exception)}.${program.id}.${kept.application}.${attempt}`,
    deadlineMs: VERIFICATION_DEADLINE_MS,
  });
  assertStood(given.verdict, position);
  if (!isLastCall) assertOtherReady(given.verdict);
  const { verdict } = given;
  const at = Math.floor((verdict.basis.tick * TICK_MS) / 1000);
  const asked = { application, credential, verdict, at, nullifierOf };
  const outcome = qualifyUnder(versions, asked, exception === undefined ? qualify : qualifyByException);
  const named = { application: kept.application, verdict: given.id, ...(exception === undefined ? {} : { exception }) };
  const judgement = outcome.ok ? { ...named, candidacy: outcome.qualification } : { ...named, refused: outcome.code };
  return { judgement, given };
}

/** What has been ruled since is another question: the verifier repeats its answer to the same. */
function placeOf(position: Position | undefined, exception: number | undefined): string {
  if (exception !== undefined) return `exception-${exception}`;
  return position === undefined ? 'instant' : 'seal';
}

type Attempt = {
  readonly attempt: number;
  /** Whether nobody is waited for any more who judges by the word of another network. */
  readonly isLastCall?: boolean;
};

/** At the position that the log fixed, and of recognised networks at those that the intake names: the same for everybody. */
function freshnessAt({ intake }: ProgramRecord, position: Position | undefined): WantedFreshness {
  if (position === undefined) return { mode: 'any' };
  const { recognised } = intake ?? {};
  return { mode: 'at', position, ...(recognised === undefined ? {} : { recognised }) };
}

/** A verifier that has not folded back to the position yet is given this long. */
const VERIFICATION_DEADLINE_MS = 10_000;

/**
 * A verifier that did not stand at the position has said nothing about the application. Its basis says where it stood; the
 * reasons would not do: one issuer that names a position beyond it in one credential would hold up everybody.
 */
function assertStood({ basis }: Verdict, position: Position | undefined): void {
  if (position === undefined || basis.positions.some((stood) => isSamePosition(stood, position))) return;
  throw new CodedError('verifier.behind', 'The verifier cannot judge at the position of the intake yet.');
}

/** What another network said at its position is not worked out yet: nothing is held against whoever it attests. */
function assertOtherReady({ basis }: Verdict): void {
  if (basis.missing?.includes('recognition.not_ready') !== true) return;
  throw new CodedError('verifier.behind', 'The verifier cannot judge at the position of a recognised network yet.');
}

export type JudgedNow = { readonly kept: KeptApplication; readonly judgement: Judgement };

/**
 * Judges these, and gives those that could be judged: with `isInOrder` only up to the first that could not. When none
 * could, the first failure is thrown; else it is told.
 */
export async function judgeMany(
  ports: DistributorPorts,
  bench: Bench,
  { maxVerifications }: Pick<DistributorBounds, 'maxVerifications'>,
  some: readonly KeptApplication[],
  { position, isInOrder, ...attempt }: Attempt & { position?: Position; isInOrder: boolean },
): Promise<readonly JudgedNow[]> {
  const ends = await settleAtMost(some, maxVerifications, (kept) => judgeOne(ports, bench, kept, position, attempt));
  const failed = ends.findIndex(({ status }) => status === 'rejected');
  const judged = ends.flatMap((end, i): JudgedNow[] => {
    const kept = some[i];
    if (end.status === 'rejected' || kept === undefined || (isInOrder && failed !== -1 && i > failed)) return [];
    return [{ kept, judgement: end.value.judgement }];
  });
  const failure = ends[failed];
  if (judged.length === 0 && failure?.status === 'rejected') throw failure.reason;
  if (failure?.status === 'rejected') reportFailure(ports, bench.record.program.id, failure.reason);
  return judged;
}

/** Runs `work` over all of them, at most `atOnce` under way; the first failure is thrown once those under way have ended. */
export async function mapAtMost<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const ends = await settleAtMost(items, atOnce, work);
  return ends.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  });
}

async function settleAtMost<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<PromiseSettledResult<Result>[]> {
  const ends: PromiseSettledResult<Result>[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      const [end] = await Promise.allSettled([work(items[index] as Item)]);
      ends[index] = end;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return ends;
}
