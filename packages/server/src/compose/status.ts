import { isJsonObject, type Json, type NetworkState, parseVerdictEnvelope } from '@holdfast/core';
import type { FastifyInstance } from 'fastify';
import { type HandoffSource, readHandoffs } from '../http/handoffs.ts';
import type { VerifierCard } from '../http/page/page-state.ts';
import { statusPageRoutes } from '../http/status-page/status-page.ts';
import {
  casesOf,
  compareAnswers,
  type Disagreements,
  type LatestAnswer,
  type NetworkStatus,
  promisesOf,
} from '../http/status-page/status-state.ts';
import type { Clock } from '../ports/clock.ts';
import type { NetworkHealth } from '../roles/network/network-role.ts';
import type { AskVerifier } from '../roles/person/verdict-course.ts';
import { PAGE_WORDS } from '../spec.ts';

export type StatusPlace = {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly state: () => Readonly<NetworkState>;
  readonly health: () => NetworkHealth;
  readonly verifiers: () => Promise<readonly VerifierCard[]>;
  readonly handoffs: readonly HandoffSource[];
  /** Two verifiers whose answers are compared. */
  readonly compared: readonly [string, string];
  readonly ask: AskVerifier;
};

/** One reading serves everybody for so long. */
const SHARED_FOR_MS = 5000;
/** The latest answers of each verifier that are compared. */
const LATEST = 100;

/** The public status page; it asks what anybody may know, and shares what it was told. */
export function composeStatus(app: FastifyInstance, place: StatusPlace): void {
  statusPageRoutes(app, { read: shared(place.clock, () => readStatus(place)), words: PAGE_WORDS });
}

function shared<T>(clock: Pick<Clock, 'monotonic'>, read: () => Promise<T>): () => Promise<T> {
  let known: { readonly value: Promise<T>; readonly atMs: number } | undefined;
  return () => {
    const now = clock.monotonic();
    if (known !== undefined && now - known.atMs < SHARED_FOR_MS) return known.value;
    const value = read();
    known = { value, atMs: now };
    // What failed is asked for again by the next who looks.
    value.catch(() => {
      if (known?.value === value) known = undefined;
    });
    return value;
  };
}

async function readStatus(place: StatusPlace): Promise<NetworkStatus> {
  const { clock, health, handoffs } = place;
  const [cards, open, disagreements] = await Promise.all([
    place.verifiers(),
    readHandoffs(handoffs),
    readDisagreements(place),
  ]);
  const state = place.state();
  const now = clock.now();
  const { status, size, lastEpochAt } = health();
  const tickMs = state.rulebook?.body.tickMs ?? 0;
  return {
    now,
    title: state.rulebook?.body.title ?? 'A network',
    log: { state: status, size, lastEpochAt, tickMs },
    verifiers: cards.map(({ name, position }) => ({
      name,
      ...(position === undefined ? {} : { readAt: position.time }),
    })),
    promises: promisesOf(open, state, now),
    cases: casesOf(state, now),
    ...(disagreements === undefined ? {} : { disagreements }),
  };
}

async function readDisagreements({ compared: [a, b], ask }: StatusPlace): Promise<Disagreements | undefined> {
  try {
    const [left, right] = await Promise.all([readLatest(ask, a), readLatest(ask, b)]);
    return compareAnswers(left, right);
  } catch {
    return undefined;
  }
}

/** The newest answer on each credential and kind of question: they come newest first. */
async function readLatest(ask: AskVerifier, verifier: string): Promise<LatestAnswer[]> {
  const answer = await ask(`/v/${encodeURIComponent(verifier)}/verdicts?limit=${LATEST}`);
  const listed = isJsonObject(answer) && Array.isArray(answer.verdicts) ? (answer.verdicts as readonly Json[]) : [];
  const latest = new Map<string, LatestAnswer>();
  for (const each of listed.filter(isJsonObject)) {
    const { verdict } = parseVerdictEnvelope(String(each.signed)).envelope;
    const { credential, request } = verdict.basis;
    const about = `${credential} ${request.class}`;
    if (credential !== undefined && !latest.has(about)) latest.set(about, { name: verifier, verdict, about });
  }
  return [...latest.values()];
}
