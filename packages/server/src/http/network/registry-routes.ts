import {
  ASSURANCE_LEVELS,
  CodedError,
  encodePositions,
  encodeRfc3339,
  networkUrn,
  type Position,
  parseRfc3339,
  REGISTRY_ACTIONS,
  type RegistryAnswer,
  type RegistryQuestion,
} from '@holdfast/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Clock } from '../../ports/clock.ts';
import type { Registry, RegistryAnswered } from '../../roles/network/registry.ts';
import { wordsOfReason } from '../../spec.ts';
import { type AddressRates, createAddressRates } from '../address-rates.ts';
import { useStrictJson } from '../strict-body.ts';

export type RegistryRoutesPorts = {
  readonly registry: Registry;
  /** The network's own, for an answer that says what it is called. */
  readonly name: () => string;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Questions about the past that one address may ask a second on average, and at once. */
  readonly pastRate?: { readonly perSecond: number; readonly burst: number };
};

const MAX_BODY = 16_384;
const MAX_CONDITIONS = 16;
/** They are looked up in the log; what is now is at hand. */
const DEFAULT_PAST_RATE = { perSecond: 1, burst: 20 };

/** A URI or a relative reference (RFC 3986), as far as its characters go. */
const identifier = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[\w.~:/?#[\]@!$&'()*+,;=%-]+$/, 'an identifier has the characters of a URI');

/** TRQP v2.0, sections 6 and 7. Members beside these say nothing that changes an answer. */
const questionBody = z.object({
  entity_id: identifier,
  authority_id: identifier,
  action: identifier,
  resource: identifier,
  context: z.record(z.string().max(200), z.string().max(500)).optional(),
});
type QuestionBody = z.infer<typeof questionBody>;

/**
 * ToIP's Trust Registry Query Protocol v2.0 over HTTPS: whom this network accredits, and which other networks it recognises. Public: it follows
 * from the log, and each answer says from how much of it.
 */
export function registryRoutes(app: FastifyInstance, ports: RegistryRoutesPorts): void {
  const pastRates = createAddressRates(ports.clock, ports.pastRate ?? DEFAULT_PAST_RATE);
  app.register(async (plain) => {
    useStrictJson(plain, MAX_BODY);
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const id = request.headers['x-request-id'];
      if (typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id)) reply.header('x-request-id', id);
    });
    for (const kind of ['authorization', 'recognition'] as const) {
      const options = { bodyLimit: MAX_BODY, schema: { body: questionBody } };
      scope.post(`/trqp/${kind}`, options, async (request, reply) => {
        const { body } = request;
        const { time, ...conditions } = conditionsOf(body);
        if (time !== undefined) assertMayLookUp(pastRates, request);
        const { entity_id: entity, authority_id: authority, action, resource } = body;
        const answered = await ports.registry.ask({ kind, entity, authority, action, resource, ...conditions }, time);
        return send(reply, { kind, body, ...(time === undefined ? {} : { time }) }, answered, ports.name());
      });
    }
  });
}

function assertMayLookUp(rates: AddressRates, { ip }: FastifyRequest): void {
  if (rates.take(ip)) return;
  throw new CodedError('trqp.busy', 'This address asks about the past more often than it may.');
}

type Conditions = Pick<RegistryQuestion, 'region' | 'assurance'> & { readonly time?: number };

/** One that is not understood is refused: left out, it would let through what it was to keep out. */
function conditionsOf({ context = {} }: QuestionBody): Conditions {
  const { time, region, assurance, locator: _whereToLook, ...others } = context;
  const [other] = Object.keys(others);
  if (other !== undefined || Object.keys(context).length > MAX_CONDITIONS) {
    const known = ['time', 'locator', 'region', 'assurance'];
    throw new CodedError('trqp.condition-unknown', 'This network cannot judge this condition.', { known });
  }
  const level = ASSURANCE_LEVELS.find((known) => known === assurance);
  if (assurance !== undefined && level === undefined) {
    throw new CodedError('trqp.condition-unknown', 'This is no level of assurance.', { known: ASSURANCE_LEVELS });
  }
  return {
    ...(time === undefined || time === '' ? {} : { time: parseRfc3339(time) }),
    ...(region === undefined ? {} : { region }),
    ...(level === undefined ? {} : { assurance: level }),
  };
}

type Asked = { readonly kind: RegistryQuestion['kind']; readonly body: QuestionBody; readonly time?: number };

function send(
  reply: FastifyReply,
  { kind, body, time }: Asked,
  { answer, evaluated, read }: RegistryAnswered,
  name: string,
): FastifyReply {
  reply.header('holdfast-position', encodePositions([read]));
  if (answer.holds === undefined) throw unanswered(answer, read);
  const { entity_id, authority_id, action, resource, context } = body;
  return reply.send({
    ...{ entity_id, authority_id, action, resource },
    [kind === 'authorization' ? 'authorized' : 'recognized']: answer.holds,
    ...(time === undefined ? {} : { time_requested: encodeRfc3339(time) }),
    time_evaluated: encodeRfc3339(read.time),
    message: messageOf(kind, body, answer),
    ...(context === undefined ? {} : { context }),
    holdfast: { network: networkUrn(name), evaluated, read, ...termsOf(answer) },
  });
}

type Held = Exclude<RegistryAnswer, { readonly holds: undefined }>;

function termsOf(answer: Held): object {
  if (!answer.holds) return { why: answer.why };
  const { assurance, until, as } = answer;
  return {
    assurance,
    ...(until === undefined ? {} : { until: encodeRfc3339(until) }),
    ...(as === undefined ? {} : { as }),
  };
}

function messageOf(kind: RegistryQuestion['kind'], { entity_id, resource }: QuestionBody, answer: Held): string {
  if (!answer.holds) return wordsOfReason(answer.why).operator;
  const may = kind === 'authorization' ? 'may issue' : 'is recognised for';
  const until = answer.until === undefined ? '' : `, until ${encodeRfc3339(answer.until)}`;
  return `${entity_id} ${may} ${resource} (${answer.assurance})${until}.`;
}

function unanswered({ unknown }: Extract<RegistryAnswer, { readonly holds: undefined }>, read: Position): CodedError {
  switch (unknown) {
    case 'authority':
      return new CodedError('trqp.authority-unknown', 'This network answers for itself, and for no other.', { read });
    case 'action': {
      const details = { known: REGISTRY_ACTIONS, read };
      return new CodedError('trqp.action-unknown', 'This network says nothing about such an action.', details);
    }
    case 'entity':
      return new CodedError(
        'trqp.entity-unknown',
        'This network lists nobody by this id: that is neither yes nor no.',
        {
          read,
        },
      );
    case 'statement':
      return new CodedError('trqp.not-understood', 'The log has a statement about it that is not understood here.', {
        read,
      });
    default:
      return unknown satisfies never;
  }
}
