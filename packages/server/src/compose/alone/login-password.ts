import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { readOrCreatePassphrase } from '../../adapters/key-files/passphrase.ts';

/**
 * What a role's login has for a password where several processes of it share one database: derived from the passphrase of its keys, which
 * they all have, so that none locks out another. A process alone has a new one each time.
 */
export async function loginPassword(
  keysFolder: string,
  holder: string,
  isShared: boolean,
): Promise<string | undefined> {
  if (!isShared) return undefined;
  const passphrase = await readOrCreatePassphrase(join(keysFolder, `${holder}.passphrase`));
  return createHmac('sha256', passphrase).update(`holdfast database login ${holder}`).digest('base64url');
}
