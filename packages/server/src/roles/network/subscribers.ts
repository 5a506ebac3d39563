import { CodedError } from '@holdfast/core';
import { type CosignedEvent, type FeedEvent, isCosigned } from '@holdfast/verifier';

type Pushed = FeedEvent | CosignedEvent;

export type Subscribers = {
  /**
   * Tells everybody of an epoch, or of what witnesses said. Costs the same however many entries it has: all get the same
   * object. Whoever has not taken the epoch before gets one `resync` in the place of both, and reads what it missed from the log.
   */
  readonly publish: (event: Pushed) => void;
  /** What is in `first` is sent before all others. Throws `feed.full` when there is no place. */
  readonly subscribe: (first: readonly Pushed[], signal: AbortSignal) => AsyncIterable<Pushed>;
  readonly close: (reason: CodedError) => void;
  readonly count: () => number;
};

/** One event of each kind waits for each, whatever happens: a queue for the slow would grow with how slow they are. */
type Subscriber = {
  epoch: FeedEvent | undefined;
  /** What one witness said is in what the next one adds to. */
  cosigned: CosignedEvent | undefined;
  fault: CodedError | undefined;
  wake: () => void;
};

export function createSubscribers(maxSubscribers: number): Subscribers {
  const all = new Set<Subscriber>();

  function drop(subscriber: Subscriber, fault: CodedError): void {
    all.delete(subscriber);
    [subscriber.epoch, subscriber.cosigned] = [undefined, undefined];
    subscriber.fault = fault;
    subscriber.wake();
  }

  /** Takes its place at once, not when the first event is asked for: nothing minted in between is missed. */
  function subscribe(first: readonly Pushed[], signal: AbortSignal): AsyncIterable<Pushed> {
    if (all.size >= maxSubscribers) {
      throw new CodedError('feed.full', 'This network has as many followers as it can serve.', { maxSubscribers });
    }
    const subscriber: Subscriber = { epoch: undefined, cosigned: undefined, fault: undefined, wake: () => {} };
    for (const event of first) hand(subscriber, event);
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
        const event = take(subscriber);
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
      const resync = isCosigned(event) ? undefined : resyncOf(event);
      for (const subscriber of all) {
        hand(subscriber, event, resync);
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

/** `resync`, the same object for all, takes the place of the event and of one that still waits. */
function hand(subscriber: Subscriber, event: Pushed, resync?: FeedEvent): void {
  if (isCosigned(event)) subscriber.cosigned = event;
  else subscriber.epoch = subscriber.epoch === undefined ? event : (resync ?? event);
}

/** The epoch first: what witnesses said is of it, or of one before. */
function take(subscriber: Subscriber): Pushed | undefined {
  const { epoch, cosigned } = subscriber;
  if (epoch !== undefined) subscriber.epoch = undefined;
  else subscriber.cosigned = undefined;
  return epoch ?? cosigned;
}

function resyncOf({ checkpoint, from }: FeedEvent): FeedEvent {
  return { checkpoint, from, isResync: true };
}
