import { CodedError } from '@holdfast/core';
import type { FeedEvent } from '@holdfast/verifier';

export type Subscribers = {
  /**
   * Tells everybody of an epoch. Costs the same however many entries it has: all get the same object. Whoever has not taken
   * the one before gets one `resync` in the place of both, and reads what it missed from the log.
   */
  readonly publish: (event: FeedEvent) => void;
  /** `first` is sent before all others. Throws `feed.full` when there is no place. */
  readonly subscribe: (first: FeedEvent | undefined, signal: AbortSignal) => AsyncIterable<FeedEvent>;
  readonly close: (reason: CodedError) => void;
  readonly count: () => number;
};

/** One event waits for each, whatever happens: a queue for the slow would grow with how slow they are. */
type Subscriber = { waiting: FeedEvent | undefined; fault: CodedError | undefined; wake: () => void };

export function createSubscribers(maxSubscribers: number): Subscribers {
  const all = new Set<Subscriber>();

  function drop(subscriber: Subscriber, fault: CodedError): void {
    all.delete(subscriber);
    subscriber.waiting = undefined;
    subscriber.fault = fault;
    subscriber.wake();
  }

  /** Takes its place at once, not when the first event is asked for: nothing minted in between is missed. */
  function subscribe(first: FeedEvent | undefined, signal: AbortSignal): AsyncIterable<FeedEvent> {
    if (all.size >= maxSubscribers) {
      throw new CodedError('feed.full', 'This network has as many followers as it can serve.', { maxSubscribers });
    }
    const subscriber: Subscriber = { waiting: first, fault: undefined, wake: () => {} };
    const end = () => {
      all.delete(subscriber);
      subscriber.wake();
    };
    if (!signal.aborted) all.add(subscriber);
    signal.addEventListener('abort', end, { once: true });
    return read(subscriber, signal, end);
  }

  async function* read(subscriber: Subscriber, signal: AbortSignal, end: () => void): AsyncGenerator<FeedEvent> {
    try {
      while (!signal.aborted) {
        if (subscriber.fault !== undefined) throw subscriber.fault;
        const event = subscriber.waiting;
        subscriber.waiting = undefined;
        if (event !== undefined) yield event;
        else
          await new Promise<void>((wake) => {
            subscriber.wake = wake;
          });
      }
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  }

  return {
    publish(event) {
      const resync: FeedEvent = { checkpoint: event.checkpoint, from: event.from, isResync: true };
      for (const subscriber of all) {
        subscriber.waiting = subscriber.waiting === undefined ? event : resync;
        subscriber.wake();
      }
    },
    subscribe,
    close(reason) {
      for (const subscriber of [...all]) drop(subscriber, reason);
    },
    count: () => all.size,
  };
}
