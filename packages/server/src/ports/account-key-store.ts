import type { KeyChange } from '@holdfast/core';

/**
 * Which keys holders gave their accounts.
 * Durability: resolved means kept. Consistency: a read sees what resolved before it began. Idempotency: of one account and number the
 * first change stays, and of a change the first order that called it off. Concurrency: any; of two that come at once for the same number
 * one is kept, and both are told which. Retries: the caller, freely.
 */
export interface AccountKeyStore {
  /** Keeps it, and answers with what is kept under its account and number. */
  append(change: KeyChange): Promise<KeyChange>;
  /** Notes the order that called a change off. */
  cancel(change: KeyChange & { readonly cancelledBy: string }): Promise<void>;
  /** All of an account, by number. */
  read(account: string): Promise<readonly KeyChange[]>;
}
