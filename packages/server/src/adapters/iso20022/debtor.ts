import { CodedError, destinationSchema } from '@holdfast/core';
import { isValidBIC, isValidIBAN } from 'ibantools';
import { z } from 'zod';
import { toLatin } from './latin.ts';

/** Whose account pays, at which bank, in which currency. */
export type Debtor = {
  /** As the bank knows the holder: up to 70 characters. */
  readonly name: string;
  readonly iban: string;
  /** Without it the bank is found by the IBAN. */
  readonly bic?: string;
  /** ISO 4217. `EUR` is paid as a SEPA credit transfer. */
  readonly currency: { readonly code: string; readonly decimals: number };
};

const schema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(70)
    .refine((name) => toLatin(name) !== undefined),
  iban: z.string().refine((iban) => isValidIBAN(iban) && destinationSchema.safeParse({ kind: 'iban', iban }).success),
  bic: z.string().refine(isValidBIC).optional(),
  currency: z.strictObject({ code: z.string().regex(/^[A-Z]{3}$/), decimals: z.int().min(0).max(5) }),
});

/** Throws `settlement.debtor`, naming the members that are wrong. */
export function assertDebtor(debtor: Debtor): void {
  const parsed = schema.safeParse(debtor);
  if (parsed.success) return;
  const members = [...new Set(parsed.error.issues.map(({ path }) => path.join('.')))];
  throw new CodedError(
    'settlement.debtor',
    `The account that pays is not described as a bank would accept it: look at ${members.join(', ')}.`,
    { members },
  );
}
