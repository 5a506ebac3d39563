import type { Json, JsonObject } from '@holdfast/core';

/** A program being written: JSON as it stands in the text beside the form, whole or not. */
export type Draft = JsonObject;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export type Setting = {
  readonly origin: string;
  readonly now: number;
  readonly issuer: string;
  /** Address of the type that people show. */
  readonly type: string;
  readonly claims: readonly string[];
};

/** What a new program begins with: the same for everybody, nothing given away that is not said. */
export function createDraft({ origin, now, issuer, type, claims }: Setting): Draft {
  // On the hour, so that people can be told when.
  const opensAt = Math.ceil((now + HOUR_MS) / HOUR_MS) * HOUR_MS;
  const counted = claims.find((name) => /id$|number/.test(name)) ?? claims[0] ?? 'id';
  return {
    ...{ v: 1, id: '', title: '', organiser: `${origin}/programs` },
    ...{ asset: { code: 'EUR', decimals: 2 }, budget: '1000000' },
    window: { opensAt, closesAt: opensAt + 14 * DAY_MS },
    ...{ maxApplications: 1000, intakeWithinMs: 60_000 },
    query: queryOf(type, [counted]),
    eligibility: 'true',
    uniqueness: { claim: [counted], issuers: [issuer], key: '' },
    assurance: 'substantial',
    allocation: { mode: 'sealed', rule: 'equal-capped', cap: '10000' },
    ...{ issuerCaps: [], destinations: ['internal', 'iban'], publication: 'commitments' },
    ...{ appealMs: 14 * DAY_MS, confirm: { withinMs: 3 * DAY_MS, otherwise: 'return' }, reserveMax: '100000' },
    ...{ returned: 'budget', lossBorneBy: 'organiser', renounced: [] },
  };
}

/** DCQL: one credential of this type, with these claims. */
export function queryOf(type: string, claims: readonly string[]): JsonObject {
  const id = /^[a-z0-9_-]+$/i.exec(type.split('/').at(-2) ?? '')?.[0] ?? 'credential';
  return {
    credentials: [
      {
        ...{ id, format: 'dc+sd-jwt', meta: { vct_values: [type] } },
        claims: claims.map((name) => ({ path: name.split('.') })),
      },
    ],
  };
}

/** What each way of sharing begins with; a lottery's chance comes from drand's public chain. */
export const ALLOCATIONS: Readonly<Record<string, { readonly label: string; readonly members: JsonObject }>> = {
  'equal-capped': {
    label: 'the same for everybody, up to a cap',
    members: { allocation: { mode: 'sealed', rule: 'equal-capped', cap: '10000' } },
  },
  'pro-rata': {
    label: 'by weight, up to a cap',
    members: { allocation: { mode: 'sealed', rule: 'pro-rata', weight: '1', cap: '10000' } },
  },
  lottery: {
    label: 'by lot',
    members: {
      allocation: { mode: 'sealed', rule: 'lottery', amount: '10000' },
      beacon: {
        ...{ kind: 'drand', chain: '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971' },
        publicKey:
          '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
        ...{ genesisTime: 1_692_803_367, periodS: 3, stepMs: 60_000 },
      },
    },
  },
  instant: {
    label: 'at once, as people come',
    members: { allocation: { mode: 'instant', amount: '10000', maxRecipients: 100 } },
  },
};

/** The draft with another way of sharing, without what only the one before had. */
export function withAllocation(draft: Draft, kind: string): Draft {
  const { allocation: _, beacon: _chance, returned, ...rest } = draft;
  const kept = kind === 'lottery' ? returned : 'budget';
  return { ...rest, ...(ALLOCATIONS[kind]?.members ?? {}), ...(kept === undefined ? {} : { returned: kept }) };
}

export function allocationOf({ allocation }: Draft): string {
  if (!isObject(allocation)) return '';
  return allocation.mode === 'instant' ? 'instant' : String(allocation.rule ?? '');
}

/** The member that a path with dots names. */
export function memberOf(draft: Draft, path: string): Json | undefined {
  return path.split('.').reduce<Json | undefined>((at, name) => (isObject(at) ? at[name] : undefined), draft);
}

/** The draft with another value there; undefined takes the member out. */
export function withMember(draft: Draft, path: string, value: Json | undefined): Draft {
  const [name = '', ...rest] = path.split('.');
  if (rest.length > 0) {
    const inner = draft[name];
    return { ...draft, [name]: withMember(isObject(inner) ? inner : {}, rest.join('.'), value) };
  }
  if (value !== undefined) return { ...draft, [name]: value };
  const { [name]: _, ...others } = draft;
  return others;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What somebody types as an amount, in minor units; what is none is left as it is, for the check to name. */
export function minorOf(text: string, decimals: number): string {
  const match = /^([0-9]+)(?:\.([0-9]*))?$/.exec(text.trim().replaceAll(/[,\s']/g, ''));
  const [, whole = '', part = ''] = match ?? [];
  if (match === null || part.length > decimals) return text;
  return `${whole}${part.padEnd(decimals, '0')}`.replace(/^0+(?=[0-9])/, '');
}

/** Minor units as somebody would type them. */
export function typedOf(minor: string, decimals: number): string {
  if (!/^[0-9]{1,39}$/.test(minor) || decimals === 0) return minor;
  const text = minor.padStart(decimals + 1, '0');
  const part = text.slice(-decimals).replace(/0+$/, '');
  return part === '' ? text.slice(0, -decimals) : `${text.slice(0, -decimals)}.${text.slice(-decimals)}`;
}
