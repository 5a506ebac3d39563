import { type FeedEvent, type FeedSource, isCosigned } from '@holdfast/verifier';
import { expect, it } from 'vitest';
import { createManualClock, settle } from '../../../verifier/test/manual-clock.ts';
import { createEpochChannelMemory } from '../adapters/memory/epoch-channel.ts';
import { epochOf } from '../ports/epoch-channel.contract.ts';
import type { EpochChannel } from '../ports/epoch-channel.ts';
import { CHANNEL_REST_MS, feedOverChannel } from './channelled-feed.ts';

const never: never = undefined as never;

/** A source whose own stream gives what is pushed, and a follower's view of it over a channel. */
function open(channel: EpochChannel) {
  const clock = createManualClock();
  const own = createEpochChannelMemory();
  const asked: number[] = [];
  const source: FeedSource = {
    fetchCheckpoint: async () => never,
    fetchEntries: async () => never,
    stream(from, signal) {
      asked.push(from);
      return own.listen(signal);
    },
  };
  const faults: unknown[] = [];
  const feed = feedOverChannel(source, { channel, clock, report: (error) => faults.push(error) });
  const stop = new AbortController();
  const sizes: number[] = [];
  /** Listens until it refuses the event of this size, as a follower does that finds it wrong. */
  async function listen(refuses?: number): Promise<void> {
    for await (const event of feed.stream(sizes.at(-1) ?? 0, stop.signal)) {
      if (isCosigned(event)) continue;
      if (sizeOf(event) === refuses) return;
      sizes.push(sizeOf(event));
    }
  }
  return { own, asked, faults, clock, sizes, listen, stop };
}

const sizeOf = ({ checkpoint }: FeedEvent) => Number(checkpoint.split('\n')[1]);

it('takes epochs from the channel, and asks the network for none', async () => {
  const channel = createEpochChannelMemory();
  const { listen, sizes, asked, stop } = open(channel);
  const listening = listen();
  for (const size of [1, 2]) {
    await channel.publish(epochOf(size));
    await settle();
  }
  expect({ sizes, asked }).toEqual({ sizes: [1, 2], asked: [] });
  stop.abort();
  await listening;
});

it('reads on where it was from the network when the channel is lost, and from the channel again after a minute', async () => {
  const memory = createEpochChannelMemory();
  let isLost = false;
  const channel: EpochChannel = {
    publish: memory.publish,
    async *listen(signal) {
      if (isLost) throw new Error('away');
      for await (const event of memory.listen(signal)) {
        yield event;
        if (isLost) throw new Error('lost');
      }
    },
  };
  const { listen, sizes, asked, faults, own, clock, stop } = open(channel);
  const listening = listen();
  isLost = true;
  await memory.publish(epochOf(3));
  await settle();
  expect(asked).toEqual([3]);
  await own.publish(epochOf(4));
  await settle();
  isLost = false;
  await clock.advance(CHANNEL_REST_MS);
  await memory.publish(epochOf(5));
  await settle();
  expect({ sizes, asked, faults: faults.length }).toEqual({ sizes: [3, 4, 5], asked: [3], faults: 1 });
  stop.abort();
  await listening;
});

it('listens to the network itself for a minute after a follower has refused what came', async () => {
  const channel = createEpochChannelMemory();
  const { listen, sizes, asked, own, clock, stop } = open(channel);
  await channel.publish(epochOf(99));
  await listen(99);
  const listening = listen();
  await own.publish(epochOf(1));
  await settle();
  expect({ sizes, asked }).toEqual({ sizes: [1], asked: [0] });
  await clock.advance(CHANNEL_REST_MS - 1);
  await channel.publish(epochOf(2));
  await settle();
  expect(sizes).toEqual([1]);
  stop.abort();
  await listening;
});
