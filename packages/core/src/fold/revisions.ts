import { bindingDigest } from '../governance/decision.ts';
import {
  compareProgramVersions,
  effectOfChanges,
  findNever,
  type ProgramChange,
  type ProgramEffect,
} from '../program/compare-versions.ts';
import type { Program } from '../program/program.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import { recordHands } from './hands.ts';
import { closeDecisions } from './powers.ts';
import { restoreEntry } from './restoring.ts';
import type { DecisionRecord, NetworkState, ProgramRecord, Refusal } from './state.ts';
import type { StatementOf } from './statement.ts';

/** How often the rules of one program may change: its record stands in the state of everybody. */
export const MAX_PROGRAM_VERSIONS = 16;

/** What the next version of this program would change, if it came into force then. */
export function changesOfRevision({ program, earlier = [] }: ProgramRecord, after: Program, effectiveAt: number) {
  return compareProgramVersions(program, after, { effectiveAt, earlier: earlier.map((version) => version.program) });
}

/**
 * How long a change of a program waits after the epoch that it is recorded under: what may harm somebody who applies longer
 * than what only helps. A rulebook that says nothing of programs lets both wait as long as a change of its own rules.
 */
export function noticeOfRevision({ notice }: Pick<Rulebook, 'notice'>, effect: ProgramEffect): number {
  const { adverseMs, favourableMs } = notice.programs ?? { adverseMs: notice.amendMs, favourableMs: notice.amendMs };
  return effect === 'adverse' ? adverseMs : favourableMs;
}

/** A program's next version is announced. It is that of the version in force, and nothing else waits beside it. */
export function applyRevision(
  state: NetworkState,
  body: StatementOf<'program'>,
  decision: DecisionRecord,
  entry: number,
): Refusal | undefined {
  const { program, effectiveAt } = body;
  const { parameters } = decision;
  const record = state.programs.get(program.id);
  if (record === undefined) return 'program-unknown';
  const digest = bindingDigest(program);
  const isBound = parameters.program === digest && parameters.effectiveAt === effectiveAt;
  if (!isBound || effectiveAt === undefined) return 'decision-parameters';
  if (parameters.replaces !== record.digest || digest === record.digest) return 'revision-base';
  if (record.revision !== undefined) return 'revision-waits';
  const late = scopeRefusal(record, effectiveAt);
  if (late !== undefined) return late;
  const changes = changesOfRevision(record, program, effectiveAt);
  if (findNever(changes) !== undefined) return 'revision-fixed';
  const effect = effectOfChanges(changes);
  const { rulebook, time } = state;
  if (rulebook === undefined || effectiveAt < time + noticeOfRevision(rulebook.body, effect)) return 'notice';
  closeDecisions(state, [decision]);
  state.programs.set(program.id, { ...record, revision: { program, digest, entry, effectiveAt, effect } });
  recordHands(state, 'program', program.id, decision);
  return undefined;
}

/** Until its window closes: from then on everybody who applied is judged, counted and paid by what they applied under. */
function scopeRefusal({ intake, program, earlier = [] }: ProgramRecord, effectiveAt: number): Refusal | undefined {
  if (intake !== undefined || effectiveAt >= program.window.closesAt) return 'revision-late';
  return earlier.length + 2 > MAX_PROGRAM_VERSIONS ? 'revision-bounds' : undefined;
}

/** Versions whose time has come are in force with this epoch, each step with its way back. */
export function enactRevisions(state: NetworkState, time: number, undo: (() => void)[]): void {
  for (const record of state.programs.values()) {
    const { revision } = record;
    if (revision === undefined || revision.effectiveAt > time) continue;
    undo.push(restoreEntry(state.programs, record.program.id));
    const isLate = record.intake !== undefined || isFixed(changesOfRevision(record, revision.program, time));
    state.programs.set(record.program.id, isLate ? withoutRevision(record) : enacted(record, time));
    if (!isLate) obey(state, record.program.id, undo);
  }
}

/** No epoch came when it was due, and by now somebody may have applied: what cannot be done then is not done. */
function isFixed(changes: readonly ProgramChange[]): boolean {
  return findNever(changes) !== undefined;
}

function enacted(record: ProgramRecord, time: number): ProgramRecord {
  const { program, digest, revision, revised, earlier = [], ...progress } = record;
  if (revision === undefined) return record;
  const { effect } = revision;
  const ended = { program, digest, entry: revised?.entry ?? record.entry, until: time };
  return {
    ...progress,
    program: revision.program,
    digest: revision.digest,
    earlier: [...earlier, ended],
    revised: { entry: revision.entry, at: time, effect },
  };
}

export function withoutRevision({ revision: _, ...record }: ProgramRecord): ProgramRecord {
  return record;
}

/** Whoever was ordered by a case to change the program has done so; the accounts of it are still owed. */
function obey(state: NetworkState, program: string, undo: (() => void)[]): void {
  const { cases, incidents } = state.docket;
  for (const incident of incidents.values()) {
    const { remedy, target } = cases.get(incident.case ?? '') ?? {};
    const isOrder = remedy === 'revise' && target?.of === 'program' && target.program === program;
    if (!isOrder || incident.stage !== 'decided' || incident.closedAt !== undefined) continue;
    if (!incident.id.endsWith(' order') || incident.outstanding?.remaining === 0) continue;
    undo.push(restoreEntry(incidents, incident.id));
    incidents.set(incident.id, { ...incident, outstanding: { done: 1, remaining: 0 } });
  }
}

/** The next version that this entry announced, while it waits. */
export function findRevision(
  { programs, time }: Readonly<Pick<NetworkState, 'programs' | 'time'>>,
  entry: number,
): ProgramRecord | undefined {
  return [...programs.values()].find(({ revision }) => revision?.entry === entry && revision.effectiveAt > time);
}
