import { assert } from '@holdfast/core';
import { type CosignedEvent, type FeedEvent, rejectOnAbort } from '@holdfast/verifier';
import { fitMessage, nameOf } from '../../channel/channel-event.ts';
import type { EpochChannel } from '../../ports/epoch-channel.ts';

const MAX_WAITING = 1024;

type Event = FeedEvent | CosignedEvent;
type Listener = { readonly waiting: Event[]; wake: () => void };

/** For tests: within one process, remembering everything. */
export function createEpochChannelMemory(): EpochChannel {
  const listeners = new Set<Listener>();
  const last = new Map<boolean, Event>();
  const published = new Set<string>();

  async function* listen(signal: AbortSignal): AsyncGenerator<Event> {
    const listener: Listener = { waiting: [...last.values()], wake: () => {} };
    listeners.add(listener);
    const ended = rejectOnAbort(signal).catch(() => undefined);
    try {
      while (!signal.aborted) {
        const next = listener.waiting.shift();
        if (next !== undefined) yield next;
        else {
          const woken = new Promise<void>((wake) => {
            listener.wake = wake;
          });
          await Promise.race([woken, ended]);
        }
      }
    } finally {
      listeners.delete(listener);
    }
  }

  return {
    async publish(event) {
      const fitted = fitMessage(event);
      const isCosigned = 'cosigned' in fitted;
      const name = isCosigned ? fitted.cosigned : nameOf(fitted);
      if (published.has(name)) return;
      published.add(name);
      last.set(isCosigned, fitted);
      for (const listener of listeners) {
        listener.waiting.push(fitted);
        assert(listener.waiting.length <= MAX_WAITING, 'listeners of a channel in memory keep up');
        listener.wake();
      }
    },
    listen,
  };
}
