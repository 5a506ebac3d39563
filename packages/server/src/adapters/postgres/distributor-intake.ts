import { sql, type Transaction } from 'kysely';
import { type AcceptAnswer, MAX_PER_HOLDER, type NewApplication } from '../../ports/distributor-store.ts';

type Open = Transaction<unknown>;
type Asked = NewApplication & { readonly maxApplications: number };
type OpenProgram = { readonly number: number; count: number; readonly isClosed: boolean };
type New = Asked & { readonly number: number; readonly sequence: number };

/**
 * Takes applications in one after the other, where what becomes of one depends on another (`acceptAtOnce`): with as many statements whatever their number. The rows of their programs are locked first, so of
 * the calls for one program, and of these and its close, each sees what the one before it did: a new statement sees it,
 * because the isolation is `read committed`.
 */
export async function accept(open: Open, asked: readonly Asked[]): Promise<readonly AcceptAnswer[]> {
  const programs = await lockPrograms(open, asked);
  const { known, held } = await readBefore(open, asked, programs);
  const fresh: New[] = [];
  const answers = asked.map((application): AcceptAnswer => {
    const program = programs.get(application.program);
    if (program === undefined) return { answer: 'closed' };
    const name = keyOf(program.number, application.application);
    const acknowledgement = known.get(name);
    if (acknowledgement !== undefined) return { answer: 'repeat', acknowledgement };
    if (program.isClosed) return { answer: 'closed' };
    if (program.count >= application.maxApplications) return { answer: 'full' };
    const holder = keyOf(program.number, application.holder);
    const ofHolder = held.get(holder) ?? 0;
    if (ofHolder >= MAX_PER_HOLDER) return { answer: 'holder-full' };
    program.count += 1;
    held.set(holder, ofHolder + 1);
    known.set(name, application.acknowledgement);
    fresh.push({ ...application, number: program.number, sequence: program.count });
    return { answer: 'kept', acknowledgement: application.acknowledgement };
  });
  if (fresh.length > 0) await insert(open, fresh, [...programs.values()]);
  return answers;
}

/** In one order, so that two calls with the same programs never wait for each other in a circle. */
async function lockPrograms(open: Open, asked: readonly Asked[]): Promise<Map<string, OpenProgram>> {
  const ids = [...new Set(asked.map(({ program }) => program))];
  const { rows } = await sql<{ id: string; number: number; count: number; closed_at_ms: number | null }>`
    select id, number, count, closed_at_ms from program where id = any(${ids}::text[])
    order by number for no key update`.execute(open);
  return new Map(
    rows.map(({ id, number, count, closed_at_ms: closedAt }) => [id, { number, count, isClosed: closedAt !== null }]),
  );
}

/**
 * What is known of each, and of its holder: one answer for both, as everybody who comes waits for it. Looked up one by one, as
 * `readApplications` does and for the same reason.
 */
async function readBefore(open: Open, asked: readonly Asked[], programs: ReadonlyMap<string, OpenProgram>) {
  type Row = { program: number; application: string; holder: string; acknowledgement: string | null; count: number };
  const { rows } = await sql<Row>`
    select asked.program, asked.application, asked.holder, kept.acknowledgement, theirs.count
    from unnest(
      ${numbersOf(asked, programs)}::int4[], ${asked.map(({ application }) => application)}::text[],
      ${asked.map(({ holder }) => holder)}::text[]
    ) as asked (program, application, holder)
    left join lateral (
      select acknowledgement from application as one
      where one.program = asked.program and one.application = asked.application limit 1
    ) as kept on true
    cross join lateral (
      select count(*) as count from (
        select from application as one
        where one.program = asked.program and one.holder = asked.holder limit ${MAX_PER_HOLDER}
      ) as own
    ) as theirs`.execute(open);
  const known = rows.flatMap(({ program, application, acknowledgement }) =>
    acknowledgement === null ? [] : [[keyOf(program, application), acknowledgement] as const],
  );
  const held = rows.map(({ program, holder, count }) => [keyOf(program, holder), count] as const);
  return { known: new Map(known), held: new Map(held) };
}

function numbersOf(asked: readonly Asked[], programs: ReadonlyMap<string, OpenProgram>): (number | null)[] {
  return asked.map(({ program }) => programs.get(program)?.number ?? null);
}

/**
 * The sealed bytes go as one parameter, in binary, and are cut there: an array of them would be sent as hexadecimal digits,
 * twice as long, and take longer than all the rest.
 */
async function insert(open: Open, kept: readonly New[], programs: readonly OpenProgram[]): Promise<void> {
  const numbers = kept.map(({ number }) => number);
  const sequences = kept.map(({ sequence }) => sequence);
  const names = kept.map(({ application }) => application);
  const { bytes, starts, lengths } = joined(kept.map(({ sealed }) => sealed));
  await sql`
    with applications as (
      insert into application (program, sequence, received_at_ms, application, holder, salt, acknowledgement)
      select * from unnest(
        ${numbers}::int4[], ${sequences}::int4[], ${kept.map(({ receivedAt }) => receivedAt)}::int8[], ${names}::text[],
        ${kept.map(({ holder }) => holder)}::text[], ${kept.map(({ salt }) => salt)}::text[],
        ${kept.map(({ acknowledgement }) => acknowledgement)}::text[]
      )
    ), sealed as (
      insert into sealed_application (program, sequence, sealed, code)
      select program, sequence, substring(${bytes}::bytea from start for length), code
      from unnest(${numbers}::int4[], ${sequences}::int4[], ${starts}::int4[], ${lengths}::int4[],
        ${kept.map(({ code }) => code ?? null)}::text[]) as row (program, sequence, start, length, code)
    ), queued as (
      insert into unjudged (program, sequence, application)
      select * from unnest(${numbers}::int4[], ${sequences}::int4[], ${names}::text[])
    )
    update program set count = now.count
    from unnest(${programs.map(({ number }) => number)}::int4[], ${programs.map(({ count }) => count)}::int4[])
      as now (number, count)
    where program.number = now.number and program.count <> now.count`.execute(open);
}

/** Where each begins among all of them, counted from 1 as SQL does. */
function joined(parts: readonly Uint8Array[]) {
  const starts: number[] = [];
  let start = 1;
  for (const { length } of parts) {
    starts.push(start);
    start += length;
  }
  return { bytes: Buffer.concat(parts), starts, lengths: parts.map(({ length }) => length) };
}

function keyOf(program: number, name: string): string {
  return `${program} ${name}`;
}
