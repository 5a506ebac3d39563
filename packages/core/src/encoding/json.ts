import { CodedError } from '../errors.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [member: string]: Json };

/** What one JSON text from outside may cost us. Lengths in UTF-16 units. */
export type JsonBounds = { readonly maxLength: number; readonly maxDepth: number };

export const DEFAULT_JSON_BOUNDS: JsonBounds = { maxLength: 262_144, maxDepth: 32 };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Parses JSON from outside. Throws `json.too-long`, `json.too-deep`, `json.malformed`, `json.duplicate-member` or
 * `json.forbidden-member`. Duplicate members are refused because two readers may take different ones
 * (RFC 7515 section 4); `__proto__` because a careless copy of it changes every object.
 */
export function parseJson(text: string, bounds: JsonBounds = DEFAULT_JSON_BOUNDS): Json {
  if (text.length > bounds.maxLength) {
    throw new CodedError('json.too-long', `This JSON is longer than ${bounds.maxLength} characters.`);
  }
  const members = scan(text, bounds.maxDepth);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw new CodedError('json.malformed', 'This is not JSON.', {}, cause);
  }
  if (countMembers(value) !== members) {
    throw new CodedError('json.duplicate-member', 'A member appears twice in one JSON object.');
  }
  return value;
}

/** As `parseJson`, and throws `json.not-an-object` for anything but an object. */
export function parseJsonObject(text: string, bounds: JsonBounds = DEFAULT_JSON_BOUNDS): JsonObject {
  const value = parseJson(text, bounds);
  if (!isJsonObject(value)) throw new CodedError('json.not-an-object', 'A JSON object was expected here.');
  return value;
}

const QUOTE = 34;
const COLON = 58;
const BACKSLASH = 92;

/** One pass before JSON.parse: refuses depth while it is cheap and counts the colons, one for each member written. */
function scan(text: string, maxDepth: number): number {
  let depth = 0;
  let colons = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i);
    } else if (code === COLON) {
      colons += 1;
    } else if (code === 123 || code === 91) {
      depth += 1;
      if (depth > maxDepth) throw new CodedError('json.too-deep', `This JSON is nested deeper than ${maxDepth}.`);
    } else if (code === 125 || code === 93) {
      depth -= 1;
    }
  }
  return colons;
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

function countMembers(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) count += countMembers(item);
    return count;
  }
  for (const member of Object.keys(value)) {
    if (member === '__proto__') {
      throw new CodedError('json.forbidden-member', 'A JSON object here may not have a member named __proto__.');
    }
    count += 1 + countMembers((value as JsonObject)[member] as Json);
  }
  return count;
}

/**
 * RFC 8785 (JCS): one spelling for each value, so that equal values give equal bytes everywhere.
 * Members whose value is undefined are left out. Throws `json.not-canonical` for what JSON cannot say.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
  }
  throw new CodedError('json.not-canonical', `JSON has no way to write a ${typeof value}.`);
}
