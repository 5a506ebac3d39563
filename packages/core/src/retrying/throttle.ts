/** What a target was asked and what it took on in the last two minutes, oldest first; at most `SLICES` of them. */
export type Throttle = readonly Slice[];

type Slice = { readonly at: number; readonly asked: number; readonly accepted: number };

const SLICE_MS = 5000;
const SLICES = 24;
/** Slices that tell how it is just now: what has recovered is not punished for two minutes. */
const RECENT_SLICES = 2;
/** How much more than it takes on a target is asked before anything is kept back. */
const ASKED_PER_ACCEPTED = 2;
/** Somebody who asks rarely harms nobody. */
const MIN_ASKED = 20;
/** What goes through whatever happened: without it nobody would notice that the target is back. */
const MAX_REFUSED = 0.8;

/** Counted before it is sent: what hangs counts while it hangs, or a silent target would be asked without bound. */
export function countAsked(throttle: Throttle, nowMs: number): Throttle {
  return count(throttle, nowMs, { asked: 1, accepted: 0 });
}

export function countAccepted(throttle: Throttle, nowMs: number): Throttle {
  return count(throttle, nowMs, { asked: 0, accepted: 1 });
}

/**
 * Chance with which the next request is kept back, 0 to `MAX_REFUSED`: adaptive throttling (SRE book, ch. 21), with K = 2
 * over two minutes, and never more than the last seconds alone give reason for. Where nothing came back in those they decide
 * alone: who was well for two minutes is not asked for another one after falling silent.
 */
export function refusalChance(throttle: Throttle, nowMs: number): number {
  const newest = Math.floor(nowMs / SLICE_MS);
  const within = (slices: number) => throttle.filter(({ at }) => at > newest - slices);
  const recent = within(RECENT_SLICES);
  const lately = Math.min(MAX_REFUSED, chanceOf(recent));
  return recent.every(({ accepted }) => accepted === 0) ? lately : Math.min(lately, chanceOf(within(SLICES)));
}

function chanceOf(slices: Throttle): number {
  const asked = slices.reduce((sum, slice) => sum + slice.asked, 0);
  const accepted = slices.reduce((sum, slice) => sum + slice.accepted, 0);
  if (asked < MIN_ASKED) return 0;
  return Math.max(0, (asked - ASKED_PER_ACCEPTED * accepted) / (asked + 1));
}

function count(throttle: Throttle, nowMs: number, more: Omit<Slice, 'at'>): Throttle {
  const at = Math.floor(nowMs / SLICE_MS);
  const last = throttle.at(-1);
  // A clock that was set back goes on in the newest slice.
  if (last === undefined || at > last.at)
    return [...throttle.filter((slice) => slice.at > at - SLICES), { at, ...more }];
  const sum = { at: last.at, asked: last.asked + more.asked, accepted: last.accepted + more.accepted };
  return [...throttle.slice(0, -1), sum];
}
