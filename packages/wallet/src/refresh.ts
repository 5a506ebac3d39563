import { CodedError, isCodedError } from '@holdfast/core';
import { fetchIssuerMetadata } from './issuer-metadata.ts';
import { fetchToken, type Granted, takeUp } from './receive.ts';
import type { WalletPorts } from './wallet-ports.ts';
import type { HeldCredential } from './wallet-store.ts';

const REFRESH_GRANT = 'refresh_token';

/**
 * Fetches what the issuer offers in the place of a credential, and puts it in the place of all copies that were received
 * with it: as many, once they are kept; the older ones are forgotten then. Until they are, nothing held is given up, so an
 * issuer that vanishes in the middle is asked again later.
 *
 * Throws `wallet.not-held`, `wallet.refresh-unsupported`, `wallet.nothing-newer`, and what `receiveCredentials` throws.
 */
export async function refreshCredential(ports: WalletPorts, id: string): Promise<readonly HeldCredential[]> {
  const held = await ports.store.read(id);
  if (held === undefined) throw new CodedError('wallet.not-held', 'This wallet holds no such credential.');
  const { refresh, issuer, batch } = held;
  if (refresh === undefined) {
    throw new CodedError(
      'wallet.refresh-unsupported',
      'Its issuer gave no way to ask for a newer one: ask for an offer.',
    );
  }
  const older = (await ports.store.readAll()).filter((one) => one.batch === batch && one.issuer === issuer);
  const metadata = await fetchIssuerMetadata(ports, { issuer, configurations: [refresh.configuration] });
  const form = new URLSearchParams({ grant_type: REFRESH_GRANT, refresh_token: refresh.token });
  const granted = await fetchToken(ports, metadata, form).catch(orNothingNewer);
  const newer = await takeUp(ports, metadata, granted, older.length);
  for (const one of older) {
    await ports.store.remove(one.id);
    await ports.keys.remove(one.keyId);
  }
  return newer;
}

function orNothingNewer(error: unknown): Granted {
  const isNothing = isCodedError(error) && error.code === 'wallet.refused' && error.details.error === 'invalid_grant';
  if (!isNothing) throw error;
  throw new CodedError('wallet.nothing-newer', 'The issuer offers nothing newer for this credential.', {}, error);
}
