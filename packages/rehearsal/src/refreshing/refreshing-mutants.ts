import type { Mutant } from '../mutant.ts';

/** Wrong versions of ending what an issuer has replaced, and of what was under way with it. */
export const REFRESHING_MUTANTS: readonly Mutant[] = [
  {
    name: 'whoever has the key of an issuer ends everything at once',
    file: 'packages/core/src/fold/supersessions.ts',
    find: 'if (count > bounds.maxPerDay)',
    replace: 'if (count < 0)',
    mode: 'refreshing',
    noticedBy: ['replaced-within-bounds'],
  },
  {
    name: 'what is replaced in a day is counted one by one',
    file: 'packages/core/src/fold/supersessions.ts',
    find: 'countOn(state, list.issuer) + body.indices.length',
    replace: 'countOn(state, list.issuer) + 1',
    mode: 'refreshing',
    noticedBy: ['replaced-within-bounds'],
  },
  {
    name: 'a holder refreshes out of a suspension',
    file: 'packages/core/src/fold/supersessions.ts',
    find: "if (value === 2 || isAboutToBeHeld(state, body.list, index)) return 'supersession-held';\n    if (value !== 0)",
    replace: 'if (isAboutToBeHeld(state, body.list, index) || (value !== 0 && value !== 2))',
    mode: 'refreshing',
    noticedBy: ['held-is-not-replaced'],
  },
  {
    name: 'what was replaced cannot be revoked',
    file: 'packages/core/src/fold/powers.ts',
    find: '(before === SUPERSEDED && after !== 1)',
    replace: 'before === SUPERSEDED',
    mode: 'refreshing',
    noticedBy: ['revocation-wins-over-replacing'],
  },
  {
    name: 'what was replaced comes back out of a suspension',
    file: 'packages/core/src/fold/powers.ts',
    find: '(before === SUPERSEDED && after !== 1)',
    replace: '(before === SUPERSEDED && after === 0)',
    mode: 'refreshing',
    noticedBy: ['replaced-stays-replaced'],
  },
  {
    name: 'what was applied for with a replaced credential is lost',
    file: 'packages/core/src/program/confirming.ts',
    find: "isOnlyReplaced(verdict) ? 'wait' : 'void'",
    replace: "isOnlyReplaced(verdict) ? 'void' : 'void'",
    mode: 'refreshing',
    noticedBy: ['replaced-waits-for-the-newer'],
  },
  {
    name: 'who was revoked passes for somebody who has a newer one',
    file: 'packages/core/src/program/replaced.ts',
    find: "code === 'status.superseded';",
    replace: "code === 'status.superseded' || code === 'status.revoked';",
    mode: 'refreshing',
    noticedBy: ['revocation-wins-over-replacing'],
  },
];
