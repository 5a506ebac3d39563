import { z } from 'zod';
import { amountSchema, programIdSchema } from './program.ts';

/**
 * One act on the money of a program that its frozen rules do not allow by themselves. It passes the same quorum as the
 * program did. Only its digest stands in the log: what it says concerns one person.
 */
export const instructionSchema = z.strictObject({
  program: programIdSchema,
  /**
   * `retry`: pay again although it is not known whether the last attempt arrived. `cancel`: return what is reserved.
   * `redirect`: pay to another destination. `settle`: take a payment for made although nobody answered.
   */
  act: z.enum(['retry', 'cancel', 'redirect', 'settle']),
  /** The payment, by the id of its transfer in the ledger. */
  payment: z.string().regex(/^[A-Za-z0-9_.:-]{1,128}$/),
  /** The attempt that this is about, so that one decision allows one act. */
  attempt: z.int().min(0).max(100),
  /**
   * Digest of the decision that was the last word on this attempt, where there is one: so that officers can come back to what
   * they decided before, and nobody can bring it back for them.
   */
  after: z.string().length(43).optional(),
  amount: amountSchema.optional(),
  /** To redirect: base64url SHA-256 of the new destination. */
  destination: z.string().length(43).optional(),
});
export type Instruction = z.infer<typeof instructionSchema>;
