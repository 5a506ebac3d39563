import type { QueryClient } from '@tanstack/react-query';
import { LIVE } from './queries.ts';

export type FeedState = {
  readonly isConnected: boolean;
  /** Index of the last epoch that this page heard of. */
  readonly epoch?: number;
  /** When, by this browser's clock. */
  readonly heardAt?: number;
};

/** Epochs come faster than people read: pages are read again this often at most. */
const REFRESH_MS = 1500;

/**
 * Follows the feed of the network: with every epoch what is on the screen is read again. The browser reconnects by itself,
 * and says so meanwhile. The function that ends it.
 */
export function followFeed(client: QueryClient, tell: (state: FeedState) => void): () => void {
  let state: FeedState = { isConnected: false };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const set = (next: Partial<FeedState>) => {
    state = { ...state, ...next };
    tell(state);
  };
  const refresh = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void client.invalidateQueries({ queryKey: [LIVE] });
    }, REFRESH_MS);
  };
  let source: EventSource | undefined;
  const open = (from: number) => {
    source = new EventSource(`/feed?from=${from}`);
    source.addEventListener('open', () => {
      set({ isConnected: true });
      // Whatever happened while nobody listened.
      refresh();
    });
    source.addEventListener('error', () => set({ isConnected: false }));
    const heard = (event: MessageEvent) => {
      set({ isConnected: true, epoch: Number(event.lastEventId) - 1, heardAt: Date.now() });
      refresh();
    };
    source.addEventListener('epoch', heard);
    source.addEventListener('resync', heard);
  };
  // From where the log is now: a page needs to hear that something changes, not all that ever did.
  const start = async () => {
    const size = await fetch('/log/entries?from=0&to=1')
      .then(async (response) => ((await response.json()) as { size?: number }).size ?? 0)
      .catch(() => 0);
    if (!isEnded) open(size);
  };
  let isEnded = false;
  void start();
  return () => {
    isEnded = true;
    clearTimeout(timer);
    source?.close();
  };
}
