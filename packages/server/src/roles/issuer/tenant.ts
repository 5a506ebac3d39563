import type { NetworkView } from '@holdfast/core';
import { createRoleKeys, namedInLog, type RoleKeys } from '../../role-keys/role-keys.ts';
import type { TenantConfig, TypeConfig } from './config.ts';
import { type CredentialKeys, openCredentialKeys } from './credential-keys.ts';
import type { IssuerFollower, IssuerSigner, PreparedKeys } from './neighbours.ts';
import type { TenantSecrets } from './secrets.ts';

/** One issuer of the role, with everything that is the same for all its requests. */
export type Tenant = {
  readonly id: string;
  readonly config: TenantConfig;
  /** The credential issuer identifier: what credentials, proofs and the network know it by. */
  readonly issuer: string;
  readonly origin: string;
  readonly secrets: TenantSecrets;
  /** The keys that sign credentials and their lists. */
  readonly keys: CredentialKeys;
  /** The keys that sign its statements: which of them goes by the log. */
  readonly statementKeys: RoleKeys;
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
  { prepared, follower }: { readonly prepared?: PreparedKeys; readonly follower: Pick<IssuerFollower, 'view'> },
): Promise<Tenant> {
  const keys = await openCredentialKeys(config, signer, prepared);
  const issuer = issuerIdOf(origin, config.id);
  const statementKeys = createRoleKeys({
    ...{ signer, name: config.statementKey, party: issuer, use: 'statement' },
    named: namedInLog(issuer, 'statement', () => stateOf(follower.view())),
  });
  return { id: config.id, config, issuer, origin, secrets, keys, statementKeys };
}

function stateOf(view: NetworkView | undefined) {
  return { parties: view?.parties ?? new Map(), time: view?.position.time ?? 0 };
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
