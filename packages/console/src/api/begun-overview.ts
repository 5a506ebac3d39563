import type { OverviewView } from '@holdfast/server/answers';

/**
 * What the server had read last when it sent the page, and when that was by this browser's clock; undefined where it did not
 * say. It is shown until the answer is there that was asked for with the page, and as old as it is. `arrivedAt` in unix ms.
 */
export function begunOverview(
  said: string | undefined,
  arrivedAt: number,
): { readonly view: OverviewView; readonly at: number } | undefined {
  try {
    const { ageMs, view } = JSON.parse(said ?? '') as { readonly ageMs?: unknown; readonly view?: OverviewView };
    if (typeof ageMs !== 'number' || view?.findings === undefined || view.read === undefined) return undefined;
    return { view, at: Math.round(arrivedAt - ageMs) };
  } catch {
    // A page that came another way than from our server, or a server that had not looked: it asks.
    return undefined;
  }
}
