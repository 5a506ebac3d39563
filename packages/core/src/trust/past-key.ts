import { type PublicJwk, thumbprint } from '../encoding/jwk.ts';
import type { Party, PartyKey } from '../fold/statement.ts';

/** A key under which something was signed that does not stand in the log itself. */
export type PastKey = {
  readonly key: PublicJwk;
  /**
   * It was declared stolen. Its thief writes whatever date he likes, so by the signature alone nothing counts any more: only
   * what the log has of it besides.
   */
  readonly isStolen: boolean;
};

/**
 * The key of a party that was in force when something was signed by its signer's own word (unix milliseconds), also one that
 * has ended since. Whoever holds an ended key can date back: what ends that is to declare it stolen.
 */
export function pastKey(
  party: Pick<Party, 'keys'> | undefined,
  { use, kid, signedAt }: { readonly use: PartyKey['use']; readonly kid: string; readonly signedAt: number },
): PastKey | undefined {
  const found = party?.keys.find(
    (one) =>
      one.use === use &&
      thumbprint(one.key) === kid &&
      (one.from ?? 0) <= signedAt &&
      signedAt < (one.until ?? Number.MAX_SAFE_INTEGER),
  );
  return found && { key: found.key, isStolen: found.compromised !== undefined };
}
