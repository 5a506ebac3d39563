import type { Clock } from '../../ports/clock.ts';

export type Refusals = {
  /** Is it time to ask again about this one? */
  readonly isDue: (name: string) => boolean;
  /** It was refused once more: whether that should be told, which it is the 1st, 2nd, 4th, 8th time and so on. */
  readonly isTold: (name: string) => boolean;
  /** It is refused no longer. */
  readonly forget: (name: string) => void;
};

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
/** Beyond so many the one that was refused first is asked, and told, as if it were new. */
const MAX_REFUSALS = 10_000;

/** What somebody refuses again and again: asked ever more rarely, at least once a minute, and told of ever more rarely. */
export function createRefusals(clock: Pick<Clock, 'monotonic'>): Refusals {
  const known = new Map<string, { readonly times: number; readonly askAtMs: number }>();
  return {
    isDue: (name) => clock.monotonic() >= (known.get(name)?.askAtMs ?? 0),
    isTold(name) {
      const times = (known.get(name)?.times ?? 0) + 1;
      const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(times - 1, 10));
      if (times === 1 && known.size >= MAX_REFUSALS)
        for (const oldest of [...known.keys()].slice(0, 1)) known.delete(oldest);
      known.set(name, { times, askAtMs: clock.monotonic() + waitMs });
      return (times & (times - 1)) === 0;
    },
    forget: (name) => void known.delete(name),
  };
}
