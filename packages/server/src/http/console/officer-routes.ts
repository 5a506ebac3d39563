import { CodedError } from '@holdfast/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Clock } from '../../ports/clock.ts';
import { type AddressRates, createAddressRates } from '../address-rates.ts';
import { useStrictJson } from '../strict-body.ts';
import type { ConsoleSessions, Session } from './console-sessions.ts';
import type { OfficerLogins } from './officer-logins.ts';

export type OfficerRoutesPorts = {
  /** Absent where no governor answers at this origin: then its officers are not those of this house. */
  readonly officers?: OfficerLogins;
  readonly sessions: Pick<ConsoleSessions, 'begin'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Of log-ins, whatever they are tried with. */
  readonly rates: AddressRates;
  readonly assertOurOrigin: (request: FastifyRequest) => void;
  /** What is told of a session that has begun. */
  readonly answer: { readonly schema: z.ZodType<object>; readonly of: (session: Session) => object };
};

export const OFFICER_LOGIN_PATH = '/console-session/officer';
const MAX_BODY = 4096;
/** Challenges for one address: none of them is kept, so this bounds only what making them costs. */
const CHALLENGE_RATE = { perSecond: 1, burst: 60 };

const loginBody = z.strictObject({ login: z.string().min(1).max(2048) });
const challengeAnswer = z.object({ nonce: z.string(), network: z.string(), origin: z.string() });

/** `/console-session/officer`: a challenge for an officer's key in the browser, and the session that its signature opens. */
export function officerRoutes(app: FastifyInstance, ports: OfficerRoutesPorts): void {
  const { officers, sessions, rates, assertOurOrigin, answer } = ports;
  const challengeRates = createAddressRates(ports.clock, CHALLENGE_RATE);
  const known = () => {
    if (officers !== undefined) return officers;
    throw new CodedError(
      'console.no-governor',
      'No governor answers here: officers log in at the console of the network.',
    );
  };
  app.register(async (plain) => {
    useStrictJson(plain, MAX_BODY);
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
    });
    scope.get(OFFICER_LOGIN_PATH, { schema: { response: { 200: challengeAnswer } } }, async (request) => {
      const logins = known();
      if (challengeRates.take(request.ip)) return logins.challenge();
      throw new CodedError('console.too-many', 'Too many challenges were asked for from here.');
    });
    scope.post(
      OFFICER_LOGIN_PATH,
      { bodyLimit: MAX_BODY, schema: { body: loginBody, response: { 201: answer.schema } } },
      async (request, reply) => {
        assertOurOrigin(request);
        const logins = known();
        if (!rates.take(request.ip)) throw new CodedError('console.too-many', 'Too many log-ins were tried from here.');
        const { operator, session: own } = await logins.verify(request.body.login);
        const { cookie, session } = sessions.begin(operator, 'officer', own);
        return reply.code(201).header('set-cookie', cookie).send(answer.of(session));
      },
    );
  });
}
