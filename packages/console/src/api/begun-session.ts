import type { Session } from './queries.ts';

/** Who the server took this browser for when it sent the page, so that nothing waits to ask; undefined where it did not say. */
export function begunSession(said: string | undefined): Session | undefined {
  try {
    const told = JSON.parse(said ?? '') as Partial<Session>;
    return told.role === undefined || !Array.isArray(told.may) ? undefined : (told as Session);
  } catch {
    // A page that came another way than from our server: it asks.
    return undefined;
  }
}
