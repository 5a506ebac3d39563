import type { FastifyInstance } from 'fastify';
import { encodePrometheus, PROMETHEUS_TYPE } from '../seeing/prometheus.ts';
import type { Registry } from '../seeing/registry.ts';
import { isOperator, type OperatorKeys, unauthorized } from './operators.ts';

export type MetricsPorts = {
  readonly registry: Pick<Registry, 'read'>;
  readonly operators: OperatorKeys;
  /** Keys that open these numbers and nothing else: what a Prometheus is given. */
  readonly readers: OperatorKeys;
};

/** `/metrics` for Prometheus, with a key: how much is paid and how late somebody is, is not for everybody. */
export function metricsRoute(app: FastifyInstance, { registry, operators, readers }: MetricsPorts): void {
  app.get(
    '/metrics',
    { schema: { summary: 'Numbers of this process, for Prometheus', security: [{ operator: [] }] } },
    async (request, reply) => {
      if (!isOperator(request, readers, 'admin') && !isOperator(request, operators, 'admin')) throw unauthorized();
      return reply
        .header('cache-control', 'no-store')
        .type(PROMETHEUS_TYPE)
        .send(encodePrometheus(await registry.read()));
    },
  );
}
