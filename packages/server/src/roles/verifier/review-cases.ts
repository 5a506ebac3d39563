import { canonicalJson, type NetworkState } from '@holdfast/core';
import type { CheckQuestion } from '@holdfast/verifier';
import type { FilingDraft, Filings } from '../../filing/filings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ReviewRecord, ReviewStore } from '../../ports/review-store.ts';

/** A review that a case of the network decides: what has been found there, and when. */
export type FoundInCase = { readonly id: string; readonly result: 'passed' | 'failed'; readonly at: number };

/** Reviews that are cases: filed with the governor, and decided by what the log says of them. */
export type ReviewCases = {
  /** Files it, once. What cannot be kept now is filed when the check is asked again; until then its default stands. */
  file(review: ReviewRecord, question: CheckQuestion, caseClass: string): Promise<void>;
  isFiled(review: string): Promise<boolean>;
  /** The case, once the governor has acknowledged it. */
  caseOf(review: string): Promise<string | undefined>;
  /** What officers have found, of the reviews that are open: the first 500 to fall due. Silence finds nothing. */
  readFound(): Promise<readonly FoundInCase[]>;
};

export type ReviewCasesOptions = {
  readonly filings: Pick<Filings, 'open' | 'find'>;
  readonly store: Pick<ReviewStore, 'readOpen'>;
  readonly state: () => Readonly<NetworkState>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Of this verifier, as the statement names it. */
  readonly verifier: string;
};

const MAX_LOOKED_AT = 500;
const LOOK_AGAIN_MS = 600_000;
const MAX_STATEMENT = 4_000;
const matterOf = (review: string) => `review.${review}`;

export function createReviewCases({ filings, store, state, verifier, clock }: ReviewCasesOptions): ReviewCases {
  /** Cases of which the finding has been taken over, or concerns nobody here. */
  let looked: ReadonlySet<string> = new Set();
  let lookAgainMs = 0;

  async function caseOf(review: string): Promise<string | undefined> {
    const found = await filings.find(matterOf(review));
    return typeof found === 'object' && 'receipt' in found ? found.receipt.id : undefined;
  }

  return {
    async file(review, question, caseClass) {
      const { place } = question;
      // What stands in no list of the network is nothing that the network could have a case about.
      if (place === undefined || !state().lists.has(place.list)) return;
      const statement = statementOf(verifier, review, question);
      const about: FilingDraft = {
        kind: 'case',
        about: 'credential',
        class: caseClass,
        remedy: 'none',
        subject: place,
        statement,
      };
      await filings.open(matterOf(review.id), about).catch(() => undefined);
    },
    isFiled: async (review) => (await filings.find(matterOf(review))) !== undefined,
    caseOf,
    async readFound() {
      const { cases } = state().docket;
      const found = [...cases.values()].flatMap(({ id, finding }) => (finding?.by === 'officers' ? [id] : []));
      const isNew = found.some((id) => !looked.has(id));
      // Every epoch asks: unless somebody has found something since, or a receipt may have come late, nothing is read.
      if (found.length === 0 || (!isNew && clock.monotonic() < lookAgainMs)) return [];
      const open = await store.readOpen(MAX_LOOKED_AT);
      const decided = await Promise.all(
        open.map(async ({ id }): Promise<FoundInCase[]> => {
          const finding = cases.get((await caseOf(id)) ?? '')?.finding;
          if (finding === undefined || finding.by === 'silence') return [];
          return [{ id, result: finding.upheld ? 'passed' : 'failed', at: finding.at }];
        }),
      );
      looked = new Set(found);
      lookAgainMs = clock.monotonic() + LOOK_AGAIN_MS;
      return decided.flat();
    },
  };
}

/** What reviewers read: who asks, about what, and the claims that the policy shows to whoever looks. */
function statementOf(verifier: string, review: ReviewRecord, { type, issuer, claims }: CheckQuestion): string {
  const asked = `${verifier} asks whether a credential may be relied upon: its check ${review.check} is by hand.`;
  const about = `A ${type} of ${issuer}. Uphold: it passes. Dismiss: it does not.`;
  const shown = Object.keys(claims).length === 0 ? '' : `\nShown: ${canonicalJson(claims)}`;
  const text = `${asked}\n${about}${shown}`;
  return text.length <= MAX_STATEMENT
    ? text
    : `${asked}\n${about}\nWhat is shown is long: ask ${verifier} for review ${review.id}.`;
}
