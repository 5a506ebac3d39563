import { CodedError, encodeId } from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { Endpoint, EndpointState, Outbox } from '../../ports/outbox.ts';

/** Where outcomes are pushed to. */
export type Webhooks = {
  /** With how each does: one that is not reached is named here, with the reason. */
  list(): Promise<readonly EndpointState[]>;
  /** Throws `webhook.url`, `webhook.too-many`. Where its name leads is judged each time it is sent to. */
  add(url: string, kinds: readonly string[]): Promise<Endpoint>;
  /** With all that waits for it. Throws `webhook.not-found`. */
  remove(id: string): Promise<void>;
};

const MAX_ENDPOINTS = 16;

export function createWebhooks({
  outbox,
  clock,
  entropy,
}: {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly entropy: Entropy;
}): Webhooks {
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
    async remove(id) {
      if (await outbox.removeEndpoint(id)) return;
      throw new CodedError('webhook.not-found', 'No webhook with this id is kept here.');
    },
  };
}
