import { CodedError, encodeUtf8, MAX_ADD_CHECKPOINT_BYTES } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../ports/clock.ts';
import type { AddCheckpointAnswer } from '../../ports/witness.ts';
import type { WitnessRole } from '../../roles/witness/witness-role.ts';
import { createAddressRates } from '../address-rates.ts';

export type WitnessRoutePorts = {
  readonly witness: WitnessRole;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Requests a second that one address may send on average, and at once. */
  readonly rate?: { readonly perSecond: number; readonly burst: number };
};

/** A log asks once an epoch; one that is decided on all the time, some times a second. */
const DEFAULT_RATE = { perSecond: 20, burst: 60 };

/** C2SP tlog-witness to the letter, and for people what this witness has seen. */
export function witnessRoutes(app: FastifyInstance, ports: WitnessRoutePorts): void {
  const { witness, clock, rate = DEFAULT_RATE } = ports;
  const rates = createAddressRates(clock, rate);

  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Of whatever type it says it is: the format has none of its own.
    const bodyLimit = MAX_ADD_CHECKPOINT_BYTES;
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, async (_request: unknown, body: unknown) => body);
    scope.addHook('onRequest', async (request) => {
      if (rates.take(request.ip)) return;
      throw new CodedError('witness.busy', 'This address asks more often than it may.');
    });
    scope.post('/add-checkpoint', { bodyLimit }, async (request, reply) => {
      const body = request.body instanceof Uint8Array ? request.body : encodeUtf8('');
      const answer = await witness.addCheckpoint(body);
      reply.header('cache-control', 'no-store');
      if (answer.cosigned) return reply.type('text/plain; charset=utf-8').send(answer.lines);
      if (answer.why !== 'conflict') throw refusalOf(answer.why);
      // Set by hand: a charset after it would be another type to whoever compares.
      return reply
        .code(409)
        .header('content-type', 'text/x.tlog.size')
        .send(Buffer.from(`${answer.size}\n`));
    });
  });

  app.get('/', async (_request, reply) => {
    const [logs, frauds] = await Promise.all([witness.readLogs(), witness.readFrauds()]);
    return reply.header('cache-control', 'no-store').send({ vkey: witness.vkey, logs, frauds: frauds.length });
  });

  app.get('/fraud-proofs', async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ proofs: await witness.readFrauds() }),
  );
}

type Why = Exclude<AddCheckpointAnswer, { cosigned: true } | { why: 'conflict' }>['why'];

function refusalOf(why: Why): CodedError {
  switch (why) {
    case 'bad-request':
      return new CodedError('witness.request-malformed', 'This is not a request to cosign a checkpoint.');
    case 'unknown-log':
      return new CodedError('witness.unknown-log', 'This witness does not look at this log.');
    case 'not-signed':
      return new CodedError('witness.not-signed', 'The log has not signed this checkpoint.');
    case 'forked':
      return new CodedError('witness.forked', 'The log has signed another tree of this size.');
    case 'proof':
      return new CodedError('witness.proof', 'The proof does not show that the log only grew.');
    case 'busy':
      return new CodedError('witness.busy', 'As many wait for this witness as may.');
    default:
      return why satisfies never;
  }
}
