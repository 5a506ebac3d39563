import type { FastifyInstance } from 'fastify';
import type { OperatorKeys } from '../http/operators.ts';
import { roleKeysRoutes } from '../http/role-keys-routes.ts';
import type { RoleKeys } from '../role-keys/role-keys.ts';
import type { FactSource } from '../roles/overview/fact-source.ts';
import { keySource } from './facts.ts';

export type KeyHolders = {
  readonly organiser: string;
  readonly distributor: RoleKeys;
  readonly ledger: RoleKeys;
  readonly verifier: { readonly id: string; readonly keys: RoleKeys };
};

/** Where roles that share a process make their next keys; what is wrong with them, for an overview. A verifier is asked at its door. */
export function openKeyDoors(
  app: FastifyInstance,
  operators: OperatorKeys,
  { organiser, distributor, ledger, verifier }: KeyHolders,
): readonly FactSource[] {
  roleKeysRoutes(app, { path: '/keys/distributor', keys: distributor, operators });
  roleKeysRoutes(app, { path: '/keys/ledger', keys: ledger, operators });
  roleKeysRoutes(app, { path: `/v/${verifier.id}/keys`, keys: verifier.keys, operators });
  return [keySource('distributor', organiser, distributor), keySource('ledger', organiser, ledger)];
}
