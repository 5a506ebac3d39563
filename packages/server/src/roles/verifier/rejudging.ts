import { CodedError, isCodedError, parseVerdictEnvelope, type Rulebook, type Verdict } from '@holdfast/core';
import type { Policy, Verifier } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import { MAX_VERDICTS_PER_READ, type VerdictPlace } from '../../ports/verdict-store.ts';
import type { VerdictBook } from './verdict-book.ts';

/** The rules under which kept verdicts are judged again: what is not given stays as it is. */
export type LaterRules = { readonly rulebook?: Rulebook; readonly policy?: Policy };

/** Of one credential, by the handle of the latest verdict on it. Nothing of what was presented. */
export type Rejudged = { readonly id: string; readonly answeredAt: number; readonly code: string };

export type Rejudgement = {
  /** Credentials of this page judged again; of each only the latest verdict. */
  readonly examined: number;
  /** Verdicts of the period of which nothing is kept any more. */
  readonly erased: number;
  /** Where to go on with the earlier verdicts of the period; absent where there are none. */
  readonly next?: VerdictPlace;
  readonly unchanged: number;
  /** Accepted by the rules of now, and no longer by the later ones; and the other way round. */
  readonly refused: readonly Rejudged[];
  readonly accepted: readonly Rejudged[];
};

export type RejudgingPorts = {
  readonly book: Pick<VerdictBook, 'open' | 'readLatest'>;
  readonly clock: Pick<Clock, 'now'>;
  /** The library by other rules, over the same network; without strangers' sources. Absent where it cannot be made. */
  readonly buildVerifier?: (rules: LaterRules) => Verifier;
};

export type RejudgingPage = {
  readonly sinceMs: number;
  /** Where the page before this one said to go on. */
  readonly after?: VerdictPlace;
};

/**
 * Who would be refused tomorrow: what this verifier still holds of the last days is judged twice by what is known now, once
 * by the rules in force and once by the later ones, so that nothing but the rules differs. Strangers' evidence is not fetched
 * again. At most 200 verdicts at a time, the newest first; of a credential that was asked about again the latest verdict
 * counts, on whichever page that is. Throws `rejudge.unavailable`.
 */
export async function rejudge(
  ports: RejudgingPorts,
  { sinceMs, after }: RejudgingPage,
  rules: LaterRules,
): Promise<Rejudgement> {
  const { book, clock, buildVerifier } = ports;
  if (buildVerifier === undefined) {
    throw new CodedError('rejudge.unavailable', 'This verifier cannot judge by other rules than its own.');
  }
  const [now, later] = [buildVerifier({}), buildVerifier(rules)];
  const page = await book.readLatest({ limit: MAX_VERDICTS_PER_READ, ...(after === undefined ? {} : { after }) });
  const period = page.filter(({ answeredAt }) => answeredAt >= clock.now() - sinceMs);
  const found = { examined: 0, erased: 0, unchanged: 0, refused: [] as Rejudged[], accepted: [] as Rejudged[] };
  for (const { id, subject, signed, answeredAt } of period) {
    const [latest] = await book.readLatest({ subject, limit: 1 });
    if (latest?.id !== id) continue;
    const text = await openText(book, id);
    if (text === undefined) {
      found.erased += 1;
      continue;
    }
    found.examined += 1;
    const asked = parseVerdictEnvelope(signed).envelope.verdict.basis.request;
    const request = { class: asked.class, freshness: { mode: 'any' } } as const;
    const [before, after] = [await now.verify(text, request), await later.verify(text, request)];
    const isSame = isAccepted(before.verdict) === isAccepted(after.verdict);
    if (isSame) found.unchanged += 1;
    else if (isAccepted(before.verdict)) found.refused.push({ id, answeredAt, code: codeOf(after.verdict) });
    else found.accepted.push({ id, answeredAt, code: codeOf(before.verdict) });
  }
  const last = period.at(-1);
  const isMore = period.length === MAX_VERDICTS_PER_READ && last !== undefined;
  return { ...found, ...(isMore ? { next: { answeredAt: last.answeredAt, id: last.id } } : {}) };
}

async function openText(book: RejudgingPorts['book'], id: string): Promise<string | undefined> {
  try {
    return (await book.open(id)).kept.presented;
  } catch (error) {
    if (isCodedError(error) && error.code === 'verdict.erased') return undefined;
    throw error;
  }
}

function isAccepted({ outcome }: Verdict): boolean {
  return outcome === 'valid';
}

function codeOf({ reasons }: Verdict): string {
  return reasons[0]?.code ?? '';
}
