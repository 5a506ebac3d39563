import { type FeedSource, linkSignal } from '@holdfast/verifier';
import type { Clock } from '../ports/clock.ts';
import type { EpochChannel } from '../ports/epoch-channel.ts';

export type PublishingOptions = {
  readonly network: Pick<FeedSource, 'stream'>;
  readonly channel: Pick<EpochChannel, 'publish'>;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
};

const FIRST_REST_MS = 200;
const MAX_REST_MS = 5000;

/**
 * Puts every epoch on the channel until the signal aborts, beginning with the present one. While the channel is away epochs are
 * left out, never heaped up: of what it cannot take in time one waits, and followers read the rest from the log.
 */
export async function publishEpochs(options: PublishingOptions, signal: AbortSignal): Promise<void> {
  const { clock, report } = options;
  let restMs = FIRST_REST_MS;
  while (!signal.aborted) {
    try {
      for await (const _ of publishAll(options, signal)) restMs = FIRST_REST_MS;
    } catch (error) {
      if (restMs === FIRST_REST_MS) report(error);
    }
    await clock.sleep(restMs, signal).catch(() => undefined);
    restMs = Math.min(MAX_REST_MS, 2 * restMs);
  }
}

/** One stream of the network, an event at a time. */
async function* publishAll({ network, channel }: PublishingOptions, outer: AbortSignal): AsyncGenerator<void> {
  const { controller, release } = linkSignal(outer);
  try {
    for await (const event of network.stream(0, controller.signal)) {
      await channel.publish(event);
      yield;
    }
  } finally {
    release();
    controller.abort();
  }
}
