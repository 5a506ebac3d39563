import { createIssuerRecordReader } from '@holdfast/verifier';
import type { FastifyInstance } from 'fastify';
import { recordRoutes } from '../http/network/record-routes.ts';
import { registryRoutes } from '../http/network/registry-routes.ts';
import { createRegistry } from '../roles/network/registry.ts';
import type { ComposedNetwork } from './network.ts';
import type { Platform } from './platform.ts';
import { recordLog } from './record-log.ts';

/** What a network tells anybody of whom it trusts: the record of its issuers, and TRQP. One reading of the log serves both. */
export function openTrustDoors(
  app: FastifyInstance,
  { engine, clock }: Platform,
  { network, origin }: Pick<ComposedNetwork, 'network'> & { readonly origin: string },
): void {
  const records = createIssuerRecordReader(recordLog(network), engine);
  recordRoutes(app, { records });
  registryRoutes(app, {
    registry: createRegistry({ network, records, clock, names: [origin] }),
    ...{ name: () => network.name, clock },
  });
}
