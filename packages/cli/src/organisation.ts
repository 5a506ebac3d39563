import { access } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { CodedError } from '@holdfast/core';
import type { OrganisationRole } from '@holdfast/server';
import { readBounded } from './bounded-file.ts';
import { readBounds } from './bounds-file.ts';
import { readJsonObject } from './json-file.ts';
import { openFormerLogs } from './log-source.ts';
import { consoleOption, readOidc } from './operator-doors.ts';
import type { Output } from './output.ts';

export type OrganisationOptions = {
  readonly port: number;
  readonly url?: string;
  readonly data: string;
  readonly database?: string;
  readonly roles?: string;
  readonly verifier: string;
  readonly issuer?: string;
  readonly distributor?: string;
  readonly leaf?: string;
  readonly leafKey?: string;
  readonly network?: string;
  readonly networkName?: string;
  readonly listen?: string;
  readonly address?: string;
  readonly governor?: string;
  readonly ledger?: string;
  readonly verifierUrl?: string;
  readonly drand?: string[];
  readonly follow?: string[];
  readonly proxy?: string[];
  readonly formerLog?: string[];
  readonly feed?: string;
  readonly notify?: string;
  readonly oidc?: string;
  readonly bounds?: string;
  readonly verbose?: boolean;
};

type Running = AsyncDisposable & { readonly failed: Promise<unknown> };

/** Roles alone: those of a network apart from each other, or an organisation's own and what its officers have to decide. */
export async function upOrganisation(output: Output, options: OrganisationOptions): Promise<Running> {
  const { url, network, verifier, data } = options;
  const { createLogger, startOrganisation } = await import('@holdfast/server');
  const roles = await parseRoles(options.roles ?? '');
  const issuer = roles.includes('issuer') ? await readIssuer(options) : undefined;
  const { distributor } = options;
  const running = await startOrganisation({
    ...{ port: options.port, dataFolder: data, roles },
    verifier: { id: verifier, name: verifier.charAt(0).toUpperCase() + verifier.slice(1) },
    ...(issuer === undefined ? {} : { issuer }),
    ...(distributor === undefined ? {} : { distributor: await readDistributor(distributor) }),
    ...(await readLeafFiles(options)),
    ...(url === undefined ? {} : { origin: url }),
    ...(network === undefined ? {} : { networkUrl: network }),
    ...given('databaseUrl', options.database),
    ...given('networkName', options.networkName),
    ...given('feedUrl', options.feed),
    ...given('notify', options.notify),
    ...given('listen', options.listen),
    ...given('address', options.address),
    ...given('governorUrl', options.governor),
    ...given('ledgerUrl', options.ledger),
    ...given('verifierUrl', options.verifierUrl),
    ...given('verifierKey', process.env.HOLDFAST_VERIFIER_KEY),
    drandUrls: options.drand ?? [],
    follow: options.follow ?? [],
    proxies: parseProxies(options.proxy),
    formerLogs: await openFormerLogs(options.formerLog),
    ...consoleOption(),
    ...(await readOidc(options)),
    ...(await readBounds(output, options)),
    logger: createLogger(options.verbose === true ? 'info' : 'warn'),
    report: (words) => output.say(`  ${words}...`),
  });
  output.data({ ready: true, url: running.url, network: running.network, requests: running.requests });
  output.say();
  output.say(`  Ready: ${roles.join(', ')} at ${running.url}     of the network ${running.network}`);
  if (running.requests.length === 0) return running;
  output.say('  What officers of that network need, where they have not accredited it yet:');
  for (const { party, file } of running.requests) output.say(`    ${file}   ${party}`);
  output.say(`    npx holdfast decide accredit FILE --as OFFICER --url ${network ?? running.url}`);
  return running;
}

function given<Name extends string>(name: Name, value: string | undefined): { readonly [name in Name]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [name in Name]: string });
}

async function parseRoles(text: string): Promise<OrganisationRole[]> {
  const { ORGANISATION_ROLES } = await import('@holdfast/server');
  const asked = text.split(',').filter((role) => role !== '');
  const known = ORGANISATION_ROLES.filter((role) => asked.includes(role));
  if (asked.length > 0 && known.length === new Set(asked).size) return known;
  throw new CodedError('usage.roles', `--roles is all, or of ${ORGANISATION_ROLES.join(', ')} with a comma between.`);
}

/** Who the issuer is, as told or as it lies in its data folder. */
async function readIssuer({ issuer, data }: OrganisationOptions) {
  const file = issuer ?? join(data, 'issuer.json');
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (!isThere && issuer === undefined) return undefined;
  const { issuerDescriptionSchema } = await import('@holdfast/server');
  const parsed = issuerDescriptionSchema.safeParse(await readJsonObject(file));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CodedError('usage.issuer', `${file} describes no issuer: ${issue?.path.join('.')}: ${issue?.message}.`);
}

async function readDistributor(file: string) {
  const { ownDistributorSchema } = await import('@holdfast/server');
  const parsed = ownDistributorSchema.safeParse(await readJsonObject(file));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const why = `${issue?.path.join('.')}: ${issue?.message}`;
  throw new CodedError('usage.distributor', `${file} describes no distributor: ${why}.`);
}

/** A certificate and its key as `--leaf` and `--leaf-key` name them. Throws `usage.leaf` for one without the other. */
export async function readLeafFiles({
  leaf,
  leafKey,
}: Pick<OrganisationOptions, 'leaf' | 'leafKey'>): Promise<{ leaf?: { certificate: string; key: string } }> {
  if (leaf === undefined && leafKey === undefined) return {};
  if (leaf === undefined || leafKey === undefined) {
    throw new CodedError('usage.leaf', 'A certificate and its key come together: --leaf FILE --leaf-key FILE.');
  }
  return { leaf: { certificate: await readBounded(leaf), key: await readBounded(leafKey) } };
}

/** Addresses and networks as they are; a name would be whoever answers for it. Throws `usage.proxy`. */
export function parseProxies(addresses: readonly string[] = []): readonly string[] {
  for (const address of addresses) {
    const [host = '', length, ...more] = address.split('/');
    const most = isIP(host) === 6 ? 128 : 32;
    const isNetwork =
      length === undefined || (/^[0-9]{1,3}$/.test(length) && Number(length) >= 1 && Number(length) <= most);
    if (isIP(host) !== 0 && isNetwork && more.length === 0) continue;
    throw new CodedError('usage.proxy', `${address} is no address of a proxy, such as 10.0.0.7 or 10.0.0.0/8.`);
  }
  return addresses;
}
