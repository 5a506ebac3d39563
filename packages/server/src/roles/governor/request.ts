import {
  type Instruction,
  PARTY_POWERS,
  type Party,
  type PartyPower,
  type Power,
  type Program,
  type Recognition,
  type Rulebook,
} from '@holdfast/core';

export type StatusTarget = { readonly list: string; readonly index: number };

/** A document that speaks for the decision and lies elsewhere: its class, and base64url SHA-256 of its bytes. */
type Evidence = { readonly class: string; readonly digest: string };

type Common = {
  /** Public class of reason; one of those that the rulebook grants the power for. */
  readonly class: string;
  /** Private words, at most `MAX_REASON_LENGTH` characters: opened to officers, and to whom it concerns. */
  readonly reason?: string;
  readonly evidence?: readonly Evidence[];
  /** How long approvals are collected, in milliseconds; what the rulebook grants when absent. */
  readonly expiresInMs?: number;
};

export type StatusRequest = Common & {
  readonly power: 'revoke' | 'suspend' | 'lift';
  readonly targets: readonly StatusTarget[];
  /** Only to suspend, in milliseconds from the last epoch; the longest that the rulebook grants when absent. */
  readonly durationMs?: number;
};
/** The entry that a party will have, by the power that this change of it takes. */
export type PartyRequest = Common & { readonly power: PartyPower; readonly party: Party };
export type AmendRequest = Common & {
  readonly power: 'amend';
  readonly rulebook: Rulebook;
  /** Unix milliseconds; when absent, as soon as the notice allows however late the approvals come. */
  readonly effectiveAt?: number;
  /** It takes effect at once, only tightens, and lapses; after `durationMs`, or as late as the rulebook lets it. */
  readonly emergency?: true;
  readonly durationMs?: number;
};

/** The amendment, or the next version of a program, that an entry announced is taken back before it takes effect. */
export type CancelRequest = Common & { readonly power: 'cancel'; readonly amendment: number };

/** One act that returns money, where the rulebook has a power for that. */
export type ReturnRequest = Common & { readonly power: 'return'; readonly instruction: Instruction };

/** Whoever held a revoked credential may be given another: the credential itself stays revoked. */
export type ReinstateRequest = Common & { readonly power: 'reinstate'; readonly targets: readonly [StatusTarget] };

/** What roles call one credential in what they tell may be joined: each says it to whoever shows this decision, opened. */
export type UnsealRequest = Common & { readonly power: 'unseal'; readonly targets: readonly [StatusTarget] };

/** A program begins, or one act on one of its payments is allowed. */
export type ReleaseRequest = Common & { readonly power: 'release' } & (
    | { readonly program: Program; readonly instruction?: undefined }
    | { readonly instruction: Instruction; readonly program?: undefined }
  );

/** The next version of a program, in the place of the one that its digest `replaces` names. */
export type ReviseRequest = Common & {
  readonly power: 'revise';
  readonly program: Program;
  readonly replaces: string;
  /** Unix milliseconds; when absent, as soon as the notice allows however late the approvals come. */
  readonly effectiveAt?: number;
};

/** What is taken from another network from now on, instead of what was. */
export type RecogniseRequest = Common & { readonly power: 'recognise'; readonly recognition: Recognition };

/** What an officer, or an operator for them, proposes to decide. */
export type ProposalRequest =
  | StatusRequest
  | PartyRequest
  | AmendRequest
  | CancelRequest
  | ReturnRequest
  | ReinstateRequest
  | UnsealRequest
  | ReleaseRequest
  | ReviseRequest
  | RecogniseRequest;

export const MAX_REASON_LENGTH = 2000;
export const MAX_EVIDENCE = 16;

export const STATUS_POWERS: ReadonlySet<Power> = new Set(['revoke', 'suspend', 'lift']);

export function isPartyRequest(request: ProposalRequest): request is PartyRequest {
  return PARTY_POWERS.some((power) => power === request.power);
}

export function isStatusRequest(request: ProposalRequest): request is StatusRequest {
  return STATUS_POWERS.has(request.power);
}
