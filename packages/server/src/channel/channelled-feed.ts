import { type CosignedEvent, type FeedEvent, type FeedSource, isCosigned, linkSignal } from '@holdfast/verifier';
import type { Clock } from '../ports/clock.ts';
import type { EpochChannel } from '../ports/epoch-channel.ts';
import { sizeOf } from './channel-event.ts';

export type ChannelledFeedOptions = {
  readonly channel: EpochChannel;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
};

/** Whoever was let down by the channel reads from the network itself for so long. */
export const CHANNEL_REST_MS = 60_000;

/**
 * A network's log whose epochs come over a channel, and from the network itself while the channel is away, silent, or
 * brings what a follower refuses: any of these ends a stream, and for a minute after it the network itself is listened to.
 * Entries, snapshots and checkpoints are read from the network, or its mirrors, in any case.
 */
export function feedOverChannel<Source extends FeedSource>(
  source: Source,
  { channel, clock, report }: ChannelledFeedOptions,
): Source {
  let restsUntilMs = Number.NEGATIVE_INFINITY;

  async function* overChannel(from: number, signal: AbortSignal): AsyncGenerator<FeedEvent | CosignedEvent> {
    try {
      for await (const event of channel.listen(signal)) {
        // Of what it has read already nobody needs to hear.
        if (isCosigned(event) || sizeOf(event) > from) yield event;
      }
    } catch (error) {
      report(error);
    } finally {
      restsUntilMs = clock.monotonic() + CHANNEL_REST_MS;
    }
  }

  async function* overSource(from: number, signal: AbortSignal): AsyncGenerator<FeedEvent | CosignedEvent> {
    const { controller, release } = linkSignal(signal);
    const leftMs = Math.max(0, restsUntilMs - clock.monotonic());
    clock.sleep(leftMs, controller.signal).then(
      () => controller.abort(),
      () => undefined,
    );
    try {
      yield* source.stream(from, controller.signal);
    } finally {
      release();
      controller.abort();
    }
  }

  async function* stream(from: number, signal: AbortSignal): AsyncGenerator<FeedEvent | CosignedEvent> {
    let at = from;
    while (!signal.aborted) {
      const isResting = clock.monotonic() < restsUntilMs;
      for await (const event of isResting ? overSource(at, signal) : overChannel(at, signal)) {
        yield event;
        // It was accepted, or the follower would not have come back: what it refuses ends the stream.
        if (!isCosigned(event)) at = Math.max(at, sizeOf(event));
      }
    }
  }

  return { ...source, stream };
}
