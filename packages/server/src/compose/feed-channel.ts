import type { FeedSource } from '@holdfast/verifier';
import { createNatsEpochChannel } from '../adapters/nats/epoch-channel.ts';
import { feedOverChannel } from '../channel/channelled-feed.ts';
import { publishEpochs } from '../channel/publish-epochs.ts';
import type { Platform } from './platform.ts';

type FeedPlace = {
  readonly started: AsyncDisposableStack;
  readonly stop: AbortSignal;
  /** Where NATS is; absent: epochs go over HTTP alone. */
  readonly feedUrl?: string | undefined;
};

/** Puts the epochs of a network in this process on the channel as well, where there is one. Throws `usage.feed`. */
export function publishFeed(
  { clock, logger }: Platform,
  { started, stop, feedUrl }: FeedPlace,
  { name, network }: { readonly name: string; readonly network: FeedSource },
): void {
  if (feedUrl === undefined) return;
  const channel = started.use(createNatsEpochChannel({ url: feedUrl, network: name }));
  const report = (error: unknown) => logger.warn({ role: 'network', err: error }, 'epochs do not go over the channel');
  void publishEpochs({ network, channel, clock, report }, stop);
}

/** The network's log with its epochs from the channel, where there is one. Throws `usage.feed`. */
export function followFeed<Source extends FeedSource>(
  { clock, logger }: Platform,
  { started, feedUrl }: Omit<FeedPlace, 'stop'>,
  { name, source }: { readonly name: string; readonly source: Source },
): Source {
  if (feedUrl === undefined) return source;
  const channel = started.use(createNatsEpochChannel({ url: feedUrl, network: name }));
  const report = (error: unknown) => logger.warn({ err: error }, 'the feed is read from the network, not the channel');
  return feedOverChannel(source, { channel, clock, report });
}
