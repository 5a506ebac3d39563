import { assert } from '@holdfast/core';
import { sql } from 'kysely';
import { type AcceptAnswer, MAX_PER_HOLDER, type NewApplication } from '../../ports/distributor-store.ts';
import { type Database, statement } from './database.ts';

type Asked = NewApplication & { readonly maxApplications: number };
type Row = {
  readonly place: number;
  readonly answer: AcceptAnswer['answer'] | 'undecided';
  readonly acknowledgement: string | null;
};

/**
 * Takes a whole call in with one statement and one wait, its commit included, wherever no application of it is in another's way:
 * nearly always. The rows of the programs are locked by the first query of the function, so the second, which sees what was there
 * once they were, sees all that the call before it did; the next call can wait for them in the database meanwhile.
 *
 * `place` 0 with `undecided`: nothing was kept, because what becomes of one of them depends on another of the same call (one
 * named twice, or the last places of a program or a holder). Else every application that is not answered was kept.
 */
export const ACCEPT_FUNCTION = `create function accept_applications(
  programs text[], asked json, sealed_bytes bytea, most_of_holder int4
) returns table (place int4, answer text, acknowledgement text) language sql volatile as $$
  select from program where id = any(programs) order by number for no key update;
  with asked as (
    select one.*, program.number, program.count, program.closed_at_ms
    from json_to_recordset(asked) as one (
      place int4, program text, application text, holder text, received int8, salt text,
      acknowledgement text, code text, most int4, start int4, length int4
    ) left join program on program.id = one.program
  ), looked as (
    select asked.*, kept.acknowledgement as known, theirs.held,
      case
        when kept.acknowledgement is not null then 'repeat'
        when number is null or closed_at_ms is not null then 'closed'
        when count >= most then 'full'
        when theirs.held >= most_of_holder then 'holder-full'
        else 'kept'
      end as answer
    from asked
    left join lateral (
      select one.acknowledgement from application as one
      where one.program = asked.number and one.application = asked.application limit 1
    ) as kept on true
    cross join lateral (
      select count(*) as held from (
        select from application as one
        where one.program = asked.number and one.holder = asked.holder limit most_of_holder
      ) as own
    ) as theirs
  ), numbered as (
    select looked.*,
      (count + row_number() over (partition by number order by place))::int4 as sequence,
      min(most) over (partition by number) as least,
      held + row_number() over (partition by number, holder order by place) as of_holder,
      row_number() over (partition by number, application order by place) as named
    from looked where answer = 'kept'
  ), plain as (
    select not exists (
      select from numbered where sequence > least or of_holder > most_of_holder or named > 1
    ) as is_so
  ), taken as (
    select numbered.* from numbered cross join plain where is_so
  ), applications as (
    insert into application (program, sequence, received_at_ms, application, holder, salt, acknowledgement)
    select number, sequence, received, application, holder, salt, acknowledgement from taken
  ), sealed as (
    insert into sealed_application (program, sequence, sealed, code)
    select number, sequence, substring(sealed_bytes from start for length), code from taken
  ), queued as (
    insert into unjudged (program, sequence, application) select number, sequence, application from taken
  ), counted as (
    update program set count = now.count
    from (select number, max(sequence) as count from taken group by number) as now
    where program.number = now.number
  )
  select 0, 'undecided', null from plain where not is_so
  union all
  select place, answer, known from looked cross join plain where is_so and answer <> 'kept'
$$`;

/** Undefined where it could not be decided like this, and nothing was kept. */
export async function acceptAtOnce(
  database: Database,
  asked: readonly Asked[],
): Promise<readonly AcceptAnswer[] | undefined> {
  const programs = [...new Set(asked.map(({ program }) => program))];
  const call = sql<Row>`select * from accept_applications(
    ${programs}::text[], ${encodeAsked(asked)}::json, ${Buffer.concat(asked.map(({ sealed }) => sealed))}::bytea,
    ${MAX_PER_HOLDER}::int4
  )`;
  const { rows } = await statement(database, (one) => call.execute(one));
  if (rows.some(({ place }) => place === 0)) return undefined;
  const others = new Map(rows.map((row) => [row.place, row]));
  return asked.map(({ acknowledgement }, i) => {
    const other = others.get(i + 1);
    return other === undefined ? { answer: 'kept', acknowledgement } : answerOf(other);
  });
}

/** Each with where its sealed bytes begin among those of all, counted from 1 as SQL does: they go as they are, in binary. */
function encodeAsked(asked: readonly Asked[]): string {
  let start = 1;
  return JSON.stringify(
    asked.map(
      ({ sealed, receivedAt, maxApplications, program, application, holder, salt, acknowledgement, code }, i) => {
        const row = {
          ...{ place: i + 1, program, application, holder, received: receivedAt, salt, acknowledgement, code },
          ...{ most: maxApplications, start, length: sealed.length },
        };
        start += sealed.length;
        return row;
      },
    ),
  );
}

function answerOf({ answer, acknowledgement }: Row): AcceptAnswer {
  if (answer === 'repeat') {
    assert(acknowledgement !== null, 'a repeat has its acknowledgement');
    return { answer, acknowledgement };
  }
  assert(answer !== 'kept' && answer !== 'undecided', 'what is answered by itself was not kept');
  return { answer };
}
