import type { FastifyInstance } from 'fastify';
import { DEFAULT_ISSUER_BOUNDS } from '../../roles/issuer/config.ts';
import type { Issuer } from '../../roles/issuer/issuer.ts';
import type { OperatorKeys } from '../operators.ts';
import { operatorRoutes } from './operator-routes.ts';
import { publicRoutes } from './public-routes.ts';
import { reinstatementRoutes } from './reinstatement-routes.ts';
import { walletRoutes } from './wallet-routes.ts';

/** Every path of the issuer role: OpenID4VCI 1.0 for wallets, status lists for everybody, offers for operators. */
export function issuerRoutes(
  app: FastifyInstance,
  ports: { readonly issuer: Issuer; readonly keys: OperatorKeys; readonly listTtlMs?: number },
): void {
  const { issuer, keys, listTtlMs = DEFAULT_ISSUER_BOUNDS.listTtlMs } = ports;
  publicRoutes(app, issuer, listTtlMs);
  walletRoutes(app, issuer);
  reinstatementRoutes(app, issuer);
  operatorRoutes(app, issuer, keys);
}
