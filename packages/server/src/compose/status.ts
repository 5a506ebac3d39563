import { type NetworkState, wordingOfTitle } from '@holdfast/core';
import { within } from '@holdfast/verifier';
import type { FastifyInstance } from 'fastify';
import { type HandoffSource, readAnswered } from '../http/handoffs.ts';
import type { VerifierCard } from '../http/page/page-state.ts';
import { statusPageRoutes } from '../http/status-page/status-page.ts';
import { casesOf, type Disagreements, type NetworkStatus, promisesOf } from '../http/status-page/status-state.ts';
import type { Clock } from '../ports/clock.ts';
import { readDisagreements } from '../roles/overview/disagreements.ts';
import type { AskVerifier } from '../roles/person/verdict-course.ts';
import { PAGE_WORDS } from '../spec.ts';
import type { NamedVerifier } from './facts.ts';
import { readCard } from './page.ts';
import { sharedReading } from './readings.ts';

export type StatusPlace = {
  readonly clock: Clock;
  readonly state: () => Readonly<NetworkState>;
  /** How the log does, as far as it is known here. */
  readonly log: () => Promise<Pick<NetworkStatus['log'], 'state' | 'size' | 'lastEpochAt'>>;
  readonly verifiers: readonly NamedVerifier[];
  readonly handoffs: readonly HandoffSource[];
  /** Two verifiers whose answers are compared. */
  readonly compared: readonly [string, string] | undefined;
  readonly ask: AskVerifier;
};

/** One reading serves everybody for so long. */
const SHARED_FOR_MS = 5000;
/** Whoever hangs is told as silent: everybody else's word is not kept back for it. */
const PATIENCE_MS = 1500;

/** The public status page; it asks what anybody may know, and shares what it was told, also with who is given this. */
export function composeStatus(app: FastifyInstance, place: StatusPlace): () => Promise<NetworkStatus> {
  const read = sharedReading(place.clock, SHARED_FOR_MS, () => readStatus(place));
  statusPageRoutes(app, { read, words: PAGE_WORDS });
  return read;
}

async function readStatus(place: StatusPlace): Promise<NetworkStatus> {
  const { clock } = place;
  const inTime = <Said>(read: () => Promise<Said>) => within(clock, PATIENCE_MS, new AbortController().signal, read);
  const handoffs = place.handoffs.map((source) => () => inTime(source));
  const [log, cards, { open, isPartial }, disagreements] = await Promise.all([
    place.log(),
    Promise.all(
      place.verifiers.map((each) =>
        inTime(() => readCard(place.ask, each)).catch((): VerifierCard => ({ ...each, isAnswering: false })),
      ),
    ),
    readAnswered(handoffs),
    inTime(() => countDisagreements(place)).catch(() => undefined),
  ]);
  const state = place.state();
  const now = clock.now();
  const tickMs = state.rulebook?.body.tickMs ?? 0;
  return {
    now,
    title: wordingOfTitle(state.rulebook?.body ?? { title: 'A network' }),
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
