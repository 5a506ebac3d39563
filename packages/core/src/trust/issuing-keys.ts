import { thumbprint } from '../encoding/jwk.ts';
import type { Party, PartyKey } from '../fold/statement.ts';

type Keys = Pick<Party, 'keys'> | undefined;

/**
 * Thumbprints of the keys by which a party may sign for this use at this time of the log, the newest first: that is the one that its
 * entry names last. None where it has no entry.
 */
export function signingKeys(party: Keys, use: PartyKey['use'], time: number): readonly string[] {
  const inForce = (party?.keys ?? []).filter(
    (key) =>
      key.use === use &&
      key.compromised === undefined &&
      (key.from ?? 0) <= time &&
      time < (key.until ?? Number.MAX_SAFE_INTEGER),
  );
  return inForce.map(({ key }) => thumbprint(key)).reverse();
}

/** The same of the keys that an issuer may sign new credentials by. */
export function issuingKeys(party: Keys, time: number): readonly string[] {
  return signingKeys(party, 'credential', time);
}
