import { CodedError } from '../errors.ts';
import type { Amount } from './amount.ts';

/** Chosen by whoever opens the account: 1 to 128 letters, digits and `_ . : -`. Never a person's name or number. */
export type AccountId = string & { readonly brand: 'AccountId' };

/** What is counted in an account. A code means one number of decimals for ever; transfers stay within one asset. */
export type Asset = {
  /** As it is written elsewhere: `EUR`, or CAIP-19 like `eip155:1/erc20:0x…`. */
  readonly code: string;
  /** Digits after the point of one whole unit: 2 for EUR. Amounts are always in minor units. */
  readonly decimals: number;
};

/**
 * What an account may not do. Pending amounts count against it and never for it.
 * `debits-must-not-exceed-credits`: pays only what it was paid (a program's budget, a person's balance).
 * `credits-must-not-exceed-debits`: takes only what it has paid. `none`: the outside world, which may owe without end.
 */
export type AccountRule = 'none' | 'debits-must-not-exceed-credits' | 'credits-must-not-exceed-debits';

export type NewAccount = {
  readonly id: AccountId;
  readonly asset: Asset;
  readonly rule: AccountRule;
  /** The most that may be reserved out of this account at once; without it, what the rule allows. */
  readonly maxReserved?: Amount;
};

/** Sums of everything that touched the account: `posted` for good, `pending` while reserved. They never go below zero. */
export type Balances = {
  readonly debitsPending: Amount;
  readonly debitsPosted: Amount;
  readonly creditsPending: Amount;
  readonly creditsPosted: Amount;
};

export type Account = NewAccount &
  Balances & {
    /** Ledger time of its opening, unix milliseconds. */
    readonly at: number;
  };

type AccountField = 'asset' | 'rule' | 'max-reserved';

/** `asset-decimals`: the asset is known with another number of decimals. */
type AccountRefusal = 'asset-decimals';

export type AccountAnswer =
  | 'created'
  | 'exists'
  | `exists-with-different-${AccountField}`
  | `refused-${AccountRefusal}`;

export type AccountResult = { readonly id: AccountId; readonly answer: AccountAnswer };

/** Throws `ledger.malformed`. */
export function parseAccountId(value: unknown): AccountId {
  if (typeof value === 'string' && /^[A-Za-z0-9_.:-]{1,128}$/.test(value)) return value as AccountId;
  throw new CodedError('ledger.malformed', 'The id of an account is 1 to 128 letters, digits and _ . : -', {
    field: 'account',
  });
}

/** Throws `ledger.malformed`. */
export function parseAsset(code: unknown, decimals: unknown): Asset {
  const isCode = typeof code === 'string' && /^[A-Za-z0-9_.:/-]{1,128}$/.test(code);
  if (isCode && typeof decimals === 'number' && Number.isInteger(decimals) && decimals >= 0 && decimals <= 36) {
    return { code, decimals };
  }
  throw new CodedError(
    'ledger.malformed',
    'An asset has a code (1 to 128 letters, digits, _ . : / -) and 0 to 36 decimals.',
    {
      field: 'asset',
    },
  );
}
