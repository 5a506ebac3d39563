import { sha256 } from '../encoding/bytes.ts';
import { encodeHex, encodeUtf8 } from '../encoding/text.ts';

/**
 * What a rail says of one attempt. `partly`: money moved, and not as much as was asked. A rail that says it does not know
 * has said nothing: see the event `silence`.
 */
export type SettlementOutcome = 'accepted' | 'rejected' | 'partly';

export type SettlementAnswer = {
  readonly outcome: SettlementOutcome;
  /** The rail's own word for it, like AC04 (ISO 20022 external code sets); at most 35 characters. */
  readonly code?: string;
  /** `partly`: what moved, in minor units. */
  readonly paid?: bigint;
};

/** What officers found out about an attempt on which the rail was silent or contradicted itself. */
export type SettlementRuling = {
  readonly as: 'accepted' | 'rejected';
  /** Digest of the decision that says so. */
  readonly decision: string;
  /** What the rail had said until then: said again, it changes nothing; anything else does. */
  readonly heard: readonly SettlementOutcome[];
};

export type SettlementAttempt = {
  readonly batch: string;
  /** Unix milliseconds: when the attempt was written down, before anybody outside heard of it. */
  readonly submittedAt: number;
  /** When the rail's acceptance of the batch was written down: from then on the line is the rail's to answer for. */
  readonly handedOverAt?: number;
  /** When the wait for an answer was given up. */
  readonly silentSince?: number;
  /** Different ones, in the order in which they came. Their order decides nothing. */
  readonly answers: readonly SettlementAnswer[];
  readonly ruling?: SettlementRuling;
};

/** One transfer on its way out of the house, in attempts of which at most the last one is open. */
export type Settlement = {
  /** Attempt 1 comes first. */
  readonly attempts: readonly SettlementAttempt[];
  /** There shall be a next attempt that has not been made. */
  readonly isPlanned: boolean;
};

/**
 * `unknown`: nobody knows whether it was paid; never the same as rejected. `conflict`: the rail says both, or one
 * attempt was paid and another one was or may be. `rejected` is a definite failure: the only state in which trying again needs no decision.
 */
export type SettlementState = 'planned' | 'submitted' | 'accepted' | 'rejected' | 'partly' | 'unknown' | 'conflict';

/** An attempt at the rail is named by its line and its number, in at most 35 characters (`Max35Text` of ISO 20022). */
export const MAX_SETTLEMENT_ATTEMPTS = 20;
/** The line of a transfer: one, however often it is planned. */
export function settlementLineId(transferId: string): string {
  return encodeHex(sha256(encodeUtf8(`settlement ${transferId}`)).slice(0, 16));
}

/** The id under which a rail knows the attempt: `lineId-number`. Each attempt has its own, or a rail takes it for the last one. */
export function encodeAttemptId(lineId: string, attempt: number): string {
  return `${lineId}-${attempt}`;
}

/** Undefined for what `encodeAttemptId` does not write. */
export function parseAttemptId(text: string): { readonly lineId: string; readonly attempt: number } | undefined {
  const [, lineId, digits] = /^([A-Za-z0-9]{1,32})-([1-9][0-9]?)$/.exec(text) ?? [];
  if (lineId === undefined || digits === undefined || Number(digits) > MAX_SETTLEMENT_ATTEMPTS) return undefined;
  return { lineId, attempt: Number(digits) };
}

export function createSettlement(): Settlement {
  return { attempts: [], isPlanned: true };
}

/** Follows from what is known and not from the order in which it became known. */
export function stateOfSettlement({ attempts, isPlanned }: Settlement): SettlementState {
  const states = attempts.map(stateOfAttempt);
  const paid = states.filter((state) => state === 'accepted' || state === 'partly');
  const isMore = paid.length > 0 && states.some((state) => state === 'submitted' || state === 'unknown');
  if (states.includes('conflict') || paid.length > 1 || isMore) return 'conflict';
  return paid[0] ?? (isPlanned ? 'planned' : (states.at(-1) ?? 'planned'));
}

export function stateOfAttempt({ answers, ruling, silentSince }: SettlementAttempt): SettlementState {
  const outcomes = new Set(answers.map(({ outcome }) => outcome));
  if (ruling !== undefined) {
    const news = [...outcomes].filter((outcome) => outcome !== ruling.as && !ruling.heard.includes(outcome));
    return news.length === 0 ? ruling.as : 'conflict';
  }
  const [first, second] = outcomes;
  if (second !== undefined) return 'conflict';
  return first ?? (silentSince === undefined ? 'submitted' : 'unknown');
}

/**
 * Whose matter it is now: `distributor` until a rail has accepted it and again after a refusal, `rail` while an answer is
 * due, `officers` where only people can find out. Nobody's once it is paid.
 */
export type SettlementOwner = 'distributor' | 'rail' | 'officers';

export function ownerOfSettlement(settlement: Settlement): SettlementOwner | undefined {
  const state = stateOfSettlement(settlement);
  switch (state) {
    case 'accepted':
      return undefined;
    case 'planned':
    case 'rejected':
      return 'distributor';
    case 'submitted':
      return settlement.attempts.at(-1)?.handedOverAt === undefined ? 'distributor' : 'rail';
    case 'partly':
    case 'unknown':
    case 'conflict':
      return 'officers';
    default:
      return state satisfies never;
  }
}
