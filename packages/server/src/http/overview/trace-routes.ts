import type { ManualRate } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AgePoint } from '../../roles/overview/age-book.ts';
import type { CoursePoint } from '../../roles/overview/course-book.ts';
import type { CredentialTraces } from '../../roles/overview/credential-trace.ts';
import type { DecisionBook } from '../../roles/overview/decision-book.ts';
import type { Disagreements } from '../../roles/overview/disagreements.ts';
import { assertOperator, type OperatorKeys } from '../operators.ts';

export type TracePorts = {
  readonly book: Pick<DecisionBook, 'trace' | 'latest'>;
  readonly traces: CredentialTraces;
  readonly ages: () => readonly AgePoint[];
  readonly course: () => Course;
  readonly disagreements: () => Promise<Disagreements>;
  readonly operators: OperatorKeys;
};

/** How a network did over time: what people decided by hand, by the log; promises and backlogs, as this process saw them. */
export type Course = {
  /** Null where the rulebook knows no cases. */
  readonly manual: {
    readonly rate: ManualRate;
    /** Parts of the rate's window, the oldest first, by when each begins: they add up to the rate. */
    readonly parts: readonly { readonly at: number; readonly manual: number; readonly decided: number }[];
  } | null;
  /** By issuer: revocations that came later than the rulebook promised. */
  readonly lateRevocations: readonly { readonly issuer: string; readonly count: number }[];
  readonly points: readonly CoursePoint[];
};

const count = z.int().min(0);
const courseAnswer = z.object({
  manual: z
    .object({
      rate: z.object({
        ...{ manual: count, decided: count, perMille: z.number().optional(), mostPerMille: z.number() },
        ...{ isOver: z.boolean(), windowMs: count },
      }),
      parts: z.array(z.object({ at: z.int(), manual: count, decided: count })),
    })
    .nullable(),
  lateRevocations: z.array(z.object({ issuer: z.string(), count })),
  points: z.array(
    z.object({
      ...{ at: z.int(), open: count, overdue: count, waiting: count, perSecond: z.number().optional() },
      ...{ openCases: count, overdueCases: count },
    }),
  ),
});
const decisionTrace = z.object({
  ...{ entry: z.int(), power: z.string(), class: z.string(), count: z.int() },
  ...{ received: z.int(), authorised: z.int(), logged: z.int(), cosigned: z.int().optional() },
  published: z.int().optional(),
  effects: z.array(z.object({ verifier: z.string(), at: z.int(), lagMs: z.int() })),
});
const event = z.object({
  ...{ at: z.int(), what: z.enum(['issued', 'presented', 'decided', 'changed', 'first-effect']), by: z.string() },
  ...{ outcome: z.string().optional(), verdict: z.string().optional(), seenUpTo: z.int().optional() },
  ...{ entry: z.int().optional(), power: z.string().optional(), class: z.string().optional() },
});
const disagreement = z.object({
  verdicts: z.tuple([z.string(), z.string()]),
  outcomes: z.tuple([z.string(), z.string()]),
  answeredAt: z.tuple([z.int(), z.int()]),
  cause: z.string(),
});
const word = z.string().min(1).max(200);
const handle = z.union([
  z.strictObject({ verifier: word, verdict: word }),
  z.strictObject({ issuer: word, label: z.string().min(1).max(500) }),
]);
const MAX_LISTED = 200;

/** What happened to one credential or by one decision, and who differed on what and why. For operators. */
export function traceRoutes(
  app: FastifyInstance,
  { book, traces, ages, course, disagreements, operators }: TracePorts,
): void {
  app.register(async (inner) => {
    const scope = inner.withTypeProvider<ZodTypeProvider>();
    const security = [{ operator: [] }];
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      assertOperator(request, operators, 'see');
    });
    scope.get(
      '/trace/decision/:entry',
      {
        schema: {
          security,
          params: z.object({ entry: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER) }),
          response: { 200: decisionTrace },
        },
      },
      async ({ params }) => withLists(await book.trace(params.entry)),
    );
    scope.get(
      '/trace/decisions',
      { schema: { security, response: { 200: z.object({ decisions: z.array(decisionTrace) }) } } },
      async () => ({ decisions: book.latest().slice(0, MAX_LISTED).map(withLists) }),
    );
    scope.get(
      '/trace/credential',
      {
        schema: {
          ...{ security, querystring: handle },
          response: { 200: z.object({ events: z.array(event), decisions: z.array(decisionTrace) }) },
        },
      },
      async ({ query }) => {
        const found =
          'verdict' in query
            ? await traces.byVerdict(query.verifier, query.verdict)
            : await traces.byLabel(query.issuer, query.label);
        return { events: [...found.events], decisions: found.decisions.map(withLists) };
      },
    );
    scope.get(
      '/trace/disagreements',
      { schema: { security, response: { 200: z.object({ compared: z.int(), differing: z.array(disagreement) }) } } },
      async () => {
        const { compared, differing } = await disagreements();
        return {
          compared,
          differing: differing.map(({ verdicts, outcomes, answeredAt, cause }) => ({
            verdicts: [...verdicts] as [string, string],
            outcomes: [...outcomes] as [string, string],
            answeredAt: [...answeredAt] as [number, number],
            cause,
          })),
        };
      },
    );
    scope.get('/trace/course', { schema: { security, response: { 200: courseAnswer } } }, async () => {
      const { manual, lateRevocations, points } = course();
      const parts = manual === null ? null : { rate: manual.rate, parts: [...manual.parts] };
      return { manual: parts, lateRevocations: [...lateRevocations], points: [...points] };
    });
    scope.get(
      '/trace/ages',
      {
        schema: {
          security,
          response: {
            200: z.object({ points: z.array(z.object({ at: z.int(), ages: z.record(z.string(), z.int()) })) }),
          },
        },
      },
      async () => ({ points: ages().map(({ at, ages: of }) => ({ at, ages: { ...of } })) }),
    );
  });
}

function withLists(trace: Awaited<ReturnType<DecisionBook['trace']>>) {
  return { ...trace, effects: [...trace.effects] };
}
