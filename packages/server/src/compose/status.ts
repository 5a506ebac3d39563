import type { NetworkState } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import { type HandoffSource, readHandoffs } from '../http/handoffs.ts';
import type { VerifierCard } from '../http/page/page-state.ts';
import { statusPageRoutes } from '../http/status-page/status-page.ts';
import { casesOf, type Disagreements, type NetworkStatus, promisesOf } from '../http/status-page/status-state.ts';
import type { Clock } from '../ports/clock.ts';
import { readDisagreements } from '../roles/overview/disagreements.ts';
import type { AskVerifier } from '../roles/person/verdict-course.ts';
import { PAGE_WORDS } from '../spec.ts';
import { sharedReading } from './shared-reading.ts';

export type StatusPlace = {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly state: () => Readonly<NetworkState>;
  /** How the log does, as far as it is known here. */
  readonly log: () => Promise<Pick<NetworkStatus['log'], 'state' | 'size' | 'lastEpochAt'>>;
  readonly verifiers: () => Promise<readonly VerifierCard[]>;
  readonly handoffs: readonly HandoffSource[];
  /** Two verifiers whose answers are compared. */
  readonly compared: readonly [string, string] | undefined;
  readonly ask: AskVerifier;
};

/** One reading serves everybody for so long. */
const SHARED_FOR_MS = 5000;

/** The public status page; it asks what anybody may know, and shares what it was told, also with who is given this. */
export function composeStatus(app: FastifyInstance, place: StatusPlace): () => Promise<NetworkStatus> {
  const read = sharedReading(place.clock, SHARED_FOR_MS, () => readStatus(place));
  statusPageRoutes(app, { read, words: PAGE_WORDS });
  return read;
}

async function readStatus(place: StatusPlace): Promise<NetworkStatus> {
  const { clock, handoffs } = place;
  const [log, cards, { open, isPartial }, disagreements] = await Promise.all([
    place.log(),
    place.verifiers(),
    readOpen(handoffs),
    countDisagreements(place),
  ]);
  const state = place.state();
  const now = clock.now();
  const tickMs = state.rulebook?.body.tickMs ?? 0;
  return {
    now,
    title: state.rulebook?.body.title ?? 'A network',
    log: { ...log, tickMs },
    verifiers: cards.map(({ name, position }) => ({
      name,
      ...(position === undefined ? {} : { readAt: position.time }),
    })),
    promises: { ...promisesOf(open, state, now), ...(isPartial ? { isPartial } : {}) },
    cases: casesOf(state, now),
    ...(disagreements === undefined ? {} : { disagreements }),
  };
}

/** Of all who answer: the page is looked at when somebody does not. */
async function readOpen(sources: readonly HandoffSource[]) {
  const read = await Promise.allSettled(sources.map((source) => readHandoffs([source])));
  const said = read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const open = { handoffs: said.flatMap(({ handoffs }) => handoffs), more: 0 };
  return { open, isPartial: said.length < sources.length };
}

async function countDisagreements({ compared: pair, ask }: StatusPlace): Promise<Disagreements | undefined> {
  // Where there are no two, none differ.
  if (pair === undefined) return { compared: 0, differing: 0, unexplained: 0 };
  try {
    const { compared, differing } = await readDisagreements(ask, pair);
    const unexplained = differing.filter(({ cause }) => cause === 'unexplained' || cause === 'fork').length;
    return { compared, differing: differing.length, unexplained };
  } catch {
    return undefined;
  }
}
