/** Where an offer stands: open, its code redeemed for a token, its credentials issued, or over. */
export type OfferState = 'open' | 'redeemed' | 'issued' | 'closed';

/** One copy of a credential: bound to one holder key, at one place in one list. */
export type Copy = { readonly id: string; readonly key: string; readonly list: string; readonly index: number };

/** What an operator offered to one person. Codes, links and tokens are kept as keyed digests only. */
export type Offer = {
  readonly tenant: string;
  /** The operator's handle: random, and of no use to a wallet. */
  readonly id: string;
  /** Digest of what the offer's secrets were derived from: unique, so that a repeated request finds its offer. */
  readonly seed: string;
  /** Digest of the request, so that a repeat that says something else is noticed. */
  readonly request: string;
  readonly link: string;
  readonly code: string;
  readonly txCode?: string;
  readonly type: string;
  /** Digest of the operator's label. */
  readonly label?: string;
  /** Digest of the refresh token of the credentials that this offer's are to replace. */
  readonly replaces?: string;
  /** Digest of the place of a revoked credential whose holder is given another by this offer. */
  readonly reinstates?: string;
  /** Digest of the code with which whoever it was made for finds it again. */
  readonly person?: string;
  /** Sealed claims of the person; absent once erased. */
  readonly claims?: Uint8Array;
  readonly state: OfferState;
  /** How often a transaction code was tried. */
  readonly guesses: number;
  /** Unix milliseconds: the present state holds until then, and the claims are kept no longer. */
  readonly until: number;
  /** Unix milliseconds: nothing of the offer is kept after this. */
  readonly forgetAt: number;
  /** Digest of the access token, once the code was redeemed. */
  readonly token?: string;
  /** What was issued; absent before, and once the claims are erased. */
  readonly copies?: readonly Copy[];
};

export type NewOffer = Omit<Offer, 'state' | 'guesses' | 'token' | 'copies' | 'claims'> & {
  readonly claims: Uint8Array;
};

export type OfferKey =
  | { readonly link: string }
  | { readonly code: string }
  | { readonly token: string }
  /** The newest that is not over. */
  | { readonly replaces: string };

/** A status list of one tenant, and how much of it is used. */
export type IssuerList = {
  readonly tenant: string;
  /** 1, 2, 3 … in the order of opening. */
  readonly number: number;
  readonly uri: string;
  readonly size: number;
  /** The signer's name for the key that signs the list and its credentials, that key's thumbprint, its certificates. */
  readonly keyName: string;
  readonly key: string;
  readonly x5c: readonly string[];
  /** The signed `list` statement, kept before it is sent so that sending it again sends the same bytes; empty for one that was forgotten and found in the log. */
  readonly statement: string;
  /** Sequence numbers given out so far; the next one is this. */
  readonly used: number;
  /** Entries of the log up to and with the list's opening, once a follower has read it there. */
  readonly opened?: { readonly log: string; readonly size: number };
};

/** An issued credential as its issuer remembers it: enough to find its place in a list, not who it is about. */
export type IssuedCredential = {
  readonly tenant: string;
  readonly id: string;
  readonly list: string;
  readonly index: number;
  readonly type: string;
  readonly label?: string;
  /** Digest of the refresh token that those issued together share. */
  readonly refresh?: string;
  /** Digest of the refresh token of those that it replaced. */
  readonly replaces?: string;
  /** Digest of the place of the revoked one for which it was given. */
  readonly reinstates?: string;
  /** Digest of the code of its offer. */
  readonly person?: string;
  /** Unix milliseconds. */
  readonly issuedAt: number;
  /** Unix milliseconds: forgotten after this. */
  readonly forgetAt: number;
};

export type Issuing = {
  readonly tenant: string;
  readonly offer: string;
  readonly copies: readonly Copy[];
  readonly refresh?: string;
  readonly issuedAt: number;
  readonly forgetAt: number;
};

export const MAX_ISSUED_PER_READ = 500;

/**
 * What an issuer must not forget, for all tenants of one issuer role.
 * Durability: every call resolves once a crash cannot lose its effect; only then is anything answered from it.
 * Consistency: each call is atomic and sees all that resolved before it began. An index of a list is given out once,
 * ever: sequence numbers taken by a caller that crashed are wasted. Tenants never see each other's offers.
 * Idempotency: `appendOffer` and `appendList` keep the first and answer with it; `redeem`, `recordIssued` and `useNonces`
 * let exactly one caller succeed. Concurrency: any number of processes. Retries: the caller.
 */
export interface IssuerStore {
  /** Keeps `sealed` as the tenant's secret unless one is kept already; answers with the one that is kept. */
  keepSecret(tenant: string, sealed: Uint8Array): Promise<Uint8Array>;

  /**
   * Keeps the offer, or answers with the one kept under its seed. `full` when the tenant has `maxOpen` offers whose
   * claims are still kept (a burst of callers may overshoot by their number).
   */
  appendOffer(offer: NewOffer, maxOpen: number): Promise<{ readonly created: boolean; readonly offer: Offer } | 'full'>;
  readOffer(tenant: string, key: OfferKey): Promise<Offer | undefined>;
  /** Counts one try of a transaction code and answers how many there have been, this one included. */
  countGuess(tenant: string, id: string): Promise<number>;
  /** Turns an open offer into a redeemed one. False when it was not open: somebody else was faster. */
  redeem(tenant: string, id: string, token: string, until: number): Promise<boolean>;
  /**
   * Gives an offer that replaces others a token, as often as its holder asks; an open one is redeemed by it. False when it
   * is over.
   */
  renew(tenant: string, id: string, token: string, until: number): Promise<boolean>;
  /**
   * Turns a redeemed offer into an issued one and remembers its credentials, together. Answers with the copies that are
   * now recorded: those given, or those of an earlier caller; undefined when the offer is in another state.
   */
  recordIssued(issuing: Issuing): Promise<readonly Copy[] | undefined>;
  /** Ends an offer and erases its claims and copies. */
  closeOffer(tenant: string, id: string): Promise<void>;

  /** Marks nonces as used, all or none. False when one of them was used before. */
  useNonces(tenant: string, nonces: readonly string[], forgetAt: number): Promise<boolean>;

  /** Keeps the list, or answers with the one kept under its tenant and number. */
  appendList(list: Omit<IssuerList, 'used' | 'opened'>): Promise<IssuerList>;
  readLists(tenant: string): Promise<readonly IssuerList[]>;
  /** Notes where the list was opened. The first note stays. */
  openList(uri: string, opened: { readonly log: string; readonly size: number }): Promise<void>;
  /** Takes `count` sequence numbers of the list; answers with the first, undefined when fewer are left. */
  takeSequences(uri: string, count: number): Promise<number | undefined>;
  /** Counts the list as full from now on: what was given out of it is not known any more. */
  fillList(uri: string): Promise<void>;
  /** Puts another statement in the place of this very one; answers with what is kept then. */
  replaceListStatement(uri: string, from: string, to: string): Promise<string>;

  /** The newest first, at most `MAX_ISSUED_PER_READ`. */
  readIssued(tenant: string, label: string): Promise<readonly IssuedCredential[]>;

  /** Undefined when it was never issued, or is forgotten. */
  findIssued(tenant: string, id: string): Promise<IssuedCredential | undefined>;
  /** What was issued at this place of a list. */
  findIssuedAt(tenant: string, list: string, index: number): Promise<IssuedCredential | undefined>;
  /** One that was given for a revoked one, by the digest of that one's place. */
  findReinstated(tenant: string, reinstates: string): Promise<IssuedCredential | undefined>;
  /** What a code was made for, by its digest: the offer while it is kept, and what was issued by it. */
  findOwn(person: string): Promise<{ readonly offer?: Offer; readonly issued: readonly IssuedCredential[] }>;
  /** Those that share a refresh token, by its digest; at most `MAX_ISSUED_PER_READ`. */
  readIssuedTogether(tenant: string, refresh: string): Promise<readonly IssuedCredential[]>;
  /** Those that replaced others, in the order of their ids, behind `after`; at most `limit`. */
  readSuccessors(tenant: string, limit: number, after: string): Promise<readonly IssuedCredential[]>;

  /** The labels (as they are kept) under which these places were given out. */
  readLabels(
    places: readonly { readonly list: string; readonly index: number }[],
  ): Promise<readonly { readonly tenant: string; readonly label: string }[]>;
  /**
   * Ends the offers under a label, and forgets the label and the code of what was issued under it: their places in lists stay, as they may
   * still have to be revoked, and nothing leads to them any more. Says how many of each it changed.
   */
  eraseLabel(tenant: string, label: string): Promise<{ readonly offers: number; readonly issued: number }>;

  /**
   * Erases claims and copies of offers whose `until` has come, and forgets what is past its `forgetAt`: offers, nonces,
   * issued credentials. At most `limit` rows of each; answers how many rows were touched.
   */
  sweep(now: number, limit: number): Promise<number>;
}
