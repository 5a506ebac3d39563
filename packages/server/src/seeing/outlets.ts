import type { OutletFact } from '@holdfast/core';

/** Whom this process hands things on to without waiting for them: NATS, an OTLP receiver. */
export type Outlet = OutletFact['outlet'];

export type Outlets = {
  /** It did not take, or bring, something. */
  away(outlet: Outlet): void;
  well(outlet: Outlet): void;
  /** Those that are away, and since when (unix milliseconds). */
  read(): readonly { readonly outlet: Outlet; readonly since: number }[];
};

/** Remembers since when each is away; nothing of what was not taken. */
export function createOutlets(now: () => number): Outlets {
  // At most one for each kind of outlet.
  const since = new Map<Outlet, number>();
  return {
    away(outlet) {
      if (!since.has(outlet)) since.set(outlet, now());
    },
    well: (outlet) => void since.delete(outlet),
    read: () => [...since].map(([outlet, at]) => ({ outlet, since: at })),
  };
}
