import { sha256Base64url } from '../encoding/bytes.ts';
import { type Json, type JsonBounds, type JsonObject, parseJson } from '../encoding/json.ts';
import { parseBase64urlText } from '../encoding/text.ts';
import { Refused, refusedAt } from './refusal.ts';

/** One presented disclosure, in the order presented. `name` is absent for an element of an array. */
export type Disclosure = {
  /** Where the value now stands in `claims`: member names and indices of the processed arrays. */
  readonly path: readonly (string | number)[];
  readonly name?: string;
  readonly digest: string;
};

export type DisclosedClaims = { readonly claims: JsonObject; readonly disclosures: readonly Disclosure[] };

/** Claims that a verifier decides by, so nobody may hide them (SD-JWT VC, "Registered JWT Claims"). */
const NEVER_HIDDEN: ReadonlySet<string> = new Set(['iss', 'nbf', 'exp', 'cnf', 'vct', 'vct#integrity', 'status']);

export function isNeverHidden(claim: string): boolean {
  return NEVER_HIDDEN.has(claim);
}

type Presented = {
  readonly position: number;
  readonly digest: string;
  readonly name: string | undefined;
  readonly value: Json;
  /** Set when its digest is met, once: the walk refuses the second time. */
  path: readonly (string | number)[] | undefined;
};

type Walk = {
  readonly presented: ReadonlyMap<string, Presented>;
  readonly digests: Set<string>;
  readonly path: (string | number)[];
  readonly maxDepth: number;
};

/**
 * Processes the digests of an issuer's payload with the disclosures presented (RFC 9901 section 7.1, steps 2.d to 5),
 * and throws `Refused` where it says the SD-JWT must be rejected. Objects of the result have no prototype: a claim
 * called `constructor` is a claim, and one nobody wrote is undefined.
 */
export function applyDisclosures(payload: JsonObject, encoded: readonly string[], bounds: JsonBounds): DisclosedClaims {
  assertSha256(payload);
  const presented = parseDisclosures(encoded, bounds);
  const walk: Walk = { presented, digests: new Set(), path: [], maxDepth: bounds.maxDepth };
  const claims = walkPayload(payload, walk);
  const disclosures: Disclosure[] = [];
  for (const found of presented.values()) disclosures.push(placed(found));
  return { claims, disclosures };
}

/** By digest, in the order presented. The hot loop of a verification: it builds no path until something is wrong. */
function parseDisclosures(encoded: readonly string[], bounds: JsonBounds): Map<string, Presented> {
  const presented = new Map<string, Presented>();
  let position = 0;
  try {
    for (const text of encoded) {
      const parts = parseJson(parseBase64urlText(text), bounds);
      const digest = sha256Base64url(text);
      if (presented.has(digest)) throw new Refused('disclosure.duplicate', 'A disclosure is presented twice.');
      presented.set(digest, readDisclosure(parts, position, digest));
      position += 1;
    }
  } catch (error) {
    throw refusedAt(`disclosures/${position}`, error, 'disclosure.malformed');
  }
  return presented;
}

function assertSha256(payload: JsonObject): void {
  if (payload._sd_alg === undefined || payload._sd_alg === 'sha-256') return;
  const named = typeof payload._sd_alg === 'string' ? payload._sd_alg.slice(0, 32) : typeof payload._sd_alg;
  throw new Refused('disclosure.hash_unsupported', `Only sha-256 digests are read here, not ${named}.`, '/_sd_alg');
}

function readDisclosure(parts: Json, position: number, digest: string): Presented {
  if (!Array.isArray(parts) || (parts.length !== 2 && parts.length !== 3) || typeof parts[0] !== 'string') {
    throw new Refused('disclosure.malformed', 'A disclosure is an array: salt, name and value, or salt and value.');
  }
  if (parts.length === 2) return { position, digest, name: undefined, value: parts[1] as Json, path: undefined };
  const name: unknown = parts[1];
  if (typeof name !== 'string') throw new Refused('disclosure.malformed', 'The name in a disclosure is a string.');
  if (name === '_sd' || name === '...' || name === '_sd_alg') {
    throw new Refused('disclosure.reserved_name', `A disclosure may not be named ${name}.`);
  }
  if (name === '__proto__') throw new Refused('format.forbidden_member', 'A disclosure may not be named __proto__.');
  return { position, digest, name, value: parts[2] as Json, path: undefined };
}

function placed({ position, digest, name, path }: Presented): Disclosure {
  if (path === undefined) {
    throw new Refused(
      'disclosure.unreferenced',
      'The issuer signed no digest of this disclosure.',
      `disclosures/${position}`,
    );
  }
  return name === undefined ? { path, digest } : { path, name, digest };
}

function walkPayload(payload: JsonObject, walk: Walk): JsonObject {
  const out = emptyObject();
  for (const name of Object.keys(payload)) {
    if (name === '_sd' || name === '_sd_alg') continue;
    assertNotMarker(name, walk);
    const value = payload[name] as Json;
    walk.path.push(name);
    if (NEVER_HIDDEN.has(name)) assertNothingHidden(value, walk);
    out[name] = walkValue(value, walk);
    walk.path.pop();
  }
  insertDisclosed(payload, out, walk);
  return out;
}

function walkValue(value: Json, walk: Walk): Json {
  if (typeof value !== 'object' || value === null) return value;
  // Each disclosure is bounded alone; nested in one another they would still reach any depth.
  if (walk.path.length >= walk.maxDepth) {
    throw new Refused('format.too_deep', `The claims are nested deeper than ${walk.maxDepth}.`, where(walk));
  }
  return Array.isArray(value) ? walkArray(value, walk) : walkObject(value as JsonObject, walk);
}

function walkObject(source: JsonObject, walk: Walk): JsonObject {
  const out = emptyObject();
  for (const name of Object.keys(source)) {
    if (name === '_sd') continue;
    assertNotMarker(name, walk);
    walk.path.push(name);
    out[name] = walkValue(source[name] as Json, walk);
    walk.path.pop();
  }
  insertDisclosed(source, out, walk);
  return out;
}

function walkArray(source: readonly Json[], walk: Walk): Json[] {
  const out: Json[] = [];
  for (const item of source) {
    walk.path.push(out.length);
    if (isArrayDigest(item)) {
      const found = takeDigest(item['...'], walk);
      if (found !== undefined && found.name !== undefined) {
        throw new Refused('disclosure.wrong_shape', 'An array element is disclosed without a name.', where(walk));
      }
      if (found !== undefined) out.push(disclosedValue(found, walk));
    } else {
      out.push(walkValue(item, walk));
    }
    walk.path.pop();
  }
  return out;
}

/** Puts what `_sd` of `source` discloses into `out`, beside the claims that were never hidden. */
function insertDisclosed(source: JsonObject, out: MutableObject, walk: Walk): void {
  const digests = source._sd;
  if (digests === undefined) return;
  if (!Array.isArray(digests)) throw new Refused('disclosure.digest_malformed', '_sd is not an array.', where(walk));
  for (const digest of digests as readonly Json[]) {
    const found = takeDigest(digest, walk);
    if (found === undefined) continue;
    const { name } = found;
    if (name === undefined) {
      throw new Refused('disclosure.wrong_shape', 'A disclosed claim has a name.', `disclosures/${found.position}`);
    }
    walk.path.push(name);
    if (walk.path.length === 1 && NEVER_HIDDEN.has(name)) {
      throw new Refused(
        'disclosure.reserved_claim',
        `The claim ${name} may not be selectively disclosed.`,
        where(walk),
      );
    }
    if (out[name] !== undefined) {
      throw new Refused('disclosure.claim_exists', 'A disclosed claim already exists at its level.', where(walk));
    }
    out[name] = disclosedValue(found, walk);
    walk.path.pop();
  }
}

function disclosedValue(found: Presented, walk: Walk): Json {
  found.path = walk.path.slice();
  return walkValue(found.value, walk);
}

/** The disclosure behind a digest; undefined for one withheld, or a decoy, which nobody can tell apart. */
function takeDigest(digest: Json | undefined, walk: Walk): Presented | undefined {
  if (typeof digest !== 'string')
    throw new Refused('disclosure.digest_malformed', 'A digest is a string.', where(walk));
  if (walk.digests.has(digest)) {
    throw new Refused('disclosure.duplicate_digest', 'A digest appears twice in this credential.', where(walk));
  }
  walk.digests.add(digest);
  return walk.presented.get(digest);
}

/** A holder who could hide part of `status` or `cnf` would choose by what they are judged. */
function assertNothingHidden(value: Json, walk: Walk): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (name === '_sd' || name === '...') {
      throw new Refused('disclosure.reserved_claim', 'Part of this claim is selectively disclosable.', where(walk));
    }
    assertNothingHidden(member, walk);
  }
}

function assertNotMarker(name: string, walk: Walk): void {
  if (name === '...') {
    throw new Refused('disclosure.digest_malformed', 'A member named ... stands where no digest can be.', where(walk));
  }
  if (name === '_sd_alg') {
    throw new Refused('disclosure.hash_misplaced', '_sd_alg stands below the top level.', where(walk));
  }
}

function isArrayDigest(item: Json): item is { readonly '...': string } {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return false;
  return (item as JsonObject)['...'] !== undefined && Object.keys(item).length === 1;
}

type MutableObject = { [member: string]: Json };

function emptyObject(): MutableObject {
  return Object.create(null) as MutableObject;
}

/** Names come from outside and end up in logs and on screens, so only plain characters of them are repeated. */
function where(walk: Walk): string {
  const names = walk.path.map((step) => String(step).replace(/[^\w#:-]/g, '?'));
  return names
    .map((name) => `/${name}`)
    .join('')
    .slice(0, 128);
}
