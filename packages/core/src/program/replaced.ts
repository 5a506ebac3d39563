import { consequenceOf } from '../verdict/reasons.ts';
import type { Verdict } from '../verdict/verdict.ts';

/**
 * Whether nothing is against a credential but that its issuer has given its holder a newer one. Then no officer has taken
 * anything away: what was applied for with it waits for the newer one.
 */
export function isOnlyReplaced({ reasons }: Pick<Verdict, 'reasons'>): boolean {
  const isReplaced = (code: string) => code === 'status.superseded';
  return (
    reasons.some(({ code }) => isReplaced(code)) &&
    reasons.every(({ code }) => isReplaced(code) || consequenceOf(code).outcome === 'unknown')
  );
}
