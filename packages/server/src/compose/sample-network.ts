import { grantOf } from '@holdfast/core';
import { DISTRIBUTOR_KEY, organiserOf } from '../roles/distributor/config.ts';
import type { TenantConfig } from '../roles/issuer/config.ts';
import { LEDGER_KEY } from '../roles/ledger/signed-acceptance.ts';
import { SAMPLE_JUDGES } from '../sample/case-rules.ts';
import { foundNetwork, foundProgram } from '../sample/founding.ts';
import { sampleParties } from '../sample/parties.ts';
import { winterRelief } from '../sample/winter-relief.ts';
import { readBroughtLeaf } from './brought-leaf.ts';
import { type ComposedDistributor, DISTRIBUTOR_KEYS } from './distributing.ts';
import type { ComposedGovernor } from './governing.ts';
import { ISSUER_KEYS } from './issuer-keys.ts';
import { openDevelopmentCertificates, openKeys } from './keyring.ts';
import { LEDGER_KEYS } from './ledger.ts';
import { APPROVAL_KEY } from './officer-desk.ts';
import type { Platform } from './platform.ts';
import { sampleIssuerDescription } from './sample-issuer.ts';
import { VERDICT_KEY } from './verifier.ts';

export const SAMPLE = {
  tenant: 'civic',
  officers: ['officer-a', 'officer-b'],
  judges: SAMPLE_JUDGES,
  distributor: { name: 'Relief office' },
  program: 'winter-relief',
  // The example of the IBAN registry for Germany.
  debtor: { name: 'City of Sampletown', iban: 'DE89370400440532013000', currency: { code: 'EUR', decimals: 2 } },
  verifiers: [
    { id: 'north', name: 'North' },
    { id: 'south', name: 'South' },
  ],
} as const;

/** The key that the sample's issuer signs credentials with. */
export const CREDENTIAL_KEY = 'civic-credential';
const STATEMENT_KEY = 'civic-statement';

/** The sample issuer and its type: keys made on first use, certified by the development authority. */
export async function sampleTenant(platform: Platform, origin: string, keysFolder: string): Promise<TenantConfig> {
  const { clock, entropy } = platform;
  const signer = await openKeys(keysFolder, ISSUER_KEYS);
  const credentialKey = await signer.create(CREDENTIAL_KEY, 'ES256');
  await signer.create(STATEMENT_KEY, 'ES256');
  const host = new URL(origin).hostname;
  const certificates = await openDevelopmentCertificates(keysFolder, { host, entropy, now: clock.now() });
  const brought = await readBroughtLeaf(keysFolder, CREDENTIAL_KEY);
  const leaf = await certificates.leaf('civic', credentialKey, `${origin}/i/${SAMPLE.tenant}`);
  return {
    ...sampleIssuerDescription(),
    x5c: brought ?? [leaf],
    credentialKey: CREDENTIAL_KEY,
    statementKey: STATEMENT_KEY,
  };
}

/** Accredits the sample's issuer and verifiers by its own officers, whose keys lie on this machine. Safe to repeat. */
export async function foundSample(
  platform: Platform,
  { governor, follower }: ComposedGovernor,
  place: { readonly origin: string; readonly keysFolder: string },
  stop: AbortSignal,
): Promise<void> {
  const { clock, entropy } = platform;
  const { origin, keysFolder } = place;
  const issuerKeys = await openKeys(keysFolder, ISSUER_KEYS);
  const certificates = await openDevelopmentCertificates(keysFolder, {
    host: new URL(origin).hostname,
    entropy,
    now: clock.now(),
  });
  const verifiers = SAMPLE.verifiers.map(async ({ id, name }) => {
    const signer = await openKeys(keysFolder, `verifier-${id}`);
    return { id, name, verdictKey: await signer.create(VERDICT_KEY, 'ES256') };
  });
  const parties = sampleParties({
    issuer: {
      id: `${origin}/i/${SAMPLE.tenant}`,
      name: 'City of Sampletown',
      types: ['residence', 'visitor-pass'].map((type) => `${origin}/vct/${SAMPLE.tenant}/${type}/1`),
      statementKey: await issuerKeys.create(STATEMENT_KEY, 'ES256'),
      credentialKeys: [await issuerKeys.create(CREDENTIAL_KEY, 'ES256')],
      // Whoever brings a leaf has anchors that verifiers outside know by other ways.
      ...((await readBroughtLeaf(keysFolder, CREDENTIAL_KEY)) === undefined ? { anchors: [certificates.ca] } : {}),
    },
    verifiers: await Promise.all(verifiers),
    distributor: {
      id: organiserOf(origin),
      name: SAMPLE.distributor.name,
      statementKey: await (await openKeys(keysFolder, DISTRIBUTOR_KEYS)).create(DISTRIBUTOR_KEY, 'ES256'),
      acceptanceKey: await (await openKeys(keysFolder, LEDGER_KEYS)).create(LEDGER_KEY, 'ES256'),
    },
  });
  await foundNetwork({ governor, follower, clock, officers: await openOfficers(keysFolder) }, parties, stop);
}

function openOfficers(keysFolder: string) {
  return Promise.all(
    SAMPLE.officers.map(async (id) => ({ signer: await openKeys(keysFolder, id), key: APPROVAL_KEY })),
  );
}

/** How long the sample's program takes applications. */
const OPEN_DAYS = 30;

/**
 * Releases the sample's program by its own officers. Safe to repeat. A network that is older than programs keeps its rules,
 * and has none.
 */
export async function foundWinterRelief(
  platform: Platform,
  roles: { readonly governor: ComposedGovernor; readonly distributor: ComposedDistributor },
  place: { readonly origin: string; readonly keysFolder: string },
  stop: AbortSignal,
): Promise<void> {
  const { clock } = platform;
  const { governor, follower } = roles.governor;
  const rulebook = follower.state.rulebook?.body;
  if (follower.state.programs.has(SAMPLE.program)) return;
  if (rulebook === undefined || grantOf(rulebook, 'release') === undefined) {
    platform.logger.warn({ role: 'distributor' }, 'the rulebook grants nobody the power to release money');
    return;
  }
  const opensAt = clock.now();
  const program = winterRelief({
    origin: place.origin,
    id: SAMPLE.program,
    opensAt,
    closesAt: opensAt + OPEN_DAYS * DAY_MS,
    key: await roles.distributor.distributor.createKey(),
  });
  const officers = await openOfficers(place.keysFolder);
  await foundProgram({ governor, follower, clock, officers }, program, stop);
}

const DAY_MS = 86_400_000;
