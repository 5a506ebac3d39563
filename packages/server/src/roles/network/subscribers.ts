import { CodedError } from '@holdfast/core';
import { type CosignedEvent, type FeedEvent, isCosigned } from '@holdfast/verifier';

type Pushed = FeedEvent | CosignedEvent;

/** Epochs that wait for one subscriber; whoever is slower than that is let go, and reads the log instead. */
const MAX_WAITING = 16;

export type Subscribers = {
  /** Tells everybody of an epoch. Costs the same however many entries it has: all get the same object. */
  readonly publish: (event: Pushed) => void;
  /** What is in `first` is sent before all others. Throws `feed.full` when there is no place, `feed.slow` into a stream that lags. */
  readonly subscribe: (first: readonly Pushed[], signal: AbortSignal) => AsyncIterable<Pushed>;
  readonly close: (reason: CodedError) => void;
  readonly count: () => number;
};

type Subscriber = { readonly waiting: Pushed[]; fault: CodedError | undefined; wake: () => void };

export function createSubscribers(maxSubscribers: number): Subscribers {
  const all = new Set<Subscriber>();

  function drop(subscriber: Subscriber, fault: CodedError): void {
    all.delete(subscriber);
    subscriber.waiting.length = 0;
    subscriber.fault = fault;
    subscriber.wake();
  }

  /** Takes its place at once, not when the first event is asked for: nothing minted in between is missed. */
  function subscribe(first: readonly Pushed[], signal: AbortSignal): AsyncIterable<Pushed> {
    if (all.size >= maxSubscribers) {
      throw new CodedError('feed.full', 'This network has as many followers as it can serve.', { maxSubscribers });
    }
    const subscriber: Subscriber = { waiting: [...first], fault: undefined, wake: () => {} };
    const end = () => {
      all.delete(subscriber);
      subscriber.wake();
    };
    if (!signal.aborted) all.add(subscriber);
    signal.addEventListener('abort', end, { once: true });
    return read(subscriber, signal, end);
  }

  async function* read(subscriber: Subscriber, signal: AbortSignal, end: () => void): AsyncGenerator<Pushed> {
    try {
      while (!signal.aborted) {
        if (subscriber.fault !== undefined) throw subscriber.fault;
        const event = subscriber.waiting.shift();
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
      for (const subscriber of [...all]) {
        // What one witness said is in what the next one adds to.
        if (isCosigned(event) && isCosignedLast(subscriber)) subscriber.waiting.pop();
        if (subscriber.waiting.length >= MAX_WAITING) {
          drop(subscriber, new CodedError('feed.slow', 'This follower did not keep up with the feed.'));
          continue;
        }
        subscriber.waiting.push(event);
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

function isCosignedLast({ waiting }: Subscriber): boolean {
  const last = waiting.at(-1);
  return last !== undefined && isCosigned(last);
}
