import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createPlatformClock } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { openHomeFolder, readAdminKey } from '../src/adapters/home-folder/home-folder.ts';
import { systemEntropy } from '../src/adapters/system/entropy.ts';
import { createLogger } from '../src/adapters/system/logger.ts';
import { DISTRIBUTOR_KEYS } from '../src/compose/distributing.ts';
import { divideFolder } from '../src/compose/divide.ts';
import { composeGovernor } from '../src/compose/governing.ts';
import { openKeys } from '../src/compose/keyring.ts';
import { composeNetwork } from '../src/compose/network.ts';
import { foundSample, SAMPLE, sampleTenant } from '../src/compose/sample-network.ts';
import { DISTRIBUTOR_KEY } from '../src/roles/distributor/config.ts';

export type DividedNetwork = {
  readonly origin: string;
  readonly adminKey: string;
  readonly network: string;
  /** The founders' own data folder. */
  readonly founding: string;
  /** The data folder of a role. */
  readonly folderOf: (role: string) => string;
};

/** Founds the sample network on a database in one place, and divides its data folder among the roles. */
export async function foundDivided(
  folder: string,
  { databaseUrl, origin, tickMs }: { readonly databaseUrl: string; readonly origin: string; readonly tickMs: number },
): Promise<DividedNetwork> {
  const platform = {
    ...{ clock: createPlatformClock(), entropy: systemEntropy, engine: createNodeEngine() },
    logger: createLogger('silent'),
  };
  const founding = join(folder, 'founding');
  await mkdir(founding, { recursive: true });
  const { keys: keysFolder } = await openHomeFolder(founding, origin);
  const adminKey = await readAdminKey(keysFolder);
  const place = { origin, dataFolder: founding, keysFolder, databaseUrl };
  const stop = new AbortController();
  const { officers, judges } = SAMPLE;
  await using network = await composeNetwork(platform, { ...place, officers, judges, rules: { tickMs } }, stop.signal);
  await using governor = await composeGovernor(
    platform,
    { ...place, network: network.name, source: network.network },
    stop.signal,
  );
  await foundSample(platform, governor, place, stop.signal);
  await sampleTenant(platform, origin, keysFolder);
  await (await openKeys(keysFolder, DISTRIBUTOR_KEYS)).create(DISTRIBUTOR_KEY, 'ES256');
  const to = join(folder, 'divided');
  await divideFolder(founding, to);
  const { name } = network;
  return { origin, adminKey, network: name, founding, folderOf: (role) => join(to, role) };
}
