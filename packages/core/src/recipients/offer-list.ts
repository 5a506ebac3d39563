import { sha256Base64url } from '../encoding/bytes.ts';
import { canonicalJson } from '../encoding/json.ts';
import { isCodedError } from '../errors.ts';
import type { ClaimRow } from './claim-list.ts';

/** What became of one row of a list. */
export type RowOutcome = {
  readonly row: number;
  readonly label?: string;
  readonly state: 'offered' | 'offered before' | 'refused';
  readonly offerUri?: string;
  readonly txCode?: string;
  /** The person's own page. */
  readonly me?: string;
  readonly code?: string;
  readonly detail?: string;
};

/** What an issuer answers to a part of a list, row by row in the order asked (`POST /i/{issuer}/offers/batch`). */
export type OffersMade = {
  readonly rows: readonly (
    | {
        readonly key: string;
        readonly offer: { readonly offerUri: string; readonly me: string; readonly txCode?: string | undefined };
        readonly isRepeat: boolean;
      }
    | { readonly key: string; readonly refused: { readonly code: string; readonly detail: string } }
  )[];
};

export type OfferTerms = { readonly type: string; readonly txCode: boolean; readonly openForMs?: number };
export type OfferRows = OfferTerms & { readonly rows: readonly { readonly key: string }[] };

type Run = {
  readonly terms: OfferTerms;
  /** Another word makes other offers of the same rows. */
  readonly round: string;
  readonly send: (body: OfferRows) => Promise<OffersMade>;
  readonly tell: (outcomes: readonly RowOutcome[]) => void;
  /** Nothing is asked any more once it is aborted; what was asked is still told. */
  readonly signal: { readonly aborted: boolean };
  /** Between tries. Absent where `send` tries again by itself: two layers would multiply what an issuer is asked. */
  readonly pause?: (ms: number) => Promise<void>;
};

/** Of one call: few enough that progress is seen, and that what is lost by a break is little. */
const ROWS_PER_CALL = 20;
/** Characters of one call; the door takes a megabyte. */
const MAX_CALL_LENGTH = 400_000;
const TRIES_MS = [1000, 3000, 9000] as const;

/**
 * Offers to everybody on a list, some at a time, and tells what became of each. Every row has a key that is made of what it
 * says, so whoever sends the list again, after a break or by mistake, is told the offers there are. Throws what stopped it;
 * what was told until then stands.
 */
export async function offerToList(rows: readonly ClaimRow[], run: Run): Promise<void> {
  for (const part of partsOf(rows, run)) {
    if (run.signal.aborted) return;
    const { rows: answers } = await sendAgain({ ...run.terms, rows: part.map(({ body }) => body) }, run);
    run.tell(part.map(({ row }, i) => outcomeOf(row, answers[i])));
  }
}

/** What the offer of a row is named by: what it says, and nothing of when or in which file. */
export function keyOfRow({ claims, label }: ClaimRow, type: string, round: string): string {
  return `list-${sha256Base64url(canonicalJson([round, type, claims, label ?? null]))}`;
}

type Keyed = { readonly row: ClaimRow; readonly body: { readonly key: string } };

function* partsOf(rows: readonly ClaimRow[], { terms, round }: Run): Generator<readonly Keyed[]> {
  let part: Keyed[] = [];
  let length = 0;
  for (const row of rows) {
    const { claims, label } = row;
    const body = { key: keyOfRow(row, terms.type, round), claims, ...(label === undefined ? {} : { label }) };
    const more = JSON.stringify(body).length;
    if (part.length === ROWS_PER_CALL || (part.length > 0 && length + more > MAX_CALL_LENGTH)) {
      yield part;
      [part, length] = [[], 0];
    }
    part.push({ row, body });
    length += more;
  }
  if (part.length > 0) yield part;
}

/** What passes by itself is waited for, thrice; the keys make it safe to ask again. */
async function sendAgain(body: OfferRows, { send, signal, pause }: Run): Promise<OffersMade> {
  if (pause === undefined) return send(body);
  for (const waitMs of TRIES_MS) {
    try {
      return await send(body);
    } catch (error) {
      if (!isPassing(error) || signal.aborted) throw error;
      await pause(waitMs);
    }
  }
  return send(body);
}

function isPassing(error: unknown): boolean {
  return isCodedError(error) && (error.code === 'network.unreachable' || error.details.retry === 'later');
}

function outcomeOf({ row, label }: ClaimRow, answer: OffersMade['rows'][number] | undefined): RowOutcome {
  const named = { row, ...(label === undefined ? {} : { label }) };
  if (answer === undefined)
    return { ...named, state: 'refused', code: 'network.answer', detail: 'There was no answer.' };
  if ('refused' in answer) return { ...named, state: 'refused', ...answer.refused };
  const { offerUri, txCode, me } = answer.offer;
  const state = answer.isRepeat ? ('offered before' as const) : ('offered' as const);
  return { ...named, state, offerUri, me, ...(txCode === undefined ? {} : { txCode }) };
}
