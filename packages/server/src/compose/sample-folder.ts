import { join } from 'node:path';
import { CodedError } from '@holdfast/core';
import { readOptional } from '../adapters/home-folder/home-folder.ts';

/**
 * That a data folder is the sample network's, or empty where one may be founded. A folder of roles, or of a network of somebody's own,
 * has a `network` file: the sample's keys must not come to lie beside theirs. Throws `data.by-roles`, `data.no-network`.
 */
export async function assertSampleFolder(dataFolder: string, mayFound: boolean): Promise<void> {
  const has = async (file: string) => (await readOptional(join(dataFolder, file))) !== undefined;
  if (await has('network')) {
    const sentence = `What lies in ${dataFolder} is not the sample network: name the roles that run there, with --roles.`;
    throw new CodedError('data.by-roles', sentence);
  }
  if (mayFound || (await has('genesis.jws'))) return;
  const sentence = `There is no network in ${dataFolder} yet: make the sample one with --sample, or one of your own with holdfast found.`;
  throw new CodedError('data.no-network', sentence);
}
