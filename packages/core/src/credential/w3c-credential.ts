import { isJsonObject, type Json, type JsonObject } from '../encoding/json.ts';
import { parseDateTime } from './date-time.ts';
import { Refused } from './refusal.ts';
import { type BitstringReference, type RegisteredClaims, readText, readTime } from './registered-claims.ts';

/** First of the contexts of a credential of data model 2.0 (VC Data Model 2.0 section 4.3). */
const CONTEXT_V2 = 'https://www.w3.org/ns/credentials/v2';
const BASE_TYPE = 'VerifiableCredential';
const MAX_TYPES = 16;
const MAX_STATUS_ENTRIES = 8;

/** Whether the payload of a `vc+jwt` is one of data model 2.0; others are named, not read. */
export function isDataModel2(payload: JsonObject): boolean {
  const context = payload['@context'];
  const [first] = Array.isArray(context) ? context : [context];
  return first === CONTEXT_V2 && !('vc' in payload) && !('vp' in payload);
}

/**
 * Reads what a verifier decides by from a W3C credential (VC Data Model 2.0, secured as VC-JOSE-COSE section 3.1 says). The
 * terms of other contexts are the issuer's own: nothing here depends on them. `vct` is its types beside the common one,
 * joined by a space. Throws `Refused` for one of another shape.
 */
export function readW3cClaims(payload: JsonObject): RegisteredClaims {
  const { credentialSubject: subject } = payload;
  if (!isJsonObject(subject) && !(Array.isArray(subject) && subject.length > 0 && subject.every(isJsonObject))) {
    throw malformed('/credentialSubject', 'credentialSubject is an object, or an array of some.');
  }
  const issuer = readIssuer(payload);
  const iat = payload.iat === undefined ? undefined : Math.floor(readTime(payload.iat, '/iat'));
  // What the credential says of itself and what its signature says both hold, so the narrower one does.
  const nbf = latest(
    moment(payload, 'validFrom'),
    payload.nbf === undefined ? undefined : readTime(payload.nbf, '/nbf'),
  );
  const exp = earliest(
    moment(payload, 'validUntil'),
    payload.exp === undefined ? undefined : readTime(payload.exp, '/exp'),
  );
  return {
    vct: readTypes(payload.type),
    issuer,
    ...readStatus(payload.credentialStatus),
    ...(iat === undefined ? {} : { iat }),
    ...(nbf === undefined ? {} : { nbf: Math.ceil(nbf) }),
    ...(exp === undefined ? {} : { exp: Math.floor(exp) }),
  };
}

/** The issuer by name, or as an object with an `id`. `iss`, when it is there, must say the same (VC-JOSE-COSE 3.1.2). */
function readIssuer({ issuer, iss }: JsonObject): string {
  const id = readText((isJsonObject(issuer) ? issuer.id : issuer) ?? null, '/issuer');
  if (iss !== undefined && iss !== id) throw malformed('/iss', 'iss and issuer name two issuers.');
  return id;
}

function readTypes(type: Json | undefined): string {
  const types = typeof type === 'string' ? [type] : type;
  if (!Array.isArray(types) || types.length > MAX_TYPES || !types.includes(BASE_TYPE)) {
    throw malformed('/type', `type names ${BASE_TYPE} and at most ${MAX_TYPES - 1} more.`);
  }
  const own = types.filter((name) => name !== BASE_TYPE).map((name: Json) => readText(name, '/type'));
  return readText(own.length === 0 ? BASE_TYPE : own.join(' '), '/type');
}

function moment(payload: JsonObject, name: 'validFrom' | 'validUntil'): number | undefined {
  const value = payload[name];
  if (value === undefined) return undefined;
  const seconds = typeof value === 'string' ? parseDateTime(value) : undefined;
  if (seconds === undefined) throw malformed(`/${name}`, `${name} is a date and time with a time zone.`);
  return readTime(seconds, `/${name}`);
}

function latest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

function readStatus(value: Json | undefined): Pick<RegisteredClaims, 'bitstrings' | 'otherStatus'> {
  if (value === undefined) return {};
  const path = '/credentialStatus';
  const entries: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : [value as Json];
  if (entries.length === 0 || entries.length > MAX_STATUS_ENTRIES || !entries.every(isJsonObject)) {
    throw malformed(path, `credentialStatus is an object, or an array of 1 to ${MAX_STATUS_ENTRIES}.`);
  }
  const known = entries.filter(({ type }) => type === 'BitstringStatusListEntry');
  const others = entries.filter(({ type }) => type !== 'BitstringStatusListEntry');
  return {
    ...(known.length === 0 ? {} : { bitstrings: known.map((entry) => readEntry(entry, path)) }),
    ...(others.length === 0 ? {} : { otherStatus: others.map(({ type }) => readText(type ?? null, `${path}/type`)) }),
  };
}

function readEntry(entry: JsonObject, path: string): BitstringReference {
  const { statusListIndex: index, statusSize: size = 1 } = entry;
  // A string of digits (Bitstring Status List section 2.1); some write the number itself, and mean the same.
  const position = typeof index === 'string' && /^(0|[1-9][0-9]{0,14})$/.test(index) ? Number(index) : index;
  if (typeof position !== 'number' || !Number.isSafeInteger(position) || position < 0) {
    throw malformed(`${path}/statusListIndex`, 'statusListIndex is a whole number from 0, in a string.');
  }
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 1 || size > 32) {
    throw malformed(`${path}/statusSize`, 'statusSize is a number of bits from 1 to 32.');
  }
  const purpose = readText(entry.statusPurpose ?? null, `${path}/statusPurpose`);
  const uri = readText(entry.statusListCredential ?? null, `${path}/statusListCredential`);
  return { uri, index: position, purpose, size };
}

function malformed(path: string, sentence: string): Refused {
  return new Refused('format.claim_malformed', sentence, path);
}

/** The claims as objects without a prototype, so that a name like `constructor` finds only what somebody claimed. */
export function withoutPrototypes(value: JsonObject): JsonObject {
  return bare(value) as JsonObject;
}

function bare(value: Json): Json {
  if (Array.isArray(value)) return value.map(bare);
  if (!isJsonObject(value)) return value;
  const copy: Record<string, Json> = Object.create(null);
  for (const [name, member] of Object.entries(value)) copy[name] = bare(member);
  return copy;
}
