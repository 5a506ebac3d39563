import type { Mutant } from '../mutant.ts';

const ADMISSION = 'packages/core/src/admission';

/** Wrong versions of letting people in. */
export const LOAD_MUTANTS: readonly Mutant[] = [
  {
    name: 'officers are shed for what others do',
    file: `${ADMISSION}/gate.ts`,
    find: 'const isOut = !isOpen && readCohort() >= lane.share() * COHORTS && !isInSlot();',
    replace:
      'const isOut = readCohort() >= Math.min(isOpen ? 1 : 1, ...all.map((each) => each.share())) * COHORTS && !isInSlot();',
    mode: 'load',
    noticedBy: ['officers-are-never-kept-out'],
  },
  {
    name: 'a limit that never falls',
    file: `${ADMISSION}/gradient.ts`,
    find: 'const wanted = limit * (1 - SMOOTHING) + (limit * gradient + Math.sqrt(limit)) * SMOOTHING;',
    replace: 'const wanted = limit + (4 * gradient + Math.sqrt(limit)) * SMOOTHING;',
    mode: 'load',
    noticedBy: ['revoking-takes-at-most-twice-as-long'],
  },
  {
    name: 'however long it takes is good enough',
    file: `${ADMISSION}/gradient.ts`,
    find: 'const TOLERANCE = 1.2;',
    replace: 'const TOLERANCE = 60;',
    mode: 'load',
    noticedBy: ['work-is-done-for-who-waits'],
  },
  {
    name: 'cohorts are the same in every hour',
    file: `${ADMISSION}/cohort.ts`,
    find: 'const hour = Math.floor(atMs / HOUR_MS);',
    replace: 'const hour = Math.floor((0 * atMs) / HOUR_MS);',
    mode: 'load',
    noticedBy: ['not-the-same-people-every-hour'],
  },
  {
    name: 'a queue without a bound',
    file: `${ADMISSION}/gate-lane.ts`,
    find: '  const waiting: Waiting<Entry>[] = [];',
    replace:
      '  terms = { ...terms, maxQueued: 1e9, patienceMs: 1e9, lateMs: 1e9 };\n  const waiting: Waiting<Entry>[] = [];',
    mode: 'load',
    noticedBy: ['queues-stay-within-their-bounds'],
  },
  {
    name: 'a turn that is drawn anew whenever somebody asks',
    file: `${ADMISSION}/slot.ts`,
    find: "const turn = turnAfter(hourMs + (digest('slot', nameOf(name), hourMs) % apartMs), apartMs, nowMs);",
    replace:
      "const turn = turnAfter(hourMs + (digest('slot', nameOf(name) + nowMs, hourMs) % apartMs), apartMs, nowMs);",
    mode: 'load',
    noticedBy: ['no-better-turn-by-asking'],
  },
  {
    name: 'what was slow once is taken for slow for ever',
    file: `${ADMISSION}/gate-lane.ts`,
    find: 'const FORGETS = 0.5;',
    replace: 'const FORGETS = 1;',
    mode: 'load',
    noticedBy: ['comes-back-unaided'],
  },
  {
    name: 'a repeat is told that it was made now',
    file: 'packages/core/src/ledger/repeat.ts',
    find: ": 'exists';",
    replace: ": 'created';",
    mode: 'load',
    noticedBy: ['one-key-one-effect'],
  },
];
