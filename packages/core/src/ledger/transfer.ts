import { CodedError } from '../errors.ts';
import type { AccountId } from './account.ts';
import type { Amount } from './amount.ts';

/**
 * Chosen by whoever wants the transfer, before the first attempt and kept with the intent: the id is the idempotency. 1 to
 * 128 letters, digits and `_ . : -`.
 */
export type TransferId = string & { readonly brand: 'TransferId' };

/** What a transfer is about: a SHA-256, base64url, of something kept elsewhere. Nobody can put a name into it. */
export type TransferReference = string & { readonly brand: 'TransferReference' };

type Identified = { readonly id: TransferId; readonly reference?: TransferReference };

type Movement = Identified & {
  /** The account that gives. */
  readonly debit: AccountId;
  /** The account that gets. */
  readonly credit: AccountId;
  readonly amount: Amount;
};

/**
 * What can be asked of a ledger (TigerBeetle's two phases).
 * `posted`: moves at once. `pending`: reserves; neither side can spend it. `post`: moves the pending amount or a part of it,
 * and the rest is free again; a pending transfer is posted once. `void`: frees all of it.
 */
export type TransferCommand =
  | (Movement & { readonly kind: 'posted' })
  | (Movement & {
      readonly kind: 'pending';
      /** Unix milliseconds of ledger time: from then on it cannot be posted, and the ledger frees it. Without: never. */
      readonly expiresAt?: number;
    })
  | (Identified & {
      readonly kind: 'post';
      readonly pending: TransferId;
      /** Default: all of it. */
      readonly amount?: Amount;
    })
  | (Identified & { readonly kind: 'void'; readonly pending: TransferId });

/** Why not, in the order in which it is looked at. */
export const TRANSFER_REFUSALS = [
  'amount-zero',
  'accounts-same',
  'debit-account-unknown',
  'credit-account-unknown',
  'assets-differ',
  /** `expiresAt` is not after ledger time. */
  'expiry-past',
  /** A sum of the account would leave 128 bits. */
  'overflow',
  /** The debited account may not pay more than it was paid. */
  'exceeds-credits',
  /** The credited account may not take more than it has paid. */
  'exceeds-debits',
  /** More would be reserved out of the debited account than its `maxReserved`. */
  'exceeds-max-reserved',
  /** There is no such transfer, or it was itself refused. */
  'pending-unknown',
  'pending-not-pending',
  'pending-already-posted',
  'pending-already-voided',
  'pending-expired',
  /** More would be posted than was reserved. */
  'exceeds-pending',
] as const;

export type TransferRefusal = (typeof TRANSFER_REFUSALS)[number];

export type TransferField = 'kind' | 'debit' | 'credit' | 'pending' | 'amount' | 'expires-at' | 'reference';

/**
 * `created` once; a repeat with the same contents is `exists`, or again what was refused: an id that was refused is
 * refused for ever, whatever the accounts hold by then. A repeat with other contents says what differs and does nothing.
 */
export type TransferAnswer =
  | 'created'
  | 'exists'
  | `exists-with-different-${TransferField}`
  | `refused-${TransferRefusal}`;

export type TransferResult = { readonly id: TransferId; readonly answer: TransferAnswer };

/** How a pending transfer ended: when, and by which `post` or `void`; by none when it expired. */
export type PendingEnd = { readonly at: number; readonly by?: TransferId };

/**
 * Where a transfer stands. A `posted` or `post` is posted from the start, a `void` voided; a `pending` is pending and then
 * has an `ended`. `amount` is what moved.
 */
export type TransferState =
  | { readonly state: 'refused'; readonly why: TransferRefusal }
  | { readonly state: 'pending' }
  | { readonly state: 'posted'; readonly amount: Amount; readonly ended?: PendingEnd }
  | { readonly state: 'voided'; readonly ended?: PendingEnd }
  | { readonly state: 'expired'; readonly ended: PendingEnd };

/** A transfer as the ledger keeps it, for ever. */
export type Transfer = TransferState & {
  /** What was asked, unchanged. */
  readonly command: TransferCommand;
  /** Ledger time of the answer, unix milliseconds. */
  readonly at: number;
};

/** Throws `ledger.malformed`. */
export function parseTransferId(value: unknown): TransferId {
  if (typeof value === 'string' && /^[A-Za-z0-9_.:-]{1,128}$/.test(value)) return value as TransferId;
  throw new CodedError('ledger.malformed', 'The id of a transfer is 1 to 128 letters, digits and _ . : -', {
    field: 'transfer',
  });
}

/** Throws `ledger.malformed`. */
export function parseTransferReference(value: unknown): TransferReference {
  if (typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value)) return value as TransferReference;
  throw new CodedError('ledger.malformed', 'The reference of a transfer is a SHA-256, 43 characters of base64url.', {
    field: 'reference',
  });
}
