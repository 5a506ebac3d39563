import { CodedError } from '@holdfast/core';
import type { Clock } from '../verify/clock.ts';
import { linkSignal, within } from './deadline.ts';
import { type CosignedEvent, type FeedEvent, type FeedSource, isCosigned } from './feed-source.ts';
import type { Claim } from './kept-log.ts';
import { unproved } from './proved-entries.ts';

export type StreamOptions = {
  readonly clock: Clock;
  readonly source: Pick<FeedSource, 'stream'>;
  readonly from: number;
  /** How long may pass before the next event that moves the log. */
  readonly patienceMs: () => number;
  /** Says whether the event moved the log. */
  readonly accept: (claim: Claim, signal: AbortSignal) => Promise<boolean>;
  /** Says whether what witnesses say was news. */
  readonly count: (cosigned: string, signal: AbortSignal) => Promise<boolean>;
};

/** A pull may be ahead of the stream for a moment; a stream that goes on repeating itself only keeps us busy. */
const MAX_IDLE_EVENTS = 16;

/**
 * Reads one stream until it fails, as every stream does: by an error of the source, of an event, `feed.stalled` when
 * nothing moved for too long, `feed.closed` when it ended. Throws that, or the signal's reason.
 */
export async function readStream(options: StreamOptions, signal: AbortSignal): Promise<never> {
  const { clock, source, from, accept, count } = options;
  const { controller, release } = linkSignal(signal);
  const events = source.stream(from, controller.signal)[Symbol.asyncIterator]();
  let movedAtMs = clock.monotonic();
  let idle = 0;
  let largest = from;
  try {
    for (;;) {
      const event = await nextEvent(events, options, movedAtMs, controller.signal);
      if (isCosigned(event)) {
        // News does not make up for epochs that do not come, and what is none only keeps us busy.
        if (!(await count(event.cosigned, controller.signal))) idle += 1;
        if (idle > MAX_IDLE_EVENTS) throw repeats();
        continue;
      }
      const hasMoved = await accept({ ...event, atLeast: largest }, controller.signal);
      idle = hasMoved ? 0 : idle + 1;
      if (idle > MAX_IDLE_EVENTS) throw repeats();
      if (hasMoved) movedAtMs = clock.monotonic();
      largest = Math.max(largest, sizeOf(event));
    }
  } finally {
    release();
    controller.abort();
    // Not awaited: a source that hangs must not hold us.
    events.return?.().catch(() => undefined);
  }
}

function repeats() {
  return unproved('The stream of epochs repeats itself.');
}

async function nextEvent(
  events: AsyncIterator<FeedEvent | CosignedEvent>,
  { clock, patienceMs }: StreamOptions,
  movedAtMs: number,
  signal: AbortSignal,
): Promise<FeedEvent | CosignedEvent> {
  const limitMs = patienceMs();
  const leftMs = Math.max(0, movedAtMs + limitMs - clock.monotonic());
  const stalled = () => new CodedError('feed.stalled', 'No epoch came for too long.', { patienceMs: limitMs });
  const next = await within(clock, leftMs, signal, () => events.next(), stalled);
  if (next.done === true) throw new CodedError('feed.closed', 'The network ended the stream of epochs.');
  return next.value;
}

/** Of a checkpoint that was accepted: its second line. */
function sizeOf({ checkpoint }: FeedEvent): number {
  return Number(checkpoint.split('\n', 2)[1]);
}
