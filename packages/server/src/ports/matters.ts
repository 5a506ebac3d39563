import type { ApplicationMatter, CaseMatter, CaseSubject, Remedy } from '@holdfast/core';

/** What a code opens at a distributor: one application, and what leads from it to what else is known of it. */
export type OwnApplication = {
  readonly matter: ApplicationMatter;
  readonly program: string;
  readonly application: string;
  /** Thumbprint of the key that the credential was presented with. */
  readonly holder: string;
  /** Ids, at the program's verifier, of what it answered about this application. */
  readonly verdicts: readonly string[];
};

/** What the code of an offer opens at its issuer: where the offer stands, and the places of what was issued by it. */
export type OwnOffer = {
  readonly tenant: string;
  readonly type: string;
  /** Of the offer, or of the first credential where the offer is forgotten. */
  readonly id: string;
  readonly state: 'offered' | 'missed' | 'issued';
  /** Of what is offered: until then it can be taken up, unix milliseconds. */
  readonly until?: number;
  readonly issuedAt?: number;
  /** When it is past its own last day, unix milliseconds. */
  readonly expiresAt?: number;
  /** As the network knows the type; absent for one that is not here any more. */
  readonly vct?: string;
  readonly places: readonly { readonly list: string; readonly index: number }[];
};

/** What the code of a case opens at the governor. */
export type OwnMatter = { readonly case: string; readonly matter: CaseMatter };

/** What a case is to be about. A credential that is presented is its own subject. */
export type FiledSubject =
  | { readonly list: string; readonly index: number }
  | { readonly issuer: string }
  | { readonly program: string; readonly digest?: string };

/** What somebody complains of by the code of something else: in their own words, which are sealed. */
export type VouchedFiling = {
  readonly about: CaseSubject;
  readonly class: string;
  readonly remedy: Remedy;
  readonly subject: FiledSubject;
  readonly statement: string;
  readonly contact?: string;
};

/** A step of whoever filed a case. */
export type OwnResponse = { readonly act: 'appeal' | 'withdraw'; readonly statement?: string };

/**
 * What the roles of a network have about whoever holds a code, each its own: the distributor applications, the issuer offers,
 * the governor cases. Everything in it is personal: it goes to the pages of people and nowhere else, and is never logged.
 * Durability: `file` and `respond` resolve once a crash cannot lose them. Consistency: what is read may be of a moment ago.
 * Idempotency: the same key with the same words is one filing or one step; with others `case.conflict`. Concurrency: any.
 * Retries: the caller, freely, under the same key. A role that does not answer: `part.unreachable`, and nothing is known of what
 * it has; undefined is only said by the role itself.
 */
export interface Matters {
  /** By the digest of a code. */
  findApplication(digest: string): Promise<(OwnApplication & { readonly party: string }) | undefined>;
  /** By the digest of a code. */
  findOffer(digest: string): Promise<OwnOffer | undefined>;
  /** By the code itself: the governor keeps digests of its own. */
  findCase(code: string): Promise<OwnMatter | undefined>;
  /** `vouched`: whom the caller vouches for, by its own name for them. Answers with the code of the case. Throws `case.*`. */
  file(filing: VouchedFiling, vouched: string, idempotencyKey: string): Promise<string>;
  /** Throws `case.*`. */
  respond(id: string, response: OwnResponse, code: string, idempotencyKey: string): Promise<void>;
}
