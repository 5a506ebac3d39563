import { canonicalJson, parseBase64url } from '@holdfast/core';
import type { Sealer } from '../ports/sealer.ts';

export type StatusPlace = { readonly list: string; readonly index: number };

const HANDLE = 'handle';
const HANDLE_BYTES = 16;

/** `2026-11`, in UTC. */
export function monthOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 7);
}

/**
 * A role's own name for a credential in one month: an HMAC under the role's key over where the credential stands in its
 * status list. Nobody without the key finds the credential by it, and two roles, or two months, cannot be joined by it.
 */
export async function handleOf(
  sealer: Pick<Sealer, 'pseudonym'>,
  { list, index }: StatusPlace,
  timeMs: number,
): Promise<string> {
  const pseudonym = await sealer.pseudonym(canonicalJson([list, index, monthOf(timeMs)]), HANDLE);
  return Buffer.from(parseBase64url(pseudonym).subarray(0, HANDLE_BYTES)).toString('hex');
}
