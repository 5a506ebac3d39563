import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { LedgerCall } from '../../roles/ledger/ledger-call.ts';
import { MAX_CALL_LENGTH } from '../../roles/ledger/ledger-call.ts';
import type { LedgerDesk } from '../../roles/ledger/ledger-desk.ts';
import { useStrictJson } from '../strict-body.ts';

export type CallRoutesPorts = {
  readonly desk: LedgerDesk;
  /** Another process that writes now, to which a call is handed on as it came; undefined where this one is to answer. */
  readonly elsewhere: (call: LedgerCall) => Promise<((text: string) => Promise<string>) | undefined>;
};

/** Around the call, in bytes. */
const ENVELOPE = 64;
const body = z.strictObject({ call: z.string().max(MAX_CALL_LENGTH) });

/** Set by a process that hands a call on: it is handed on once. */
export const FORWARDED = 'holdfast-forwarded';

/**
 * The door for the roles that decide transfers, when they run in other processes: each call is signed by one of the keys that
 * this ledger was told of. No bearer key opens it.
 */
export function callRoutes(app: FastifyInstance, { desk, elsewhere }: CallRoutesPorts): void {
  app.register(async (plain) => {
    useStrictJson(plain, MAX_CALL_LENGTH + ENVELOPE);
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.post('/ledger/calls', { schema: { body } }, async ({ body: { call: text }, headers }, reply) => {
      const call = await desk.open(text);
      const forward = headers[FORWARDED] === undefined ? await elsewhere(call) : undefined;
      const answer = forward === undefined ? await desk.answer(call) : await forward(text);
      return reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(answer);
    });
  });
}
