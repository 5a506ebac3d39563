import { CodedError } from '@holdfast/core';
import type { FeedEvent } from '@holdfast/verifier';
import { describe, expect, it } from 'vitest';
import { createSubscribers } from './subscribers.ts';

const epoch = (size: number): FeedEvent => ({
  checkpoint: `note of ${size}`,
  from: size - 1,
  entries: [`entry ${size}`],
});
const never = new AbortController().signal;

describe('whoever listens to a feed', () => {
  it('gets each epoch with its entries while it keeps up', async () => {
    const subscribers = createSubscribers(2);
    const events = subscribers.subscribe([epoch(1)], never)[Symbol.asyncIterator]();
    expect((await events.next()).value).toEqual(epoch(1));
    for (const size of [2, 3]) {
      subscribers.publish(epoch(size));
      expect((await events.next()).value).toEqual(epoch(size));
    }
  });

  it('is told to read for itself when it was too slow, however much it missed, and keeps up again after that', async () => {
    const subscribers = createSubscribers(2);
    const slow = subscribers.subscribe([], never)[Symbol.asyncIterator]();
    const quick = subscribers.subscribe([], never)[Symbol.asyncIterator]();
    for (let size = 1; size <= 500; size += 1) {
      subscribers.publish(epoch(size));
      expect((await quick.next()).value).toEqual(epoch(size));
    }
    expect((await slow.next()).value).toEqual({ checkpoint: 'note of 500', from: 499, isResync: true });
    subscribers.publish(epoch(501));
    expect((await slow.next()).value).toEqual(epoch(501));
    expect(subscribers.count()).toBe(2);
  });

  it('learns why the feed ended, also before what it has not read', async () => {
    const subscribers = createSubscribers(1);
    const events = subscribers.subscribe([epoch(1)], never)[Symbol.asyncIterator]();
    subscribers.close(new CodedError('feed.closed', 'over'));
    await expect(events.next()).rejects.toMatchObject({ code: 'feed.closed' });
    expect(subscribers.count()).toBe(0);
  });
});
