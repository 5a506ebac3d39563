import { assert, commitmentOf, encodeBase64url, type Program } from '@holdfast/core';
import { accredit, decideAtOnce, until } from '../founding.ts';
import { ISSUER, RESIDENCE } from '../holders.ts';
import type { World } from '../world.ts';
import { RELIEF } from './distributor-node.ts';
import type { Money } from './money.ts';
import { proposeRival } from './rivals.ts';

export const REVEAL_ROUNDS = 8;
export const REVEAL_MS = 60_000;
const WINDOW_MS = 60_000;
const APPEAL_MS = 120_000;
const SHORT_APPEAL_MS = 10_000;
const CONFIRM_MS = 240_000;

/** The parties whose secrets make the seed of a lottery. */
export const REVEALERS = ['city', 'church'] as const;

export function secretOf(world: World, party: string, round: number): string {
  return encodeBase64url(world.random.fork(`secret ${party} ${round}`).bytes(32));
}

/**
 * One program of each rule: one pays accounts of the ledger, one pays outside, one both. Two pay at once: one has enough for
 * everybody who comes, one serves whoever comes first, and its places are gone before its money is.
 */
const RULES = [
  {
    id: 'equal',
    asset: { code: 'EUR', decimals: 2 },
    budget: '100003',
    destinations: ['internal'],
    allocation: { mode: 'sealed', rule: 'equal-capped', cap: '20000' },
  },
  {
    id: 'pro-rata',
    asset: { code: 'RELIEF', decimals: 18 },
    // Far beyond what a double holds: whoever shares in floats is off by many units.
    budget: '1000000000000000000007',
    destinations: ['eip155'],
    // Long enough for officers to put right what they have decided by mistake.
    appealMs: 300_000,
    allocation: { mode: 'sealed', rule: 'pro-rata', weight: 'int(claims.resident_id) * 70000000001' },
  },
  {
    id: 'lottery',
    asset: { code: 'CHF', decimals: 2 },
    budget: '30000',
    destinations: ['internal', 'eip155'],
    allocation: { mode: 'sealed', rule: 'lottery', amount: '6000' },
    returned: 'next',
  },
  {
    id: 'voucher',
    asset: { code: 'USD', decimals: 2 },
    budget: '45000',
    destinations: ['internal', 'eip155'],
    allocation: { mode: 'instant', amount: '2500', maxRecipients: 18 },
  },
  {
    id: 'first-come',
    asset: { code: 'GBP', decimals: 2 },
    budget: '30000',
    destinations: ['eip155'],
    allocation: { mode: 'instant', amount: '4000', maxRecipients: 5, firstCome: true },
  },
] as const;
export type ReliefName = (typeof RULES)[number]['id'];
export const RELIEF_NAMES: readonly ReliefName[] = RULES.map(({ id }) => id);

/** Accredits the distributor and has its programs released, in calm weather. They open at once. */
export async function releasePrograms(
  world: World,
  money: Money,
  names: readonly ReliefName[] = RELIEF_NAMES,
): Promise<Program[]> {
  await accreditRelief(world, money);
  const programs: Program[] = [];
  for (const rule of RULES.filter(({ id }) => names.includes(id))) {
    const program = programOf(world, rule, await createKey(money));
    if (program.id === 'equal') money.rivals.push(await proposeRival(world, program));
    await decideAtOnce(world, `program ${program.id}`, { power: 'release', class: 'program-approved', program });
    programs.push(program);
  }
  const isRead = () => programs.every(({ id }) => money.distributor.follower?.state.programs.has(id) === true);
  await until(world, isRead);
  return programs;
}

/** The distributor runs, and is a party of the network. */
export async function accreditRelief(world: World, money: Money): Promise<void> {
  await until(world, () => money.distributor.running !== undefined);
  await accredit(world, {
    ...{ id: RELIEF, kind: 'distributor', accreditations: [] },
    keys: [{ use: 'statement', key: money.keys.distributor }],
  });
}

/** Under which one program counts people. */
export async function createKey({ distributor: { running } }: Money): Promise<string> {
  assert(running !== undefined, 'the distributor runs');
  return running.distributor.createKey();
}

/** What one program has otherwise than the others. */
export type ReliefRule = Pick<Program, 'id' | 'asset' | 'budget' | 'allocation'> &
  Partial<Pick<Program, 'appealMs' | 'returned'>> & { readonly destinations: Readonly<Program['destinations']> };

export function programOf(world: World, rule: ReliefRule, key: string): Program {
  const { now } = world.scheduler;
  const opensAt = now - (now % 1000);
  const isLottery = rule.id === 'lottery';
  const isAtOnce = rule.allocation.mode === 'instant';
  return {
    ...{ v: 1, title: `Relief ${rule.id}`, organiser: RELIEF },
    ...{ id: rule.id, asset: rule.asset, budget: rule.budget, allocation: rule.allocation },
    window: { opensAt, closesAt: opensAt + WINDOW_MS },
    maxApplications: 1000,
    intakeWithinMs: 60_000,
    query: {
      credentials: [
        { id: 'r', format: 'dc+sd-jwt', meta: { vct_values: [RESIDENCE] }, claims: [{ path: ['resident_id'] }] },
      ],
    },
    eligibility: 'true',
    uniqueness: { claim: ['resident_id'], issuers: [ISSUER], key },
    assurance: 'low',
    ...(isLottery ? { beacon: beaconOf(world) } : {}),
    issuerCaps: [],
    destinations: [...rule.destinations],
    publication: 'commitments',
    appealMs: rule.appealMs ?? (isAtOnce ? SHORT_APPEAL_MS : APPEAL_MS),
    confirm: { withinMs: CONFIRM_MS, otherwise: 'return' },
    reserveMax: rule.budget,
    returned: rule.returned ?? 'budget',
    lossBorneBy: 'organiser',
    renounced: [],
  };
}

export function beaconOf(world: World): NonNullable<Program['beacon']> {
  const rounds = Array.from({ length: REVEAL_ROUNDS }, (_, round) => round);
  const parties = REVEALERS.map((id) => ({
    id,
    commitments: rounds.map((round) => commitmentOf(secretOf(world, id, round))),
  }));
  return { kind: 'commit-reveal', parties, revealWithinMs: REVEAL_MS, exhausted: 'cancel' };
}
