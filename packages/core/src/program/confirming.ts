import type { NetworkState } from '../fold/state.ts';
import type { Position } from '../log/position.ts';
import type { Verdict } from '../verdict/verdict.ts';
import type { Program } from './program.ts';
import { isOnlyReplaced } from './replaced.ts';

/**
 * What a fresh verdict does to money that is set aside. `post`: pay. `void`: the credential was revoked, and that is
 * final. `wait`: the rest, also when its issuer has replaced it, because silence, doubt, a suspension or an expiry after the seal take nothing from anybody.
 */
export type Confirmation = 'post' | 'void' | 'wait';

/** The log that a network is in and where those before it ended, as whoever pays has read it. */
export type LogsOfNetwork = Pick<NetworkState, 'position' | 'predecessors'>;

/**
 * Judges a reserve by a verdict. It counts only if its verifier had read at least to the seal's position: an older one
 * knows less than the one that admitted the application, and one in another log knows nothing of it, unless that log goes on from
 * where the one with the seal ended.
 */
export function confirmationOf(verdict: Verdict, sealed: Position, logs: LogsOfNetwork): Confirmation {
  const hasRead = verdict.basis.positions.some((read) => isAtLeast(read, sealed) || isAfter(read, sealed, logs));
  if (!hasRead) return 'wait';
  if (verdict.outcome === 'revoked') return isOnlyReplaced(verdict) ? 'wait' : 'void';
  return verdict.outcome === 'valid' && verdict.allows.effect === 'final' ? 'post' : 'wait';
}

function isAtLeast({ log, size }: Position, sealed: Position): boolean {
  return log === sealed.log && size >= sealed.size;
}

/** Whoever reads a later log of the network has read where the earlier ones ended. */
function isAfter({ log }: Position, sealed: Position, { position, predecessors }: LogsOfNetwork): boolean {
  const ended = predecessors.findIndex((end) => isAtLeast(end, sealed));
  const later = [...predecessors.slice(ended + 1), ...(position === undefined ? [] : [position])];
  return ended !== -1 && later.some((one) => one.log === log);
}

/**
 * What happens to a reserve that nobody confirmed in time. What was held because its verdict was unknown is never paid by
 * default: no verdict says that it may be.
 */
export function defaultOf({ confirm }: Pick<Program, 'confirm'>, held: boolean): 'post' | 'void' {
  return confirm.otherwise === 'post' && !held ? 'post' : 'void';
}
