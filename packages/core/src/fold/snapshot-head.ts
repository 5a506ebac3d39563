import { z } from 'zod';
import { PROGRAM_EFFECTS } from '../program/compare-versions.ts';
import { programSchema } from '../program/program.ts';
import { rulebookSchema } from '../rulebook/rulebook.ts';
import { recognitionSchema } from '../trust/recognition.ts';
import { accreditedSinceSchema } from './accredited-since.ts';
import { lateRevocationsSchema } from './lateness.ts';
import { MAX_PROGRAM_VERSIONS } from './revisions.ts';
import { docketSchema } from './snapshot-docket.ts';
import type { Refusal } from './state.ts';
import { drawSchema, intakeSchema, listSchema, partySchema, revealSchema, sealSchema } from './statement.ts';

/** More logs than any network goes through. */
const MAX_PREDECESSORS = 64;
const count = z.int().min(0);
const text = z.string().min(1).max(500);
const digest = z.string().length(43);

const rulebookRecordSchema = z.object({ index: count, body: rulebookSchema });
const positionSchema = z.object({ log: text, size: count, root: digest, time: count });
const ofStatement = { type: true, v: true, critical: true, program: true } as const;

const programRecordSchema = z.object({
  program: programSchema,
  digest,
  entry: count,
  revised: z.object({ entry: count, at: count, effect: z.enum(PROGRAM_EFFECTS) }).exactOptional(),
  earlier: z
    .array(z.object({ program: programSchema, digest, entry: count, until: count }))
    .max(MAX_PROGRAM_VERSIONS)
    .readonly()
    .exactOptional(),
  revision: z
    .object({ program: programSchema, digest, entry: count, effectiveAt: count, effect: z.enum(PROGRAM_EFFECTS) })
    .exactOptional(),
  intake: intakeSchema.omit(ofStatement).extend({ entry: count }).exactOptional(),
  judgedAt: positionSchema.exactOptional(),
  onProbation: z
    .array(z.object({ issuer: text, maxPeople: count.exactOptional() }))
    .max(64)
    .readonly()
    .exactOptional(),
  seal: sealSchema.omit(ofStatement).extend({ entry: count }).exactOptional(),
  sealedAt: positionSchema.exactOptional(),
  reveals: z
    .array(revealSchema.pick({ party: true, round: true, secret: true }).extend({ at: count, entry: count }))
    .max(128)
    .readonly()
    .exactOptional(),
  draw: drawSchema.omit(ofStatement).extend({ entry: count }).exactOptional(),
});

/** What a snapshot says in JSON; bounds of each part are those of the statements it came from. */
export const snapshotHeadSchema = z.object({
  v: z.literal(1),
  name: digest,
  /** The epoch's entry, and the signed note over the tree with it. */
  epoch: z.string(),
  checkpoint: z.string(),
  /** The tree that the epoch covers: all entries before it. */
  covered: z.object({ size: count, hashes: z.array(digest).max(53) }),
  rulebook: rulebookRecordSchema,
  scheduled: z.array(rulebookRecordSchema.extend({ effectiveAt: count, lapsesAt: count.exactOptional() })),
  emergency: z.object({ index: count, lapsesAt: count, base: rulebookRecordSchema }).exactOptional(),
  parties: z.array(partySchema),
  lists: z.array(
    listSchema.pick({ issuer: true, bits: true, size: true, key: true }).extend({
      id: text,
      opened: count,
      compromised: z.object({ entry: count, decisions: z.array(count).max(32) }).exactOptional(),
    }),
  ),
  programs: z.array(programRecordSchema),
  exceptions: z.array(
    z.tuple([
      digest,
      z.discriminatedUnion('kind', [
        z.object({
          kind: z.enum(['payment', 'admission']),
          program: text,
          entry: count,
          power: z.literal('return').exactOptional(),
        }),
        z.object({ kind: z.enum(['reinstatement', 'unsealing']), entry: count }),
      ]),
    ]),
  ),
  recognitions: z.array(z.tuple([digest, z.object({ recognition: recognitionSchema, entry: count })])),
  suspensions: z.array(z.tuple([z.string(), count])),
  docket: docketSchema.exactOptional(),
  supersessions: z.array(z.tuple([text, z.object({ day: count, count })]).readonly()).exactOptional(),
  late: z.array(z.tuple([text, lateRevocationsSchema]).readonly()).exactOptional(),
  since: z.array(z.tuple([text, accreditedSinceSchema]).readonly()).exactOptional(),
  critical: z.array(text),
  predecessors: z.array(positionSchema).max(MAX_PREDECESSORS).exactOptional(),
  refused: z.array(z.tuple([z.custom<Refusal>((value) => typeof value === 'string'), count])),
});
export type SnapshotHead = z.infer<typeof snapshotHeadSchema>;
