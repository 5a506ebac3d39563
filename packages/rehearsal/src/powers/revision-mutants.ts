import type { Mutant } from '../mutant.ts';

const FOLD = 'packages/core/src/fold';
const PROGRAM = 'packages/core/src/program';

/** Wrong versions of how the rules of a program change. */
export const REVISION_MUTANTS: readonly Mutant[] = [
  {
    name: 'what is worse for people waits no longer than what is better',
    file: `${FOLD}/revisions.ts`,
    find: "return effect === 'adverse' ? adverseMs : favourableMs;",
    replace: 'return Math.min(adverseMs, favourableMs);',
    mode: 'powers',
    noticedBy: ['no-adverse-change-before-its-notice'],
  },
  {
    name: 'to ask for more surety passes for a help',
    file: `${PROGRAM}/compare-versions.ts`,
    find: "ASSURED.indexOf(String(is)) < ASSURED.indexOf(String(was)) ? 'favourable' : 'adverse';",
    replace: "ASSURED.indexOf(String(is)) !== ASSURED.indexOf(String(was)) ? 'favourable' : 'adverse';",
    mode: 'powers',
    seed: 2,
    noticedBy: ['no-adverse-change-before-its-notice'],
  },
  {
    name: 'a revision that was cancelled comes into force',
    file: `${FOLD}/amendments.ts`,
    find: 'state.programs.set(revised.program.id, withoutRevision(revised));',
    replace: 'state.programs.set(revised.program.id, { ...withoutRevision(revised), ...revised });',
    mode: 'powers',
    noticedBy: ['no-adverse-change-before-its-notice'],
  },
  {
    name: 'everybody is judged by the rules in force',
    file: `${PROGRAM}/versions.ts`,
    find: 'return own === -1 ? undefined : all.slice(own);',
    replace: 'return own === -1 ? undefined : all.slice(-1);',
    mode: 'powers',
    noticedBy: ['nobody-loses-by-a-revision'],
  },
  {
    name: 'the latest version that somebody applied before is the one that counts',
    file: `${PROGRAM}/versions.ts`,
    find: 'const best = outcomes.reduce((found, outcome) => (isBetter(outcome, found) ? outcome : found));',
    replace: 'const best = outcomes.reduce((found, outcome) => (isBetter(found, found) ? found : outcome));',
    mode: 'powers',
    noticedBy: ['nobody-loses-by-a-revision'],
  },
  {
    name: 'the budget shrinks under those who applied',
    file: `${PROGRAM}/compare-versions.ts`,
    find: "if (effect === 'adverse') return { effect, never: context.isOpen ? APPLIED : undefined };",
    replace: "if (effect === 'adverse') return { effect };",
    mode: 'powers',
    noticedBy: ['nobody-loses-by-a-revision'],
  },
];
