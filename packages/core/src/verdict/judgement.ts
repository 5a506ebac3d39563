import type { ParsedCredential } from '../credential/parsed-credential.ts';
import type { IssuerTerms } from '../trust/issuer-terms.ts';
import type { Evidence, SignatureResults } from './evidence.ts';
import type { Check, Reason, VerdictRequest } from './verdict.ts';

/** Everything a verdict is a function of. */
export type Judgement = {
  readonly parse: ParsedCredential;
  readonly signatures: SignatureResults;
  readonly evidence: Evidence;
  readonly request: VerdictRequest;
  /** Digests of the verifier's own policy and anchors; what they contain has already shaped the evidence. */
  readonly policy: string;
  readonly anchors?: string;
  /** Id of the profile that the verifier's policy names; without it the type decides. */
  readonly profile?: string;
  /** What that policy asks of the issuers that a network lists. */
  readonly issuerTerms?: IssuerTerms;
  /** `floor(now / TICK_MS)`; of no account to a judgement that stands `at` a position. */
  readonly tick: number;
};

/** What one check found: how it ended, and the reasons it gives. */
export type Finding = { readonly check: Check; readonly reasons: readonly Reason[] };
