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
 * Parses JSON from outside. Throws `json.too-long`, `json.too-deep`, `json.malformed`, `json.duplicate-member`,
 * `json.forbidden-member`, `json.lone-surrogate` or `json.number-range`. Duplicate members are refused because two
 * readers may take different ones (RFC 7515 section 4), half characters and numbers beyond a double because two readers
 * make different values of them (RFC 7493 section 2), `__proto__` because a careless copy of it changes every object,
 * and names of members with a quote, a backslash or a control character because V8 misreads them (see `plainNames`).
 */
export function parseJson(text: string, bounds: JsonBounds = DEFAULT_JSON_BOUNDS): Json {
  if (text.length > bounds.maxLength) {
    throw new CodedError('json.too-long', `This JSON is longer than ${bounds.maxLength} characters.`);
  }
  const members = scan(text, bounds.maxDepth);
  refuseLoneSurrogate(text);
  // Without a backslash every string stands in the text as it is, and that has just been checked.
  const escaped = text.includes('\\');
  const plain = escaped ? plainNames(text) : text;
  let value: Json;
  try {
    value = JSON.parse(plain) as Json;
  } catch (cause) {
    throw new CodedError('json.malformed', 'This is not JSON.', {}, cause);
  }
  if (countMembers(value, escaped) !== members) {
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

/**
 * Writes the names of members without escapes. In V8 12.8 and later (Node 24, Chrome), JSON.parse may take an escaped
 * name for another one that it has seen before: after `{"typ":1,"\\u0":2}` it reads `{"typ":1,"\u0061lg":2}`
 * as if its second name were `\u0` and not `alg` (nodejs/node issue 63785). So whoever can send us JSON could make a
 * member of somebody else's vanish, and one text would have two meanings. A name that cannot do without escapes is
 * refused with `json.forbidden-member`.
 */
function plainNames(text: string): string {
  let written = '';
  let copied = 0;
  let start = -1;
  let end = -1;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      start = i;
      i = endOfString(text, i);
      end = i + 1;
    } else if (code === COLON && start !== -1) {
      const literal = text.slice(start, end);
      if (literal.includes('\\')) {
        written += text.slice(copied, start) + plainName(literal);
        copied = end;
      }
      start = -1;
    }
  }
  return written + text.slice(copied);
}

function plainName(literal: string): string {
  let name: unknown;
  try {
    name = JSON.parse(literal);
  } catch (cause) {
    throw new CodedError('json.malformed', 'This is not JSON.', {}, cause);
  }
  refuseLoneSurrogate(String(name));
  const plain = JSON.stringify(name);
  if (plain.includes('\\')) {
    throw new CodedError(
      'json.forbidden-member',
      'The name of a member holds a quote, a backslash or a control character.',
    );
  }
  return plain;
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

/** The one walk over a parsed value: refuses what readers would take differently and counts the members that are left. */
function countMembers(value: Json, escaped: boolean): number {
  if (typeof value === 'string') {
    if (escaped) refuseLoneSurrogate(value);
    return 0;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new CodedError('json.number-range', 'A number in this JSON is too large for a double.');
  }
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) count += countMembers(item, escaped);
    return count;
  }
  for (const member of Object.keys(value)) {
    if (member === '__proto__') {
      throw new CodedError('json.forbidden-member', 'A JSON object here may not have a member named __proto__.');
    }
    count += 1 + countMembers((value as JsonObject)[member] as Json, escaped);
  }
  return count;
}

const SURROGATE = /[\ud800-\udfff]/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Half of a UTF-16 pair on its own: UTF-8 cannot write it, so different strings would become equal bytes. */
function hasLoneSurrogate(text: string): boolean {
  // The first test alone settles text without astral characters, at a fifth of the cost of the second.
  return SURROGATE.test(text) && LONE_SURROGATE.test(text);
}

function refuseLoneSurrogate(text: string): void {
  if (hasLoneSurrogate(text)) {
    throw new CodedError('json.lone-surrogate', 'A string in this JSON holds half of a character.');
  }
}

/**
 * RFC 8785 (JCS): one spelling for each value, so that equal values give equal bytes everywhere.
 * Members whose value is undefined are left out. Throws `json.not-canonical` for what JSON cannot say: among others
 * anything that is not a plain object or array (a Map or a Date would lose its content) and half characters
 * (RFC 8785 section 3.2.2.2).
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return canonicalString(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return canonicalArray(value);
  if (typeof value === 'object' && isPlainObject(value)) return canonicalObject(value as Record<string, unknown>);
  throw new CodedError('json.not-canonical', `JSON has no way to write this ${typeof value}.`);
}

function canonicalArray(items: readonly unknown[]): string {
  let text = '';
  for (let i = 0; i < items.length; i += 1) text += `${i === 0 ? '' : ','}${canonicalJson(items[i])}`;
  return `[${text}]`;
}

/** The order of members is that of UTF-16 units (RFC 8785 section 3.2.3), which is how names are sorted without being told. */
function canonicalObject(object: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const name of Object.keys(object).sort()) {
    const member = object[name];
    if (member !== undefined) text += `${text === '' ? '' : ','}${canonicalString(name)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

/** Printable ASCII without quote and backslash: written as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

function canonicalString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (hasLoneSurrogate(text)) throw new CodedError('json.not-canonical', 'JSON here cannot write half a character.');
  return JSON.stringify(text);
}

/** By the shape of the prototype chain, so that an object of another realm counts too. */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
