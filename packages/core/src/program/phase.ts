import type { ProgramRecord } from '../fold/state.ts';

/**
 * How far a program has come, by the log alone: anybody who has read as far says the same. `announced` until its window
 * opens, `open` until it closes, then `closing` until the intake stands in the log, `judging` until the seal, `drawing`
 * until the draw, and `paying` from there.
 */
export const PROGRAM_PHASES = ['announced', 'open', 'closing', 'judging', 'drawing', 'paying'] as const;
export type ProgramPhase = (typeof PROGRAM_PHASES)[number];

/** `time` is unix milliseconds, no earlier than the log's own. */
export function phaseOf(record: ProgramRecord, time: number): ProgramPhase {
  const { program, intake, seal, draw } = record;
  if (time < program.window.opensAt) return 'announced';
  if (time < program.window.closesAt) return 'open';
  if (intake === undefined) return 'closing';
  if (seal === undefined) return 'judging';
  // What is paid at once needs no draw: its seal is the end of the lists.
  return draw === undefined && program.allocation.mode === 'sealed' ? 'drawing' : 'paying';
}
