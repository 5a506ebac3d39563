import { ADMISSION_CLASSES, COHORTS } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Backlog } from '../../roles/distributor/intake-pace.ts';
import { assertOperator, type OperatorKeys } from '../operators.ts';
import type { DoorView } from './door.ts';

export type LoadPorts = {
  readonly read: () => DoorView;
  /** The bounds that this process was started with, by name. */
  readonly bounds?: Readonly<Record<string, number>>;
  readonly backlogs?: () => Promise<readonly Backlog[]>;
  readonly operators: OperatorKeys;
};

const count = z.int().min(0);
const laneAnswer = z.object({
  ...{ inFlight: count, limit: count, reserved: count, queued: count, maxQueued: count },
  ...{
    ageMs: z.number(),
    isLate: z.boolean(),
    cursor: count.max(COHORTS),
    usualMs: z.number(),
    recentMs: z.number(),
    admitted: count,
  },
  shed: z.object({ cohort: count, full: count, late: count, 'too-late': count }),
});
const loadAnswer = z.object({
  classes: z.object(
    Object.fromEntries(ADMISSION_CLASSES.map((name) => [name, laneAnswer])) as Record<
      (typeof ADMISSION_CLASSES)[number],
      typeof laneAnswer
    >,
  ),
  cohorts: count,
  arriving: count,
  shedVerdicts: z.object({ given: count, underWay: count }),
  connections: z.object({ open: count, idle: count, max: count, dropped: count }),
  loop: z.object({ lagMs: z.number(), mostMs: z.number(), stalls: count }),
  bounds: z.record(z.string(), count),
  backlogs: z.array(
    z.object({
      ...{ program: z.string(), waiting: count, taken: count, maxApplications: count },
      ...{ perSecond: z.number().optional(), clearsInMs: z.number().optional() },
    }),
  ),
});

/** `GET /load`: what this process carries, what waits, and what was told to come later. For operators. */
export function loadRoute(app: FastifyInstance, { read, bounds = {}, backlogs, operators }: LoadPorts): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/load',
    {
      schema: { security: [{ operator: [] }], response: { 200: loadAnswer } },
      onRequest: async (request) => assertOperator(request, operators, 'see'),
    },
    async (_request, reply) => {
      const waiting = (await backlogs?.()) ?? [];
      return reply
        .header('cache-control', 'no-store')
        .send({ ...read(), cohorts: COHORTS, bounds, backlogs: [...waiting] });
    },
  );
}
