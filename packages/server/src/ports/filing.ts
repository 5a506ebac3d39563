/** The governor's word that something was filed. It is kept, and somebody owns it by then. */
export type FilingReceipt = {
  /** The case or the incident that it became. */
  readonly of: 'case' | 'incident';
  readonly id: string;
  /** JWS (typ `case-acknowledgement+jwt`) by the governor over the digest of what was filed, the id and these times. */
  readonly acknowledgement: string;
  /** Unix milliseconds. */
  readonly filedAt: number;
  /** By then somebody has looked at it, or it has passed to the steward by itself. */
  readonly promisedBy: number;
};

/**
 * The governor as a role files with it, as a party under its own key.
 *
 * - Durability: once answered, it is kept, and reaches the log whatever becomes of either side.
 * - Idempotency: by party and `id` of what is filed; a repeat is answered with the same case. One case is open per subject:
 *   another filing about it joins.
 * - Errors: `filing.unreachable` where nobody answers, or nobody who can sign for the governor: it may have been filed. What
 *   the governor refuses is thrown with its code (`case.*`, `incident.*`); of these only `case.too-many` may be asked again.
 * - Concurrency: any. Retries: the caller, with the very same text, for as long as it takes.
 */
export interface FilingDesk {
  /** `signed`: a compact JWS of `partyFilingSigningInput`. */
  file(signed: string, signal: AbortSignal): Promise<FilingReceipt>;
}
