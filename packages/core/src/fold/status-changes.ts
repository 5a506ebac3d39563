import { z } from 'zod';
import { decodeIndices, encodeIndices } from '../status/index-runs.ts';

/** Changes that one statement carries at most; how many fit into its bytes depends on how far apart they lie. */
export const MAX_STATUS_CHANGES = 8192;

const name = z.string().min(1).max(500);
const valueSchema = z.union([z.literal(0), z.literal(1), z.literal(2)]);
/** Suspensions only: lapses at the first epoch at or after this time. */
const untilSchema = z.int().min(0).optional();

export const statusChangeSchema = z.object({
  list: name,
  index: z.int().min(0),
  value: valueSchema,
  until: untilSchema,
});
export type StatusChange = z.infer<typeof statusChangeSchema>;

/** Many changes of one list to one value: the indices as status/index-runs.ts writes them. */
export const statusRunSchema = z.object({
  list: name,
  value: valueSchema,
  until: untilSchema,
  indices: z.string().min(1).max(16_384),
});
export type StatusRun = z.infer<typeof statusRunSchema>;

/** The changes that runs stand for; undefined when one is malformed or all together are more than the bound. */
export function changesOfRuns(runs: readonly StatusRun[]): StatusChange[] | undefined {
  const changes: StatusChange[] = [];
  for (const { list, value, until, indices } of runs) {
    const found = decodeIndices(indices, MAX_STATUS_CHANGES - changes.length);
    if (found === undefined) return undefined;
    const ends = until === undefined ? {} : { until };
    for (const index of found) changes.push({ list, index, value, ...ends });
  }
  return changes;
}

/** The same changes in runs, in the order in which their lists, values and ends first come. */
export function runsOfChanges(changes: readonly StatusChange[]): StatusRun[] {
  const groups = new Map<string, { readonly run: Omit<StatusRun, 'indices'>; readonly indices: number[] }>();
  for (const { list, index, value, until } of changes) {
    const key = `${value} ${until ?? ''} ${list}`;
    const group = groups.get(key) ?? { run: { list, value, ...(until === undefined ? {} : { until }) }, indices: [] };
    group.indices.push(index);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ run, indices }) => ({ ...run, indices: encodeIndices(indices) }));
}
