import { join } from 'node:path';
import { checkTerms, type Party } from '@holdfast/core';
import { createPlatformClock } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { createHttpNetwork } from '../src/adapters/http-network/http-network.ts';
import { systemEntropy } from '../src/adapters/system/entropy.ts';
import { createLogger } from '../src/adapters/system/logger.ts';
import { composeGovernor } from '../src/compose/governing.ts';
import { openKeys } from '../src/compose/keyring.ts';
import { APPROVAL_KEY } from '../src/compose/officer-desk.ts';
import { SAMPLE } from '../src/compose/sample-network.ts';
import { createApproval } from '../src/roles/governor/signed-approval.ts';
import type { FoundingPorts } from '../src/sample/founding.ts';
import type { DividedNetwork } from './divided-network.ts';

/** What officers of a divided network decide, in one more process of its governor. */
export async function asOfficers(
  { origin, founding, network }: DividedNetwork,
  { databaseUrl, networkUrl }: { readonly databaseUrl: string; readonly networkUrl: string },
  work: (ports: FoundingPorts, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const keysFolder = join(founding, 'keys');
  const platform = {
    ...{ clock: createPlatformClock(), entropy: systemEntropy, engine: createNodeEngine() },
    logger: createLogger('silent'),
  };
  const place = { origin, keysFolder, databaseUrl, network, source: createHttpNetwork({ url: networkUrl }) };
  const { signal } = new AbortController();
  await using governor = await composeGovernor(platform, { ...place, isShared: true }, signal);
  const officers = SAMPLE.officers.map(async (id) => ({ signer: await openKeys(keysFolder, id), key: APPROVAL_KEY }));
  await work({ ...governor, ...platform, officers: await Promise.all(officers) }, signal);
}

/** Another officer, by the entry that their own browser made of its key. */
export async function enrolOfficer({ governor, follower, officers }: FoundingPorts, party: Party): Promise<void> {
  const request = { power: 'enrol', class: 'party-changed', party, reason: 'one more officer' } as const;
  const { id } = await governor.propose(request, `enrol ${party.id}`);
  const expected = { genesis: follower.state.name, power: 'enrol', targets: [{ party: party.id }] } as const;
  for (const { signer, key } of officers) {
    const { terms, openings } = await governor.openings(id);
    await governor.approve(id, await createApproval(signer, key, checkTerms(terms, openings, expected)));
  }
}
