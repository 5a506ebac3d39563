import type { CaseKind } from './case-graph.ts';
import type { CaseRules, Remedy } from './case-rules.ts';
import { type Grant, grantOf, type Power, type Rulebook } from './rulebook.ts';

type Officer = Rulebook['officers'][number];

/** Officers with any of these roles, by name. */
export function holdersOf(officers: readonly Officer[], roles: readonly string[]): ReadonlySet<string> {
  const found = officers.filter((officer) => officer.roles.some((role) => roles.includes(role)));
  return new Set(found.map(({ id }) => id));
}

/** What a complaint for each remedy is against, where it is against a decision: who took it judges nothing of it. */
const COMPLAINED_OF: Readonly<Record<Remedy, readonly Power[]>> = {
  revoke: ['lift'],
  lift: ['suspend'],
  reinstate: ['revoke'],
  withdraw: ['accredit'],
  admit: [],
  release: ['release'],
  return: ['release'],
  revise: ['release'],
  none: ['revoke'],
};

/** Who is left to judge one kind of case at the worst, when it is about somebody of a house. */
export type Judges = {
  /** The party that the respondent is; undefined: no officer is of it. */
  readonly house: string | undefined;
  /** Reviewers, panel and stewards who could still be asked, when as many as can be have had a part before. */
  readonly reviewers: number;
  readonly panel: number;
  readonly stewards: number;
  /** Somebody may well find in the reviewers' place. */
  readonly hasSteward: boolean;
  /** Who is out by what they did: a set that leaves so few reviewers, and one that leaves so small a panel. */
  readonly out: { readonly reviewers: readonly string[]; readonly panel: readonly string[] };
};

/**
 * Who is left for each house that officers belong to, and for everybody else: by search over who can have decided what is
 * complained about, held, triaged and reviewed. At the worst: no other choice of those leaves fewer.
 */
export function judgesOf(rulebook: Rulebook, rules: CaseRules, kind: CaseKind): Judges[] {
  const houses = [...new Set([undefined, ...rulebook.officers.map(({ of }) => of)])];
  return houses.map((house) => {
    // Officers of the respondent's house do nothing in the case; what is complained about they may well have decided.
    const impartial = rulebook.officers.filter(({ of }) => of === undefined || of !== house);
    const { review, appeal } = kind.track;
    const before = partsBefore(rulebook, rules, kind, impartial);
    const reviewers = holdersOf(impartial, review.roles);
    const reviewed = Array.from({ length: review.quorum }, () => reviewers);
    const panel = holdersOf(impartial, appeal.roles);
    const [outOfReview, outOfPanel] = [mostOut(reviewers, before), mostOut(panel, [...before, ...reviewed])];
    const stewards = holdersOf(impartial, [rules.steward]);
    return {
      house,
      reviewers: reviewers.size - outOfReview.length,
      panel: panel.size - outOfPanel.length,
      stewards: stewards.size - mostOut(stewards, before).length,
      hasSteward: stewards.size > 0,
      out: { reviewers: outOfReview, panel: outOfPanel },
    };
  });
}

/** Each part that somebody has had before it is reviewed, and who could have had it. */
function partsBefore(
  rulebook: Rulebook,
  rules: CaseRules,
  kind: CaseKind,
  impartial: readonly Officer[],
): ReadonlySet<string>[] {
  const { contradiction } = rules;
  const isContradiction = contradiction?.class === kind.class && kind.remedy === 'lift';
  const against = isContradiction ? (['suspend', 'lift'] as const) : COMPLAINED_OF[kind.remedy];
  const decided = against.flatMap((power) => partsOf(grantOf(rulebook, power), rulebook.officers));
  const suspend = kind.track.holdMs === undefined ? undefined : grantOf(rulebook, 'suspend');
  return [...decided, ...partsOf(suspend, impartial), holdersOf(impartial, [kind.owner, rules.steward])];
}

function partsOf(grant: Grant | undefined, officers: readonly Officer[]): ReadonlySet<string>[] {
  if (grant === undefined) return [];
  const holders = holdersOf(officers, grant.roles);
  return Array.from({ length: grant.quorum }, () => holders);
}

/** As many of a pool as can each have had one of these parts, nobody two: a matching that no other exceeds. */
function mostOut(pool: ReadonlySet<string>, parts: readonly ReadonlySet<string>[]): string[] {
  const partOf = new Map<string, number>();
  const isPlaced = (part: number, tried: Set<string>): boolean => {
    for (const officer of parts[part] ?? []) {
      if (!pool.has(officer) || tried.has(officer)) continue;
      tried.add(officer);
      const other = partOf.get(officer);
      if (other === undefined || isPlaced(other, tried)) {
        partOf.set(officer, part);
        return true;
      }
    }
    return false;
  };
  for (const part of parts.keys()) isPlaced(part, new Set());
  return [...partOf.keys()].sort();
}
