import {
  CodedError,
  type Credential,
  type PublicJwk,
  parseCredential,
  signatureCheck,
  thumbprint,
} from '@holdfast/core';
import type { HolderKey } from './holder-keys.ts';
import { createIssuerKeys } from './issuer-key.ts';
import type { IssuerMetadata } from './issuer-metadata.ts';
import { createStatusCheck } from './status-check.ts';
import type { WalletPorts } from './wallet-ports.ts';

export type Received = { readonly key: HolderKey; readonly parsed: Credential };

const SKEW_S = 60;

/**
 * Checks the credentials of one answer as they come: readable by a strict verifier, signed by this issuer, of the type
 * offered, each bound to one of our keys and no two to the same, valid now, with a status that can be read. What the
 * issuer publishes is fetched once for all copies. The check throws `wallet.credential`, `wallet.issuer-key`,
 * `wallet.certificate` or `wallet.status`.
 */
export function createReceivedCheck(
  ports: WalletPorts,
  metadata: IssuerMetadata,
  keys: readonly HolderKey[],
): (text: string) => Promise<Received> {
  const findIssuerKey = createIssuerKeys(ports, metadata.issuer);
  const assertStatusGood = createStatusCheck(ports);
  const taken = new Set<string>();

  return async (text) => {
    const parsed = parseCredential(text);
    if (!parsed.ok) throw refusal(`it cannot be read (${parsed.reason.code})`);
    if (parsed.keyBinding !== undefined) throw refusal('it carries a key binding of somebody else');
    const nowMs = ports.now();
    if (parsed.issuer !== undefined && parsed.issuer !== metadata.issuer) throw refusal('it names another issuer');
    if (parsed.vct !== metadata.configuration.vct) throw refusal('it is of another type than was offered');
    assertTimes(parsed, Math.floor(nowMs / 1000));
    const key = keyOf(parsed, keys);
    if (taken.has(key.id)) throw refusal('two copies are bound to one key');
    taken.add(key.id);
    const issuerKey = await findIssuerKey(parsed.header, nowMs);
    if (!(await isSignedBy(ports, parsed, issuerKey))) throw refusal('it is not signed by its issuer');
    if (parsed.status !== undefined) await assertStatusGood(parsed.status, issuerKey, nowMs);
    return { key, parsed };
  };
}

function keyOf({ cnf }: Credential, keys: readonly HolderKey[]): HolderKey {
  const key = keys.find(({ publicKey }) => cnf !== undefined && thumbprint(publicKey) === thumbprint(cnf));
  if (key === undefined) throw refusal('it is not bound to a key of this wallet');
  return key;
}

async function isSignedBy({ verify }: WalletPorts, parsed: Credential, key: PublicJwk): Promise<boolean> {
  return parsed.header.alg === 'ES256' && key.kty === 'EC' && verify(signatureCheck(parsed.issuerJwt, key));
}

function assertTimes({ iat, nbf, exp }: Credential, now: number): void {
  if (exp !== undefined && exp <= now) throw refusal('it has expired');
  if (Math.max(iat ?? 0, nbf ?? 0) > now + SKEW_S) throw refusal('it is not valid yet');
}

function refusal(why: string): CodedError {
  return new CodedError('wallet.credential', `What the issuer sent is not a good credential: ${why}.`);
}
