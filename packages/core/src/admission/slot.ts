import { HOUR_MS, type HourlyDigest } from './cohort.ts';

/** Whose turn it is: a program or a door, and how its asker is told from others. */
export type SlotName = { readonly scope: string; readonly handle: string };

export type SlotTerms = {
  /** How far the slots of one handle lie apart at its first attempt; doubled at each further one. */
  readonly spreadMs: number;
  /** Attempts before this one, from 0. What an asker says of itself can only make slots rarer. */
  readonly attempt: number;
  /** A slot at or after this moment would help nobody: the door closes then. */
  readonly until?: number;
};

export const MAX_SLOT_ATTEMPT = 3;
/** A slot lasts this part of the time between two. */
const SLOT_PARTS = 8;

/**
 * The next moment at which this handle has its turn, unix milliseconds. The turns of an hour are fixed by its key, and those of
 * later attempts are among those of earlier ones: whoever asks again, asks sooner or counts fewer attempts is told the same or a
 * later one. Before `until` there is always a turn left: the last is where the handle falls in the last stretch.
 */
export function slotOf(digest: HourlyDigest, name: SlotName, nowMs: number, terms: SlotTerms): number {
  const { until = Number.POSITIVE_INFINITY } = terms;
  // The rarest of its turns that still comes before the end: fewer attempts never have a later one.
  for (let attempt = attemptOf(terms); attempt >= 0; attempt -= 1) {
    const next = nextTurn(digest, name, nowMs, { ...terms, attempt });
    if (next < until) return next;
  }
  return Math.max(nowMs, until - 1 - (digest('slot', nameOf(name), until) % terms.spreadMs));
}

/** Whether now is a turn of this handle: then no cohort keeps it out. */
export function isInSlot(
  digest: HourlyDigest,
  name: SlotName,
  nowMs: number,
  { spreadMs }: Pick<SlotTerms, 'spreadMs'>,
): boolean {
  const hourMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  const phase = digest('slot', nameOf(name), nowMs) % spreadMs;
  const since = (((nowMs - hourMs - phase) % spreadMs) + spreadMs) % spreadMs;
  return since < spreadMs / SLOT_PARTS;
}

function nextTurn(digest: HourlyDigest, name: SlotName, nowMs: number, { spreadMs, attempt }: SlotTerms): number {
  const apartMs = spreadMs * 2 ** attempt;
  const hourMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  const turn = turnAfter(hourMs + (digest('slot', nameOf(name), hourMs) % apartMs), apartMs, nowMs);
  if (turn < hourMs + HOUR_MS) return turn;
  const nextHourMs = hourMs + HOUR_MS;
  return nextHourMs + (digest('slot', nameOf(name), nextHourMs) % apartMs);
}

function attemptOf({ attempt }: Pick<SlotTerms, 'attempt'>): number {
  return Math.min(MAX_SLOT_ATTEMPT, Math.max(0, Math.floor(attempt)));
}

function turnAfter(firstMs: number, apartMs: number, nowMs: number): number {
  return nowMs < firstMs ? firstMs : firstMs + (Math.floor((nowMs - firstMs) / apartMs) + 1) * apartMs;
}

function nameOf({ scope, handle }: SlotName): string {
  return `${scope}\n${handle}`;
}
