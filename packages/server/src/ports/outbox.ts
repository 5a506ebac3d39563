/** Something that is told to whoever asked to be told: what it is about, and never what is in it. */
export type OutboxEvent = {
  /** The receiver's name for it: told twice, it is the same. */
  readonly id: string;
  readonly kind: string;
  /** What it is about, by its id here. */
  readonly subject: string;
  /** Unix milliseconds at which it was announced. */
  readonly at: number;
};

/** Where events of some kinds are sent. */
export type Endpoint = {
  readonly id: string;
  readonly url: string;
  readonly kinds: readonly string[];
  /** Unix milliseconds. */
  readonly createdAt: number;
};

/** How an endpoint does: whoever owns it learns here that it is not reached. */
export type EndpointState = Endpoint & {
  readonly waiting: number;
  /** When the oldest that waits was announced, unix milliseconds. */
  readonly waitingSince?: number;
  /** Given up: tried too often or for too long. */
  readonly dead: number;
  /** When the oldest of those was announced. */
  readonly deadSince?: number;
  /** Never queued, because as many waited as may; 0 again once those given up are sent again. */
  readonly missed: number;
  /** Code of the last failure, until one is taken again. */
  readonly failure?: string;
};

export type Delivery = { readonly event: OutboxEvent; readonly endpoint: Endpoint; readonly attempts: number };

/** What became of an attempt. `waits`: it has not happened yet, which is nobody's failure. `dropped`: it never will. */
export type DeliveryOutcome =
  | { readonly state: 'sent' | 'dropped' }
  | { readonly state: 'waits'; readonly nextAt: number }
  | { readonly state: 'failed'; readonly nextAt: number; readonly failure: string }
  | { readonly state: 'dead'; readonly failure: string };

export const MAX_WAITING_PER_ENDPOINT = 10_000;
export const MAX_EVENTS_PER_APPEND = 1000;

/**
 * Events on their way out. One outbox belongs to one role.
 * Durability: `append` resolves once a crash cannot lose it; it is called before what it tells has happened, so that nothing
 * that happened is untold. Consistency: one delivery for each endpoint that asked for the kind when the event was appended.
 * Idempotency: an event appended again changes nothing; settling what is settled changes nothing. Concurrency: any; what one
 * takes as it reads, nobody else reads until then or until it is settled, so of two that send each is sent once. One that is killed between
 * sending and settling has its deliveries sent again: receivers know an event by its id. Clocks of processes that share an outbox may differ by seconds. Bounds: an endpoint with
 * `MAX_WAITING_PER_ENDPOINT` waiting gets none of a further call until some are settled, and says how many it missed;
 * one call has at most `MAX_EVENTS_PER_APPEND`. Retries: the caller, freely.
 */
export interface Outbox {
  /** False when there are `max` already. */
  addEndpoint(endpoint: Endpoint, max: number): Promise<boolean>;
  /** With all that waits for it. */
  removeEndpoint(id: string): Promise<boolean>;
  readEndpoints(): Promise<readonly EndpointState[]>;
  /** Due at `dueAt` (unix milliseconds), or when hastened; says how many deliveries that are. */
  append(events: readonly OutboxEvent[], dueAt: number): Promise<number>;
  /** What waits of these events for the first time is due at `at`; what has failed keeps its pause. */
  hasten(eventIds: readonly string[], at: number): Promise<void>;
  /** At most `limit`, the longest due first, that nobody has taken. With `takenUntil` (unix milliseconds) they are the caller's until then. */
  readDue(at: number, limit: number, takenUntil?: number): Promise<readonly Delivery[]>;
  settle(eventId: string, endpointId: string, outcome: DeliveryOutcome): Promise<void>;
  /** What was given up for an endpoint waits again, due at `at` as if for the first time; says how many that are. */
  revive(endpointId: string, at: number): Promise<number>;
  /** Forgets at most `limit` deliveries announced before `before` that do not wait; says how many. */
  remove(before: number, limit: number): Promise<number>;
}
