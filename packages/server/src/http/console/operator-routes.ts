import { randomBytes } from 'node:crypto';
import { CodedError } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Clock } from '../../ports/clock.ts';
import { assertOperator, hashOperatorKey, type NamedKey, OPERATOR_ROLES, type OperatorKeys } from '../operators.ts';
import { useStrictJson } from '../strict-body.ts';
import { type ConsoleSessions, LOGIN_WAYS } from './console-sessions.ts';

/** Operators' own keys, where they are kept. */
export type NamedKeys = {
  list(): readonly NamedKey[];
  /** Throws `operator.name-taken`, `operator.too-many`. */
  add(key: NamedKey): Promise<void>;
  /** False when there is none of this name. */
  revoke(name: string): Promise<boolean>;
};

export type OperatorRoutesPorts = {
  readonly keys: NamedKeys;
  readonly sessions: ConsoleSessions;
  readonly operators: OperatorKeys;
  readonly clock: Pick<Clock, 'now'>;
};

const MAX_BODY = 4096;
const KEY_BYTES = 32;
const name = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/);
const party = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/);
const role = z.enum(OPERATOR_ROLES);
const security = [{ operator: [] }];

const keyAnswer = z.object({ name, role, party: party.optional(), createdAt: z.int() });
const addBody = z.strictObject({ name, role, party: party.exactOptional() });
const sessionAnswer = z.object({
  id: z.string(),
  name: z.string(),
  role,
  party: z.string().optional(),
  by: z.enum(LOGIN_WAYS),
  beganAt: z.int(),
  until: z.int(),
  /** Whether it is the asker's own. */
  isOwn: z.boolean(),
});

/** `/operator-keys` and `/console-sessions`: who may come in, and who has. For an admin alone. */
export function operatorKeyRoutes(app: FastifyInstance, ports: OperatorRoutesPorts): void {
  app.register(async (plain) => {
    useStrictJson(plain, MAX_BODY);
    plain.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      assertOperator(request, ports.operators, 'admin');
    });
    keyRoutes(plain, ports);
    sessionRoutes(plain, ports);
  });
}

function keyRoutes(plain: FastifyInstance, { keys, clock }: OperatorRoutesPorts): void {
  const scope = plain.withTypeProvider<ZodTypeProvider>();
  scope.get(
    '/operator-keys',
    { schema: { security, response: { 200: z.object({ keys: z.array(keyAnswer) }) } } },
    async () => ({ keys: keys.list().map((key) => keyAnswer.parse(key)) }),
  );
  scope.post(
    '/operator-keys',
    { schema: { security, body: addBody, response: { 201: keyAnswer.extend({ key: z.string() }) } } },
    async ({ body }, reply) => {
      const key = randomBytes(KEY_BYTES).toString('base64url');
      const added = { ...body, createdAt: clock.now() };
      await keys.add({ ...added, hash: hashOperatorKey(key) });
      return reply.code(201).send({ ...added, key });
    },
  );
  scope.delete(
    '/operator-keys/:name',
    { schema: { security, params: z.object({ name }), response: { 200: z.object({ revoked: name }) } } },
    async ({ params }) => {
      if (await keys.revoke(params.name)) return { revoked: params.name };
      throw new CodedError('operator.not-found', `No operator's key is named ${params.name}.`);
    },
  );
}

function sessionRoutes(plain: FastifyInstance, { sessions }: OperatorRoutesPorts): void {
  const scope = plain.withTypeProvider<ZodTypeProvider>();
  scope.get(
    '/console-sessions',
    { schema: { security, response: { 200: z.object({ sessions: z.array(sessionAnswer) }) } } },
    async (request) => {
      const own = sessions.read(request)?.id;
      return {
        sessions: sessions.list().map(({ operator, ...session }) => {
          return { ...session, ...operator, isOwn: session.id === own };
        }),
      };
    },
  );
  scope.delete(
    '/console-sessions/:id',
    {
      schema: {
        security,
        params: z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{22}$/) }),
        response: { 200: z.object({ ended: z.string() }) },
      },
    },
    async ({ params }) => {
      if (await sessions.endById(params.id)) return { ended: params.id };
      throw new CodedError('operator.not-found', 'No such session is known to this process.');
    },
  );
}
