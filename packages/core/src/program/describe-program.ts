import { parseQuery } from '../credential/query.ts';
import {
  type Assurance,
  FRESHNESS_BANDS,
  type FreshnessRule,
  grantOf,
  type Power,
  type Rulebook,
} from '../rulebook/rulebook.ts';
import { type Program, programDigest, RENOUNCEABLE } from './program.ts';
import { type ProgramSlots, slotsOf } from './program-slots.ts';

/** Officers who can use a power: how many have to agree, with which roles. */
export type Quorum = { readonly power: Power; readonly count: number; readonly roles: readonly string[] };

/**
 * What a program does not protect against, or what somebody may have overlooked. Closed: added to, never renamed.
 * `one-house`: the draw trusts one party. `silence-stops`: any one party of the draw can stop it. `last-speaker`: who reveals
 * last chooses between as many draws as there are rounds. `step-short`: chance is out before everybody can have read the seal.
 * `first-come`: early is better. `several-types`: people of different types of credential are counted as one set.
 * `default-pays`: what nobody confirmed is paid. `no-appeal`: nothing can be appealed. `reserve-covers-all`: the whole budget may
 * be reserved at once. `alone`: one officer can release money. `no-release`: nobody can release it. `cap-unused`: an issuer's
 * cap is no less than the budget.
 */
export type ProgramWarning =
  | 'one-house'
  | 'silence-stops'
  | 'last-speaker'
  | 'step-short'
  | 'first-come'
  | 'several-types'
  | 'default-pays'
  | 'no-appeal'
  | 'reserve-covers-all'
  | 'alone'
  | 'no-release'
  | 'cap-unused';

export type ProgramDescription = {
  readonly id: string;
  readonly title: string;
  readonly organiser: string;
  /** What a quorum approves. */
  readonly digest: string;
  readonly asset: Program['asset'];
  readonly budget: bigint;
  readonly who: {
    readonly types: readonly string[];
    readonly issuers: readonly string[];
    readonly assurance: Assurance;
    readonly rule: string;
    /** Claims that people are asked to show, and the one they are counted by, as dotted paths. */
    readonly shows: readonly string[];
    readonly countedBy: string;
  };
  readonly window: Program['window'];
  readonly maxApplications: number;
  /** When whom is expected; absent where early is better. */
  readonly slots?: ProgramSlots;
  readonly share: 'instant' | 'equal-capped' | 'pro-rata' | 'lottery';
  readonly weight?: string;
  /** The most that one person can get; the most people where the share fixes it. */
  readonly mostEach: bigint;
  readonly mostPeople?: number;
  readonly destinations: Program['destinations'];
  readonly chance?:
    | {
        readonly kind: 'commit-reveal';
        readonly parties: readonly string[];
        readonly rounds: number;
        /** The secrets stand in the log, and so does who kept silent. */
        readonly inLog: boolean;
      }
    | { readonly kind: 'drand'; readonly chain: string; readonly stepMs: number };
  readonly losses: {
    readonly borneBy: Program['lossBorneBy'];
    /**
     * Paid although the evidence was stale: reserves that are paid by default, and advances where the rulebook allows them.
     * `finalUpToMs`: evidence as old as this counts as good, so what it missed is no loss that anything here bounds.
     */
    readonly staleEvidence: { readonly atMost: bigint; readonly finalUpToMs?: number };
    /** The issuer whose mistakes cost most; 0 where there is none left to pay. */
    readonly sloppyIssuer: { readonly issuer: string; readonly atMost: bigint };
    /** The most that the people of one issuer get while it is on probation, where the program says. */
    readonly onProbation?: bigint;
    /** What one officer's key can pay out alone. Undefined without a rulebook. */
    readonly leakedKey?: { readonly atMost: bigint; readonly powers: readonly Power[] };
  };
  readonly confirm: Program['confirm'];
  readonly reserveMax: bigint;
  readonly returned: Program['returned'];
  readonly publication: Program['publication'];
  readonly appealMs: number;
  readonly changes: {
    /** Who can act on single payments (retry, cancel, redirect, settle), and who released the program. */
    readonly release?: Quorum;
    /** Who can change the rules of the network, and no sooner than how long after. */
    readonly amend?: Quorum & { readonly noticeMs: number };
    /** Who can change these rules until the window closes, and how long after it is decided; nobody where it is renounced. */
    readonly revise?: Quorum & { readonly adverseMs: number; readonly favourableMs: number };
    /** Who can stop a credential's payment for how long. */
    readonly suspend?: Quorum & { readonly atMostMs?: number };
    readonly renounced: readonly string[];
    readonly kept: readonly string[];
  };
  readonly warnings: readonly ProgramWarning[];
};

/**
 * What a program means: who gets what, the worst that can be lost, and what can still change. Take one that `parseProgram` has
 * read; `rulebook` is that of the network it will run in, without which what officers can do is not known.
 */
export function describeProgram(program: Program, rulebook?: Rulebook): ProgramDescription {
  const { allocation, beacon } = program;
  const share = allocation.mode === 'instant' ? 'instant' : allocation.rule;
  const people = mostPeople(program);
  const slots = slotsOf(program);
  return {
    ...{ id: program.id, title: program.title, organiser: program.organiser, digest: programDigest(program) },
    ...{ asset: program.asset, budget: BigInt(program.budget) },
    who: describeWho(program),
    window: program.window,
    maxApplications: program.maxApplications,
    ...(slots === undefined ? {} : { slots }),
    share,
    ...('weight' in allocation ? { weight: allocation.weight } : {}),
    mostEach: mostEach(program),
    ...(people === undefined ? {} : { mostPeople: people }),
    destinations: program.destinations,
    ...(beacon === undefined ? {} : { chance: describeChance(beacon) }),
    losses: {
      borneBy: program.lossBorneBy,
      staleEvidence: staleLoss(program, rulebook),
      sloppyIssuer: sloppyLoss(program),
      ...probationLoss(program),
      ...(rulebook === undefined ? {} : { leakedKey: leakedLoss(program, rulebook) }),
    },
    confirm: program.confirm,
    reserveMax: least(BigInt(program.reserveMax), BigInt(program.budget)),
    ...{ returned: program.returned, publication: program.publication, appealMs: program.appealMs },
    changes: describeChanges(program, rulebook),
    warnings: warningsOf(program, rulebook),
  };
}

function least(...amounts: readonly bigint[]): bigint {
  return amounts.reduce((found, amount) => (amount < found ? amount : found));
}

function describeWho(program: Program): ProgramDescription['who'] {
  const { uniqueness, assurance, eligibility, query } = program;
  const asked = parseQuery(query).credentials;
  const paths = asked.flatMap(({ claimSets }) => claimSets.flat()).map(({ path }) => path.join('.'));
  return {
    types: [...new Set(asked.flatMap(({ types }) => types))],
    issuers: uniqueness.issuers,
    assurance,
    rule: eligibility,
    shows: [...new Set(paths)],
    countedBy: uniqueness.claim.join('.'),
  };
}

/** An issuer's cap bounds what its people get too; the highest counts. */
function mostEach({ allocation, budget, issuerCaps, uniqueness }: Program): bigint {
  const most = 'amount' in allocation ? allocation.amount : (allocation.cap ?? budget);
  const caps = uniqueness.issuers.map((issuer) => issuerCaps.find((one) => one.issuer === issuer)?.maxAmount ?? budget);
  const room = caps.map(BigInt).reduce((found, cap) => (cap > found ? cap : found), 0n);
  return least(BigInt(most), BigInt(budget), room);
}

function mostPeople({ allocation, budget, maxApplications }: Program): number | undefined {
  if (!('amount' in allocation)) return undefined;
  const paid = Number(least(BigInt(budget) / BigInt(allocation.amount), BigInt(maxApplications)));
  return allocation.mode === 'instant' ? Math.min(paid, allocation.maxRecipients) : paid;
}

function describeChance(beacon: NonNullable<Program['beacon']>): NonNullable<ProgramDescription['chance']> {
  if (beacon.kind === 'drand') return { kind: 'drand', chain: beacon.chain, stepMs: beacon.stepMs };
  const { parties, reveals } = beacon;
  const rounds = parties[0]?.commitments.length ?? 0;
  return { kind: 'commit-reveal', parties: parties.map(({ id }) => id), rounds, inLog: reveals === 'log' };
}

/** Reserves that nobody confirmed and that are paid by default; and advances, if the rules of the network let any be made. */
function staleLoss(program: Program, rulebook?: Rulebook): ProgramDescription['losses']['staleEvidence'] {
  const budget = BigInt(program.budget);
  const reserved = program.confirm.otherwise === 'post' ? BigInt(program.reserveMax) : 0n;
  if (rulebook === undefined) return { atMost: least(budget, reserved) };
  const { pay } = rulebook.freshness.network;
  const advances = FRESHNESS_BANDS.some((band) => pay.effects[band] === 'advance');
  const each = least(mostEach(program), BigInt(pay.advanceMax ?? program.budget));
  const advanced = advances ? each * BigInt(program.maxApplications) : 0n;
  const finalUpToMs = finalUpTo(pay);
  return { atMost: least(budget, reserved + advanced), ...(finalUpToMs === undefined ? {} : { finalUpToMs }) };
}

/** The age up to which evidence pays for good; undefined where even the oldest does. */
function finalUpTo({ effects, liveMs, recentMs, staleMs }: FreshnessRule): number | undefined {
  if (effects['cut-off'] === 'final') return undefined;
  if (effects.stale === 'final') return staleMs;
  if (effects.recent === 'final') return recentMs;
  return effects.live === 'final' ? liveMs : 0;
}

function probationLoss({ issuerClassCaps, budget }: Program): { onProbation?: bigint } {
  const [cap] = issuerClassCaps ?? [];
  return cap === undefined ? {} : { onProbation: least(BigInt(cap.maxAmount), BigInt(budget)) };
}

/** An issuer that attests anything to anybody can fill the program up to its cap. */
function sloppyLoss({ uniqueness, issuerCaps, budget }: Program): ProgramDescription['losses']['sloppyIssuer'] {
  const losses = uniqueness.issuers.map((issuer) => {
    const cap = issuerCaps.find((one) => one.issuer === issuer)?.maxAmount ?? budget;
    return { issuer, atMost: least(BigInt(cap), BigInt(budget)) };
  });
  return losses.reduce((worst, loss) => (loss.atMost > worst.atMost ? loss : worst), { issuer: '', atMost: 0n });
}

/**
 * With `release` alone, one key pays the budget wherever it likes; with `amend` alone it changes who may; with `accredit`
 * alone it becomes the issuer whose mistakes cost most. The other powers move no money.
 */
function leakedLoss(program: Program, rulebook: Rulebook): NonNullable<ProgramDescription['losses']['leakedKey']> {
  const powers = (['release', 'amend', 'accredit'] as const).filter((power) => grantOf(rulebook, power)?.quorum === 1);
  const isFree = powers.includes('release') || powers.includes('amend');
  if (isFree) return { atMost: BigInt(program.budget), powers };
  return { atMost: powers.length > 0 ? sloppyLoss(program).atMost : 0n, powers };
}

function describeChanges(program: Program, rulebook?: Rulebook): ProgramDescription['changes'] {
  const quorum = (power: Power): Quorum | undefined => {
    const grant = rulebook && grantOf(rulebook, power);
    return grant && { power, count: grant.quorum, roles: grant.roles };
  };
  const [release, amend, suspend] = [quorum('release'), quorum('amend'), quorum('suspend')];
  const revise = quorum('revise');
  const atMostMs = rulebook && grantOf(rulebook, 'suspend')?.maxDurationMs;
  return {
    ...(release === undefined ? {} : { release }),
    ...(amend === undefined || rulebook === undefined
      ? {}
      : { amend: { ...amend, noticeMs: rulebook.notice.amendMs } }),
    ...(revise === undefined || rulebook === undefined || program.renounced.includes('amend')
      ? {}
      : { revise: { ...revise, ...waitsOf(rulebook) } }),
    ...(suspend === undefined ? {} : { suspend: { ...suspend, ...(atMostMs === undefined ? {} : { atMostMs }) } }),
    renounced: RENOUNCEABLE.filter((act) => program.renounced.includes(act)),
    kept: RENOUNCEABLE.filter((act) => !program.renounced.includes(act)),
  };
}

/** Where the rulebook says nothing of programs, both wait as long as a change of its own rules. */
function waitsOf({ notice }: Rulebook): { readonly adverseMs: number; readonly favourableMs: number } {
  return notice.programs ?? { adverseMs: notice.amendMs, favourableMs: notice.amendMs };
}

/** Officers are those of the rulebook; a network may have enrolled others since. */
function canRelease(rulebook: Rulebook): boolean {
  const grant = grantOf(rulebook, 'release');
  const able = rulebook.officers.filter(({ roles }) => roles.some((role) => grant?.roles.includes(role)));
  return grant !== undefined && able.length >= grant.quorum;
}

/** Below this, not everybody who follows the log has read the seal before chance is out. */
const SHORT_STEP_MS = 30_000;

function warningsOf(program: Program, rulebook?: Rulebook): ProgramWarning[] {
  const { allocation, beacon, budget, confirm, issuerCaps, query } = program;
  const release = rulebook && grantOf(rulebook, 'release');
  const types = new Set(parseQuery(query).credentials.flatMap((asked) => asked.types));
  const parties = beacon?.kind === 'commit-reveal' ? beacon.parties : [];
  const isShort = beacon?.kind === 'drand' && beacon.stepMs < SHORT_STEP_MS;
  const found: readonly (readonly [ProgramWarning, boolean])[] = [
    ['one-house', parties.length === 1],
    ['silence-stops', parties.length > 0],
    ['last-speaker', parties.length > 1 && (parties[0]?.commitments.length ?? 0) > 1],
    ['step-short', isShort],
    ['first-come', allocation.mode === 'instant' && allocation.firstCome === true],
    ['several-types', types.size > 1],
    ['default-pays', confirm.otherwise === 'post'],
    ['no-appeal', program.appealMs === 0],
    ['reserve-covers-all', BigInt(program.reserveMax) >= BigInt(budget)],
    ['alone', release?.quorum === 1],
    ['no-release', rulebook !== undefined && !canRelease(rulebook)],
    ['cap-unused', issuerCaps.some(({ maxAmount }) => BigInt(maxAmount) >= BigInt(budget))],
  ];
  return found.flatMap(([warning, isFound]) => (isFound ? [warning] : []));
}
