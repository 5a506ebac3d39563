import { HANDOFF_KINDS, HANDOFF_NEXT } from '@holdfast/core';
import { z } from 'zod';
import type { ToldFacts } from '../../ports/part-facts.ts';

/** More of one kind than this nobody reads; such an answer is refused. */
const MAX_LISTED = 5_000;
const word = z.string().max(1_000);
const time = z.int();
const count = z.int().min(0);
const listOf = <Item extends z.ZodType>(item: Item) => z.array(item).max(MAX_LISTED).optional();

const handoff = z.strictObject({
  what: z.enum(HANDOFF_KINDS),
  ...{ of: word, giver: word, receiver: word, owner: word, count },
  amount: z
    .string()
    .regex(/^-?[0-9]{1,40}$/)
    .transform((digits) => BigInt(digits))
    .optional(),
  ...{ since: time, dueBy: time.optional(), next: z.enum(HANDOFF_NEXT) },
});

/** Each fact that a role may tell, and none besides, or this does not compile. */
type Shape = Readonly<Record<keyof ToldFacts, z.ZodType>>;

/** What another process says of itself, as it comes over HTTP: amounts are digits there. */
export const toldFactsSchema = z.strictObject({
  silent: listOf(
    z.strictObject({
      ...{ part: word, owner: word, since: time, needs: z.enum(['database', 'verifiers']).optional() },
      ...{ affected: word.optional(), command: word.optional() },
    }),
  ),
  parts: listOf(z.strictObject({ part: word, owner: word, state: word })),
  disk: z.strictObject({ freeBytes: count, leastBytes: count, of: word.optional() }).optional(),
  log: z
    .strictObject({
      ...{ owner: word, state: z.enum(['starting', 'running', 'waiting', 'stopped']), why: word.optional() },
      ...{ size: count, lastEpochAt: time, appendsWaiting: count },
    })
    .optional(),
  witnesses: listOf(z.strictObject({ name: word, saidAt: time.optional(), why: word.optional(), quorum: count })),
  frauds: listOf(z.strictObject({ heldBy: word, digest: word })),
  ledger: z
    .strictObject({
      owner: word,
      state: z.enum(['starting', 'running', 'waiting', 'fenced', 'halted', 'stopped']),
      why: word.optional(),
    })
    .optional(),
  ledgerHolds: z.boolean().optional(),
  lists: listOf(
    z.strictObject({
      ...{ list: word, issuer: word, owner: word, asOf: time, endsAt: time, renewedWithinMs: count },
      isBehind: z.boolean().optional(),
    }),
  ),
  unaccredited: listOf(z.strictObject({ issuer: word, owner: word })),
  backlogs: listOf(
    z.strictObject({
      ...{ program: word, owner: word, waiting: count, since: time, promisedBy: time },
      clearsInMs: count.optional(),
    }),
  ),
  handoffs: listOf(handoff),
  outlets: listOf(z.strictObject({ part: word, outlet: z.enum(['channel', 'telemetry']), since: time })),
  keys: listOf(
    z.strictObject({
      ...{ part: word, owner: word, party: word, use: word },
      ...{ missing: word.optional(), signs: z.boolean() },
    }),
  ),
  moreHandoffs: count.optional(),
} satisfies Shape) as unknown as z.ZodType<ToldFacts>;
