import { changesOfRevision, MAX_PROGRAM_VERSIONS, noticeOfRevision } from '../fold/revisions.ts';
import type { NetworkState, ProgramRecord } from '../fold/state.ts';
import { effectOfChanges, findNever } from '../program/compare-versions.ts';
import { type AuditedEntry, type AuditRule, brokenWhere, type Condition, GOVERNOR } from './audit-rule.ts';

/**
 * The rules of a program change by the power to revise, after their notice, before its window closes, in nothing that is
 * promised for good; and by no epoch before that time. Every version there was stays known.
 */
export const revisionRule: AuditRule = {
  name: 'revision',
  look: (entry, before) => {
    const { body } = entry.statement;
    if (body.type === 'epoch') return lookAtEpoch(body.time, before);
    if (body.type !== 'program') return undefined;
    const { program, decision, effectiveAt } = body;
    const used = entry.decisions.get(decision)?.body;
    if (effectiveAt === undefined) {
      return brokenWhere(GOVERNOR, [
        [used?.power !== 'revise', 'A next version is announced with the time it begins.'],
      ]);
    }
    const record = before.programs.get(program.id);
    if (record === undefined) return brokenWhere(GOVERNOR, [[false, `There is no program ${program.id} to change.`]]);
    return brokenWhere(GOVERNOR, conditionsOf({ record, program, effectiveAt }, used, before));
  },
};

type Announced = {
  readonly record: ProgramRecord;
  readonly program: ProgramRecord['program'];
  readonly effectiveAt: number;
};
type Decision = ReturnType<AuditedEntry['decisions']['get']>;

function conditionsOf(
  { record, program, effectiveAt }: Announced,
  used: NonNullable<Decision>['body'] | undefined,
  { rulebook, time }: Readonly<NetworkState>,
): Condition[] {
  const changes = changesOfRevision(record, program, effectiveAt);
  const effect = effectOfChanges(changes);
  const never = findNever(changes);
  const least = rulebook === undefined ? Number.POSITIVE_INFINITY : time + noticeOfRevision(rulebook.body, effect);
  const { closesAt } = record.program.window;
  return [
    [used?.power === 'revise', 'The rules of a program change by the power to revise alone.'],
    [used?.parameters.replaces === record.digest, 'Officers compared it with another version than the one in force.'],
    [record.revision === undefined, `A next version waits already, announced by #${record.revision?.entry}.`],
    [effectiveAt >= least, `It takes effect before its notice is over (${effect}).`],
    [record.intake === undefined && effectiveAt < closesAt, 'It takes effect when nobody can apply any more.'],
    [never === undefined, `It changes what nobody may: ${never?.text}; ${never?.never}.`],
    [(record.earlier?.length ?? 0) + 2 <= MAX_PROGRAM_VERSIONS, 'Its rules have changed often enough.'],
  ];
}

/** Other rules in force than before are those that were announced, at their time, and the old ones are kept. */
function lookAtEpoch(time: number, before: Readonly<NetworkState>): ReturnType<AuditRule['look']> {
  const waiting = [...before.programs.values()];
  if (waiting.length === 0) return undefined;
  return (applied, after) => {
    const conditions = waiting.flatMap((record) =>
      conditionsOfEpoch(record, after.programs.get(record.program.id), time),
    );
    return brokenWhere('whoever folded this epoch', conditions)(applied);
  };
}

function conditionsOfEpoch(was: ProgramRecord, is: ProgramRecord | undefined, time: number): Condition[] {
  const { id } = was.program;
  if (is === undefined) return [[false, `The program ${id} is gone.`]];
  if (is.digest === was.digest)
    return [[is.program === was.program, `The rules of ${id} are others, under the same name.`]];
  const last = is.earlier?.at(-1);
  return [
    [was.revision?.digest === is.digest, `The rules of ${id} are none that were announced.`],
    [(was.revision?.effectiveAt ?? Number.POSITIVE_INFINITY) <= time, `The rules of ${id} changed before their time.`],
    [last?.digest === was.digest && last.until === time, `The rules that ${id} had are forgotten.`],
    [is.earlier?.[0]?.digest === (was.earlier?.[0]?.digest ?? was.digest), `The first rules of ${id} are forgotten.`],
    [is.entry === was.entry && is.intake === undefined, `${id} changed after everybody who applied was counted.`],
  ];
}
