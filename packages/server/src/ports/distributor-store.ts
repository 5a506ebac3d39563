/** What a program leaves in the log, in this order. */
export type ProgramStep = 'intake' | 'seal' | 'draw';

/** A key under which one program's nullifiers are made, sealed; the program carries the digest of what is in it. */
export type KeptKey = { readonly digest: string; readonly sealed: Uint8Array };

/** A program as its distributor has it. What the log says of it is in the fold, and not repeated here. */
export type KeptProgram = {
  readonly id: string;
  /** Binding digest of the program. */
  readonly digest: string;
  /** Applications kept. */
  readonly count: number;
  /** Unix milliseconds of the moment after which none was taken any more. */
  readonly closedAt?: number;
  /** The signed statements: kept before they are sent, so that sending them again sends the same bytes. */
  readonly statements: { readonly [step in ProgramStep]?: string };
};

export type NewApplication = {
  readonly program: string;
  /** `applicationDigest`. */
  readonly application: string;
  /** Thumbprint of the key that the credential is bound to, as presented; not verified yet. */
  readonly holder: string;
  /** Unix milliseconds. */
  readonly receivedAt: number;
  /** Salt of its leaves. */
  readonly salt: string;
  /** Application and presentation, sealed. */
  readonly sealed: Uint8Array;
  /** The signed acknowledgement: what is answered, now and to every repeat. */
  readonly acknowledgement: string;
};

/** `kept` and `repeat` answer with the acknowledgement that is kept; the others kept nothing. */
export type AcceptAnswer =
  | { readonly answer: 'kept' | 'repeat'; readonly acknowledgement: string }
  | { readonly answer: 'closed' | 'full' | 'holder-full' };

/** What a verdict made of an application. Two candidates may be one person: who counts is decided among all of them. */
export type Candidacy = {
  readonly issuer: string;
  readonly nullifier: string;
  /** The verdict was `unknown`: what is allocated stays reserved until it is confirmed. */
  readonly held: boolean;
  /** Decimal digits. */
  readonly want?: string;
  readonly weight?: string;
};

export type Judgement = {
  readonly application: string;
  /** Id of the verdict at its verifier; absent when it was refused without asking. */
  readonly verdict?: string;
} & ({ readonly candidacy: Candidacy } | { /** Code of why (core/program/refusals.ts). */ readonly refused: string });

/**
 * One person's money on its way. `planned`: allocated. `reserved`: pending in the ledger. `posted`: paid as far as the
 * ledger goes. `voided`: returned to the program. `carried`: handed over for settlement. Only forwards, in this order;
 * a planned payment may be voided without having been reserved.
 */
export const PAYMENT_STATES = ['planned', 'reserved', 'posted', 'voided', 'carried'] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

export type Payment = {
  readonly application: string;
  /** Minor units. */
  readonly amount: bigint;
  readonly state: PaymentState;
  /** Unix milliseconds of the last change. */
  readonly at: number;
  /** Id of the verdict that posted or voided it; absent when the program's stated default did. */
  readonly settledBy?: string;
};

export type KeptApplication = Omit<NewApplication, 'sealed'> & {
  /** Absent once erased. */
  readonly sealed?: Uint8Array;
  /** In the order in which they were kept. */
  readonly sequence: number;
  readonly judgement?: Judgement;
  /** Counts for its person. Absent while that is not decided. */
  readonly admitted?: boolean;
  readonly payment?: Payment;
};

export type ApplicationLeaf = Pick<KeptApplication, 'application' | 'salt'>;

export const MAX_APPLICATIONS_PER_READ = 1000;
/** Applications of one holder key to one program: a person has a reason for one, and may err a few times. */
export const MAX_PER_HOLDER = 8;

/**
 * What a distributor must not forget. One store belongs to one distributor.
 *
 * Durability: each call resolves once a crash cannot lose what it did; all of a call happens or nothing of it.
 * Consistency: a read sees every call that was answered before it. `accept` and `close` of one program are in one order:
 * what was accepted before the close is in the count that `close` answers, and nothing is accepted after it.
 * Idempotency: `addKey`, `addProgram`, `close`, `keepStatement`, `judge`, `admit`, `plan`, each by what it names: the first
 * stays. `accept` by (program, application): a repeat is told the acknowledgement it has. `advance` moves a payment
 * from the state it is said to be in, once.
 * Concurrency: any. Retries: the caller, with the same again. Reads by `after` go on behind the last one read, in the
 * order of the applications' digests where nothing else is said, and never skip what was there when they began.
 */
export interface DistributorStore {
  addKey(key: KeptKey): Promise<void>;
  readKey(digest: string): Promise<KeptKey | undefined>;
  /** The key is gone for good: no nullifier of its program can be made any more. */
  eraseKey(digest: string): Promise<void>;

  addProgram(program: { readonly id: string; readonly digest: string }): Promise<void>;
  readProgram(id: string): Promise<KeptProgram | undefined>;
  readPrograms(): Promise<readonly KeptProgram[]>;
  /** Answers with the program as it is then: closed, its count final. */
  close(program: string, at: number): Promise<KeptProgram>;
  /** Answers with the statement that is kept, which may be an earlier one. */
  keepStatement(program: string, step: ProgramStep, statement: string): Promise<string>;

  /**
   * At most `MAX_APPLICATIONS_PER_READ` at once, in any mixture of programs; answers in the order asked. `full` beyond
   * `maxApplications` of the program, `holder-full` beyond `MAX_PER_HOLDER`.
   */
  accept(
    applications: readonly (NewApplication & { readonly maxApplications: number })[],
  ): Promise<readonly AcceptAnswer[]>;
  read(program: string, application: string): Promise<KeptApplication | undefined>;
  /** Every application of the program, of which only this is needed to make the intake. */
  readLeaves(program: string, limit: number, after?: string): Promise<readonly ApplicationLeaf[]>;

  /** In the order in which they were kept. */
  readUnjudged(program: string, limit: number): Promise<readonly KeptApplication[]>;
  judge(program: string, judgements: readonly Judgement[]): Promise<void>;
  readJudged(program: string, limit: number, after?: string): Promise<readonly KeptApplication[]>;
  /**
   * Lets candidates count for their person, and refuses others that were candidates, with the code. Answers with those
   * that were not admitted because somebody with the same nullifier is: they are refused as `application.duplicate_person`.
   */
  admit(
    program: string,
    admitted: readonly string[],
    refused: readonly { readonly application: string; readonly code: string }[],
  ): Promise<readonly string[]>;

  /** Payments of admitted applications. */
  plan(
    program: string,
    payments: readonly { readonly application: string; readonly amount: bigint }[],
    at: number,
  ): Promise<void>;
  /** Answers with the applications whose payment was in `from` and is now in `to`. */
  advance(
    program: string,
    changes: readonly {
      readonly application: string;
      readonly from: PaymentState;
      readonly to: PaymentState;
      readonly settledBy?: string;
    }[],
    at: number,
  ): Promise<readonly string[]>;
  /** Applications whose payment is in this state. */
  readPayments(
    program: string,
    state: PaymentState,
    limit: number,
    after?: string,
  ): Promise<readonly (KeptApplication & { readonly payment: Payment })[]>;
  /** How many payments are in each state, and how much they are together; states without payments are absent. */
  sumPayments(program: string): Promise<{ readonly [state in PaymentState]?: { count: number; total: bigint } }>;
  /** How many applications: all, unjudged, admitted, refused. */
  countApplications(program: string): Promise<{ all: number; unjudged: number; admitted: number; refused: number }>;

  /** Erases what people sent in at most `limit` applications of the program; says how many. Digests and salts stay. */
  eraseSealed(program: string, limit: number): Promise<number>;
}
