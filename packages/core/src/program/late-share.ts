import type { ProgramRecord } from '../fold/state.ts';
import { allocationResultSchema, entitlementOf } from './allocation.ts';
import { sharingOf } from './versions.ts';

/** What is known of somebody who was admitted after the draw. Amounts and weights in decimal digits. */
export type LateCandidate = { readonly issuer: string; readonly want?: string; readonly weight?: string };

/**
 * What the draw would have given somebody whom it did not know: what those get who are as they are. Nobody draws a lot for
 * them: who is admitted to a lottery gets its amount. Minor units; undefined before there is a draw. Anybody can reckon it
 * from the log and the facts of the one it is about.
 */
export function lateShareOf(record: ProgramRecord, { issuer, want, weight }: LateCandidate): bigint | undefined {
  const terms = sharingOf(record);
  if (terms.mode === 'instant') return BigInt(want ?? terms.amount);
  if (record.draw === undefined) return undefined;
  if (terms.rule === 'lottery') return BigInt(terms.amount);
  const parsed = allocationResultSchema.safeParse(record.draw.result);
  if (!parsed.success) return 0n;
  const facts = {
    ...(want === undefined ? {} : { want: BigInt(want) }),
    ...(weight === undefined ? {} : { weight: BigInt(weight) }),
  };
  return entitlementOf({ key: '', issuer, ...facts }, terms, parsed.data);
}
