import type { Mutant } from '../mutant.ts';

/** Wrong versions of what one network takes of another. */
export const NETWORK_MUTANTS: readonly Mutant[] = [
  {
    name: 'recognition without an end',
    file: 'packages/core/src/verdict/recognised.ts',
    find: 'return types.length === 0 || until <= time;',
    replace: 'return types.length === 0;',
    mode: 'networks',
    noticedBy: ['recognition-ends'],
  },
  {
    name: 'end of a recognition kept by what was read alone',
    file: 'packages/core/src/verdict/recognised.ts',
    find: 'Math.max(network.position.time, tick * TICK_MS)',
    replace: 'network.position.time',
    mode: 'networks',
    noticedBy: ['recognition-ends'],
  },
  {
    name: 'level taken from the other network alone',
    file: 'packages/core/src/verdict/recognised.ts',
    find: 'return isAtLeast(assurance, most) ? most : assurance;',
    replace: 'return most === undefined ? most : assurance;',
    mode: 'networks',
    noticedBy: ['recognition-counts-no-more'],
  },
  {
    name: 'revocations of the other network ignored',
    file: 'packages/core/src/verdict/checks.ts',
    find: "return value === undefined ? 'status.index_out_of_range' : codeOfValue(value);",
    replace: "return issuerKey.source === 'recognised' ? 'passed' : codeOfValue(value ?? 0);",
    mode: 'networks',
    noticedBy: ['recognition-adds-nothing'],
  },
  {
    name: 'doubt about another network counts against our own',
    file: 'packages/core/src/verdict/judge.ts',
    find: "const isOtherForked = issuerKey?.source === 'recognised' && recognised",
    replace: 'const isOtherForked = issuerKey !== undefined && recognised',
    mode: 'networks',
    noticedBy: ['doubt-stays-with-its-feed'],
  },
  {
    name: 'doubt about a network that is followed beside ours is kept to oneself',
    file: 'packages/verifier/src/verify/other-networks.ts',
    find: '...(contradiction === undefined ? {} : { contradiction }),',
    replace: '...(contradiction === undefined ? {} : {}),',
    mode: 'roles-of-two',
    noticedBy: ['who-sees-both-holds-a-proof'],
  },
];
