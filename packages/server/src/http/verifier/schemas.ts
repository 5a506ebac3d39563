import { type Json, type Position, parsePosition, parsePositionArray, parseQuery } from '@holdfast/core';
import { MAX_DEADLINE_MS, MAX_HANDED } from '@holdfast/verifier';
import { z } from 'zod';
import { MAX_STANDINGS_PER_READ } from '../../ports/standing-store.ts';

const MAX_TEXT_LENGTH = 131_072;
const name = z.string().regex(/^[a-z0-9-]{1,64}$/);
/** Handles are 16 random bytes; anything of another shape was never given out. */
const handle = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const bound = z.string().min(1).max(2048);

const deadline = z.int().min(0).max(MAX_DEADLINE_MS);

/** Parsed by core; what core throws is told under its own code, so nothing is said twice in another way. */
const position = z.unknown().transform((value) => value as Json);

const freshnessSchema = z.union([
  z.literal('any'),
  z.strictObject({ maxAgeMs: z.int().min(0).max(Number.MAX_SAFE_INTEGER) }),
  z.strictObject({ atLeast: z.array(position).min(1).max(16) }),
  z.strictObject({ at: position, recognised: z.array(position).min(1).max(16).optional() }),
]);

export const wantSchema = z.strictObject({
  class: z.enum(['pay', 'view']).default('view'),
  freshness: freshnessSchema.default('any'),
  /** Minor units. */
  amount: z
    .string()
    .regex(/^(0|[1-9][0-9]{0,38})$/)
    .optional(),
});
export type Want = z.infer<typeof wantSchema>;

/** However long or broken the text is, the answer is a verdict; only the body limit of the door comes before it. */
export const verifyBodySchema = z
  .strictObject({
    credential: z.string().max(MAX_TEXT_LENGTH).optional(),
    presentation: z.string().max(MAX_TEXT_LENGTH).optional(),
    nonce: bound.optional(),
    audience: bound.optional(),
    want: wantSchema.optional(),
    query: z.unknown().optional(),
    deadlineMs: deadline.optional(),
    /** Operators only, class pay only. */
    keepStanding: z.boolean().optional(),
    /** Signed check results and verdicts of others, compact JWS; whatever they are, they are no reason to refuse. */
    evidence: z.array(z.string().max(MAX_TEXT_LENGTH)).max(MAX_HANDED).optional(),
  })
  .refine((body) => (body.credential === undefined) !== (body.presentation === undefined), {
    message: 'give either credential or presentation',
  });
export type VerifyBody = z.infer<typeof verifyBodySchema>;

export const askBodySchema = z.strictObject({ query: z.unknown().optional(), want: wantSchema.optional() }).nullish();
export type AskBody = z.infer<typeof askBodySchema>;

export const confirmBodySchema = z.strictObject({ atLeast: position, deadlineMs: deadline.optional() });

export const verifierParams = z.object({ verifier: name });
export const handleParams = z.object({ verifier: name, id: handle });
export const firstHandleParams = z.object({ id: handle });
export const walletParams = z.object({ verifier: name, request: handle });

export const standingsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_STANDINGS_PER_READ).default(100),
});

export const verdictsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(20),
  subject: z.string().max(64).optional(),
  credential: z.string().max(64).optional(),
});

/** As the verdict saw it, or as it is now. */
export const decidingQuery = z.object({ as: z.enum(['then', 'now']).default('then') });

/** Members whose value is undefined are left out of all that follows, because they would be part of a verdict's basis. */
export function wantOf(want: Want) {
  const { class: action, freshness, amount } = want;
  return { class: action, freshness: freshnessOf(freshness), ...(amount === undefined ? {} : { amount }) };
}

function freshnessOf(freshness: Want['freshness']) {
  if (freshness === 'any') return { mode: 'any' } as const;
  if ('maxAgeMs' in freshness) return { mode: 'max-age', maxAgeMs: freshness.maxAgeMs } as const;
  if ('at' in freshness) {
    const { at, recognised } = freshness;
    const named = recognised === undefined ? {} : { recognised: parsePositionArray(recognised) };
    return { mode: 'at', position: parsePosition(at), ...named } as const;
  }
  const positions: readonly Position[] = parsePositionArray(freshness.atLeast);
  return { mode: 'at-least', positions } as const;
}

/** A DCQL query from outside. Throws `query.malformed | too-large | unsupported`. */
export function queryOf(value: unknown): Json {
  parseQuery(value);
  return value as Json;
}
