import type { Mutant } from '../mutant.ts';

/** Wrong versions of asking others. */
export const CHECK_MUTANTS: readonly Mutant[] = [
  {
    name: 'check that nobody can make counted as passed',
    file: 'packages/core/src/verdict/external-checks.ts',
    find: '.filter((id) => evidence.checks?.some((check) => check.id === id) !== true)',
    replace: '.filter(() => false)',
    mode: 'checks',
    noticedBy: ['valid-only-by-a-young-yes'],
  },
  {
    name: 'result of a check older than it may be accepted',
    file: 'packages/core/src/verdict/external-checks.ts',
    find: 'if (Math.max(0, now - found.asOf) > maxAgeMs)',
    replace: 'if (Math.max(0, now - found.asOf) > 1e9 * maxAgeMs)',
    mode: 'checks',
    noticedBy: ['valid-only-by-a-young-yes'],
  },
  {
    name: 'forged word of another party accepted',
    file: 'packages/verifier/src/checks/accepted.ts',
    find: 'return holds === true;',
    replace: 'return holds !== undefined;',
    mode: 'checks',
    noticedBy: ['valid-only-by-a-young-yes'],
  },
  {
    name: "checker asked although another party's word is there",
    file: 'packages/verifier/src/checks/check-desk.ts',
    find: 'if (handed !== undefined && isUsable(handed, config, asked.now)) {',
    replace: 'if (handed !== undefined && asked.now < 0) {',
    mode: 'checks',
    noticedBy: ['no-call-for-what-is-known'],
  },
  {
    name: 'breaker never opens',
    file: 'packages/verifier/src/checks/breaker.ts',
    find: 'return failures < FAILURES_TO_OPEN ?',
    replace: 'return failures < 1e9 ?',
    mode: 'checks',
    noticedBy: ['failing-checker-is-left-alone'],
  },
  {
    name: 'breaker never closes',
    file: 'packages/verifier/src/checks/breaker.ts',
    find: "return breaker.state === 'open' ? breaker : CLOSED;",
    replace: 'return breaker;',
    mode: 'checks',
    noticedBy: ['recovered-checker-is-asked-again'],
  },
];
