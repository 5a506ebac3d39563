import { z } from 'zod';
import { canonicalJson, parseJsonObject } from '../encoding/json.ts';
import { CodedError, isCodedError } from '../errors.ts';
import { successionsSchema } from './offline-bundle.ts';
import type { SuccessionStep } from './successions.ts';

/** How a network came from its genesis to the log that it is in now: what `openFounding` checks. */
export type Lineage = { readonly genesis: string; readonly successions: readonly SuccessionStep[] };

/** Of a few successions with all parties of a network in each. */
export const MAX_LINEAGE_LENGTH = 16_777_216;

const lineageSchema = z.object({
  type: z.literal('log-lineage'),
  v: z.literal(1),
  genesis: z.string().max(65_536),
  successions: successionsSchema.min(1),
});

export function encodeLineage({ genesis, successions }: Lineage): string {
  return canonicalJson({ type: 'log-lineage', v: 1, genesis, successions });
}

/** Takes a lineage from outside; nothing in it is proved yet. Throws `lineage.malformed`. */
export function parseLineage(text: string): Lineage {
  const parsed = lineageSchema.safeParse(parseOrNothing(text));
  if (!parsed.success) throw new CodedError('lineage.malformed', 'This does not say how a log came from another.');
  const { genesis, successions } = parsed.data;
  return { genesis, successions };
}

function parseOrNothing(text: string): unknown {
  try {
    return parseJsonObject(text, { maxLength: MAX_LINEAGE_LENGTH, maxDepth: 6 });
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return undefined;
  }
}
