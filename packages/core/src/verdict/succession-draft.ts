import { z } from 'zod';
import { canonicalJson, parseJsonObject } from '../encoding/json.ts';
import { CodedError, isCodedError } from '../errors.ts';
import { MAX_SNAPSHOT_BYTES } from '../fold/snapshot.ts';
import { successionSchema } from '../fold/statement.ts';
import { successionDecision } from '../fold/succession.ts';
import { decisionDigest } from '../governance/decision.ts';
import { successionsSchema } from './offline-bundle.ts';
import type { SuccessionStep } from './successions.ts';

/** A snapshot in base64url, and a few megabytes of the rest. */
export const MAX_SUCCESSION_DRAFT_LENGTH = Math.ceil((MAX_SNAPSHOT_BYTES * 4) / 3) + 16_777_216;

const { decision } = successionSchema.shape;
const draftSchema = z.object({
  type: z.literal('succession-draft'),
  v: z.literal(1),
  genesis: z.string().max(65_536),
  successions: successionsSchema,
  snapshot: z.string(),
  ...successionSchema.pick({ network: true, from: true, rulebook: true }).shape,
  decision: decision.omit({ approvals: true, received: true, authorised: true }),
  approvals: z.array(z.string().max(1024)).max(16),
});

/**
 * A new log on the way to its quorum, as officers pass it on in a file, because the network stands still: where it goes on from, under
 * which rules; the old log's state there (a snapshot, base64url) and how the network came to be in that log; and the approvals
 * so far.
 */
export type SuccessionDraft = Omit<z.infer<typeof draftSchema>, 'type' | 'v' | 'successions'> & {
  readonly successions: readonly SuccessionStep[];
};

export function encodeSuccessionDraft(draft: SuccessionDraft): string {
  return canonicalJson({ type: 'succession-draft', v: 1, ...draft });
}

/** Takes a draft from outside; nothing in it is proved yet. Throws `succession.malformed`. */
export function parseSuccessionDraft(text: string): SuccessionDraft {
  const parsed = draftSchema.safeParse(parseOrNothing(text));
  if (!parsed.success) throw new CodedError('succession.malformed', 'This is not a succession that officers approve.');
  const { type: _type, v: _v, ...draft } = parsed.data;
  return draft;
}

/** The first entry of the new log, for the governor to sign. */
export function successionOf({ network, from, rulebook, decision: decided, approvals }: SuccessionDraft) {
  // Nobody keeps the time: the network stands still. It is that of the position from which everything counts.
  const stamps = { received: from.time, authorised: from.time };
  return { type: 'succession', v: 1, network, from, rulebook, decision: { ...decided, approvals, ...stamps } } as const;
}

/** What each officer signs. */
export function successionDraftDigest(draft: SuccessionDraft): string {
  return decisionDigest(successionDecision(successionOf(draft)));
}

function parseOrNothing(text: string): unknown {
  try {
    return parseJsonObject(text, { maxLength: MAX_SUCCESSION_DRAFT_LENGTH, maxDepth: 16 });
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return undefined;
  }
}
