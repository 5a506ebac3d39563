import { CodedError, isJsonObject, type Json, type JsonObject } from '@holdfast/core';
import { assertAddress, type FetchOptions, fetchJson } from './bounded-fetch.ts';
import { type CredentialOffer, isTexts } from './credential-offer.ts';

/** One credential that an issuer makes, as far as a wallet must know it. */
export type Configuration = { readonly id: string; readonly vct: string; readonly name?: string };

export type IssuerMetadata = {
  readonly issuer: string;
  readonly name?: string;
  readonly tokenEndpoint: string;
  readonly credentialEndpoint: string;
  readonly nonceEndpoint?: string;
  readonly notificationEndpoint?: string;
  /** Copies in one request. */
  readonly batchSize: number;
  readonly configuration: Configuration;
};

/**
 * Reads what the issuer of an offer says of itself, for the first offered credential that this wallet can hold (OpenID4VCI
 * 1.0 section 12.2, RFC 8414). Throws `wallet.issuer-metadata`, `wallet.offer-unsupported`, or what fetching throws.
 */
export async function fetchIssuerMetadata(
  options: FetchOptions,
  offer: Pick<CredentialOffer, 'issuer' | 'configurations' | 'authorizationServer'>,
): Promise<IssuerMetadata> {
  const metadata = await fetchJson(options, wellKnown(options, 'openid-credential-issuer', offer.issuer));
  // Compared as text: an issuer that answers under another name is another issuer.
  if (metadata.credential_issuer !== offer.issuer) {
    throw wrong('The issuer names itself otherwise than the offer does.');
  }
  const configuration = findConfiguration(metadata, offer.configurations);
  const endpoint = (name: string) => optionalEndpoint(options, metadata, name);
  const credentialEndpoint = endpoint('credential_endpoint');
  if (credentialEndpoint === undefined) throw wrong('The issuer names no credential_endpoint.');
  const nonceEndpoint = endpoint('nonce_endpoint');
  const notificationEndpoint = endpoint('notification_endpoint');
  const name = nameOf(metadata.display);
  return {
    issuer: offer.issuer,
    ...(name === undefined ? {} : { name }),
    tokenEndpoint: await fetchTokenEndpoint(options, offer, metadata),
    credentialEndpoint,
    ...(nonceEndpoint === undefined ? {} : { nonceEndpoint }),
    ...(notificationEndpoint === undefined ? {} : { notificationEndpoint }),
    batchSize: batchSizeOf(metadata.batch_credential_issuance),
    configuration,
  };
}

/** The well-known address of an identifier: inserted between its host and its path. */
export function wellKnown({ allowLoopback }: FetchOptions, name: string, identifier: string): string {
  const url = assertAddress(identifier, allowLoopback);
  if (url.search !== '' || url.hash !== '') throw wrong('An issuer identifier has no query and no fragment.');
  return `${url.origin}/.well-known/${name}${url.pathname === '/' ? '' : url.pathname}`;
}

async function fetchTokenEndpoint(
  options: FetchOptions,
  offer: Pick<CredentialOffer, 'issuer' | 'authorizationServer'>,
  metadata: JsonObject,
): Promise<string> {
  const servers = isTexts(metadata.authorization_servers) ? metadata.authorization_servers : [offer.issuer];
  const server = offer.authorizationServer ?? servers[0] ?? offer.issuer;
  // Else an offer could send the code, and the person's transaction code, to a server of the offer's own choice.
  if (!servers.includes(server)) throw wrong('The offer names an authorization server that the issuer does not.');
  const found = await fetchJson(options, wellKnown(options, 'oauth-authorization-server', server));
  if (found.issuer !== server) throw wrong('The authorization server names itself otherwise.');
  const endpoint = optionalEndpoint(options, found, 'token_endpoint');
  if (endpoint === undefined) throw wrong('The authorization server names no token_endpoint.');
  return endpoint;
}

function findConfiguration(metadata: JsonObject, offered: readonly string[]): Configuration {
  const all = metadata.credential_configurations_supported;
  for (const id of offered) {
    const found = isJsonObject(all) && Object.hasOwn(all, id) ? all[id] : undefined;
    if (!isJsonObject(found) || found.format !== 'dc+sd-jwt' || typeof found.vct !== 'string') continue;
    if (!isJsonObject(found.proof_types_supported) || !isJsonObject(found.proof_types_supported.jwt)) continue;
    const algorithms = found.proof_types_supported.jwt.proof_signing_alg_values_supported;
    if (!isTexts(algorithms) || !algorithms.includes('ES256')) continue;
    const shown = isJsonObject(found.credential_metadata) ? found.credential_metadata.display : found.display;
    const name = nameOf(shown);
    return { id, vct: found.vct, ...(name === undefined ? {} : { name }) };
  }
  throw new CodedError(
    'wallet.offer-unsupported',
    'None of the offered credentials is of a kind that this wallet holds.',
  );
}

function optionalEndpoint({ allowLoopback }: FetchOptions, from: JsonObject, name: string): string | undefined {
  const url = from[name];
  if (url === undefined) return undefined;
  if (typeof url !== 'string') throw wrong(`The ${name} of the issuer is not an address.`);
  return assertAddress(url, allowLoopback).href;
}

function batchSizeOf(value: Json | undefined): number {
  const size = isJsonObject(value) ? value.batch_size : undefined;
  return typeof size === 'number' && Number.isInteger(size) && size >= 1 ? size : 1;
}

/** The first name that an issuer displays. Words of a stranger, so bounded. */
function nameOf(display: Json | undefined): string | undefined {
  const [first] = Array.isArray(display) ? (display as readonly Json[]) : [];
  const name = isJsonObject(first) ? first.name : undefined;
  return typeof name === 'string' ? name.slice(0, 200) : undefined;
}

function wrong(sentence: string): CodedError {
  return new CodedError('wallet.issuer-metadata', sentence);
}
