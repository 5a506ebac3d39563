import { type ApplicationRefusal, assert } from '@holdfast/core';
import { sql, type Transaction } from 'kysely';
import type { DistributorStore, Judgement } from '../../ports/distributor-store.ts';
import { addToTally } from './distributor-tally.ts';

type Open = Transaction<unknown>;

/** Keeps the first judgement of each, in the order of digests, so that two calls never wait for each other in a circle. */
export async function judge(open: Open, program: number, judgements: readonly Judgement[]): Promise<void> {
  const names = judgements.map(({ application }) => application);
  const candidacies = judgements.map((judgement) => ('candidacy' in judgement ? judgement.candidacy : undefined));
  const { rows } = await sql<{ application: string; refused: string | null }>`
    insert into judgement (program, application, verdict, refused, issuer, nullifier, held, want, weight, exception)
    select ${program}::int4, application, verdict, refused, issuer, nullifier, held, want, weight, exception
    from unnest(
      ${names}::text[], ${judgements.map(({ verdict }) => verdict ?? null)}::text[],
      ${judgements.map((judgement) => ('refused' in judgement ? judgement.refused : null))}::text[],
      ${candidacies.map((candidacy) => candidacy?.issuer ?? null)}::text[],
      ${candidacies.map((candidacy) => candidacy?.nullifier ?? null)}::text[],
      ${candidacies.map((candidacy) => candidacy?.held ?? null)}::bool[],
      ${candidacies.map((candidacy) => candidacy?.want ?? null)}::text[],
      ${candidacies.map((candidacy) => candidacy?.weight ?? null)}::text[],
      ${judgements.map(({ exception }) => exception ?? null)}::int8[]
    ) with ordinality as row (application, verdict, refused, issuer, nullifier, held, want, weight, exception, place)
    order by application, place
    on conflict (program, application) do nothing
    returning application, refused`.execute(open);
  await sql`
    delete from unjudged using application
    where application.program = ${program} and application.application = any(${names}::text[])
      and unjudged.program = ${program} and unjudged.sequence = application.sequence`.execute(open);
  await addToTally(open, program, [
    { name: 'judged', count: rows.length },
    { name: 'refused', count: rows.filter(({ refused }) => refused !== null).length },
  ]);
}

/** Waits for whoever closes the program, or is waited for: nobody is made a candidate behind the back of its lists. */
export async function readmit(
  open: Open,
  program: number,
  { application, verdict, candidacy, exception }: Parameters<DistributorStore['readmit']>[1],
  when?: 'late',
): Promise<boolean> {
  const { rows } = await sql<{ is_closed: boolean }>`
    select closed_at_ms is not null as is_closed from program where number = ${program} for share`.execute(open);
  const { issuer, nullifier, held, want = null, weight = null } = candidacy;
  const isLate = when === 'late';
  const { numAffectedRows = 0n } = await sql`
    update judgement set sealed_as = case when ${isLate} then refused end, refused = null, verdict = ${verdict ?? null}, issuer = ${issuer}, nullifier = ${nullifier},
      held = ${held}, want = ${want}, weight = ${weight}, exception = ${exception}::int8
    where program = ${program} and application = ${application} and refused is not null and exception is null
      and ${rows[0]?.is_closed === isLate}`.execute(open);
  await addToTally(open, program, [{ name: 'refused', count: -Number(numAffectedRows) }]);
  const known = await sql`
    select from judgement where program = ${program} and application = ${application} and exception is not null`.execute(
    open,
  );
  return known.rows.length > 0;
}

type Candidate = {
  readonly application: string;
  /** Null once refused. */
  readonly nullifier: string | null;
  readonly is_admitted: boolean;
};

/**
 * Decides about candidates whose rows are locked, in the order of digests. Of two who are one person the constraint of
 * `admission` lets one in: the other's insert waits for it, in the order of nullifiers, and does nothing.
 */
export async function admit(
  open: Open,
  program: number,
  admitted: readonly string[],
  refused: readonly { readonly application: string; readonly code: ApplicationRefusal }[],
): Promise<readonly string[]> {
  const candidates = await lockCandidates(open, program, [
    ...admitted,
    ...refused.map(({ application }) => application),
  ]);
  const isOpen = (name: string) => candidates.get(name)?.nullifier !== null && !candidates.get(name)?.is_admitted;
  const asked = admitted.filter(isOpen);
  const inserted = await insertAdmissions(
    open,
    program,
    asked.map((application) => ({ application, nullifier: candidates.get(application)?.nullifier ?? '' })),
  );
  const duplicates = asked.filter((name) => !inserted.has(name));
  const refusals = [
    ...duplicates.map((application) => ({ application, code: 'application.duplicate_person' as const })),
    ...refused.filter(({ application }) => isOpen(application)),
  ];
  await refuse(open, program, refusals);
  await addToTally(open, program, [
    { name: 'admitted', count: inserted.size },
    { name: 'refused', count: refusals.length },
  ]);
  return admitted.filter((name) => !inserted.has(name) && !candidates.get(name)?.is_admitted);
}

async function lockCandidates(open: Open, program: number, names: readonly string[]): Promise<Map<string, Candidate>> {
  const locked = await sql`
    select from judgement where program = ${program} and application = any(${names}::text[])
    order by application for no key update`.execute(open);
  assert(locked.rows.length === names.length, 'what is admitted or refused was judged');
  // A statement of its own, since one that has waited for a lock sees other tables as they were before.
  const { rows } = await sql<Candidate>`
    select application, judgement.nullifier, admission.application is not null as is_admitted
    from judgement left join admission using (program, application)
    where program = ${program} and application = any(${names}::text[])`.execute(open);
  return new Map(rows.map((row) => [row.application, row]));
}

async function insertAdmissions(
  open: Open,
  program: number,
  asked: readonly { readonly application: string; readonly nullifier: string }[],
): Promise<Set<string>> {
  if (asked.length === 0) return new Set();
  const { rows } = await sql<{ application: string }>`
    insert into admission (program, application, nullifier)
    select ${program}::int4, application, nullifier
    from unnest(
      ${asked.map(({ application }) => application)}::text[], ${asked.map(({ nullifier }) => nullifier)}::text[]
    ) with ordinality as row (application, nullifier, place)
    order by nullifier, place
    on conflict (program, nullifier) do nothing
    returning application`.execute(open);
  return new Set(rows.map(({ application }) => application));
}

async function refuse(
  open: Open,
  program: number,
  refusals: readonly { readonly application: string; readonly code: ApplicationRefusal }[],
): Promise<void> {
  if (refusals.length === 0) return;
  await sql`
    update judgement
    set refused = row.code, issuer = null, nullifier = null, held = null, want = null, weight = null
    from unnest(
      ${refusals.map(({ application }) => application)}::text[], ${refusals.map(({ code }) => code)}::text[]
    ) as row (application, code)
    where judgement.program = ${program} and judgement.application = row.application`.execute(open);
}
