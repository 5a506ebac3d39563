import type { FastifyInstance } from 'fastify';
import type { PartFacts } from '../../ports/part-facts.ts';
import { assertOperator, type OperatorKeys } from '../operators.ts';
import { plain } from '../plain.ts';

/** Where whoever gathers what is wrong asks a role that runs alone how it does. For operators. */
export function factsRoutes(
  app: FastifyInstance,
  { facts, path = `/facts/${facts.part}`, operators }: FactsDoor,
): void {
  app.get(path, { schema: { hide: true } }, async (request, reply) => {
    assertOperator(request, operators, 'see');
    return reply.header('cache-control', 'no-store').send(plain(await facts.read()));
  });
}

export type FactsDoor = {
  readonly facts: PartFacts;
  /** Of a verifier its own door. */
  readonly path?: string;
  readonly operators: OperatorKeys;
};
