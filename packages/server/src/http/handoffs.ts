import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Proposal } from '../roles/governor/proposal.ts';
import { assertOperator, type OperatorKeys } from './operators.ts';
import { plain } from './plain.ts';

/** A crossing that is not complete, whichever role has a part in it. */
export type OpenHandoff = {
  readonly what: string;
  /** What it belongs to: a program, a payment, a decision. */
  readonly of: string;
  readonly giver: string;
  readonly receiver: string;
  /** Who has to act now. */
  readonly owner: string;
  readonly count: number;
  /** Minor units, where money is on its way. */
  readonly amount?: bigint;
  /** Unix milliseconds. */
  readonly since: number;
  readonly dueBy?: number;
  readonly next: string;
};

/** What each role says of the crossings that it has a part in. */
export type HandoffSource = () => Promise<readonly OpenHandoff[]>;

const handoffsAnswer = z.object({
  handoffs: z.array(
    z.object({
      what: z.string(),
      of: z.string(),
      giver: z.string(),
      receiver: z.string(),
      owner: z.string(),
      count: z.int(),
      amount: z.string().optional(),
      since: z.int(),
      dueBy: z.int().optional(),
      next: z.string(),
    }),
  ),
});

/**
 * `GET /handoffs`: every crossing that is not complete, oldest first, with who owns it. For operators. A role that cannot
 * say fails the whole: a list without its part would say that nothing waits there.
 */
export function handoffRoutes(
  app: FastifyInstance,
  { sources, operators }: { readonly sources: readonly HandoffSource[]; readonly operators: OperatorKeys },
): void {
  app
    .withTypeProvider<ZodTypeProvider>()
    .get(
      '/handoffs',
      { schema: { security: [{ operator: [] }], response: { 200: handoffsAnswer } } },
      async (request, reply) => {
        assertOperator(request, operators, 'admin');
        const handoffs = await readHandoffs(sources);
        return reply.header('cache-control', 'no-store').send({ handoffs: plain(handoffs) });
      },
    );
}

/** Of all roles, the oldest first. */
export async function readHandoffs(sources: readonly HandoffSource[]): Promise<OpenHandoff[]> {
  const handoffs = (await Promise.all(sources.map((source) => source()))).flat();
  return handoffs.sort((a, b) => a.since - b.since);
}

/** Decisions on their way: waiting for officers, or for the log. */
export function decisionHandoffs(proposals: readonly Proposal[]): readonly OpenHandoff[] {
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
