import { CodedError, parseJsonObject } from '@holdfast/core';
import type { OrganisationRole } from '@holdfast/server';
import { FILE_BOUNDS, readBounded } from './bounded-file.ts';
import type { Output } from './output.ts';

export type OrganisationOptions = {
  readonly port: number;
  readonly url?: string;
  readonly data: string;
  readonly database?: string;
  readonly roles?: string;
  readonly verifier: string;
  readonly issuer?: string;
  readonly network?: string;
  readonly networkName?: string;
  readonly follow?: string[];
  readonly verbose?: boolean;
};

type Running = AsyncDisposable & { readonly failed: Promise<unknown> };

/** An organisation's own roles against somebody else's network, and what that network's officers have to decide. */
export async function upOrganisation(output: Output, options: OrganisationOptions): Promise<Running> {
  const { url, database, network, networkName, verifier, data } = options;
  if (network === undefined) {
    throw new CodedError('usage.roles', 'Roles of your own need the network that they belong to: --network URL.');
  }
  const { createLogger, startOrganisation } = await import('@holdfast/server');
  const running = await startOrganisation({
    port: options.port,
    dataFolder: data,
    networkUrl: network,
    roles: await parseRoles(options.roles ?? ''),
    verifier: { id: verifier, name: verifier.charAt(0).toUpperCase() + verifier.slice(1) },
    ...(options.issuer === undefined ? {} : { issuer: await readIssuer(options.issuer) }),
    ...(url === undefined ? {} : { origin: url }),
    ...(database === undefined ? {} : { databaseUrl: database }),
    ...(networkName === undefined ? {} : { networkName }),
    follow: options.follow ?? [],
    logger: createLogger(options.verbose === true ? 'info' : 'warn'),
    report: (words) => output.say(`  ${words}...`),
  });
  output.data({ ready: true, url: running.url, network: running.network, requests: running.requests });
  output.say();
  output.say(`  Ready: ${running.url}     of the network ${running.network}`);
  output.say('  Until officers of that network have decided, it accredits nobody here. What they need:');
  for (const { party, file } of running.requests) output.say(`    ${file}   ${party}`);
  output.say(`    npx holdfast decide accredit FILE --as OFFICER --url ${network}`);
  return running;
}

async function parseRoles(text: string): Promise<OrganisationRole[]> {
  const { ORGANISATION_ROLES } = await import('@holdfast/server');
  const asked = text.split(',').filter((role) => role !== '');
  const known = ORGANISATION_ROLES.filter((role) => asked.includes(role));
  if (asked.length > 0 && known.length === new Set(asked).size) return known;
  throw new CodedError('usage.roles', `--roles is all, or of ${ORGANISATION_ROLES.join(', ')} with a comma between.`);
}

async function readIssuer(file: string) {
  const { issuerDescriptionSchema } = await import('@holdfast/server');
  const parsed = issuerDescriptionSchema.safeParse(parseJsonObject(await readBounded(file), FILE_BOUNDS));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CodedError('usage.issuer', `${file} describes no issuer: ${issue?.path.join('.')}: ${issue?.message}.`);
}
