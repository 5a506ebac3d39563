import { thumbprint } from '../encoding/jwk.ts';
import type { Party } from '../fold/statement.ts';

/**
 * Thumbprints of the credential keys that an issuer may sign new credentials by at this time of the log, the newest first: that
 * is the one that its entry names last. None where it has no entry.
 */
export function issuingKeys(party: Pick<Party, 'keys'> | undefined, time: number): readonly string[] {
  const inForce = (party?.keys ?? []).filter(
    ({ use, compromised, from = 0, until = Number.MAX_SAFE_INTEGER }) =>
      use === 'credential' && compromised === undefined && from <= time && time < until,
  );
  return inForce.map(({ key }) => thumbprint(key)).reverse();
}
