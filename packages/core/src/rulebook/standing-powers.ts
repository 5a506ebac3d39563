import { keysInForce } from '../fold/authority.ts';
import { PARTY_POWERS } from '../fold/party-changes.ts';
import type { Party } from '../fold/statement.ts';
import { grantOf, POWERS, type Power, type Rulebook } from './rulebook.ts';

/** Coalitions, pairs and the like that are listed one by one; `count` says how many there are. */
const MAX_LISTED = 64;

/** Who can use one power, and what is left of it when somebody is gone. */
export type PowerStanding = {
  readonly power: Power;
  /** The grant that it stands on: its own, or `accredit`'s for a change of a party that nobody was granted apart. */
  readonly by: Power;
  readonly roles: readonly string[];
  readonly quorum: number;
  /** Officers with one of these roles and a key in force, by name. */
  readonly holders: readonly string[];
  /** Each of them can do it with nobody else. */
  readonly alone: readonly string[];
  /** The smallest groups that can, at most 64. */
  readonly coalitions: readonly (readonly string[])[];
  readonly coalitionCount: bigint;
  /** How many of its holders may vanish, whoever they are, before nobody can use it; -1: nobody can now. */
  readonly spare: number;
  /** Organisations that can use it with their own officers alone. */
  readonly houses: readonly string[];
};

/** Somebody's seat in cases; without a living one, silence decides, as the rulebook says what it means. */
export type SeatStanding = {
  readonly seat: string;
  readonly roles: readonly string[];
  readonly quorum: number;
  readonly holders: readonly string[];
  readonly isLiving: boolean;
};

export type Vanishing = { readonly officers: readonly string[]; readonly stops: readonly Power[] };

export type StandingPowers = {
  readonly title: string;
  readonly officers: readonly { readonly id: string; readonly roles: readonly string[]; readonly of?: string }[];
  readonly powers: readonly PowerStanding[];
  /** Powers that this rulebook grants to nobody. */
  readonly notGranted: readonly Power[];
  /** Powers that somebody was granted and nobody can use. */
  readonly dead: readonly Power[];
  readonly seats: readonly SeatStanding[];
  /** How long a change of the rules is announced, milliseconds: whoever amends can come by every power, and not sooner. */
  readonly noticeMs: number;
  /** What stops when one officer is gone, and what more when two are: at most 64 of each. */
  readonly vanishing: readonly Vanishing[];
};

/** What powers stand on: a rulebook alone, or a network as its log has made it. */
export type PowersOf = {
  readonly rulebook: Rulebook;
  /** All parties of the network; without them, the officers whom the rulebook names. */
  readonly parties?: readonly Party[];
  /** Unix milliseconds at which keys have to be in force; without parties it does not matter. */
  readonly time?: number;
};

/** Who can do what alone, what needs whom, and what stops if they vanish: by the rules and keys alone. Pure. */
export function standingPowers(of: PowersOf): StandingPowers {
  const { rulebook } = of;
  const officers = livingOfficers(of);
  const powers = POWERS.flatMap((power) => standingOf(rulebook, power, officers) ?? []);
  return {
    title: rulebook.title,
    officers: officers.map(({ id, roles = [], of: house }) => ({
      id,
      roles,
      ...(house === undefined ? {} : { of: house }),
    })),
    powers,
    notGranted: POWERS.filter((power) => !powers.some((standing) => standing.power === power)),
    dead: powers.filter(({ spare }) => spare < 0).map(({ power }) => power),
    seats: seatsOf(rulebook, officers),
    noticeMs: rulebook.notice.amendMs,
    vanishing: vanishings(powers),
  };
}

/** Whether these officers together can use a power. More of them never can less. */
export function canTogether({ powers }: StandingPowers, power: Power, officers: ReadonlySet<string>): boolean {
  const standing = powers.find((one) => one.power === power);
  return standing !== undefined && standing.holders.filter((id) => officers.has(id)).length >= standing.quorum;
}

type Officer = Pick<Party, 'id' | 'roles' | 'of'>;

function livingOfficers({ rulebook, parties, time = 0 }: PowersOf): Officer[] {
  if (parties === undefined) return [...rulebook.officers].sort(byId);
  return parties
    .filter((party) => party.kind === 'officer' && keysInForce(party, 'approval', time).length > 0)
    .sort(byId);
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}

function standingOf(rulebook: Rulebook, power: Power, officers: readonly Officer[]): PowerStanding | undefined {
  const own = grantOf(rulebook, power);
  const isOfParty = power !== 'except' && PARTY_POWERS.some((one) => one === power);
  const grant = own ?? (isOfParty ? grantOf(rulebook, 'accredit') : undefined);
  if (grant === undefined) return undefined;
  const { roles, quorum } = grant;
  const able = officers.filter(hasRole(roles));
  const holders = able.map(({ id }) => id);
  const spare = Math.max(-1, holders.length - quorum);
  const houses = [...new Set(able.flatMap(({ of: house }) => house ?? []))];
  return {
    ...{ power, by: grant.power, roles, quorum, holders, spare },
    alone: quorum === 1 ? holders : [],
    coalitions: firstSubsets(holders, quorum),
    coalitionCount: spare < 0 ? 0n : choose(holders.length, quorum),
    houses: houses.filter((house) => able.filter((officer) => officer.of === house).length >= quorum).sort(),
  };
}

function hasRole(roles: readonly string[]): (officer: Officer) => boolean {
  return (officer) => (officer.roles ?? []).some((role) => roles.includes(role));
}

/** The first subsets of this size in the order of the names, at most 64. */
function firstSubsets(names: readonly string[], size: number): string[][] {
  const found: string[][] = [];
  const grow = (from: number, chosen: readonly string[]) => {
    if (found.length >= MAX_LISTED) return;
    if (chosen.length === size) {
      found.push([...chosen]);
      return;
    }
    for (let at = from; at <= names.length - (size - chosen.length); at += 1)
      grow(at + 1, [...chosen, names[at] ?? '']);
  };
  if (size <= names.length) grow(0, []);
  return found;
}

function choose(from: number, size: number): bigint {
  let count = 1n;
  for (let i = 1; i <= size; i += 1) count = (count * BigInt(from - size + i)) / BigInt(i);
  return count;
}

function seatsOf({ cases }: Rulebook, officers: readonly Officer[]): SeatStanding[] {
  if (cases === undefined) return [];
  const seat = (name: string, roles: readonly string[], quorum: number): SeatStanding => {
    const holders = officers.filter(hasRole(roles)).map(({ id }) => id);
    return { seat: name, roles, quorum, holders, isLiving: holders.length >= quorum };
  };
  const owners = [...new Set(cases.owners.map(({ role }) => role))];
  return [
    seat('steward', [cases.steward], 1),
    ...owners.map((role) => seat(`owner ${role}`, [role], 1)),
    ...cases.tracks.flatMap(({ id, review, appeal }) => [
      seat(`review ${id}`, review.roles, review.quorum),
      seat(`appeal ${id}`, appeal.roles, appeal.quorum),
    ]),
  ];
}

/** One officer gone, then two, where that stops more than either of them alone. */
function vanishings(powers: readonly PowerStanding[]): Vanishing[] {
  const living = powers.filter(({ spare }) => spare >= 0);
  const names = [...new Set(living.flatMap(({ holders }) => holders))].sort();
  const stops = (gone: readonly string[]) =>
    living
      .filter(({ holders, quorum }) => holders.filter((id) => !gone.includes(id)).length < quorum)
      .map(({ power }) => power);
  const one = names.flatMap((id) => vanishing([id], stops([id])));
  const two: Vanishing[] = [];
  names.forEach((first, i) => {
    for (const second of names.slice(i + 1)) {
      if (two.length >= MAX_LISTED) return;
      const alone = new Set([...stops([first]), ...stops([second])]);
      two.push(
        ...vanishing(
          [first, second],
          stops([first, second]).filter((power) => !alone.has(power)),
        ),
      );
    }
  });
  return [...one.slice(0, MAX_LISTED), ...two];
}

function vanishing(officers: readonly string[], stops: readonly Power[]): Vanishing[] {
  return stops.length === 0 ? [] : [{ officers, stops }];
}
