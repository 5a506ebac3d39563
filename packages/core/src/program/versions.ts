import type { ProgramRecord, ProgramVersion } from '../fold/state.ts';
import type { Application } from './application.ts';
import type { Program } from './program.ts';
import { type ProgramRules, type QualifyingInput, type QualifyingOutcome, wantOf } from './qualifying.ts';

type Versioned = Pick<ProgramRecord, 'program' | 'digest' | 'earlier'>;

export type Version = Pick<ProgramVersion, 'program' | 'digest'>;

/** Every version that was ever in force, oldest first; the last is in force. */
export function versionsOf({
  program,
  digest,
  earlier = [],
}: Versioned): readonly Pick<ProgramVersion, 'program' | 'digest'>[] {
  return [...earlier, { program, digest }];
}

/**
 * The versions that an application counts under, which names the first of them: its own, because nothing that was promised
 * to whoever applied is taken back, and all later ones, because what became better is for everybody. Undefined for rules
 * that this program never had.
 */
export function versionsFor(record: Versioned, digest: string): readonly Version[] | undefined {
  const all = versionsOf(record);
  const own = all.findIndex((version) => version.digest === digest);
  return own === -1 ? undefined : all.slice(own);
}

/** The program's name in everything that outlives a version: its people are one set, whatever becomes of its rules. */
export function firstDigestOf({ digest, earlier }: Pick<Versioned, 'digest' | 'earlier'>): string {
  return earlier?.[0]?.digest ?? digest;
}

/**
 * How a program shares what it has. Equal-capped: each application carries what it wants, by the caps it applied under, so
 * that the highest cap of any version bounds them all.
 */
export function sharingOf({ program, earlier = [] }: Pick<Versioned, 'program' | 'earlier'>): Program['allocation'] {
  const { allocation } = program;
  if (allocation.mode === 'instant' || allocation.rule !== 'equal-capped') return allocation;
  const caps = [...earlier.map((version) => version.program), program].map(capOf);
  return { ...allocation, cap: caps.reduce((most, cap) => (cap > most ? cap : most), 0n).toString() };
}

function capOf({ allocation, budget }: Program): bigint {
  return BigInt('amount' in allocation ? allocation.amount : (allocation.cap ?? budget));
}

/** What one person may get at most under any of these. */
export function mostOf(versions: readonly Pick<Version, 'program'>[]): bigint {
  return versions.map(({ program }) => capOf(program)).reduce((most, cap) => (cap > most ? cap : most), 0n);
}

/** What an application may count for under any version that it counts under, the most first. */
export function sharesUnder(versions: readonly Version[], application: Application): readonly { want?: string }[] {
  const isRevised = versions.length > 1;
  const shares = versions.map(({ program }) => shareUnder(program, application, isRevised));
  // Whoever was judged before there was another version has no amount beside the name.
  if (versions[0]?.program.allocation.mode === 'instant' && isRevised) shares.push({});
  const distinct = [...new Map(shares.map((share) => [share.want, share])).values()];
  return distinct.sort((a, b) => (BigInt(a.want ?? 0) > BigInt(b.want ?? 0) ? -1 : 1));
}

/** Where a program that pays at once has had other rules, what each gets stands beside the name, since it differs. */
function shareUnder(program: Program, application: Application, isRevised: boolean): { want?: string } {
  const { allocation } = program;
  if (allocation.mode === 'instant') return isRevised ? { want: allocation.amount } : {};
  return wantOf(program, application);
}

export type RulesUnder = { readonly program: Program; readonly rules: ProgramRules };

/**
 * Whether an application qualifies under any of the versions that it counts under, and for the most that one of them gives;
 * else why not under its own, the first. Of equal ones the earliest.
 */
export function qualifyUnder(
  versions: readonly [RulesUnder, ...RulesUnder[]],
  input: Omit<QualifyingInput, 'program' | 'rules'>,
  judge: (input: QualifyingInput) => QualifyingOutcome,
): QualifyingOutcome {
  const [own] = versions;
  const outcomes = versions.map((version) => {
    const outcome = judge({ ...input, ...version });
    if (!outcome.ok || versions.length === 1) return outcome;
    const share = shareUnder(version.program, input.application, true);
    return { ok: true as const, qualification: { ...outcome.qualification, ...share } };
  });
  const best = outcomes.reduce((found, outcome) => (isBetter(outcome, found) ? outcome : found));
  return best.ok ? best : (outcomes[0] ?? judge({ ...input, ...own }));
}

function isBetter(a: QualifyingOutcome, b: QualifyingOutcome): boolean {
  if (!a.ok || !b.ok) return a.ok && !b.ok;
  return BigInt(a.qualification.want ?? 0) > BigInt(b.qualification.want ?? 0);
}
