import type { CosignedEvent, FeedEvent } from '@holdfast/verifier';

/**
 * Somewhere between the network and its followers that hands epochs on to many. It is trusted with nothing: what comes over it may be
 * forged, repeated, out of order or missing, and is checked from signatures like everything else.
 * Durability: none that anybody relies on; the log has every epoch. Consistency: events of one publisher come in its order. Idempotency: an
 * event that was published already is not handed on again, also when another process of the network publishes it; beyond some minutes it
 * may be. Concurrency: any number of publishers and listeners. Retries: whoever publishes or listens, after `feed.channel`, which all
 * failures have; nothing waits for longer than a few seconds.
 */
export interface EpochChannel {
  /** Resolves when the channel has it. */
  publish(event: FeedEvent | CosignedEvent): Promise<void>;
  /** The last epoch that was published, then those that come, until the signal aborts (then it ends) or the channel is lost (then it throws). */
  listen(signal: AbortSignal): AsyncIterable<FeedEvent | CosignedEvent>;
}
