import { EFFECTS, type LossBearer, type LossKind, type Rulebook } from '../rulebook/rulebook.ts';
import type { DecidingEntry } from './explain.ts';
import { TICK_MS, type Verdict } from './verdict.ts';

/** What somebody did by a verdict. */
export type Reliance = {
  /** How far they went: `final` for money that has left, `advance` for what is recovered if it turns out wrong. */
  readonly effect: 'advance' | 'final';
  /** Minor units as decimal digits. */
  readonly amount?: string;
  /** Unix milliseconds; absent: at once. */
  readonly at?: number;
};

/** What became known after the verdict. */
export type Later = {
  /** The entry that took the credential's value away, if the log has one. */
  readonly deciding?: DecidingEntry;
  /** The verdict computed again from its bundle gave other bytes. */
  readonly isRefuted?: boolean;
  /** The log has shown two histories. */
  readonly isForked?: boolean;
};

export type Loss = {
  readonly kind: LossKind;
  readonly bearer: LossBearer;
  /** Who that is, where verdict and log say so; officers by name. */
  readonly names: readonly string[];
  /** The moments that decide, unix milliseconds, as far as there are any. */
  readonly judgedAt: number;
  readonly reliedAt: number;
  readonly receivedAt?: number;
  readonly effectiveAt?: number;
  /** Whether the rulebook in force says who bears this, or only the default does. */
  readonly isStated: boolean;
};

/** Who bears what where a rulebook says nothing. */
export const DEFAULT_LOSS: Readonly<Record<LossKind, LossBearer>> = {
  none: 'nobody',
  'beyond-verdict': 'relying-party',
  'wrong-verdict': 'verifier',
  fork: 'network',
  unreported: 'issuer',
  undecided: 'governor',
  unread: 'relying-party',
  advanced: 'program',
};

/**
 * Who holds the bag, when somebody relied on a verdict and it turned out badly: by when the matter was reported, when the
 * decision took effect, and how far the verifier had read. Pure, and computable by anyone who has the signed verdict and the
 * log; it says who bears the loss under the rules, not who is to blame.
 */
export function attributeLoss(
  verdict: Verdict,
  reliance: Reliance,
  later: Later,
  rulebook: Pick<Rulebook, 'loss'> | undefined,
): Loss {
  const judgedAt = verdict.basis.tick * TICK_MS;
  const reliedAt = reliance.at ?? judgedAt;
  const kind = kindOf(verdict, reliance, later, { judgedAt, reliedAt });
  const stated = rulebook?.loss?.[kind];
  const bearer = stated ?? DEFAULT_LOSS[kind];
  const received = later.deciding === undefined ? undefined : receivedAt(later.deciding);
  return {
    kind,
    bearer,
    names: namesOf(bearer, verdict, later),
    judgedAt,
    reliedAt,
    ...(received === undefined ? {} : { receivedAt: received }),
    ...(later.deciding === undefined ? {} : { effectiveAt: later.deciding.effectiveAt }),
    isStated: stated !== undefined,
  };
}

type Moments = { readonly judgedAt: number; readonly reliedAt: number };

/** The first that applies: what was wrong with the answer comes before what nobody could have answered better. */
function kindOf(verdict: Verdict, reliance: Reliance, later: Later, { judgedAt, reliedAt }: Moments): LossKind {
  if (goesBeyond(verdict, reliance, reliedAt)) return 'beyond-verdict';
  if (later.isRefuted === true) return 'wrong-verdict';
  if (later.isForked === true) return 'fork';
  const { deciding } = later;
  if (deciding === undefined) return 'none';
  const read = verdict.basis.positions[0]?.size ?? 0;
  if (deciding.entry < read) return 'wrong-verdict';
  if (judgedAt < receivedAt(deciding)) return 'unreported';
  if (reliance.effect === 'advance') return 'advanced';
  return judgedAt < deciding.effectiveAt ? 'undecided' : 'unread';
}

function goesBeyond(verdict: Verdict, { effect, amount }: Reliance, reliedAt: number): boolean {
  const { allows, usableUntil } = verdict;
  if (EFFECTS.indexOf(effect) > EFFECTS.indexOf(allows.effect)) return true;
  if (reliedAt > usableUntil) return true;
  return amount !== undefined && allows.maxAmount !== undefined && BigInt(amount) > BigInt(allows.maxAmount);
}

/** The earliest moment at which anybody had been told: with no decision on record, that of its effect. */
function receivedAt({ decisions, effectiveAt }: DecidingEntry): number {
  return Math.min(effectiveAt, ...decisions.map(({ received }) => received));
}

function namesOf(bearer: LossBearer, verdict: Verdict, { deciding }: Later): string[] {
  if (bearer === 'issuer') return verdict.issuer === undefined ? [] : [verdict.issuer.name ?? verdict.issuer.id];
  if (bearer === 'network') return verdict.basis.positions.map(({ log }) => log);
  if (bearer === 'governor') return [...new Set(deciding?.decisions.flatMap(({ officers }) => officers) ?? [])].sort();
  return [];
}
