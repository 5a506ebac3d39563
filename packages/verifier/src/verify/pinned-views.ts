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

/** A view at hand, or on its way; by the size of its log. */
type Place = { readonly view: NetworkView } | { readonly coming: Promise<Folded | undefined> };

/**
 * The network at positions that others pin, each worked out once however many verdicts stand on it. A position is a
 * stranger's word: only what our own fold gave at its size, with its root and its time, is judged by.
 */
export function createPinnedViews(follower: FollowedNetwork | undefined, past: PastLog | undefined): PinnedViews {
  /** In the order of their last use, the oldest first. */
  const places = new Map<number, Place>();

  function keep(size: number, place: Place): void {
    places.delete(size);
    places.set(size, place);
    const idle = [...places].find(([other, kept]) => other !== size && 'view' in kept);
    if (places.size > MAX_VIEWS && idle !== undefined) places.delete(idle[0]);
  }

  /** Undefined when there is no log to fold, or when as many folds wait for their turn as may. */
  function startFold(size: number): Promise<Folded | undefined> | undefined {
    const folding = [...places.values()].filter((place) => 'coming' in place).length;
    if (past === undefined || folding >= MAX_VIEWS) return undefined;
    const coming = foldView(past, size).catch(() => undefined);
    keep(size, { coming });
    void coming.then((folded) => {
      if (typeof folded === 'object') keep(size, { view: folded });
      else places.delete(size);
    });
    return coming;
  }

  async function findPast(position: Position, { deadline, mayRefold }: PinOptions): Promise<Pin> {
    const { size } = position;
    const known = places.get(size);
    if (known !== undefined) keep(size, known);
    if (known !== undefined && 'view' in known) return pinTo(known.view, position);
    const coming = known?.coming ?? (mayRefold ? startFold(size) : undefined);
    const folded = coming === undefined ? undefined : await deadline.within(() => coming, undefined);
    if (folded === undefined) return NOT_READY;
    return typeof folded === 'string' ? { unpinned: folded } : pinTo(folded, position);
  }

  return {
    async find(position, options) {
      if (follower === undefined) return { unpinned: 'position.log_unknown' };
      const view = await readUpTo(follower, position, options.deadline);
      if (view === undefined) return { unpinned: 'position.ahead' };
      if (view.position.log !== position.log) return { unpinned: 'position.log_unknown' };
      if (view.position.size < position.size) return { unpinned: 'position.ahead' };
      if (view.position.size > position.size) return findPast(position, options);
      // A published view never changes, so it stays at hand as it is when the follower has gone on.
      if (options.mayRefold) keep(position.size, { view });
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
