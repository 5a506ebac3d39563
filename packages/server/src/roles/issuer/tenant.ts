import { X509Certificate } from 'node:crypto';
import { CodedError, type PublicJwk, thumbprint } from '@holdfast/core';
import type { TenantConfig, TypeConfig } from './config.ts';
import type { IssuerSigner } from './neighbours.ts';
import type { TenantSecrets } from './secrets.ts';

/** One issuer of the role, with everything that is the same for all its requests. */
export type Tenant = {
  readonly id: string;
  readonly config: TenantConfig;
  /** The credential issuer identifier: what credentials, proofs and the network know it by. */
  readonly issuer: string;
  readonly origin: string;
  readonly secrets: TenantSecrets;
  /** The key that signs new credentials and their lists, and its thumbprint. */
  readonly key: PublicJwk;
  readonly kid: string;
  /** Unix milliseconds at which its certificate ends: nothing that it signs is good for longer. */
  readonly certifiedUntilMs: number;
};

export function issuerIdOf(origin: string, tenant: string): string {
  return `${origin}/i/${tenant}`;
}

/** Throws `issuer.key-unsupported` when the signer's credential key is not a P-256 key. */
export async function createTenant(
  origin: string,
  config: TenantConfig,
  secrets: TenantSecrets,
  signer: IssuerSigner,
): Promise<Tenant> {
  const key = await signer.readPublicKey(config.credentialKey);
  if (key.kty !== 'EC') {
    throw new CodedError('issuer.key-unsupported', `Credentials of ${config.id} are signed with a P-256 key.`);
  }
  const issuer = issuerIdOf(origin, config.id);
  const certifiedUntilMs = endOfCertificate(config.x5c[0] ?? '');
  return { id: config.id, config, issuer, origin, secrets, key, kid: thumbprint(key), certifiedUntilMs };
}

/** What is no certificate does not end: whoever configured it was told so when it was read, or rehearses without any. */
function endOfCertificate(base64: string): number {
  try {
    return Date.parse(new X509Certificate(Buffer.from(base64, 'base64')).validTo);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** The `vct` of a type: the address of its metadata, and what the network accredits. */
export function vctOf(tenant: Pick<Tenant, 'origin' | 'id'>, type: Pick<TypeConfig, 'id' | 'version'>): string {
  return `${tenant.origin}/vct/${tenant.id}/${type.id}/${type.version}`;
}

export function listUriOf(tenant: Pick<Tenant, 'origin' | 'id'>, number: number): string {
  return `${tenant.origin}/status/${tenant.id}/${number}`;
}

export function aggregationUriOf(tenant: Pick<Tenant, 'origin' | 'id'>): string {
  return `${tenant.origin}/status/${tenant.id}`;
}

/** The type as configured now, or undefined: offers and requests may name one that is gone. */
export function typeOf(tenant: Tenant, id: string): TypeConfig | undefined {
  return tenant.config.types.find((type) => type.id === id);
}
