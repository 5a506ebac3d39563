/**
 * What an attribute of an event may hold. There is no kind for free text, and none for a person, an address, a credential
 * or a place in a list: what has no kind cannot leave the process.
 */
export type Attribute =
  /** One of a few words. */
  | { readonly kind: 'word'; readonly of: readonly string[] }
  /** The public id of something configured or listed in the log: a party, program, check, witness. */
  | { readonly kind: 'name' }
  /** A code of spec/problems.json or spec/reasons.json, or a refusal of the fold. */
  | { readonly kind: 'code' }
  | { readonly kind: 'count' }
  /** Index of an entry of the log, or a size of its tree. */
  | { readonly kind: 'entry' }
  /** A role's pseudonym of a credential, or a digest of a decision's public id: 16 bytes, hex. */
  | { readonly kind: 'handle' }
  /** Milliseconds. */
  | { readonly kind: 'ms' };

export type Attributes = Readonly<Record<string, Attribute>>;

type ValueOf<A extends Attribute> = A extends { readonly kind: 'word'; readonly of: readonly (infer Word)[] }
  ? Word
  : A extends { readonly kind: 'count' | 'entry' | 'ms' }
    ? number
    : string;

/** A handle may be missing: not everything that happens is about one credential. */
type OptionalKeys<A extends Attributes> = { [K in keyof A]: A[K] extends { kind: 'handle' } ? K : never }[keyof A];

export type ValuesOf<A extends Attributes> = { readonly [K in Exclude<keyof A, OptionalKeys<A>>]: ValueOf<A[K]> } & {
  readonly [K in OptionalKeys<A>]?: string;
};

export type Value = string | number;
export type Values = Readonly<Record<string, Value>>;

export const name = { kind: 'name' } as const;
export const code = { kind: 'code' } as const;
export const count = { kind: 'count' } as const;
export const entry = { kind: 'entry' } as const;
export const handle = { kind: 'handle' } as const;
export const ms = { kind: 'ms' } as const;

export function word<const Words extends readonly string[]>(
  ...of: Words
): { readonly kind: 'word'; readonly of: Words } {
  return { kind: 'word', of };
}

/** Stands where a value was no value of its kind, so that a mistake in a role shows itself and tells nothing. */
export const UNFIT = 'unfit';

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._:/+-]{0,126}[A-Za-z0-9])?$/;
const CODE = /^[a-z][a-z0-9_-]{0,40}(?:\.[a-z0-9_-]{1,40}){0,3}$/;
const HANDLE = /^[0-9a-f]{32}$/;

/** The value as it may be told, `UNFIT` in the place of one that is not of its kind. */
export function fit(attribute: Attribute, value: unknown): Value {
  return isFit(attribute, value) ? value : UNFIT;
}

function isFit(attribute: Attribute, value: unknown): value is Value {
  switch (attribute.kind) {
    case 'word':
      return typeof value === 'string' && attribute.of.includes(value);
    case 'name':
      return typeof value === 'string' && NAME.test(value);
    case 'code':
      return typeof value === 'string' && CODE.test(value);
    case 'handle':
      return typeof value === 'string' && HANDLE.test(value);
    case 'count':
    case 'entry':
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
    case 'ms':
      return typeof value === 'number' && Number.isFinite(value) && value >= 0;
    default:
      return attribute satisfies never;
  }
}

/** What a code is of, as a label: there are hundreds of codes, and few of these. */
export function areaOf(value: Value): string {
  return String(value).split('.')[0] ?? UNFIT;
}
