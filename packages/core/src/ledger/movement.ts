import type { Account } from './account.ts';
import { type Amount, MAX_AMOUNT } from './amount.ts';
import type { TransferRefusal } from './transfer.ts';
import type { LedgerDraft } from './view.ts';

export type Sides = { readonly debit: Account; readonly credit: Account };

/** Why this amount cannot leave the one account for the other, if it cannot. What is pending is as good as spent. */
export function refuseMovement(
  { debit, credit }: Sides,
  amount: Amount,
  kind: 'posted' | 'pending',
): TransferRefusal | undefined {
  const debits = debit.debitsPending + debit.debitsPosted + amount;
  const credits = credit.creditsPending + credit.creditsPosted + amount;
  // Posted and pending together fit, so posting what is pending can never be what does not.
  if (debits > MAX_AMOUNT || credits > MAX_AMOUNT) return 'overflow';
  if (debit.rule === 'debits-must-not-exceed-credits' && debits > debit.creditsPosted) return 'exceeds-credits';
  if (credit.rule === 'credits-must-not-exceed-debits' && credits > credit.debitsPosted) return 'exceeds-debits';
  const { maxReserved } = debit;
  if (kind === 'pending' && maxReserved !== undefined && debit.debitsPending + amount > maxReserved) {
    return 'exceeds-max-reserved';
  }
  return undefined;
}

/** Adds to both sides alike, so that no sum of the ledger moves. Amounts may be negative: what is freed. */
export function move(draft: LedgerDraft, { debit, credit }: Sides, by: { posted: bigint; pending: bigint }): void {
  draft.accounts.set(debit.id, {
    ...debit,
    debitsPending: (debit.debitsPending + by.pending) as Amount,
    debitsPosted: (debit.debitsPosted + by.posted) as Amount,
  });
  draft.accounts.set(credit.id, {
    ...credit,
    creditsPending: (credit.creditsPending + by.pending) as Amount,
    creditsPosted: (credit.creditsPosted + by.posted) as Amount,
  });
}
