import { CodedError, encodeId, type Handoff, type OpenHandoffs } from '@holdfast/core';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { Endpoint, EndpointState, Outbox } from '../ports/outbox.ts';

/** Where outcomes are pushed to. */
export type Webhooks = {
  /** With how each does: one that is not reached is named here, with the reason. */
  list(): Promise<readonly EndpointState[]>;
  /** Throws `webhook.url`, `webhook.too-many`. Where its name leads is judged each time it is sent to. */
  add(url: string, kinds: readonly string[]): Promise<Endpoint>;
  /** Sends again what was given up for it; says how many. Throws `webhook.not-found`. */
  resend(id: string): Promise<number>;
  /** What is not taken, as crossings that are not complete: those that are given up need somebody. */
  handoffs(): Promise<OpenHandoffs>;
  /** With all that waits for it. Throws `webhook.not-found`. */
  remove(id: string): Promise<void>;
};

const MAX_ENDPOINTS = 16;

export function createWebhooks({
  outbox,
  clock,
  entropy,
  owner,
  wake,
}: {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly entropy: Entropy;
  /** Who owns what is not taken. */
  readonly owner: string;
  /** Called when something is due earlier than it was. */
  readonly wake?: () => void;
}): Webhooks {
  async function assertKnown(id: string): Promise<void> {
    if ((await outbox.readEndpoints()).some((endpoint) => endpoint.id === id)) return;
    throw notFound();
  }

  return {
    list: () => outbox.readEndpoints(),
    async add(text, kinds) {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      const isWeb = url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:');
      if (!isWeb || url.username !== '' || url.password !== '') {
        throw new CodedError('webhook.url', 'A webhook is an https address without a password in it.');
      }
      const endpoint = { id: encodeId(entropy.bytes(16)), url: url.href, kinds, createdAt: clock.now() };
      if (await outbox.addEndpoint(endpoint, MAX_ENDPOINTS)) return endpoint;
      throw new CodedError('webhook.too-many', `At most ${MAX_ENDPOINTS} webhooks are kept here.`);
    },
    async resend(id) {
      await assertKnown(id);
      const revived = await outbox.revive(id, clock.now());
      wake?.();
      return revived;
    },
    async handoffs() {
      const endpoints = await outbox.readEndpoints();
      return { handoffs: endpoints.flatMap((endpoint) => handoffsOf(endpoint, owner, clock.now())), more: 0 };
    },
    async remove(id) {
      if (!(await outbox.removeEndpoint(id))) throw notFound();
    },
  };
}

/** What waits for its time is nobody's failure. The path of an address may be a password, so only its origin is named. */
function handoffsOf(endpoint: EndpointState, owner: string, now: number): Handoff[] {
  const { id, url, waiting, waitingSince = now, dead, deadSince = now, missed, failure } = endpoint;
  const crossing = { what: 'event', of: id, giver: owner, receiver: new URL(url).origin, owner } as const;
  const lost = dead + missed;
  return [
    ...(failure !== undefined && waiting > 0
      ? [{ ...crossing, count: waiting, since: waitingSince, next: 'taken' } as const]
      : []),
    ...(lost > 0 ? [{ ...crossing, count: lost, since: deadSince, next: 'sent-again' } as const] : []),
  ];
}

function notFound(): CodedError {
  return new CodedError('webhook.not-found', 'No webhook with this id is kept here.');
}
