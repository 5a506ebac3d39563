import { PROGRAM_EFFECTS, PROGRAM_PHASES, programSchema, transferReceiptSchema } from '@holdfast/core';
import { z } from 'zod';
import { PAYMENT_STATES } from '../../ports/distributor-store.ts';
import { EXCEPTION_STATES } from '../../roles/distributor/exceptions.ts';

/** Minor units in decimal digits: JSON's numbers lose what an amount can hold. */
const amount = z.string().regex(/^[0-9]{1,39}$/);
/** Unix milliseconds. */
const time = z.int();
const count = z.int().min(0);
const digest = z.string();

const sum = z.object({ count, total: amount });
const sums = z.partialRecord(z.enum(PAYMENT_STATES), sum);

const pair = z.object({ before: amount, after: amount });
const versions = z.object({
  since: time.optional(),
  earlier: z.array(z.object({ digest, entry: count, until: time })),
  next: z
    .object({
      program: programSchema,
      digest,
      entry: count,
      effectiveAt: time,
      effect: z.enum(PROGRAM_EFFECTS),
      changes: z.array(z.object({ path: z.string(), effect: z.enum(PROGRAM_EFFECTS), text: z.string() })),
      reach: z.object({
        people: z.object({ applied: count.optional(), mayApply: count }),
        money: z.object({ budget: pair, mostEach: pair, spokenFor: amount.optional() }),
        unknown: z.array(z.enum(['applied', 'who', 'outside'])),
      }),
    })
    .optional(),
});

export const programAnswer = z.object({
  program: programSchema,
  digest,
  phase: z.enum(PROGRAM_PHASES),
  entries: z.object({ program: count, intake: count.optional(), seal: count.optional(), draw: count.optional() }),
  applications: z.object({ all: count, unjudged: count, admitted: count, refused: count }),
  payments: sums,
  exceptions: z
    .array(
      z.object({
        entry: count,
        kind: z.enum(['admission', 'payment']),
        state: z.enum(EXCEPTION_STATES),
        why: z.string().optional(),
      }),
    )
    .optional(),
  versions: versions.optional(),
  slots: z.object({ count, everyMs: count, from: time, until: time, each: count }).optional(),
});
export const programsAnswer = z.object({ programs: z.array(programAnswer), next: z.string().optional() });

/** `me`: the applicant's own page at this origin; whoever has its address sees it. */
export const acceptedAnswer = z.object({ application: digest, acknowledgement: z.string(), me: z.string() });
export const revealsAnswer = z.object({
  /** Who keeps the secrets: the log, or whoever runs the program. */
  kept: z.enum(['log', 'distributor']),
  state: z.enum(['unsealed', 'waiting', 'drawn', 'exhausted']),
  round: count.optional(),
  until: time.optional(),
  missing: z.array(z.string()).optional(),
  reveals: z.array(z.object({ party: z.string(), round: count, secret: z.string(), at: time })),
});
export const revealAnswer = z.object({ party: z.string(), round: count });

export const applicationAnswer = z.object({
  application: digest,
  state: z.enum(['acknowledged', 'judged', 'admitted', 'refused']),
  code: z.string().optional(),
  exception: count.optional(),
  /** The case about it, where it is in doubt. */
  review: z
    .object({ state: z.enum(['filed', 'open', 'over']), case: z.string().optional(), dueAt: time.optional() })
    .optional(),
  payment: z.object({ state: z.string(), amount, at: time }).optional(),
});

const leafProof = z.object({ index: count, proof: z.array(digest) });
const neighbour = leafProof.extend({ hash: digest }).optional();
/** Where the leaf is, or between which two it is not. */
const listProof = z.union([leafProof, z.strictObject({ before: neighbour, after: neighbour })]);
const admittedLeaf = z.object({
  application: digest,
  salt: z.string(),
  issuer: z.string(),
  held: z.boolean(),
  want: amount.optional(),
  weight: amount.optional(),
});
const refusedLeaf = z.object({ application: digest, salt: z.string(), code: z.string() });
export const proofAnswer = z.object({
  application: digest,
  acknowledgement: z.string(),
  intake: listProof.optional(),
  seal: z
    .discriminatedUnion('list', [
      z.object({ list: z.literal('admitted'), leaf: admittedLeaf, proof: listProof }),
      z.object({ list: z.literal('refused'), leaf: refusedLeaf, proof: listProof }),
    ])
    .optional(),
  receipt: transferReceiptSchema.optional(),
});
export const listsAnswer = z.object({
  admitted: z.array(admittedLeaf),
  refused: z.array(refusedLeaf),
  next: digest.optional(),
});

const paid = { payment: z.object({ state: z.enum(PAYMENT_STATES), amount, at: time }).optional() };
export const outcomesAnswer = z.object({
  admitted: z.array(admittedLeaf.extend(paid)),
  refused: z.array(refusedLeaf.extend(paid)),
  next: digest.optional(),
});

export const noticesAnswer = z.object({
  notices: z.array(z.object({ id: z.string(), code: z.string(), message: z.string(), rail: z.string(), at: time })),
});
export const settlementAnswer = z.object({
  transferId: z.string(),
  lineId: z.string(),
  rail: z.string(),
  amount,
  asset: z.object({ code: z.string(), decimals: count }),
  state: z.string(),
  owner: z.string().optional(),
  since: time,
  attempts: z.array(
    z.object({
      id: z.string(),
      batch: z.string(),
      state: z.string(),
      submittedAt: time,
      answers: z.array(z.object({ outcome: z.string(), code: z.string().optional(), paid: amount.optional() })),
      decision: digest.optional(),
    }),
  ),
});
export const settleAnswer = z.object({
  accepted: count,
  changed: z.array(z.object({ transferId: z.string(), state: z.string() })),
  failures: z.array(z.object({ rail: z.string(), code: z.string(), batch: z.string().optional() })),
});
export const keyAnswer = z.object({ key: digest });

export const TILE_TYPE = 'application/octet-stream';
/** Hashes of 32 bytes, one after the other. */
export const tileAnswer = {
  content: { [TILE_TYPE]: { schema: z.instanceof(Buffer).meta({ type: 'string', format: 'binary' }) } },
};
