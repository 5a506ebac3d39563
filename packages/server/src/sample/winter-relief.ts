import type { Program } from '@holdfast/core';
import { organiserOf } from '../roles/distributor/config.ts';
import { WINTER_RELIEF_TITLE } from './words.ts';

export type WinterRelief = {
  /** Of the network: its issuer, its types and its distributor are known by it. */
  readonly origin: string;
  readonly id: string;
  /** Unix milliseconds. */
  readonly opensAt: number;
  readonly closesAt: number;
  /** Digest of the key under which its people are counted, as the distributor gave it. */
  readonly key: string;
  /** Minor units; default EUR 20,000.00. */
  readonly budget?: string;
};

const MINUTE_MS = 60_000;

/**
 * The sample's program: every adult resident who applies in time gets the same, at most EUR 100.00. Nobody gains by coming
 * early, and nobody counts twice, however many credentials they have.
 */
export function winterRelief({ origin, id, opensAt, closesAt, key, budget = '2000000' }: WinterRelief): Program {
  const asked = ['resident_id', 'birthdate'].map((name) => ({ path: [name] }));
  const type = `${origin}/vct/civic/residence/1`;
  return {
    v: 1,
    id,
    title: WINTER_RELIEF_TITLE.text,
    language: 'en',
    titles: WINTER_RELIEF_TITLE.in,
    organiser: organiserOf(origin),
    asset: { code: 'EUR', decimals: 2 },
    budget,
    window: { opensAt, closesAt },
    maxApplications: 10_000,
    intakeWithinMs: 5 * MINUTE_MS,
    query: { credentials: [{ id: 'residence', format: 'dc+sd-jwt', meta: { vct_values: [type] }, claims: asked }] },
    eligibility: 'claims.birthdate <= "2008-10-31"',
    uniqueness: { claim: ['resident_id'], issuers: [`${origin}/i/civic`], key },
    assurance: 'substantial',
    allocation: { mode: 'sealed', rule: 'equal-capped', cap: '10000' },
    issuerCaps: [],
    destinations: ['internal', 'iban'],
    publication: 'commitments',
    appealMs: 7 * 1440 * MINUTE_MS,
    confirm: { withinMs: 1440 * MINUTE_MS, otherwise: 'return' },
    reserveMax: budget,
    returned: 'budget',
    lossBorneBy: 'organiser',
    renounced: ['amend', 'cancel'],
  };
}
