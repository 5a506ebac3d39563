import {
  HANDOFF_KINDS,
  HANDOFF_NEXT,
  type Handoff,
  isCodedError,
  type NetworkState,
  type OpenHandoffs,
  owedNext,
} from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Proposal } from '../roles/governor/proposal.ts';
import { assertOperator, type OperatorKeys } from './operators.ts';
import { plain } from './plain.ts';

const MAX_INCIDENTS = 100;

/** What each role says of the crossings that it has a part in. */
export type HandoffSource = () => Promise<OpenHandoffs>;

/** Of all who answer: whoever looks at the whole does so when somebody does not. */
export async function readAnswered(
  sources: readonly HandoffSource[],
): Promise<{ readonly open: OpenHandoffs; readonly isPartial: boolean }> {
  const read = await Promise.allSettled(sources.map((source) => readHandoffs([source])));
  const said = read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const open = { handoffs: said.flatMap(({ handoffs }) => handoffs), more: 0 };
  return { open, isPartial: said.length < sources.length };
}

const handoffsAnswer = z.object({
  /** Crossings in the list, each with all that it counts. */
  count: z.int(),
  /** Beyond those: of the payments outside only the longest open are listed. */
  more: z.int(),
  /** Roles that do not say what waits at them; only where they were asked for. */
  silent: z.array(z.string()).optional(),
  handoffs: z.array(
    z.object({
      what: z.enum(HANDOFF_KINDS),
      of: z.string(),
      giver: z.string(),
      receiver: z.string(),
      owner: z.string(),
      count: z.int(),
      amount: z.string().optional(),
      since: z.int(),
      dueBy: z.int().optional(),
      case: z.string().optional(),
      next: z.enum(HANDOFF_NEXT),
    }),
  ),
});

/**
 * `GET /handoffs`: every crossing that is not complete, oldest first, with who owns it. For operators. A role that cannot
 * say fails the whole: a list without its part would say that nothing waits there. With `?silent=named` it does not, and the
 * answer names it.
 */
export function handoffRoutes(
  app: FastifyInstance,
  { sources, operators }: { readonly sources: readonly HandoffSource[]; readonly operators: OperatorKeys },
): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/handoffs',
    {
      schema: {
        querystring: z.object({ silent: z.literal('named').optional() }),
        ...{ security: [{ operator: [] }], response: { 200: handoffsAnswer } },
      },
    },
    async (request, reply) => {
      assertOperator(request, operators, 'see');
      const isNamed = request.query.silent === 'named';
      const { handoffs, more, ...silent } = await (isNamed ? readNaming(sources) : readHandoffs(sources));
      const count = handoffs.reduce((sum, handoff) => sum + handoff.count, 0);
      return reply.header('cache-control', 'no-store').send({ count, more, ...silent, handoffs: plain(handoffs) });
    },
  );
}

/** Of all roles, the oldest first. */
export async function readHandoffs(sources: readonly HandoffSource[]): Promise<OpenHandoffs> {
  const open = await Promise.all(sources.map((source) => source()));
  return {
    handoffs: open.flatMap(({ handoffs }) => handoffs).sort((a, b) => a.since - b.since),
    more: open.reduce((sum, { more }) => sum + more, 0),
  };
}

/** The same of all who answer, and the names of those who do not. */
async function readNaming(
  sources: readonly HandoffSource[],
): Promise<OpenHandoffs & { readonly silent: readonly string[] }> {
  const silent = new Set<string>();
  const named = sources.map((source) => async () => {
    try {
      return await source();
    } catch (error) {
      // What is wrong with this very process is its answer, whoever asks.
      if (!isCodedError(error) || typeof error.details.part !== 'string') throw error;
      silent.add(error.details.part);
      return { handoffs: [], more: 0 };
    }
  });
  return { ...(await readHandoffs(named)), silent: [...silent] };
}

/** Decisions on their way: waiting for officers, or for the log. */
export function decisionHandoffs(proposals: readonly Proposal[]): readonly Handoff[] {
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

/** What went wrong and is not accounted for yet, at most a hundred: whoever let it come to this owns it. */
export function incidentHandoffs(state: Readonly<NetworkState>): OpenHandoffs {
  const open = [...state.docket.incidents.values()].flatMap((incident) => {
    const owed = owedNext(incident, state.time);
    return owed === undefined ? [] : [{ incident, owed }];
  });
  const oldest = open.sort((a, b) => a.incident.at - b.incident.at).slice(0, MAX_INCIDENTS);
  const handoffs = oldest.map(({ incident, owed }): Handoff => {
    const { id, owner, at: since } = incident;
    const crossing = { what: 'incident', of: id, giver: owner, receiver: 'governor', owner } as const;
    return { ...crossing, count: 1, since, dueBy: owed.dueAt, next: 'accounted-for' };
  });
  return { handoffs, more: open.length - handoffs.length };
}
