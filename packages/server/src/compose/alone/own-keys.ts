import { CodedError } from '@holdfast/core';
import { openKeys } from '../keyring.ts';

/**
 * The network knows a role by its keys: one that has none here must not make others. Throws `data.no-keys`.
 */
export async function assertOwnKeys(keysFolder: string, holder: string, names: readonly string[]): Promise<void> {
  const has = new Set(await (await openKeys(keysFolder, holder)).readNames());
  const missing = names.filter((name) => !has.has(name));
  if (missing.length === 0) return;
  throw new CodedError(
    'data.no-keys',
    `The key ${missing[0]} of ${holder} is not in ${keysFolder}. A role that runs alone brings its keys: ` +
      'holdfast divide makes a folder for each role from that of the network.',
    { holder, missing },
  );
}
