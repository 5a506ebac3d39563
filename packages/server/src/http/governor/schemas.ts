import {
  instructionSchema,
  MAX_STATUS_CHANGES,
  PARTY_POWERS,
  partySchema,
  programSchema,
  recognitionSchema,
  rulebookSchema,
} from '@holdfast/core';
import { z } from 'zod';
import { MAX_EVIDENCE, MAX_REASON_LENGTH } from '../../roles/governor/request.ts';

const name = z.string().min(1).max(500);
const time = z.int().min(0);

const common = {
  class: name,
  reason: z.string().min(1).max(MAX_REASON_LENGTH).optional(),
  evidence: z
    .array(z.strictObject({ class: name, digest: z.string().regex(/^[A-Za-z0-9_-]{43}$/) }))
    .max(MAX_EVIDENCE)
    .optional(),
  expiresInMs: time.optional(),
};

const target = z.strictObject({ list: name, index: time });

/** Which targets, classes and times are possible is the governor's to say; only the shape is ours. */
const statusRequest = z.strictObject({
  power: z.enum(['revoke', 'lift']),
  ...common,
  targets: z.array(target).max(MAX_STATUS_CHANGES),
});
const suspendRequest = z.strictObject({
  power: z.literal('suspend'),
  ...common,
  targets: z.array(target).max(MAX_STATUS_CHANGES),
  durationMs: time.optional(),
});
const partyRequest = z.strictObject({ power: z.enum(PARTY_POWERS), ...common, party: partySchema });
const amendRequest = z.strictObject({
  power: z.literal('amend'),
  ...common,
  rulebook: rulebookSchema,
  effectiveAt: time.optional(),
  emergency: z.literal(true).optional(),
  durationMs: time.optional(),
});
const cancelRequest = z.strictObject({ power: z.literal('cancel'), ...common, amendment: time });

const releaseRequest = z
  .strictObject({
    power: z.literal('release'),
    ...common,
    program: programSchema.optional(),
    instruction: instructionSchema.optional(),
  })
  .refine(({ program, instruction }) => (program === undefined) !== (instruction === undefined), {
    message: 'release one program, or one act on a payment',
  });

const reviseRequest = z.strictObject({
  power: z.literal('revise'),
  ...common,
  program: programSchema,
  replaces: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  effectiveAt: time.optional(),
});

const returnRequest = z.strictObject({ power: z.literal('return'), ...common, instruction: instructionSchema });
const reinstateRequest = z.strictObject({
  power: z.literal('reinstate'),
  ...common,
  targets: z.array(target).length(1),
});

const unsealRequest = z.strictObject({ power: z.literal('unseal'), ...common, targets: z.array(target).length(1) });

const recogniseRequest = z.strictObject({
  power: z.literal('recognise'),
  ...common,
  recognition: recognitionSchema,
});

export const proposalBody = z.discriminatedUnion('power', [
  statusRequest,
  suspendRequest,
  partyRequest,
  amendRequest,
  cancelRequest,
  returnRequest,
  reinstateRequest,
  unsealRequest,
  releaseRequest,
  reviseRequest,
  recogniseRequest,
]);

/** Of all parties, the one with this id. */
export const partiesQuery = z.object({ id: name.optional() });

export const approvalBody = z.strictObject({ approval: z.string().min(1).max(1024) });

/** Ids are 16 random bytes; anything of another shape was never given out. */
export const decisionParams = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });
