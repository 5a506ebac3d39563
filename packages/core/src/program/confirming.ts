import type { Position } from '../log/position.ts';
import type { Verdict } from '../verdict/verdict.ts';
import type { Program } from './program.ts';
import { isOnlyReplaced } from './replaced.ts';

/**
 * What a fresh verdict does to money that is set aside. `post`: pay. `void`: the credential was revoked, and that is
 * final. `wait`: the rest, also when its issuer has replaced it, because silence, doubt, a suspension or an expiry after the seal take nothing from anybody.
 */
export type Confirmation = 'post' | 'void' | 'wait';

/**
 * Judges a reserve by a verdict. It counts only if its verifier had read at least to the seal's position: an older one
 * knows less than the one that admitted the application, and one in another log knows nothing of it.
 */
export function confirmationOf(verdict: Verdict, sealed: Position): Confirmation {
  const hasRead = verdict.basis.positions.some(({ log, size }) => log === sealed.log && size >= sealed.size);
  if (!hasRead) return 'wait';
  if (verdict.outcome === 'revoked') return isOnlyReplaced(verdict) ? 'wait' : 'void';
  return verdict.outcome === 'valid' && verdict.allows.effect === 'final' ? 'post' : 'wait';
}

/**
 * What happens to a reserve that nobody confirmed in time. What was held because its verdict was unknown is never paid by
 * default: no verdict says that it may be.
 */
export function defaultOf({ confirm }: Pick<Program, 'confirm'>, held: boolean): 'post' | 'void' {
  return confirm.otherwise === 'post' && !held ? 'post' : 'void';
}
