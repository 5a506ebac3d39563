import { z } from 'zod';
import { ASSURANCE_LEVELS } from '../rulebook/rulebook.ts';

const name = z.string().min(1).max(500);
const digest = z.string().length(43);

/** Networks that one network recognises at a time; the next one is refused until another has ended. */
export const MAX_RECOGNITIONS = 64;
const MAX_TYPES = 64;

/** One type of the other network, the type it counts as here, and the best that its word is taken for. */
const recognisedTypeSchema = z.object({ type: name, as: name, maxAssurance: z.enum(ASSURANCE_LEVELS) });
export type RecognisedType = z.infer<typeof recognisedTypeSchema>;

/**
 * What a network takes from another one, and until when. A later one about the same network replaces it; without types it
 * ends it. There is none without an end: whoever recognises looks again.
 */
export const recognitionSchema = z.object({
  /** The other network's name: base64url SHA-256 of its genesis, which names everything else that can be trusted of it. */
  network: digest,
  title: name.optional(),
  /** Its log as its genesis names it: by the origin a credential says which log it was opened in. */
  log: z.object({ origin: name, vkey: name }),
  /** Where its feed may be had. A hint: whoever answers there proves by the name that it is this network. */
  url: z.string().max(500).optional(),
  types: z
    .array(recognisedTypeSchema)
    .max(MAX_TYPES)
    .refine((types) => new Set(types.map(({ type }) => type)).size === types.length, 'a type counts as one type'),
  /** Unix milliseconds from which it says nothing any more. */
  until: z.int().min(0),
});
export type Recognition = z.infer<typeof recognitionSchema>;

/** A recognition and the entry that says so. */
export const recognitionRecordSchema = z.object({ recognition: recognitionSchema, entry: z.int().min(0) });
export type RecognitionRecord = z.infer<typeof recognitionRecordSchema>;

/** Whether it has an end still to come and anything that it takes. */
export function isRecognising({ recognition: { types, until } }: RecognitionRecord, time: number): boolean {
  return types.length > 0 && time < until;
}
