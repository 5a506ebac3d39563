import type { FastifyInstance } from 'fastify';
import { readReveals, revealTo } from '../src/compose/distributing.ts';
import { distributorRoutes } from '../src/http/distributor/distributor-routes.ts';
import { openapiRoute } from '../src/http/openapi.ts';
import { hashOperatorKey } from '../src/http/operators.ts';
import { createHttpServer } from '../src/http/server.ts';
import { createDistributorWorld, type DistributorWorld, type DistributorWorldOptions } from './distributor-world.ts';

const ADMIN_KEY = 'admin-key-of-these-tests';
export const ADMIN = { authorization: `Bearer ${ADMIN_KEY}` };
const CLERK_KEY = 'a-key-of-one-clerk-alone';
export const CLERK = { authorization: `Bearer ${CLERK_KEY}` };

export type DoorAnswer = {
  readonly status: number;
  readonly json: { readonly [member: string]: unknown };
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
};

/** The distributor of a world, seen through its HTTP door. */
export type DistributorDoor = AsyncDisposable & {
  readonly world: DistributorWorld;
  readonly app: FastifyInstance;
  /** A text is sent as it is, anything else as JSON. */
  readonly ask: (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    body?: unknown,
    headers?: object,
  ) => Promise<DoorAnswer>;
  readonly apply: (body: unknown, program?: string) => Promise<DoorAnswer>;
};

export async function openDistributorDoor(options: DistributorWorldOptions = {}): Promise<DistributorDoor> {
  const world = await createDistributorWorld(options);
  const app = await createHttpServer(false);
  await openapiRoute(app);
  distributorRoutes(app, {
    distributor: world.distributor,
    operators: {
      admin: [hashOperatorKey(ADMIN_KEY)],
      named: () => [{ name: 'rivera', role: 'clerk', hash: hashOperatorKey(CLERK_KEY), createdAt: 0 }],
    },
    reveal: (record, reveal) => revealTo(world.beacon, record, reveal),
    reveals: (record) => {
      const { clock, follower } = world.verifiers;
      return readReveals(world.beacon, record, { logTime: follower.state.time, clockTime: clock.now() });
    },
  });
  await app.ready();
  const ask: DistributorDoor['ask'] = async (method, url, body, headers = {}) => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const payload = body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) };
    const answer = await app.inject({ method, url, headers: { ...json, ...headers }, ...payload });
    return {
      status: answer.statusCode,
      json: JSON.parse(answer.body) as DoorAnswer['json'],
      headers: answer.headers,
      text: answer.body,
    };
  };
  return {
    world,
    app,
    ask,
    apply: (body, program = 'relief') => ask('POST', `/programs/${program}/applications`, body),
    async [Symbol.asyncDispose]() {
      await app.close();
      await world[Symbol.asyncDispose]();
    },
  };
}
