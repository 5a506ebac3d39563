import type { Account, Transfer } from '@holdfast/core';
import { z } from 'zod';
import type { LedgerAudit } from '../../roles/ledger/ledger.ts';

/** Minor units in decimal digits: JSON's numbers lose what 128 bits hold. */
const amount = z.string();
/** Ledger time, unix milliseconds. */
const time = z.int();

export const accountAnswer = z.object({
  id: z.string(),
  asset: z.object({ code: z.string(), decimals: z.int() }),
  rule: z.string(),
  maxReserved: amount.optional(),
  debitsPending: amount,
  debitsPosted: amount,
  creditsPending: amount,
  creditsPosted: amount,
  at: time,
});

export const transferAnswer = z.object({
  id: z.string(),
  kind: z.string(),
  debit: z.string().optional(),
  credit: z.string().optional(),
  pending: z.string().optional(),
  /** As it was asked for. */
  amount: amount.optional(),
  expiresAt: time.optional(),
  reference: z.string().optional(),
  at: time,
  state: z.string(),
  why: z.string().optional(),
  /** What moved. */
  posted: amount.optional(),
  ended: z.object({ at: time, by: z.string().optional() }).optional(),
});

export const auditAnswer = z.object({
  holds: z.boolean(),
  assets: z.array(
    z.object({
      asset: z.string(),
      decimals: z.int(),
      accounts: z.int(),
      debitsPosted: amount,
      creditsPosted: amount,
      debitsPending: amount,
      creditsPending: amount,
      holds: z.boolean(),
    }),
  ),
});

export type LedgerAuditAnswer = z.infer<typeof auditAnswer>;

export function answerAccount(account: Account): z.infer<typeof accountAnswer> {
  const { maxReserved, debitsPending, debitsPosted, creditsPending, creditsPosted, ...rest } = account;
  return {
    ...rest,
    ...(maxReserved === undefined ? {} : { maxReserved: String(maxReserved) }),
    debitsPending: String(debitsPending),
    debitsPosted: String(debitsPosted),
    creditsPending: String(creditsPending),
    creditsPosted: String(creditsPosted),
  };
}

export function answerTransfer(transfer: Transfer): z.infer<typeof transferAnswer> {
  const { command, at, state } = transfer;
  const asked = 'amount' in command && command.amount !== undefined ? { amount: String(command.amount) } : {};
  const { amount: _, ...rest } = { amount: undefined, ...command };
  return {
    ...rest,
    ...asked,
    at,
    state,
    ...(transfer.state === 'refused' ? { why: transfer.why } : {}),
    ...(transfer.state === 'posted' ? { posted: String(transfer.amount) } : {}),
    ...('ended' in transfer && transfer.ended !== undefined ? { ended: transfer.ended } : {}),
  };
}

export function answerAudit({ holds, assets }: LedgerAudit): z.infer<typeof auditAnswer> {
  return {
    holds,
    assets: assets.map(({ debitsPosted, creditsPosted, debitsPending, creditsPending, ...rest }) => ({
      ...rest,
      debitsPosted: String(debitsPosted),
      creditsPosted: String(creditsPosted),
      debitsPending: String(debitsPending),
      creditsPending: String(creditsPending),
    })),
  };
}
