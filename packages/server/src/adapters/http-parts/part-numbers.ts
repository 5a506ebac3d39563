import { z } from 'zod';
import { GAUGES, NETWORK_GAUGES } from '../../seeing/metrics.ts';
import type { GaugeSample } from '../../seeing/registry.ts';
import { createPartAsker, type HttpPartOptions } from './part-asker.ts';

/** More than a registry shows of all of them; such an answer is refused. */
const MAX_NUMBERS = 2_000;
const MAX_LABEL = 200;

const number = z
  .strictObject({
    gauge: z.enum(NETWORK_GAUGES),
    labels: z.record(z.string().max(32), z.string().max(MAX_LABEL)).optional(),
    value: z.number(),
  })
  .refine(({ gauge, labels = {} }) => {
    const own: readonly string[] = GAUGES[gauge].labels;
    return Object.keys(labels).length === own.length && own.every((label) => label in labels);
  }, 'These are not the labels of this number.');
const answer = z.strictObject({ numbers: z.array(number).max(MAX_NUMBERS) });

/**
 * What a role in another process knows of the whole network, in numbers: none but those that have a name and labels here. Throws
 * `part.unreachable`.
 */
export function createHttpPartNumbers({
  part,
  ...options
}: HttpPartOptions & { readonly part: string }): () => Promise<readonly GaugeSample[]> {
  const ask = createPartAsker(options);
  const path = `/facts/${encodeURIComponent(part)}/numbers`;
  return async () => (await ask({ part, path }, answer)).numbers as readonly GaugeSample[];
}
