import { type Basis, causeOf, TICK_MS, type Verdict } from '@holdfast/core';
import { DEFAULT_DEADLINE_MS } from '@holdfast/verifier';
import { BasisMemory, isSameText } from './basis-memory.ts';
import { EvidenceLadder } from './evidence-ladder.ts';

/** A law that a rehearsal holds every answer against. */
export const ORACLES = [
  'equal-basis-equal-bytes',
  'no-unexplained-disagreement',
  'positions-monotone',
  'never-accepted-after-reading-revocation',
  'never-valid-without-evidence',
  'forged-is-invalid',
  'refused-for-the-right-reason',
  'weaker-evidence-never-allows-more',
  'answered-within-its-deadline',
  'age-never-younger-than-cosigned',
  'witness-signs-one-history',
  'converges-after-healing',
  'nothing-acknowledged-is-lost',
  'lists-asked-for-within-ttl',
  'never-valid-behind-what-was-asked',
  'rollback-raises-alarm',
  'log-key-in-force',
  'foreign-lists-monotone',
  'lists-packed-least-significant-first',
  'replay-gives-the-same-verdict',
  'no-open-handoff',
  'an-index-is-given-once',
  'list-before-credential',
  'token-says-what-was-read',
  'exactly-one-owner',
  'one-entitlement-per-person',
  'never-beyond-the-budget',
  'ledger-sums-to-zero',
  'pending-is-never-spendable',
  'never-paid-twice',
  'only-what-the-holder-signed',
  'acknowledged-stands-in-the-intake',
  'arrivals-change-nothing',
  'judged-at-one-position',
  'first-come-first-served',
  'acts-are-decided',
  'the-last-decision-stands',
  'seed-after-seal',
  'shares-are-exact',
  'rules-at-posting-are-those-sealed',
  'posting-needs-a-later-verdict',
  'closing-leaves-nothing-reserved',
  'every-program-ends',
  'recognition-adds-nothing',
  'recognition-ends',
  'recognition-counts-no-more',
  'valid-only-by-a-young-yes',
  'no-call-for-what-is-known',
  'failing-checker-is-left-alone',
  'recovered-checker-is-asked-again',
  'revoked-at-any-age',
  'one-way-to-a-verdict',
  'doubt-stays-with-its-feed',
  'aged-on-purpose-allows-no-more',
  'one-root-for-each-size',
  'kept-state-is-what-the-entries-give',
  'no-change-without-a-decision',
  'asks-by-the-tick',
  'index-tells-nothing',
  'another-history-was-not-read',
  'who-sees-both-holds-a-proof',
  'one-history-is-confirmed',
  'age-never-younger-than-read',
  'narrow-power-gives-nothing',
  'stolen-key-counts-for-nothing',
  'rules-loosen-only-after-notice',
  'decided-under-rules-in-force',
  'nobody-loses-by-a-revision',
  'no-adverse-change-before-its-notice',
  'doubt-has-one-case',
  'doubt-waits-for-its-case',
  'late-takes-from-nobody',
  'admitted-is-paid-or-told',
  'silence-is-a-case',
  'every-case-has-owner-and-due',
  'too-much-by-hand-is-told',
  'every-case-ends',
  'no-change-without-authority',
  'rules-of-its-day',
  'notice-is-waited-out',
  'everybody-computes-the-same-case',
  'every-emergency-ends',
  'nobody-judges-their-own-act',
  'one-open-case-about-one-thing',
  'outages-give-time-back',
  'the-more-protective-stands',
  'silence-takes-nothing-unvouched',
  'signatures-count-once-and-of-officers',
  'comes-back-unaided',
  'work-is-done-for-who-waits',
  'revoking-takes-at-most-twice-as-long',
  'officers-are-never-kept-out',
  'queues-stay-within-their-bounds',
  'no-better-turn-by-asking',
  'not-the-same-people-every-hour',
  'one-key-one-effect',
  'retries-add-a-tenth',
  'silent-target-is-spared',
  'told-moment-is-kept',
  'one-request-one-key',
  'what-was-read-before-counts',
  'succeeded-by-the-quorum-alone',
  'told-and-gone-over',
  'no-revocation-is-undone',
  'paid-across-logs',
  'copies-give-only-the-quorums-tree',
  'witnesses-follow-the-quorum',
  'ended-log-gets-no-cosignature',
  'confirmed-again-in-the-next-log',
  'changed-keys-stay-changed',
  'refused-only-by-the-rules',
  'snapshot-adds-to-what-was-read',
  'one-order-one-transfer',
  'every-order-is-answered',
  'only-its-key-moves-an-account',
  'never-more-than-is-there',
  'done-only-where-and-while-it-says',
  'replaced-within-bounds',
  'held-is-not-replaced',
  'replaced-stays-replaced',
  'revocation-wins-over-replacing',
  'replaced-waits-for-the-newer',
] as const;
export type OracleName = (typeof ORACLES)[number];

export type Violation = { readonly oracle: OracleName; readonly at: number; readonly what: string };

/** What is really so, kept apart from the code that is being judged. */
export type Truth = {
  /** The answer to an honest presentation of this credential by someone who knew what this basis says and no more. */
  readonly outcomeAt: (credential: string, basis: Basis) => Verdict['outcome'];
  /** Where witnesses are named: the newest time at which a sound one signed a tree of at most so many entries. */
  readonly cosignedAt?: (log: string, size: number) => number | undefined;
  /** This log, or any of those there are, shows two histories: that two have read two roots is then its doing. */
  readonly isSplit?: (log?: string) => boolean;
  /** Where a log ended that came before the one that this was said in; undefined for any other. */
  readonly endOf?: (log: string, basis: Basis) => number | undefined;
};

export type Observation = {
  readonly verifier: string;
  readonly credential: string;
  /** The presentation was tampered with: nothing but `invalid` is right. */
  readonly isForged: boolean;
  readonly verdict: Verdict;
  /** Virtual unix milliseconds. */
  readonly at: number;
  /** How long its asker had to wait for it, where it was asked for. */
  readonly waitedMs?: number;
};

/** Reasons of whoever has not read what was asked for. */
const UNREAD: ReadonlySet<string> = new Set(['position.ahead', 'position.log_unknown']);

/** At most this many violations are kept: the first ones tell, the rest are counted. */
const MAX_VIOLATIONS = 20;

type Reached = { readonly size: number; readonly root: string };
type Said = { readonly root: string; readonly verifier: string };

/** Watches every verdict of a rehearsal. */
export class Oracles {
  readonly #truth: Truth;
  readonly #memory = new BasisMemory();
  /** By who said it, then by log. */
  readonly #positions = new Map<string, Map<string, Reached>>();
  /** By log, then by size: the root that somebody has said of it, and who that was. */
  readonly #roots = new Map<string, Map<number, Said>>();
  readonly #lists = new Map<string, number>();
  readonly #ladder = new EvidenceLadder();
  readonly #latest = new Map<string, Map<string, Verdict>>();
  readonly violations: Violation[] = [];
  /** The laws that were broken, the first one first. */
  readonly broken = new Set<OracleName>();
  violated = 0;
  readonly checked = new Map<OracleName, number>();

  constructor(truth: Truth) {
    this.#truth = truth;
  }

  /**
   * To be called where there is something to judge, and only there: how often it was counts, so that no rehearsal passes by
   * never coming to what a law is about.
   */
  expect(oracle: OracleName, holds: boolean, at: number, what: () => string): void {
    this.checked.set(oracle, (this.checked.get(oracle) ?? 0) + 1);
    if (holds) return;
    this.violated += 1;
    this.broken.add(oracle);
    if (this.violations.length < MAX_VIOLATIONS) this.violations.push({ oracle, at, what: what().slice(0, 300) });
  }

  observe(observation: Observation): void {
    this.#checkBytes(observation);
    this.#checkPosition(observation);
    this.#checkAsked(observation);
    this.#checkLadder(observation);
    this.#checkWitnessed(observation);
    this.#checkOutcome(observation);
    if (!observation.isForged) this.#checkAgreement(observation);
  }

  #checkBytes({ verdict, verifier, at }: Observation): void {
    const before = this.#memory.recall(verdict);
    if (before === undefined) return;
    const what = () => `${verifier}: ${JSON.stringify(verdict)} and ${JSON.stringify(before)}`;
    this.expect('equal-basis-equal-bytes', isSameText(before, verdict), at, what);
  }

  #checkPosition({ verdict, verifier, at }: Observation): void {
    const reached = mapIn(this.#positions, verifier);
    for (const { log, size, root } of verdict.basis.positions) {
      const before = reached.get(log);
      if (before !== undefined) {
        const isMonotone = size > before.size || (size === before.size && root === before.root);
        const what = () => `${verifier} ${log}: ${before.size}, then ${size}`;
        this.expect('positions-monotone', isMonotone, at, what);
      }
      if (before?.size !== size || before.root !== root) reached.set(log, { size, root });
      if (this.#truth.isSplit?.(log) !== true) this.#checkRoot({ log, size, root, verifier }, at);
    }
    for (const { kind, source, asOf } of verdict.basis.foreign) {
      if (kind !== 'status') continue;
      const name = `${verifier} ${source}`;
      const before = this.#lists.get(name);
      if (before !== undefined) {
        this.expect('foreign-lists-monotone', asOf >= before, at, () => `${name}: list of ${before}, then of ${asOf}`);
      }
      this.#lists.set(name, asOf);
    }
  }

  /** What two have read of one size is one history, unless the log itself has two: that is rehearsed by itself. */
  #checkRoot({ log, size, root, verifier }: Said & { readonly log: string; readonly size: number }, at: number): void {
    const roots = mapIn(this.#roots, log);
    const known = roots.get(size);
    if (known === undefined) roots.set(size, { root, verifier });
    if (known === undefined || known.verifier === verifier) return;
    const what = () => `${verifier} and ${known.verifier} have two roots of ${log} ${size}`;
    this.expect('one-root-for-each-size', known.root === root, at, what);
  }

  #checkLadder({ verdict, verifier, at, waitedMs }: Observation): void {
    const fault = this.#ladder.place(verdict);
    if (fault !== undefined) {
      this.expect('weaker-evidence-never-allows-more', fault === '', at, () => `${verifier}: ${fault}`);
    }
    this.#checkAge(verdict, verifier, at);
    if (waitedMs === undefined || waitedMs === 0) return;
    const isInTime = waitedMs <= DEFAULT_DEADLINE_MS;
    this.expect('answered-within-its-deadline', isInTime, at, () => `${verifier} took ${waitedMs} ms`);
  }

  /** Heard just now, or from an edge that has stood still for an hour: what was read is as old as its epoch. */
  #checkAge({ ageMs, basis, issuer }: Verdict, verifier: string, at: number): void {
    const [position] = basis.positions;
    if (ageMs === undefined || position === undefined || issuer?.source !== 'network') return;
    if (basis.request.freshness.mode === 'at' || basis.witnessed !== undefined) return;
    const least = basis.tick * TICK_MS - position.time;
    const what = () => `${verifier} counts ${ageMs} ms at ${position.size}, which is ${least} ms old`;
    if (least > 0) this.expect('age-never-younger-than-read', ageMs >= least, at, what);
  }

  /** Where witnesses are named, nothing is younger than what some sound one of them truly saw. */
  #checkWitnessed({ verdict, verifier, at }: Observation): void {
    const { basis, ageMs, issuer } = verdict;
    const position = basis.positions[0];
    const truth = position === undefined ? undefined : this.#truth.cosignedAt?.(position.log, position.size);
    if (truth === undefined || basis.request.freshness.mode === 'at') return;
    const [word] = basis.witnessed ?? [];
    const time = word?.time ?? 0;
    const least = Math.max(0, basis.tick * TICK_MS - time);
    const isOldEnough = issuer?.source !== 'network' || ageMs === undefined || ageMs >= least;
    this.expect(
      'age-never-younger-than-cosigned',
      word !== undefined && time <= truth && isOldEnough,
      at,
      () => `${verifier} at ${position?.size} counts ${ageMs} ms from ${time}, seen at ${truth}`,
    );
  }

  /** A holder who has seen a revocation elsewhere says so by a position: nobody behind it may say yes. */
  #checkAsked({ verdict, verifier, at }: Observation): void {
    const { positions, request } = verdict.basis;
    if (request.freshness.mode !== 'at-least') return;
    const endOf = (log: string) => this.#truth.endOf?.(log, verdict.basis) ?? 0;
    const isBehind = request.freshness.positions.some(
      ({ log, size }) => (positions.find((held) => held.log === log)?.size ?? endOf(log)) < size,
    );
    const what = () => `${verifier} at ${positions[0]?.size} was asked for ${JSON.stringify(request.freshness)}`;
    const isOfBefore = request.freshness.positions.some(({ log }) => endOf(log) > 0);
    if (!isBehind && isOfBefore) {
      const isRead = verdict.reasons.every(({ code }) => !UNREAD.has(code));
      this.expect('what-was-read-before-counts', isRead, at, what);
    }
    if (!isBehind) return;
    this.expect('never-valid-behind-what-was-asked', verdict.outcome !== 'valid', at, what);
  }

  #checkOutcome({ verdict, verifier, credential, isForged, at }: Observation): void {
    const { outcome, basis, checks } = verdict;
    const say = () =>
      `${verifier} says ${outcome} of ${credential} at ${basis.positions[0]?.size ?? 0}: ${verdict.reasons
        .map(({ code }) => code)
        .join(', ')}`;
    if (isForged) {
      // Where no signature could be looked at, not knowing is right too; anything else would be said of a forgery.
      const isUnlooked = checks.some(({ name, result }) => name === 'issuer-signature' && result === 'skipped');
      const isRight = outcome === 'invalid' || (isUnlooked && outcome === 'unknown');
      this.expect('forged-is-invalid', isRight, at, say);
      return;
    }
    const truth = this.#truth.outcomeAt(credential, basis);
    if (truth === 'revoked') this.#checkRevoked(verdict, at, say);
    const isBacked = truth === 'valid' && verdict.reasons.length === 0 && verdict.freshness !== 'cut-off';
    if (outcome === 'unknown' || (outcome === 'valid' && !isBacked)) {
      this.expect('never-valid-without-evidence', outcome === 'unknown', at, say);
    }
    // Besides the truth at that position, only not knowing is right; and the date it bears itself, where nobody could look.
    if (outcome === 'valid' && truth === 'valid') return;
    const isByDate = outcome === 'expired' && truth !== 'valid' && !isLookedAt(verdict);
    this.expect('refused-for-the-right-reason', outcome === truth || outcome === 'unknown' || isByDate, at, say);
  }

  /** Who has read that it is revoked says so for ever, however old that has grown; not knowing is for who could not look. */
  #checkRevoked({ outcome, freshness, checks }: Verdict, at: number, say: () => string): void {
    this.expect('never-accepted-after-reading-revocation', outcome !== 'valid', at, say);
    if (isLookedAt({ checks }) && freshness !== 'live')
      this.expect('revoked-at-any-age', outcome === 'revoked', at, say);
  }

  #checkAgreement({ verdict, verifier, credential, at }: Observation): void {
    const latest = this.#latest.get(credential) ?? new Map<string, Verdict>();
    this.#latest.set(credential, latest);
    for (const [other, theirs] of latest) {
      if (other === verifier) continue;
      const kind = kindOf({ name: verifier, verdict }, { name: other, verdict: theirs });
      if (kind === 'agreement') continue;
      // That a log has shown two histories explains a difference where it has.
      const isExplained = kind !== 'unexplained' && (kind !== 'fork' || this.#truth.isSplit?.() === true);
      const what = () => `${verifier} and ${other} on ${credential}: ${kind}`;
      this.expect('no-unexplained-disagreement', isExplained, at, what);
    }
    latest.set(verifier, verdict);
  }
}

/** The inner map: two look-ups cost less than making one name of two. */
function mapIn<Inner, Value>(outer: Map<string, Map<Inner, Value>>, name: string): Map<Inner, Value> {
  const known = outer.get(name);
  if (known !== undefined) return known;
  const made = new Map<Inner, Value>();
  outer.set(name, made);
  return made;
}

/** Most verdicts agree; to explain that takes longer than to see it. */
function kindOf(a: Side, b: Side): string {
  const isSame = a.verdict.outcome === b.verdict.outcome && a.verdict.allows.effect === b.verdict.allows.effect;
  return isSame ? 'agreement' : causeOf(a, b).kind;
}

type Side = Parameters<typeof causeOf>[0];

function isLookedAt({ checks }: Pick<Verdict, 'checks'>): boolean {
  return checks.some(({ name, result }) => name === 'issuer-signature' && result === 'passed');
}
