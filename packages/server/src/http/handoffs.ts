import type { FastifyInstance } from 'fastify';
import type { Proposal } from '../roles/governor/proposal.ts';
import { assertOperator, type OperatorKeys } from './operators.ts';

/** What each role says of the crossings that it has a part in. */
export type HandoffSource = () => Promise<readonly { readonly since: number }[]>;

/** `GET /handoffs`: every crossing that is not complete, oldest first, with who owns it. For operators. */
export function handoffRoutes(
  app: FastifyInstance,
  { sources, operators }: { readonly sources: readonly HandoffSource[]; readonly operators: OperatorKeys },
): void {
  app.get('/handoffs', async (request, reply) => {
    assertOperator(request, operators, 'admin');
    const handoffs = (await Promise.all(sources.map((source) => source()))).flat();
    const body = { handoffs: handoffs.sort((a, b) => a.since - b.since) };
    const text = JSON.stringify(body, (_name, value) => (typeof value === 'bigint' ? value.toString() : value));
    return reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(text);
  });
}

/** Decisions on their way: waiting for officers, or for the log. */
export function decisionHandoffs(proposals: readonly Proposal[]): readonly { readonly since: number }[] {
  return proposals
    .filter(({ state }) => state === 'collecting' || state === 'authorised')
    .map(({ id, state, owner = 'governor', proposedAt, dueAt }) => ({
      what: 'decision',
      of: id,
      giver: 'governor',
      receiver: state === 'collecting' ? 'officers' : 'network',
      owner,
      count: 1,
      since: proposedAt,
      ...(dueAt === undefined ? {} : { dueBy: dueAt }),
      next: state === 'collecting' ? 'approved' : 'appended',
    }));
}
