import type { OracleName } from './oracles.ts';

/** A wrong version of the product: one text replaced by another, in one file that has it exactly once. */
export type Mutant = {
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly mode: 'core' | 'roles';
  /** Virtual minutes under faults until it shows, where the usual number is more than it takes. */
  readonly minutes?: number;
  /** A seed under which it shows early, tried before those that were asked for. */
  readonly seed?: number;
  /** Oracles any of which may be the one that notices. */
  readonly noticedBy: readonly OracleName[];
};

/** Each entry also proves that an oracle can fail. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'position check dropped',
    file: 'packages/core/src/verdict/checks.ts',
    find: 'else if (position.size > held.size) reasons',
    replace: 'else if (position.size > held.size && held.size < 0) reasons',
    mode: 'roles',
    noticedBy: ['never-valid-behind-what-was-asked'],
  },
  {
    name: 'unknown taken for valid',
    file: 'packages/core/src/verdict/judge.ts',
    find: "OUTCOMES.find((outcome) => present.has(outcome)) ?? 'valid'",
    replace: "OUTCOMES.find((outcome) => present.has(outcome) && outcome !== 'unknown') ?? 'valid'",
    mode: 'core',
    noticedBy: ['never-valid-without-evidence'],
  },
  {
    name: 'rollback of the log accepted',
    file: 'packages/verifier/src/follow/kept-log.ts',
    find: 'if (claimed.size < claim.atLeast) {',
    replace: 'if (claimed.size < 0) {',
    mode: 'roles',
    noticedBy: ['rollback-raises-alarm'],
  },
  {
    name: 'rollback of a list accepted',
    file: 'packages/verifier/src/foreign/status-source.ts',
    find: 'const seen = createBoundedMap<string, number>({ maxEntries: MAX_SEEN });',
    replace: 'const seen = { get: (_: string) => 0, set: () => {}, entries: (): [string, number][] => [] };',
    mode: 'roles',
    seed: 10,
    noticedBy: ['foreign-lists-monotone'],
  },
  {
    name: 'status bit order swapped when read',
    file: 'packages/core/src/status/packed.ts',
    find: 'return ((packed[bit >>> 3] ?? 0) >>> (bit & 7)) & ((1 << bits) - 1);',
    replace: 'return ((packed[bit >>> 3] ?? 0) >>> (8 - bits - (bit & 7))) & ((1 << bits) - 1);',
    mode: 'roles',
    noticedBy: ['never-accepted-after-reading-revocation', 'refused-for-the-right-reason'],
  },
  {
    name: 'status bit order swapped when packed',
    file: 'packages/core/src/status/packed.ts',
    find: '(packed[bit >>> 3] ?? 0) | (value << (bit & 7))',
    replace: '(packed[bit >>> 3] ?? 0) | (value << (8 - bits - (bit & 7)))',
    mode: 'roles',
    minutes: 0,
    noticedBy: ['lists-packed-least-significant-first', 'replay-gives-the-same-verdict'],
  },
  {
    name: 'status bit order swapped when changed in place',
    file: 'packages/core/src/status/packed.ts',
    find: '& ~mask) | (value << shift);',
    replace: '& ~mask) | (value << (8 - bits - shift));',
    mode: 'roles',
    minutes: 0,
    noticedBy: ['lists-packed-least-significant-first'],
  },
  {
    name: 'ttl seconds taken for milliseconds',
    file: 'packages/verifier/src/foreign/status-source.ts',
    find: '(token.ttl ?? FRESH_MS.usual / 1000) * 1000',
    replace: '(token.ttl ?? FRESH_MS.usual)',
    mode: 'roles',
    noticedBy: ['lists-asked-for-within-ttl'],
  },
  {
    name: 'invalid reported as revoked',
    file: 'packages/core/src/verdict/checks.ts',
    find: "failed('issuer-signature', { code: 'signature.invalid' })",
    replace: "failed('issuer-signature', { code: 'status.revoked' })",
    mode: 'core',
    noticedBy: ['forged-is-invalid'],
  },
  {
    name: 'missing signature result passes',
    file: 'packages/core/src/verdict/checks.ts',
    find: 'return signatures.issuer === true',
    replace: 'return signatures.issuer !== false',
    mode: 'core',
    noticedBy: ['forged-is-invalid'],
  },
  {
    name: 'persist after use',
    file: 'packages/verifier/src/follow/kept-log.ts',
    find: 'await store.append(kept, entries, target.note);',
    replace: 'void store.append(kept, entries, target.note).catch(() => undefined);',
    mode: 'roles',
    seed: 10,
    noticedBy: ['positions-monotone', 'replay-gives-the-same-verdict'],
  },
];
