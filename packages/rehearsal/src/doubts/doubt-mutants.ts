import type { Mutant } from '../mutant.ts';

/** Wrong versions of what becomes of money in doubt, and of whoever is admitted late. */
export const DOUBT_MUTANTS: readonly Mutant[] = [
  {
    name: 'an applicant in doubt is nobody’s case',
    file: 'packages/server/src/roles/distributor/doubts.ts',
    find: 'if (reason === undefined) return;',
    replace: 'if (reason !== undefined) return;',
    mode: 'doubts',
    noticedBy: ['doubt-has-one-case'],
  },
  {
    name: 'who complains of what is complained of is told of a case that there is not',
    file: 'packages/server/src/roles/governor/cases/case-desk.ts',
    find: 'if (open !== undefined) return open;',
    replace: "if (open === '') return open;",
    mode: 'doubts',
    seed: 2,
    noticedBy: ['doubt-has-one-case'],
  },
  {
    name: 'the program’s default does not wait for the case',
    file: 'packages/server/src/roles/distributor/doubts.ts',
    find: "if (isOpenCase(record)) return { way: 'hold' };",
    replace: 'if (isOpenCase(record)) return undefined;',
    mode: 'doubts',
    noticedBy: ['doubt-waits-for-its-case'],
  },
  {
    name: 'a payment that no bank answers for is nobody’s case',
    file: 'packages/server/src/roles/distributor/unanswered.ts',
    find: 'if (reason === undefined) return;',
    replace: 'if (reason !== undefined) return;',
    mode: 'doubts',
    seed: 8,
    noticedBy: ['silence-is-a-case'],
  },
  {
    name: 'who is admitted late has what was left, and more',
    file: 'packages/server/src/roles/distributor/late-admissions.ts',
    find: 'total: BigInt(program.budget),',
    replace: 'total: BigInt(program.budget) * 2n,',
    mode: 'doubts',
    noticedBy: ['late-takes-from-nobody'],
  },
  {
    name: 'who is admitted and cannot be paid is not told why',
    file: 'packages/server/src/roles/distributor/exceptions.ts',
    find: "return { state: 'refused', why: 'application.budget_spent' };",
    replace: "return { state: 'waiting' };",
    mode: 'doubts',
    noticedBy: ['admitted-is-paid-or-told'],
  },
];
