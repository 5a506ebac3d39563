import type { Credential } from '../credential/parsed-credential.ts';
import type { BitstringReference } from '../credential/registered-claims.ts';
import { MIN_BITSTRING_ENTRIES, readBitstringValue } from '../status/bitstring.ts';
import type { Evidence, ForeignBitstring, ForeignStatus } from './evidence.ts';

/** Every list of strangers that this evidence has, or lacks. */
export function foreignListsOf({ status, bitstrings = NONE }: Evidence): readonly (ForeignStatus | ForeignBitstring)[] {
  return status === undefined ? bitstrings : [status, ...bitstrings];
}

const NONE: readonly never[] = [];

export function isReversed(list: ForeignStatus | ForeignBitstring): boolean {
  return list.ok && list.reversed === true;
}

/** Whether anything this credential names could say that it was revoked. */
export function namesRevocation({ status, bitstrings = [] }: Credential): boolean {
  return status !== undefined || bitstrings.some(({ purpose }) => purpose === 'revocation');
}

/** What each Bitstring entry of a credential comes to: `passed`, or the code of a reason. `now` in unix milliseconds. */
export function bitstringCodes(parsed: Credential, evidence: Evidence, now: number): readonly string[] {
  if (parsed.bitstrings === undefined) return NONE;
  const codes = parsed.bitstrings.map((entry, i) => codeOf(entry, evidence.bitstrings?.[i], now));
  // An entry of another kind may be how this issuer revokes.
  const isOther = codes.length > 0 && parsed.otherStatus !== undefined;
  return isOther ? [...codes, 'status.mechanism_unsupported'] : codes;
}

function codeOf({ uri, index, purpose, size }: BitstringReference, list: ForeignBitstring | undefined, now: number) {
  if (list === undefined) return 'status.unavailable';
  if (!list.ok) return list.why;
  if (list.uri !== uri) return 'status.wrong_subject';
  const bits = list.packed.length * 8;
  // Bitstring Status List section 3.2: a list too short to hide anybody is no list.
  if (bits / size < MIN_BITSTRING_ENTRIES) return 'status.malformed';
  if ((index + 1) * size > bits) return 'status.index_out_of_range';
  const code = codeOfValue(purpose, readBitstringValue(list.packed, index, size));
  const isExpired = list.expiresAt !== undefined && list.expiresAt <= now;
  return code !== 'status.revoked' && isExpired ? 'status.expired' : code;
}

function codeOfValue(purpose: string, value: number): string {
  switch (purpose) {
    case 'revocation':
      return value === 0 ? 'passed' : 'status.revoked';
    case 'suspension':
      return value === 0 ? 'passed' : 'status.suspended';
    case 'refresh':
      // That a newer one is to be had takes nothing from this one.
      return 'passed';
    case 'message':
      return value === 0 ? 'passed' : 'status.application_specific';
    default:
      return 'status.mechanism_unsupported';
  }
}
