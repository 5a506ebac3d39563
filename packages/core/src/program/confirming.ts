import type { Verdict } from '../verdict/verdict.ts';
import type { Program } from './program.ts';

/**
 * What a fresh verdict does to money that is set aside. `post`: pay. `void`: the credential was revoked, and that is
 * final. `wait`: the rest, because silence, doubt, a suspension or an expiry after the seal take nothing from anybody.
 */
export type Confirmation = 'post' | 'void' | 'wait';

/**
 * Judges a reserve by a verdict. It counts only if its verifier had read at least to the seal's position: an older one
 * knows less than the one that admitted the application. `sealed` is the size of that position.
 */
export function confirmationOf(verdict: Verdict, sealed: number): Confirmation {
  const read = Math.max(0, ...verdict.basis.positions.map(({ size }) => size));
  if (read < sealed) return 'wait';
  if (verdict.outcome === 'revoked') return 'void';
  return verdict.outcome === 'valid' && verdict.allows.effect === 'final' ? 'post' : 'wait';
}

/**
 * What happens to a reserve that nobody confirmed in time. What was held because its verdict was unknown is never paid by
 * default: no verdict says that it may be.
 */
export function defaultOf({ confirm }: Pick<Program, 'confirm'>, held: boolean): 'post' | 'void' {
  return confirm.otherwise === 'post' && !held ? 'post' : 'void';
}
