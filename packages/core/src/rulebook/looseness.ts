import type { CaseReason, CaseRules, Track } from './case-rules.ts';
import {
  ASSURANCE_LEVELS,
  EFFECTS,
  type FreshnessRule,
  type Grant,
  type Power,
  type Profile,
  type Rulebook,
  type Witnesses,
} from './rulebook.ts';

/** What a change means. `either`: whichever way it goes somebody could be worse off, so it counts as looser both ways. */
export type Meaning = 'looser' | 'tighter' | 'neutral' | 'either';

/** How the values of one member compare, and what it means when they differ. */
export type Looseness =
  /** A number, or one in digits. `absent`: what its absence amounts to. */
  | { readonly kind: 'number'; readonly more: 'looser' | 'tighter'; readonly absent: 'most' | 'least' | 'unlike' }
  | { readonly kind: 'rank'; readonly order: readonly string[]; readonly higher: 'looser' | 'tighter' }
  | { readonly kind: 'names'; readonly gained: Meaning; readonly lost: Meaning }
  | { readonly kind: 'value'; readonly changed: Meaning }
  | Part
  | List;

/** Members, each with a meaning of its own. `others`: what one means that is not named here; `either` where it is absent. */
export type Part = {
  readonly kind: 'part';
  readonly gained: Meaning;
  readonly lost: Meaning;
  readonly members: Readonly<Record<string, Looseness>>;
  readonly others?: Looseness;
};

/** Things that one member tells apart. `order`: what it means when those that stay change places. */
type List = {
  readonly kind: 'list';
  readonly by: string;
  readonly gained: Meaning;
  readonly lost: (key: string) => Meaning;
  readonly order: Meaning;
  readonly each: (key: string) => Part;
};

/** Every member that the schema has, or this does not compile: whoever adds one decides which direction is looser. */
type MembersOf<Value> = { readonly [Member in keyof Required<Value>]: Looseness };

function part<Value>(
  members: MembersOf<Value>,
  { gained, lost }: { gained: Meaning; lost: Meaning } = { gained: 'either', lost: 'either' },
): Part {
  return { kind: 'part', gained, lost, members };
}

function list<Value>(
  by: keyof Value & string,
  members: MembersOf<Value>,
  means: { gained: Meaning; lost: Meaning; order?: Meaning } = { gained: 'either', lost: 'either' },
): List {
  const { gained, lost, order = 'neutral' } = means;
  return { kind: 'list', by, gained, lost: () => lost, order, each: () => part<Value>(members) };
}

const moreIsLooser = (absent: 'most' | 'least' | 'unlike' = 'unlike') =>
  ({ kind: 'number', more: 'looser', absent }) as const;
const moreIsTighter = (absent: 'most' | 'least' | 'unlike' = 'unlike') =>
  ({ kind: 'number', more: 'tighter', absent }) as const;
const looserNames = { kind: 'names', gained: 'looser', lost: 'tighter' } as const;
const tighterNames = { kind: 'names', gained: 'tighter', lost: 'looser' } as const;
const eitherNames = { kind: 'names', gained: 'either', lost: 'either' } as const;
const either = { kind: 'value', changed: 'either' } as const;
const neutral = { kind: 'value', changed: 'neutral' } as const;

/** Words by language: what somebody is told, and no rule. */
const WORDS: Part = { kind: 'part', gained: 'neutral', lost: 'neutral', members: {}, others: neutral };
const CONTACT: Part = { ...WORDS, members: { in: { ...WORDS, others: WORDS } } };
const WORDED = { id: neutral, text: neutral, in: WORDS } as const;
const IS_NEUTRAL = { gained: 'neutral', lost: 'neutral' } as const;

/**
 * Powers that stop somebody or take something back. To make one of them harder protects less, to make it easier allows
 * more: neither is tightening, or two officers could rush through that nobody is revoked for a fortnight.
 */
const PROTECTING_POWERS: ReadonlySet<string> = new Set<Power>([
  'revoke',
  'suspend',
  'withdraw',
  'enrol',
  'rotate',
  'compromise',
  'cancel',
  'return',
  'recognise',
]);

/** What `accredit` covers where the rulebook does not grant it apart: then it is by `accredit` that issuers are stopped. */
const COVERED_BY_ACCREDIT: readonly Power[] = ['withdraw', 'enrol', 'rotate', 'compromise'];

const GRANT: MembersOf<Grant> = {
  power: neutral,
  roles: looserNames,
  quorum: moreIsTighter(),
  classes: looserNames,
  maxTargets: moreIsLooser(),
  expiresInMs: moreIsLooser(),
  // Without it nobody can be suspended at all.
  maxDurationMs: moreIsLooser('least'),
  againAfterMs: moreIsTighter('least'),
  outlivesAmendments: either,
};

function grants(protecting: (power: string) => boolean): List {
  const hard = (looseness: Looseness): Looseness => {
    if (looseness.kind === 'names') return eitherNames;
    return looseness.kind === 'number' ? either : looseness;
  };
  const protectingGrant = Object.fromEntries(
    Object.entries(GRANT).map(([member, looseness]) => [member, hard(looseness)] as const),
  ) as MembersOf<Grant>;
  return {
    kind: 'list',
    by: 'power',
    gained: 'looser',
    lost: (power) => (protecting(power) ? 'either' : 'tighter'),
    order: 'neutral',
    each: (power) => part<Grant>(protecting(power) ? protectingGrant : GRANT),
  };
}

function protectingIn(rulebooks: readonly Rulebook[]): (power: string) => boolean {
  const isCovering = rulebooks.some(({ powers }) =>
    COVERED_BY_ACCREDIT.some((covered) => !powers.some(({ power }) => power === covered)),
  );
  return (power) => PROTECTING_POWERS.has(power) || (power === 'accredit' && isCovering);
}

const EFFECT = { kind: 'rank', order: EFFECTS, higher: 'looser' } as const;

const FRESHNESS_RULE = part<FreshnessRule>({
  liveMs: moreIsLooser(),
  recentMs: moreIsLooser(),
  staleMs: moreIsLooser(),
  effects: part<FreshnessRule['effects']>({ live: EFFECT, recent: EFFECT, stale: EFFECT, 'cut-off': EFFECT }),
  // Absent, a verdict names no limit, but checks that are silent let nothing through.
  advanceMax: moreIsLooser(),
});
const FRESHNESS_TABLE = part<Rulebook['freshness']['network']>({ pay: FRESHNESS_RULE, view: FRESHNESS_RULE });

const PROFILE: MembersOf<Profile> = {
  id: neutral,
  appliesTo: eitherNames,
  minAssurance: { kind: 'rank', order: ASSURANCE_LEVELS, higher: 'tighter' },
  maxAgeMs: moreIsLooser('most'),
  requiredChecks: tighterNames,
  forbiddenClaims: tighterNames,
  retentionDays: moreIsLooser('most'),
  language: neutral,
};

const OFFICER: MembersOf<Rulebook['officers'][number]> = {
  id: neutral,
  roles: eitherNames,
  key: either,
  of: either,
};

const WITNESSES = part<Witnesses>(
  {
    quorum: moreIsTighter(),
    members: list<Witnesses['members'][number]>(
      'vkey',
      { vkey: neutral, url: neutral },
      { gained: 'looser', lost: 'tighter' },
    ),
  },
  { gained: 'tighter', lost: 'looser' },
);

const LOG = part<Rulebook['log']>({
  origin: either,
  vkey: either,
  previous: part<NonNullable<Rulebook['log']['previous']>>(
    { vkey: either, until: moreIsLooser() },
    { gained: 'looser', lost: 'tighter' },
  ),
  compromised: list<NonNullable<Rulebook['log']['compromised']>[number]>(
    'vkey',
    { vkey: neutral, from: moreIsLooser() },
    { gained: 'tighter', lost: 'looser' },
  ),
});

/**
 * Of a case most clocks protect somebody at both ends: less time to answer, to review or to appeal convicts by silence, more
 * leaves whoever complained without an end. Those are `either`.
 */
const TRACK: MembersOf<Track> = {
  id: neutral,
  filed: part<Track['filed']>({ dueMs: moreIsLooser() }),
  triaged: part<Track['triaged']>({ dueMs: either, onSilence: either }),
  answer: part<NonNullable<Track['answer']>>({ dueMs: either, extensionMs: either, onSilence: either }),
  review: part<Track['review']>({
    roles: eitherNames,
    quorum: either,
    dueMs: either,
    alternates: either,
    onSilence: either,
  }),
  decided: part<Track['decided']>({ dueMs: either }),
  appeal: part<Track['appeal']>({ roles: eitherNames, quorum: either, dueMs: either }),
  holdMs: moreIsLooser('least'),
};

const REASON: MembersOf<CaseReason> = {
  class: neutral,
  subjects: eitherNames,
  remedies: eitherNames,
  track: either,
  deadlineMs: moreIsLooser(),
};

const CASES = part<CaseRules>({
  steward: either,
  owners: either,
  reasons: list<CaseReason>('class', REASON),
  tracks: list<Track>('id', TRACK),
  outage: part<CaseRules['outage']>({ gapMs: either, graceMs: either }),
  contradiction: part<NonNullable<CaseRules['contradiction']>>(
    { withinMs: moreIsTighter(), class: either },
    { gained: 'tighter', lost: 'looser' },
  ),
  barsDeciders: part<Record<never, never>>({}, { gained: 'tighter', lost: 'looser' }),
  barsDecidersOf: { kind: 'names', gained: 'tighter', lost: 'looser' },
  incidents: part<CaseRules['incidents']>({ preliminaryMs: moreIsLooser(), fullMs: moreIsLooser() }),
  manual: part<CaseRules['manual']>({
    ...{ perMille: moreIsLooser(), windowMs: either, class: either, payments: either, least: moreIsLooser('least') },
  }),
  maxOpen: either,
});

/** Which direction of each member is looser, for rulebooks of which one is to follow the other. */
export function loosenessOf(rulebooks: readonly Rulebook[]): Part {
  return part<Rulebook>({
    title: neutral,
    language: neutral,
    titles: WORDS,
    contact: CONTACT,
    log: LOG,
    keys: part<Rulebook['keys']>({ network: either, governor: either }),
    officers: list<Rulebook['officers'][number]>('id', OFFICER),
    // Who can read less of the log can hold less against anybody.
    retention: part<NonNullable<Rulebook['retention']>>(
      { entriesMs: moreIsTighter() },
      { gained: 'looser', lost: 'tighter' },
    ),
    tickMs: moreIsLooser(),
    powers: grants(protectingIn(rulebooks)),
    classes: list<Rulebook['classes'][number]>('id', WORDED, IS_NEUTRAL),
    roles: list<NonNullable<Rulebook['roles']>[number]>('id', WORDED, IS_NEUTRAL),
    freshness: part<Rulebook['freshness']>({ network: FRESHNESS_TABLE, foreign: FRESHNESS_TABLE }),
    // Of profiles for one type the first counts.
    profiles: list<Profile>('id', PROFILE, { gained: 'either', lost: 'either', order: 'either' }),
    loss: either,
    notice: part<Rulebook['notice']>({
      amendMs: moreIsTighter(),
      tightenMs: either,
      emergencyMs: either,
      programs: either,
    }),
    witnesses: WITNESSES,
    exceptions: either,
    cases: CASES,
    // What an issuer, or whoever has its statement key, can end without a decision.
    supersession: part<NonNullable<Rulebook['supersession']>>(
      { maxPerDay: moreIsLooser() },
      { gained: 'looser', lost: 'tighter' },
    ),
  });
}
