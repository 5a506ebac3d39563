import type { Json } from '../encoding/json.ts';
import type { Position } from '../log/position.ts';
import type { QuorumWord } from '../log/witness-policy.ts';
import type { ActionClass, Assurance, Effect, Freshness } from '../rulebook/rulebook.ts';
import type { IssuerTerms } from '../trust/issuer-terms.ts';

/** The first that applies, in this order. */
export const OUTCOMES = ['invalid', 'revoked', 'suspended', 'expired', 'not-yet-valid', 'unknown', 'valid'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Verdicts count time in steps of this many milliseconds: inside one step no two verifiers can differ by a clock. */
export const TICK_MS = 5000;

/** `code` is in spec/reasons.json; `path` is a JSON pointer into what was presented, or empty. */
export type Reason = { readonly code: string; readonly path: string };

export type Check = {
  /** `profile` where the profile in force asks more than an assurance. */
  readonly name: CheckName | 'profile' | ExternalCheckName;
  readonly result: 'passed' | 'failed' | 'skipped';
  /** The code of a failure, or why it was skipped. */
  readonly why?: string;
};

/** Every check of our own, in the order in which a verdict lists them; the external ones follow, sorted. */
export const CHECK_NAMES = [
  'format',
  'issuer-signature',
  'holder-binding',
  'validity-time',
  'issuer-trust',
  'position',
  'status',
  'freshness',
  'query',
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];
/** A check that somebody else makes, by the id under which a policy names it. */
export type ExternalCheckName = `check:${string}`;

/** How fresh the evidence must be, beyond what the rulebook asks. */
export type WantedFreshness =
  | { readonly mode: 'any' }
  | { readonly mode: 'max-age'; readonly maxAgeMs: number }
  | { readonly mode: 'at-least'; readonly positions: readonly Position[] }
  /**
   * By the network exactly as this position left it, at its time: what was true then, however late it is asked. What it
   * allows is at most to reserve, because it says nothing of now.
   */
  | {
      readonly mode: 'at';
      readonly position: Position;
      /**
       * Where other networks are taken to stand then, sorted by log, at most 16. Of one that is not named here nothing is
       * known at the position.
       */
      readonly recognised?: readonly Position[];
    };

/** What is asked of a verdict. Part of its basis, so everything in it is stated and bounded. */
export type VerdictRequest = {
  readonly class: ActionClass;
  readonly freshness: WantedFreshness;
  /** Minor units as decimal digits. */
  readonly amount?: string;
  /** When given, the presentation must be bound to both by its holder's key. */
  readonly nonce?: string;
  readonly audience?: string;
  /** A DCQL query that the presentation must answer. */
  readonly query?: Json;
};

export type ForeignBasis = {
  readonly kind: 'key' | 'status';
  readonly source: string;
  /** base64url SHA-256 of the evidence's bytes. */
  readonly digest: string;
  /** Unix milliseconds. */
  readonly asOf: number;
};

/** One external check in a basis: who said it and as of when (unix milliseconds), or the code of why nobody did. */
export type CheckBasis = {
  readonly id: string;
  /** base64url SHA-256 of the canonical JSON of the check's rule and finding. */
  readonly digest: string;
  readonly source?: string;
  readonly asOf?: number;
  readonly why?: string;
};

/** Everything a verdict stood on. Equal bases give byte-equal verdicts, in every runtime. */
export type Basis = {
  /** Sorted by log: the verifier's own network, and the other one that was consulted (`recognised`). */
  readonly positions: readonly Position[];
  /** base64url SHA-256 of the presented text. */
  readonly presented: string;
  /** base64url SHA-256 of what the issuer signed: the same for every presentation of one credential. */
  readonly credential?: string;
  readonly foreign: readonly ForeignBasis[];
  /** Codes of evidence that could not be had, or not in time, or that contradicted itself; absent when there was none. */
  readonly missing?: readonly string[];
  /** The external checks that were asked for, sorted by id; absent when there were none. */
  readonly checks?: readonly CheckBasis[];
  /** Digest of the anchors the verifier trusts beside its network; absent when it has none. */
  readonly anchors?: string;
  /** The other network that was consulted, and the origin of its log when any of it had been read. */
  readonly recognised?: { readonly network: string; readonly log?: string };
  /** What the age of a network's word was taken from, where witnesses are named; `by` is empty before a quorum has spoken. */
  readonly witnessed?: readonly (QuorumWord & { readonly log: string })[];
  readonly rulebook?: { readonly network: string; readonly index: number };
  readonly profile?: string;
  readonly policy: string;
  /** What the policy asks of the issuers that a network lists, beside their accreditation; absent when it asks nothing. */
  readonly issuers?: IssuerTerms;
  readonly request: VerdictRequest;
  readonly tick: number;
};

export type Allowance = {
  readonly effect: Effect;
  readonly maxAmount?: string;
  /**
   * Unix milliseconds: reserved or advanced until a fresher verdict confirms, no later than this. Absent when it was asked
   * `at` a position: that does not age, and by when it is confirmed is up to whoever pinned it.
   */
  readonly confirmBy?: number;
};

export type Issuer = {
  /** The issuer as its network or its certificate names it. */
  readonly id: string;
  readonly name?: string;
  /** Thumbprint of the key that signed. */
  readonly key: string;
  readonly source: string;
  /** The name of the network that lists it, where that is not the verifier's own. */
  readonly network?: string;
  /** The assurance for which its network accredits it for this type; absent for strangers. */
  readonly assurance?: Assurance;
  /** Its accreditation has ended, and counts by this exception of the rulebook until then (unix milliseconds). */
  readonly exception?: { readonly rule: string; readonly until: number };
  /** Certificate fingerprint to pin when the issuer is not trusted yet. */
  readonly fingerprint?: string;
};

/** The answer to "may I rely on this?". */
export type Verdict = {
  readonly v: 1;
  readonly outcome: Outcome;
  readonly reasons: readonly Reason[];
  readonly freshness: Freshness;
  /** Age of the oldest evidence in milliseconds at the verdict's tick; absent when nothing consulted can age. */
  readonly ageMs?: number;
  /** True when the evidence contradicts itself. */
  readonly conflict: boolean;
  readonly allows: Allowance;
  readonly issuer?: Issuer;
  readonly type?: string;
  /** The type here that it counts as, and until when that is recognised (unix milliseconds). */
  readonly recognised?: { readonly as: string; readonly until: number };
  readonly checks: readonly Check[];
  /** Codes of what this verdict does not say, however it turned out. */
  readonly notEstablished: readonly string[];
  /**
   * Unix milliseconds after which it must be judged again; 0 when it may not be relied on at all. Asked `at` a position, it
   * is as if it had been judged then.
   */
  readonly usableUntil: number;
  readonly basis: Basis;
};
