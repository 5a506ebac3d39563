import { sha256 } from '../encoding/bytes.ts';
import { createHmac } from '../encoding/hmac.ts';
import { canonicalJson, isJsonObject, type Json } from '../encoding/json.ts';
import { encodeBase64url, encodeUtf8 } from '../encoding/text.ts';
import { CodedError } from '../errors.ts';
import type { Program } from './program.ts';
import type { ApplicationRefusal } from './refusals.ts';

const LABEL = 'holdfast nullifier v1';
/** Bytes of a program's nullifier key, at least: what a claim says could be found by trying every value under less. */
export const MIN_NULLIFIER_KEY_BYTES = 32;

/** Is this the key whose digest the program carries? */
export function isKeyCommitted({ uniqueness }: Pick<Program, 'uniqueness'>, key: Uint8Array): boolean {
  return key.length >= MIN_NULLIFIER_KEY_BYTES && nullifierKeyDigest(key) === uniqueness.key;
}

/** What a program carries of its nullifier key. */
export function nullifierKeyDigest(key: Uint8Array): string {
  return encodeBase64url(sha256(key));
}

export type PersonClaim =
  | { readonly ok: true; readonly value: string | number | boolean }
  | { readonly ok: false; readonly code: ApplicationRefusal };

/**
 * The value that stands for a person, out of their claims: a string in NFC, a whole number or a boolean, exactly as
 * attested otherwise. `R-1` and `r-1` are two people, since only their issuer could say that they are one; 1 and "1" too.
 */
export function readPersonClaim(claims: Json, path: readonly string[]): PersonClaim {
  let value: Json | undefined = claims;
  for (const step of path) value = isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  if (value === undefined || value === null || value === '') return { ok: false, code: 'application.person_missing' };
  if (typeof value === 'string') return { ok: true, value: value.normalize('NFC') };
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isSafeInteger(value))) {
    return { ok: true, value: value === 0 ? 0 : value };
  }
  return { ok: false, code: 'application.person_unreadable' };
}

/**
 * Makes nullifiers under a program's key: equal for one person in this program, and telling nothing to anybody without
 * the key, which is destroyed after the appeal window. `program` is its digest. Throws `program.nullifier-key` for a key
 * that the program does not carry the digest of.
 */
export function createNullifiers(
  program: Pick<Program, 'uniqueness'>,
  digest: string,
  key: Uint8Array,
): (value: string | number | boolean) => string {
  if (!isKeyCommitted(program, key)) {
    throw new CodedError('program.nullifier-key', 'This is not the key whose digest the program carries.');
  }
  const hmac = createHmac(key);
  return (value) => encodeBase64url(hmac(nullifierInput(digest, program.uniqueness.claim, value)));
}

/** The bytes under the HMAC: bound to the program and the claim, so that one key used twice would still link nobody. */
export function nullifierInput(
  program: string,
  claim: readonly string[],
  value: string | number | boolean,
): Uint8Array {
  return encodeUtf8(canonicalJson([LABEL, program, claim, value]));
}

/** One application that qualifies by itself. */
export type Qualified = {
  readonly application: string;
  readonly nullifier: string;
  /** It is to be confirmed: of one person's it yields to one that need not be. */
  readonly held?: boolean;
};

export type Admission<C extends Qualified> = {
  readonly admitted: readonly C[];
  readonly refused: readonly { readonly candidate: C; readonly code: 'application.duplicate_person' }[];
};

/**
 * One application for each person. Sealed: the one with the lowest digest, whoever came first, so that nobody gains by
 * haste; both lists are in order of digest. Instant: the first in the order given. The same application given twice is
 * one. Only those that qualify by themselves compete: what anybody can send without a person's own credential (another's
 * claims, a stolen presentation) is refused before, and takes nobody's place.
 */
export function admit<C extends Qualified>(
  candidates: readonly C[],
  mode: Program['allocation']['mode'],
): Admission<C> {
  const distinct = [...new Map(candidates.map((candidate) => [candidate.application, candidate] as const)).values()];
  const ordered = mode === 'sealed' ? distinct.sort(byApplication) : distinct;
  const people = new Set<string>();
  const admitted: C[] = [];
  const refused: { candidate: C; code: 'application.duplicate_person' }[] = [];
  for (const candidate of ordered) {
    if (people.has(candidate.nullifier)) {
      refused.push({ candidate, code: 'application.duplicate_person' });
    } else {
      people.add(candidate.nullifier);
      admitted.push(candidate);
    }
  }
  return { admitted, refused };
}

/** By code units: base64url sorts alike everywhere this way, though not as its bytes do. */
function byApplication(a: Qualified, b: Qualified): number {
  if (a.held !== b.held && (a.held === true || b.held === true)) return a.held === true ? 1 : -1;
  return a.application < b.application ? -1 : a.application > b.application ? 1 : 0;
}
