import { sha256Base64url } from '../encoding/bytes.ts';

/** What a code opens: an application, a credential that was offered, or a case. */
export const PERSON_MATTERS = ['application', 'credential', 'case'] as const;
export type PersonMatterKind = (typeof PERSON_MATTERS)[number];

/** What somebody is told once, on paper too: it opens their own matter and nothing else. */
export type PersonCode = { readonly kind: PersonMatterKind; readonly code: string };

/** Crockford's: no letter that is taken for another, and case does not count. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const LETTERS = 20;
const GROUP = 4;
const FIRST: Readonly<Record<'application' | 'credential', string>> = { application: 'a', credential: 'k' };

/** 13 bytes that nobody can guess make a code of 100 bits: `a-7k3m-…`, five groups of four. */
export function encodePersonCode(kind: 'application' | 'credential', secret: Uint8Array): string {
  let code = FIRST[kind];
  // The last five bits first, as of one large number; two bytes hold any five of them.
  for (let i = 0; i < LETTERS; i += 1) {
    const [byte, bit] = [12 - Math.floor((5 * i) / 8), (5 * i) % 8];
    const pair = (secret[byte] ?? 0) | ((secret[byte - 1] ?? 0) << 8);
    code += `${i % GROUP === 0 ? '-' : ''}${ALPHABET[(pair >> bit) & 31] ?? '0'}`;
  }
  return code;
}

/**
 * A code as somebody typed it: capitals, spaces for hyphens, and letters that look like digits are read as what was meant.
 * Undefined for what is none. The code of a case is 43 letters of base64url, taken as it is.
 */
export function parsePersonCode(text: string): PersonCode | undefined {
  if (text.length > 100) return undefined;
  const given = text.trim();
  if (/^[A-Za-z0-9_-]{43}$/.test(given)) return { kind: 'case', code: given };
  const letters = given.toLowerCase().replace(/[\s-]/g, '').replace(/o/g, '0').replace(/[il]/g, '1');
  const kind = (['application', 'credential'] as const).find((each) => letters.startsWith(FIRST[each]));
  const rest = letters.slice(1);
  if (kind === undefined || rest.length !== LETTERS || ![...rest].every((letter) => ALPHABET.includes(letter))) {
    return undefined;
  }
  const groups = Array.from({ length: LETTERS / GROUP }, (_, i) => rest.slice(i * GROUP, (i + 1) * GROUP));
  return { kind, code: [FIRST[kind], ...groups].join('-') };
}

/** What is kept of a code: nobody who reads it can open anything. base64url SHA-256. */
export function personCodeDigest(code: string): string {
  return sha256Base64url(code);
}
