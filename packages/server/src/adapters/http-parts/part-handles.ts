import { CodedError, isCodedError } from '@holdfast/core';
import { z } from 'zod';
import type { OpenedHandles, OpenedTarget } from '../../seeing/unsealing.ts';
import { createPartAsker, type HttpPartOptions } from './part-asker.ts';

const MAX_ROLES = 16;
const HANDLE = /^[0-9a-f]{32}$/;
const month = z.string().regex(/^20[0-9]{2}-[01][0-9]$/);
const answer = z.strictObject({
  entry: z.int().min(0),
  roles: z
    .array(z.strictObject({ role: z.string().max(100), handles: z.record(month, z.string().regex(HANDLE)) }))
    .max(MAX_ROLES),
});

/** With those that were asked and did not answer. */
export type GatheredHandles = OpenedHandles & { readonly silent: readonly string[] };

/**
 * Asks each role that keeps handles in a process of its own; each looks itself whether the log allows it. One that is away is named, and
 * the others are told. Throws `handles.not-decided` where one of them has not read such a decision, `part.unreachable` where none answers.
 */
export function createHttpHandles({
  parts,
  ...options
}: HttpPartOptions & { readonly parts: readonly string[] }): (
  target: OpenedTarget,
  months: readonly string[],
) => Promise<GatheredHandles> {
  const ask = createPartAsker(options);
  return async (target, months) => {
    const asked = parts.map(async (part) => {
      const body = { ...target, months };
      const said = await ask({ part, path: `/handles/${encodeURIComponent(part)}`, body }, answer).catch(awayIn);
      return { part, said };
    });
    const all = await Promise.all(asked);
    const silent = all.flatMap(({ part, said }) => (said === undefined ? [part] : []));
    const told = all.flatMap(({ said }) => said ?? []);
    const [first] = told;
    if (first === undefined) {
      throw new CodedError('part.unreachable', 'No role of this network that has handles answers.', { parts });
    }
    return { entry: first.entry, roles: told.flatMap(({ roles }) => roles), silent };
  };
}

function awayIn(error: unknown): undefined {
  if (isCodedError(error) && error.code === 'part.unreachable') return undefined;
  throw error;
}
