import { type CosignedEvent, type FeedEvent, isCosigned } from '@holdfast/verifier';
import { describe, expect, it } from 'vitest';
import type { EpochChannel } from './epoch-channel.ts';

/** An epoch in outward form only: a channel looks at nothing but its size and root. */
export function epochOf(size: number, root = `root-${size}`): FeedEvent {
  return {
    checkpoint: `log.example/log\n${size}\n${root}\n\n— log.example/log AAAA\n`,
    from: size - 1,
    entries: ['e'],
  };
}

/** Every channel runs this suite. `open` gives one that nothing was published on, and a second way onto the same. */
export function describeEpochChannel(
  name: string,
  open: () => Promise<{ readonly channel: EpochChannel; readonly again: () => EpochChannel }>,
): void {
  describe(name, () => {
    it('hands what was published last to who comes later, then what follows, in order', async () => {
      const { channel, again } = await open();
      await channel.publish(epochOf(1));
      await channel.publish(epochOf(2));
      const heard = listenTo(again());
      await heard.until(({ events }) => events.length === 1);
      for (const size of [3, 4]) await channel.publish(epochOf(size));
      await heard.until(({ events }) => events.length === 3);
      expect(heard.events).toEqual([epochOf(2), epochOf(3), epochOf(4)]);
      await heard.end();
    });

    it('hands on once what several processes publish', async () => {
      const { channel, again } = await open();
      const other = again();
      const publish = (size: number) => Promise.all([channel.publish(epochOf(size)), other.publish(epochOf(size))]);
      await publish(1);
      const heard = listenTo(again());
      await heard.until(({ events }) => events.length === 1);
      for (const size of [2, 3]) await publish(size);
      await heard.until(({ events }) => events.length >= 3);
      expect(heard.events).toEqual([epochOf(1), epochOf(2), epochOf(3)]);
      await heard.end();
    });

    it('lets nobody take an epoch’s place before it was minted', async () => {
      const { channel, again } = await open();
      await again().publish(epochOf(5, 'forged'));
      await channel.publish(epochOf(5));
      const heard = listenTo(again());
      await heard.until(({ events }) => events.length === 1);
      expect(heard.events).toEqual([epochOf(5)]);
      await heard.end();
    });

    it('hands on what witnesses say beside the epochs', async () => {
      const { channel, again } = await open();
      await channel.publish(epochOf(1));
      await channel.publish({ cosigned: 'a note' });
      const heard = listenTo(again());
      await heard.until(({ events }) => events.length === 2);
      expect(heard.events.filter(isCosigned)).toEqual([{ cosigned: 'a note' }]);
      await heard.end();
    });

    it('hands on an epoch whose entries are too many without them: they are read from the log', async () => {
      const { channel, again } = await open();
      const entries = Array.from({ length: 40 }, () => 'x'.repeat(65_000));
      const { checkpoint, from } = epochOf(7);
      await channel.publish({ checkpoint, from, entries });
      const heard = listenTo(again());
      await heard.until(({ events }) => events.length === 1);
      expect(heard.events).toEqual([{ checkpoint, from }]);
      await heard.end();
    });
  });
}

/** Collects what comes. */
export function listenTo(channel: Pick<EpochChannel, 'listen'>) {
  const stop = new AbortController();
  const events: (FeedEvent | CosignedEvent)[] = [];
  const collected = { events, fault: undefined as unknown };
  let wake = () => {};
  const reading = (async () => {
    try {
      for await (const event of channel.listen(stop.signal)) {
        events.push(event);
        wake();
      }
    } catch (error) {
      collected.fault = error;
      wake();
    }
  })();
  return {
    events,
    async until(isThere: (heard: typeof collected) => boolean): Promise<void> {
      while (!isThere(collected)) {
        if (collected.fault !== undefined) throw collected.fault;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async end(): Promise<void> {
      stop.abort();
      await reading;
    },
  };
}
