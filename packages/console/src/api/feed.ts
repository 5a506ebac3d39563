import type { QueryClient } from '@tanstack/react-query';
import { createContext } from 'react';
import { LIVE } from './queries.ts';

export type FeedState = {
  readonly state: 'connecting' | 'connected' | 'lost';
  /** Index of the last epoch that this page heard of. */
  readonly epoch?: number;
  /** When, by this browser's clock. */
  readonly heardAt?: number;
};

/** How this page stands to the feed, for whatever on it would say that all is well. */
export const FeedContext = createContext<FeedState>({ state: 'connecting' });

/** Epochs come faster than people read: pages are read again this often at most. */
const REFRESH_MS = 1500;
/** An epoch comes at least every few seconds. After this long without one the stream is taken for dead, whatever it says. */
const SILENCE_MS = 30_000;
const WATCH_MS = 5000;
const REOPEN_MS = 3000;

/**
 * Follows the feed of the network: with every epoch what is on the screen is read again. When the feed is lost that is told,
 * and it is opened again, also where nobody has closed it. The function that ends it.
 */
export function followFeed(client: QueryClient, tell: (state: FeedState) => void): () => void {
  const ended = new AbortController();
  let state: FeedState = { state: 'connecting' };
  let heardAt = Date.now();
  let next = 0;
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const set = (change: Partial<FeedState>) => {
    state = { ...state, ...change };
    tell(state);
  };
  const refresh = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void client.invalidateQueries({ queryKey: [LIVE] });
    }, REFRESH_MS);
  };
  const heard = (event: MessageEvent) => {
    heardAt = Date.now();
    next = Number(event.lastEventId);
    set({ state: 'connected', epoch: next - 1, heardAt });
    refresh();
  };
  let again: ReturnType<typeof setTimeout> | undefined;
  const reopen = () => {
    again = undefined;
    open();
  };
  const open = () => {
    source?.close();
    if (ended.signal.aborted) return;
    heardAt = Date.now();
    source = new EventSource(`/feed?from=${next}`);
    source.addEventListener('open', () => {
      set({ state: 'connected' });
      // Whatever happened while nobody listened.
      refresh();
    });
    source.addEventListener('error', () => {
      set({ state: 'lost' });
      // The browser tries again by itself, unless somebody in between has answered that there is nobody.
      if (source?.readyState === EventSource.CLOSED) again ??= setTimeout(reopen, REOPEN_MS);
    });
    source.addEventListener('epoch', heard);
    source.addEventListener('resync', heard);
  };
  const watch = setInterval(() => {
    if (Date.now() - heardAt < SILENCE_MS) return;
    set({ state: 'lost' });
    open();
  }, WATCH_MS);
  addEventListener('offline', () => set({ state: 'lost' }), { signal: ended.signal });
  addEventListener('online', open, { signal: ended.signal });
  void readSize().then((size) => {
    next = size;
    open();
  });
  return () => {
    ended.abort();
    clearInterval(watch);
    clearTimeout(timer);
    clearTimeout(again);
    source?.close();
  };
}

const AGAIN_MS = 5000;

/** Where no feed is served, what is on the screen is read again every few seconds. The function that ends it. */
export function readAgain(client: QueryClient, tell: (state: FeedState) => void): () => void {
  tell({ state: 'connected' });
  const timer = setInterval(() => void client.invalidateQueries({ queryKey: [LIVE] }), AGAIN_MS);
  return () => clearInterval(timer);
}

/** Where the log is now: a page needs to hear that something changes, not all that ever did. */
async function readSize(): Promise<number> {
  try {
    const response = await fetch('/log/entries?from=0&to=1');
    return ((await response.json()) as { readonly size?: number }).size ?? 0;
  } catch {
    return 0;
  }
}
