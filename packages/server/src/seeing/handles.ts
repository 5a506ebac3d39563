import { canonicalJson, parseBase64url } from '@holdfast/core';
import type { Sealer } from '../ports/sealer.ts';

type StatusPlace = { readonly list: string; readonly index: number };

const HANDLE = 'handle';
const HANDLE_BYTES = 16;

/** `2026-11`, in UTC. */
function monthOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 7);
}

/**
 * A role's own name for a credential in one month (`2026-11`): an HMAC under the role's key over where the credential stands
 * in its status list. Nobody without the key finds the credential by it, and two roles, or two months, cannot be joined by it.
 */
export async function handleIn(
  sealer: Pick<Sealer, 'pseudonym'>,
  { list, index }: StatusPlace,
  month: string,
): Promise<string> {
  const pseudonym = await sealer.pseudonym(canonicalJson([list, index, month]), HANDLE);
  return Buffer.from(parseBase64url(pseudonym).subarray(0, HANDLE_BYTES)).toString('hex');
}

/** Its name in the month of this time. */
export function handleOf(sealer: Pick<Sealer, 'pseudonym'>, place: StatusPlace, timeMs: number): Promise<string> {
  return handleIn(sealer, place, monthOf(timeMs));
}
