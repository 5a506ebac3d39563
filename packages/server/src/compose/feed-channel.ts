import type { FeedSource } from '@holdfast/verifier';
import { createNatsEpochChannel } from '../adapters/nats/epoch-channel.ts';
import { feedOverChannel } from '../channel/channelled-feed.ts';
import { publishEpochs } from '../channel/publish-epochs.ts';
import type { EpochChannel } from '../ports/epoch-channel.ts';
import { UNSEEN } from '../seeing/seeing.ts';
import type { Platform } from './platform.ts';
import { codeIn } from './seeing.ts';

type FeedPlace = {
  readonly started: AsyncDisposableStack;
  readonly stop: AbortSignal;
  /** Where NATS is; absent: epochs go over HTTP alone. */
  readonly feedUrl?: string | undefined;
};

/** Puts the epochs of a network in this process on the channel as well, where there is one. Throws `usage.feed`. */
export function publishFeed(
  { clock, seeing = UNSEEN }: Platform,
  { started, stop, feedUrl }: FeedPlace,
  { name, network }: { readonly name: string; readonly network: FeedSource },
): void {
  if (feedUrl === undefined) return;
  const channel = watched(started.use(createNatsEpochChannel({ url: feedUrl, network: name })), seeing);
  const report = (error: unknown) => seeing.signals.channelAway({ part: 'network', why: codeIn(error) });
  void publishEpochs({ network, channel, clock, report }, stop);
}

/** The network's log with its epochs from the channel, where there is one. Throws `usage.feed`. */
export function followFeed<Source extends FeedSource>(
  { clock, seeing = UNSEEN }: Platform,
  { started, feedUrl }: Omit<FeedPlace, 'stop'>,
  { name, source }: { readonly name: string; readonly source: Source },
): Source {
  if (feedUrl === undefined) return source;
  const channel = watched(started.use(createNatsEpochChannel({ url: feedUrl, network: name })), seeing);
  const report = (error: unknown) => seeing.signals.channelAway({ part: 'follower', why: codeIn(error) });
  return feedOverChannel(source, { channel, clock, report });
}

/** The channel, and whether it hands on what it is there for: of one that ends, or is left because it is silent, not. */
function watched(channel: EpochChannel, { outlets }: Pick<NonNullable<Platform['seeing']>, 'outlets'>): EpochChannel {
  return {
    async publish(event) {
      try {
        await channel.publish(event);
        outlets.well('channel');
      } catch (error) {
        outlets.away('channel');
        throw error;
      }
    },
    async *listen(signal) {
      try {
        for await (const event of channel.listen(signal)) {
          outlets.well('channel');
          yield event;
        }
      } finally {
        outlets.away('channel');
      }
    },
  };
}
