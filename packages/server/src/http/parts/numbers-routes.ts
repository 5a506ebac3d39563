import type { FastifyInstance } from 'fastify';
import { NETWORK_GAUGES } from '../../seeing/metrics.ts';
import type { GaugeSource } from '../../seeing/registry.ts';
import { assertOperator, type OperatorKeys } from '../operators.ts';

export type NumbersDoor = {
  readonly part: string;
  readonly numbers: readonly GaugeSource[];
  readonly operators: OperatorKeys;
};

/** Where whoever shows the numbers of the whole network asks a role that runs alone for its part of them. For operators. */
export function numbersRoutes(app: FastifyInstance, { part, numbers, operators }: NumbersDoor): void {
  const isOfNetwork = new Set<string>(NETWORK_GAUGES);
  app.get(`/facts/${part}/numbers`, { schema: { hide: true } }, async (request, reply) => {
    assertOperator(request, operators, 'see');
    const all = await Promise.all(numbers.map((source) => source()));
    const said = all.flat().filter(({ gauge }) => isOfNetwork.has(gauge));
    return reply.header('cache-control', 'no-store').send({ numbers: said });
  });
}
