import { keysInForce } from '../fold/authority.ts';
import type { NetworkState } from '../fold/state.ts';
import type { StatementBody } from '../fold/statement.ts';
import { type AuditRule, brokenWhere, type Condition, GOVERNOR } from './audit-rule.ts';

/** A program's steps come in their order, count the same people, and never give more than its budget. */
export const programRule: AuditRule = {
  name: 'program',
  look: ({ statement: { body } }, before) => {
    if (body.type === 'unknown') return undefined;
    const conditions = conditionsOf(body, before);
    if (conditions === undefined) return undefined;
    const isOrganisers = body.type === 'intake' || body.type === 'seal' || body.type === 'draw';
    const organiser = isOrganisers ? before.programs.get(body.program)?.program.organiser : undefined;
    return brokenWhere(organiser === undefined ? GOVERNOR : `${organiser}, who signed it`, conditions);
  },
};

function conditionsOf(body: StatementBody, before: Readonly<NetworkState>): Condition[] | undefined {
  switch (body.type) {
    case 'program':
      // Announced with a time, it is another version of one that there is: see the rule of revisions.
      return body.effectiveAt === undefined ? conditionsOfProgram(body.program, before) : undefined;
    case 'exception':
      return [
        [!before.exceptions.has(body.digest), 'The same exception was made before.'],
        [body.program === undefined || before.programs.has(body.program), 'There is no such program.'],
      ];
    case 'intake':
    case 'seal':
    case 'draw':
      return conditionsOfStep(body, before);
    default:
      return undefined;
  }
}

type ProgramBody = Extract<StatementBody, { type: 'program' }>['program'];

function conditionsOfProgram(program: ProgramBody, before: Readonly<NetworkState>): Condition[] {
  const organiser = before.parties.get(program.organiser);
  return [
    [!before.programs.has(program.id), `The program ${program.id} is in the log already.`],
    [organiser?.kind === 'distributor', `${program.organiser} is no distributor.`],
    [keysInForce(organiser, 'statement', before.time).length > 0, `${program.organiser} has no key to speak with.`],
    [program.window.closesAt > before.time, 'Its window was over before it began.'],
  ];
}

type StepBody = Extract<StatementBody, { type: 'intake' | 'seal' | 'draw' }>;

function conditionsOfStep(body: StepBody, before: Readonly<NetworkState>): Condition[] {
  const record = before.programs.get(body.program);
  if (record === undefined) return [[false, `There is no program ${body.program}.`]];
  const { program, intake, seal, draw } = record;
  switch (body.type) {
    case 'intake':
      return [
        [intake === undefined, `The intake of ${body.program} stands already, at #${intake?.entry}.`],
        [before.time >= program.window.closesAt, 'The window was still open.'],
        [body.count <= program.maxApplications, 'It has more applications than the program takes.'],
      ];
    case 'seal':
      return [
        [intake !== undefined && seal === undefined, 'A seal comes once, after the intake.'],
        [
          body.position === record.judgedAt?.size,
          'It is judged at another position than the first epoch after the intake.',
        ],
        [body.admitted.count + body.refused.count === intake?.count, 'It does not count everybody in the intake.'],
      ];
    case 'draw':
      return [
        [seal !== undefined && draw === undefined, 'A draw comes once, after the seal.'],
        [body.seal === seal?.admitted.root, 'It draws among others than those who were sealed.'],
        [record.sealedAt !== undefined, 'No epoch had committed to the seal.'],
        [body.allocated.count <= (seal?.admitted.count ?? 0), 'It gives to more people than were admitted.'],
        [BigInt(body.allocated.total) <= BigInt(program.budget), 'It gives more than the budget.'],
      ];
    default:
      return body satisfies never;
  }
}
