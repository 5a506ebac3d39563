import type { PartFacts } from '../../ports/part-facts.ts';
import { createPartAsker, type HttpPartOptions } from './part-asker.ts';
import { toldFactsSchema } from './told-facts.ts';

/** A role in another process; `path`: where it says how it does. Throws `part.unreachable`. */
export function createHttpPartFacts({
  part,
  path = `/facts/${encodeURIComponent(part)}`,
  ...options
}: HttpPartOptions & { readonly part: string; readonly path?: string }): PartFacts {
  const ask = createPartAsker(options);
  return { part, read: () => ask({ part, path }, toldFactsSchema) };
}
