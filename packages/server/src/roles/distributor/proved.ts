import { type Credential, credentialChecks, keysInForce, type Program, thumbprint } from '@holdfast/core';
import type { DistributorPorts } from './neighbours.ts';

/**
 * Is this, as far as this network can tell, a credential of an issuer that the program counts by, shown by its holder? Two
 * signatures under keys that the log names now: of the credential that it is good for anything is judged later, at the
 * seal. An issuer that the network does not know passes, for nobody here could say.
 */
export async function isProved(
  { engine, follower }: Pick<DistributorPorts, 'engine' | 'follower'>,
  { uniqueness }: Program,
  credential: Credential,
): Promise<boolean> {
  const { issuer, header } = credential;
  if (issuer === undefined || !uniqueness.issuers.includes(issuer)) return false;
  const party = follower.state.parties.get(issuer);
  if (party === undefined) return true;
  const keys = keysInForce(party, 'credential', follower.state.time);
  const key = header.kid === undefined ? keys[0] : keys.find((one) => thumbprint(one) === header.kid);
  const needed = key === undefined ? undefined : credentialChecks(credential, key);
  if (needed?.ok !== true) return false;
  return (await engine.verify(needed.checks)).every((holds) => holds);
}
