import type { JsonObject, PublicJwk } from '@holdfast/core';
import type { TypeConfig } from './config.ts';
import { aggregationUriOf, type Tenant, vctOf } from './tenant.ts';

export const PRE_AUTHORIZED_GRANT = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';

export const REFRESH_GRANT = 'refresh_token';

/** Credential Issuer Metadata (OpenID4VCI 1.0 section 12.2.4). */
export function issuerMetadata(tenant: Tenant, maxCopies: number): JsonObject {
  const { issuer, config } = tenant;
  return {
    credential_issuer: issuer,
    credential_endpoint: `${issuer}/credential`,
    nonce_endpoint: `${issuer}/nonce`,
    notification_endpoint: `${issuer}/notification`,
    ...(maxCopies < 2 ? {} : { batch_credential_issuance: { batch_size: maxCopies } }),
    display: [{ name: config.name }],
    credential_configurations_supported: Object.fromEntries(
      config.types.map((type) => [type.id, configurationOf(tenant, type)]),
    ),
  };
}

function configurationOf(tenant: Tenant, type: TypeConfig): JsonObject {
  return {
    format: 'dc+sd-jwt',
    scope: type.id,
    vct: vctOf(tenant, type),
    cryptographic_binding_methods_supported: ['jwk', 'did:jwk'],
    credential_signing_alg_values_supported: ['ES256'],
    proof_types_supported: { jwt: { proof_signing_alg_values_supported: ['ES256'] } },
    credential_metadata: {
      display: [displayOf(type)],
      claims: type.claims.map(({ name, mandatory, display }) => ({
        path: [name],
        mandatory,
        display: [{ name: display }],
      })),
    },
  };
}

function displayOf({ name, description }: TypeConfig): JsonObject {
  return description === undefined ? { name } : { name, description };
}

/** OAuth 2.0 Authorization Server Metadata (RFC 8414; OpenID4VCI 1.0 section 12.3; Token Status List section 9.1). */
export function authorizationServerMetadata(tenant: Tenant): JsonObject {
  return {
    issuer: tenant.issuer,
    token_endpoint: `${tenant.issuer}/token`,
    token_endpoint_auth_methods_supported: ['none'],
    grant_types_supported: [PRE_AUTHORIZED_GRANT, REFRESH_GRANT],
    response_types_supported: [],
    'pre-authorized_grant_anonymous_access_supported': true,
    status_list_aggregation_endpoint: aggregationUriOf(tenant),
  };
}

/** JWT VC Issuer Metadata (SD-JWT VC section 4): every key whose credentials may still be valid. */
export function jwtVcIssuerMetadata(tenant: Tenant, keys: ReadonlyMap<string, PublicJwk>): JsonObject {
  const jwks = [...keys].map(([kid, key]) => ({ ...key, kid, use: 'sig', alg: 'ES256' }));
  return { issuer: tenant.issuer, jwks: { keys: jwks } };
}

/** SD-JWT VC Type Metadata (section 6). Each version has its own address and never changes. */
export function typeMetadata(tenant: Tenant, type: TypeConfig): JsonObject {
  const { name, description, claims } = type;
  return {
    vct: vctOf(tenant, type),
    name,
    ...(description === undefined ? {} : { description }),
    display: [{ locale: 'en', name, ...(description === undefined ? {} : { description }) }],
    claims: claims.map(({ name: claim, mandatory, display }) => ({
      path: [claim],
      display: [{ locale: 'en', label: display }],
      mandatory,
      sd: 'always',
    })),
  };
}
