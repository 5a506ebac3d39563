import { isSamePosition, type NetworkView, type Position, withoutWitnesses } from '@holdfast/core';
import type { PastLog } from '../follow/past-log.ts';
import { publishView } from '../follow/published-view.ts';
import type { Deadline } from './deadline.ts';
import type { FollowedNetwork } from './followed-network.ts';

/** The network as of one position, or the code of why it is not to be had. */
export type Pin = { readonly view: NetworkView } | { readonly unpinned: string };

export type PinOptions = {
  readonly deadline: Deadline;
  /**
   * Without it only positions at hand are judged at, and none is kept at hand for it: folding the log again for anybody who
   * asks is work an attacker orders.
   */
  readonly mayRefold: boolean;
};

export interface PinnedViews {
  /** Never throws. What is not ready by the deadline is worked out all the same, for whoever asks next. */
  find(position: Position, options: PinOptions): Promise<Pin>;
}

/** Positions kept at hand; another one takes the place of that which was not asked for the longest. */
const MAX_VIEWS = 4;

const NOT_READY: Pin = { unpinned: 'position.not_ready' };

type Folded = NetworkView | 'position.log_lost' | 'position.not_held';

/** A view at hand, or on its way; by its log and size there. */
type Place = { readonly view: NetworkView } | { readonly coming: Promise<Folded | undefined> };

/**
 * The network at positions that others pin, each worked out once however many verdicts stand on it. A position is a
 * stranger's word: only what our own fold gave at its size, with its root and its time, is judged by.
 */
export function createPinnedViews(follower: FollowedNetwork | undefined, past: PastLog | undefined): PinnedViews {
  /** In the order of their last use, the oldest first. */
  const places = new Map<string, Place>();

  function keep(at: string, place: Place): void {
    places.delete(at);
    places.set(at, place);
    const idle = [...places].find(([other, kept]) => other !== at && 'view' in kept);
    if (places.size > MAX_VIEWS && idle !== undefined) places.delete(idle[0]);
  }

  /** Undefined when there is no log to fold, or when as many folds wait for their turn as may. */
  function startFold({ log, size }: Position): Promise<Folded | undefined> | undefined {
    const folding = [...places.values()].filter((place) => 'coming' in place).length;
    if (past === undefined || folding >= MAX_VIEWS) return undefined;
    const at = keyOf({ log, size });
    const coming = foldView(past.of?.(log) ?? past, size).catch(() => undefined);
    keep(at, { coming });
    void coming.then((folded) => {
      if (typeof folded === 'object') keep(at, { view: folded });
      else places.delete(at);
    });
    return coming;
  }

  async function findPast(position: Position, { deadline, mayRefold }: PinOptions): Promise<Pin> {
    const at = keyOf(position);
    const known = places.get(at);
    if (known !== undefined) keep(at, known);
    if (known !== undefined && 'view' in known) return pinTo(known.view, position);
    const coming = known?.coming ?? (mayRefold ? startFold(position) : undefined);
    const folded = coming === undefined ? undefined : await deadline.within(() => coming, undefined);
    if (folded === undefined) return NOT_READY;
    return typeof folded === 'string' ? { unpinned: folded } : pinTo(folded, position);
  }

  return {
    async find(position, options) {
      if (follower === undefined) return { unpinned: 'position.log_unknown' };
      const view = await readUpTo(follower, position, options.deadline);
      if (view === undefined) return { unpinned: 'position.ahead' };
      if (view.position.log !== position.log) {
        const isEarlier = view.predecessors?.some(({ log }) => log === position.log) === true;
        return isEarlier ? findPast(position, options) : { unpinned: 'position.log_unknown' };
      }
      if (view.position.size < position.size) return { unpinned: 'position.ahead' };
      if (view.position.size > position.size) return findPast(position, options);
      // A published view never changes, so it stays at hand as it is when the follower has gone on.
      if (options.mayRefold) keep(keyOf(position), { view });
      return pinTo(view, position);
    },
  };
}

/** One shared, bounded try to read up to a position ahead of ours. */
async function readUpTo(follower: FollowedNetwork, { log, size }: Position, deadline: Deadline) {
  const held = follower.view()?.position;
  const isOurs = held === undefined || held.log === log;
  if (isOurs && size > (held?.size ?? 0)) {
    await deadline.within(async (signal) => follower.awaitSize(size, signal), false);
  }
  return follower.view();
}

function keyOf({ log, size }: Pick<Position, 'log' | 'size'>): string {
  return `${size} ${log}`;
}

function pinTo(view: NetworkView, position: Position): Pin {
  return isSamePosition(view.position, position) ? { view: withoutWitnesses(view) } : { unpinned: 'position.not_held' };
}

async function foldView(past: PastLog, size: number): Promise<Folded> {
  const read = await past.at(size, ({ state }) => publishView(state, undefined));
  if (read.ok) return read.value ?? 'position.log_lost';
  return read.why === 'lost' ? 'position.log_lost' : 'position.not_held';
}

/**
 * A network that stands still at one view: what is judged by it cannot move on while signatures are checked. Two histories
 * of its log still put everything in doubt that was ever read from it.
 */
export function standStill(view: NetworkView, contradiction: () => string | undefined): FollowedNetwork {
  return {
    view: () => view,
    get contradiction() {
      return contradiction();
    },
    now: () => view.position.time,
    awaitSize: async (size) => size <= view.position.size,
  };
}
