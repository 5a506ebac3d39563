import { type CodedError, encodeJws, encodeSigningInput, encodeUtf8, isCodedError } from '@holdfast/core';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import { type Delivery, MAX_EVENTS_PER_APPEND, type Outbox, type OutboxEvent } from '../ports/outbox.ts';
import type { Signer } from '../ports/signer.ts';
import { SILENT, type Signals } from '../seeing/signals.ts';
import { createWakingLoop } from './waking-loop.ts';

/** What an event says when it is sent; `waits`: it has not happened yet; `gone`: nothing is known of it any more. */
export type Told = { readonly state: 'told'; readonly body: object } | { readonly state: 'waits' | 'gone' };

/** Hands one signed event to one endpoint. Resolves when it was taken; throws a `CodedError` when not. */
export type SendEvent = (url: string, token: string) => Promise<void>;

/**
 * Outcomes on their way to whoever asked to be told (RFC 8417 tokens, pushed as RFC 8935 says). An event is announced before
 * what it tells can happen, and says what is true when it is sent: killed in between, nothing is lost and nothing is invented.
 */
export type Events<Kind extends string = string> = {
  /**
   * Something will have an outcome by `by` (unix milliseconds), and it is told then, or earlier when it has happened. Says how
   * many deliveries that are: none where nobody asked.
   */
  announce(kind: Kind, subjects: readonly string[], by: number): Promise<number>;
  /** It has happened. May fail or be lost: then it is told when it was announced for. */
  happened(kind: Kind, subjects: readonly string[]): void;
  /** Sends what is due; says how many were taken. */
  work(): Promise<number>;
  run(signal: AbortSignal): Promise<void>;
  sweep(limit: number): Promise<number>;
};

export type EventsOptions<Kind extends string> = {
  /** The party that signs, and its key, as the network lists it. */
  readonly signing: () => Promise<{ readonly iss: string; readonly name: string; readonly kid: string }>;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly signer: Pick<Signer, 'sign'>;
  readonly send: SendEvent;
  readonly tell: (kind: Kind, subject: string) => Promise<Told>;
  /** Who sends, for what is told of this: a public id. */
  readonly owner?: string;
  /** Told of what has happened; without it nobody is. */
  readonly signals?: Signals;
};

const EVERY_MS = 1000;
const AT_ONCE = 100;
const WAIT_MS = 30_000;
/** What is read is nobody else's for so long; a receiver that is slow is left in time for the last one to end within it. */
const TAKEN_MS = 30_000;
const SEND_WITHIN_MS = 15_000;
/** After so many attempts, or so long after it was announced, an event is given up for an endpoint. */
const MAX_ATTEMPTS = 12;
const MAX_AGE_MS = 86_400_000;
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 3_600_000;
const MEMORY_MS = 7 * 86_400_000;
/** Endpoints that failed, also such as were removed since; beyond, each is tried once more. */
const MAX_PAUSES = 1000;

export function createEvents<Kind extends string>(options: EventsOptions<Kind>): Events<Kind> {
  const { signing, outbox, clock, entropy, signer, send, tell, owner = 'unnamed', signals = SILENT } = options;
  /** Endpoints that failed last, and until when none of their events is tried: one attempt for each pause, not one for each. */
  const pauses = new Map<string, number>();
  const loop = createWakingLoop(clock, EVERY_MS, () => work());

  async function encode({ id, kind }: OutboxEvent, url: string, body: object): Promise<string> {
    const { iss, name, kid } = await signing();
    const header = { alg: 'ES256', kid, typ: 'secevent+jwt' };
    const iat = Math.floor(clock.now() / 1000);
    const payload = { iss, iat, jti: id, aud: url, events: { [`urn:holdfast:event:${kind}`]: body } };
    const signingInput = encodeSigningInput(header, payload);
    return encodeJws(signingInput, await signer.sign(name, encodeUtf8(signingInput)));
  }

  /** True when it was taken, false when the endpoint failed, undefined when there was nothing to send. */
  async function deliver({ event, endpoint, attempts }: Delivery): Promise<boolean | undefined> {
    const told = await tell(event.kind as Kind, event.subject);
    if (told.state !== 'told') {
      const isOver = told.state === 'gone';
      const later = { state: 'waits', nextAt: clock.now() + WAIT_MS } as const;
      await outbox.settle(event.id, endpoint.id, isOver ? { state: 'dropped' } : later);
      return undefined;
    }
    try {
      await send(endpoint.url, await encode(event, endpoint.url, told.body));
    } catch (error) {
      await giveBack({ event, endpoint, attempts }, isCodedError(error) ? error : undefined);
      return false;
    }
    pauses.delete(endpoint.id);
    await outbox.settle(event.id, endpoint.id, { state: 'sent' });
    signals.webhookTold({ owner, kind: event.kind });
    return true;
  }

  async function giveBack({ event, endpoint, attempts }: Delivery, error: CodedError | undefined): Promise<void> {
    const failure = error?.code ?? 'fetch.unreachable';
    const isOver = attempts + 1 >= MAX_ATTEMPTS || clock.now() - event.at > MAX_AGE_MS;
    const nextAt = clock.now() + pauseAfter(attempts, entropy.bytes(2));
    if (pauses.size >= MAX_PAUSES) pauses.clear();
    pauses.set(endpoint.id, nextAt);
    await outbox.settle(
      event.id,
      endpoint.id,
      isOver ? { state: 'dead', failure } : { state: 'failed', nextAt, failure },
    );
    signals.webhookFailed({ owner, why: failure });
  }

  /** One after the other, up to the first failure: a receiver that is slow or away costs one connection. */
  async function deliverAll(deliveries: readonly Delivery[]): Promise<number> {
    const beganAt = clock.now();
    let taken = 0;
    let hasFailed = false;
    for (const delivery of deliveries) {
      const { event, endpoint } = delivery;
      if (hasFailed || clock.now() - beganAt >= SEND_WITHIN_MS) {
        const nextAt = Math.max(clock.now(), hasFailed ? (pauses.get(endpoint.id) ?? 0) : 0);
        await outbox.settle(event.id, endpoint.id, { state: 'waits', nextAt });
        continue;
      }
      const outcome = await deliver(delivery);
      if (outcome === true) taken += 1;
      hasFailed = outcome === false;
    }
    return taken;
  }

  async function work(): Promise<number> {
    const now = clock.now();
    const byEndpoint = new Map<string, Delivery[]>();
    for (const delivery of await outbox.readDue(now, AT_ONCE, now + TAKEN_MS)) {
      const { id } = delivery.endpoint;
      if ((pauses.get(id) ?? 0) > now)
        await outbox.settle(delivery.event.id, id, { state: 'waits', nextAt: pauses.get(id) ?? now });
      else byEndpoint.set(id, [...(byEndpoint.get(id) ?? []), delivery]);
    }
    const taken = await Promise.all([...byEndpoint.values()].map(deliverAll));
    return taken.reduce((sum, count) => sum + count, 0);
  }

  return {
    async announce(kind, subjects, by) {
      const at = clock.now();
      let count = 0;
      for (const part of partsOf(subjects)) {
        const events = part.map((subject) => ({ id: `${kind}.${subject}`, kind, subject, at }));
        count += await outbox.append(events, by);
      }
      return count;
    },
    happened(kind, subjects) {
      const ids = subjects.map((subject) => `${kind}.${subject}`);
      void outbox.hasten(ids, clock.now()).then(
        () => loop.wake(),
        () => undefined,
      );
    },
    work,
    run: loop.run,
    sweep: (limit) => outbox.remove(clock.now() - MEMORY_MS, limit),
  };
}

function partsOf(subjects: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(subjects.length / MAX_EVENTS_PER_APPEND) }, (_, i) =>
    subjects.slice(i * MAX_EVENTS_PER_APPEND, (i + 1) * MAX_EVENTS_PER_APPEND),
  );
}

/** Full jitter, with a floor: receivers that come back together are not hit together. */
function pauseAfter(attempts: number, [high = 0, low = 0]: Uint8Array): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempts);
  return EVERY_MS + Math.floor(((256 * high + low) / 65_536) * longest);
}
