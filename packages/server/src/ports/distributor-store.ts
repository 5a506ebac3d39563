import type { ApplicationRefusal } from '@holdfast/core';

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
  /**
   * Thumbprint of the key that the credential is bound to, as presented and not verified; with `.signed` behind it once its
   * signature was.
   */
  readonly holder: string;
  /** Unix milliseconds. */
  readonly receivedAt: number;
  /** Salt of its leaves. */
  readonly salt: string;
  /** Application and presentation, sealed. */
  readonly sealed: Uint8Array;
  /** The signed acknowledgement: what is answered, now and to every repeat. */
  readonly acknowledgement: string;
  /** Digest of the code with which its applicant finds it again; forgotten with what was sent. */
  readonly code?: string;
};

/**
 * `kept` and `repeat` answer with the acknowledgement that is kept; the others kept nothing, and the first of them that
 * applies, in this order, is the answer. A program that was never added is `closed`.
 */
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
  /** Entry of the log that admits it whatever the rules say: once, so that what follows from the rules then stands. */
  readonly exception?: number;
  /** It was admitted after the lists were made: in those it stays refused, with this code. */
  readonly sealedAs?: ApplicationRefusal;
} & ({ readonly candidacy: Candidacy } | { readonly refused: ApplicationRefusal });

/**
 * One person's money on its way. `planned`: allocated. `reserved`: pending in the ledger. `posted`: paid as far as the
 * ledger goes. `voided`: returned to the program. `carried`: handed over for settlement.
 */
export const PAYMENT_STATES = ['planned', 'reserved', 'posted', 'voided', 'carried'] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

/** Where a payment may go from each state: only forwards, and what was paid is never returned. */
export const PAYMENT_STEPS: { readonly [from in PaymentState]: readonly PaymentState[] } = {
  planned: ['reserved', 'posted', 'voided'],
  reserved: ['posted', 'voided'],
  posted: ['carried'],
  voided: [],
  carried: [],
};

export type Payment = {
  readonly application: string;
  /** Minor units: not negative, at most 39 digits. */
  readonly amount: bigint;
  readonly state: PaymentState;
  /** Unix milliseconds of the last change. */
  readonly at: number;
  /**
   * Id of the verdict that posted or voided it, or the entry of the log (`settledByEntry`) that ruled so; absent when the
   * program's stated default did. Later steps keep it.
   */
  readonly settledBy?: string;
};

/** `settledBy` of what the log ruled: its entry. */
export function settledByEntry(entry: number): string {
  return `entry-${entry}`;
}

/** Whether it was the log that ruled so, and no verdict. */
export function isSettledByLog(settledBy: string | undefined): boolean {
  return settledBy?.startsWith('entry-') === true;
}

export type KeptApplication = Omit<NewApplication, 'sealed' | 'code'> & {
  /** Absent once erased. */
  readonly sealed?: Uint8Array;
  /** Ascending in the order in which the program's applications were kept. */
  readonly sequence: number;
  /** Of a candidate that was refused later, by `admit`, only the refusal is left: its candidacy is forgotten. */
  readonly judgement?: Judgement;
  /** Counts for its person; false once refused, by whatever. Absent while that is not decided. */
  readonly admitted?: boolean;
  readonly payment?: Payment;
};

export type ApplicationLeaf = Pick<KeptApplication, 'application' | 'salt'>;
/** Without what its applicant sent: lists are made of it, and would be read by the gigabyte. */
export type JudgedApplication = Omit<KeptApplication, 'sealed'>;

/** How many payments are in each state, and how much they are together; states without payments are absent. */
export type PaymentSums = { readonly [state in PaymentState]?: { readonly count: number; readonly total: bigint } };

/** All payments but those voided, in minor units: together, and by the issuers of those who get them. */
export type Spent = {
  readonly recipients: number;
  readonly total: bigint;
  readonly byIssuer: ReadonlyMap<string, bigint>;
};

/** The most that may be spent; an issuer that is not named has no bound of its own. */
export type SpendingBounds = {
  readonly recipients: number;
  readonly total: bigint;
  readonly byIssuer: ReadonlyMap<string, bigint>;
};

/** `unjudged`, `admitted`, `refused`, and the candidates that are none of these, together are `all`. */
export type ApplicationCounts = {
  readonly all: number;
  readonly unjudged: number;
  readonly admitted: number;
  readonly refused: number;
};

/** Applications in one call, asked for or written. A read that asks for more gets these. */
export const MAX_APPLICATIONS_PER_READ = 1000;
/** Applications of one holder key to one program: a person has a reason for one, and may err a few times. */
export const MAX_PER_HOLDER = 8;

/**
 * What a distributor must not forget. One store belongs to one distributor.
 *
 * Durability: each call resolves once a crash cannot lose what it did; all of a call happens or nothing of it.
 * Consistency: a read sees every call that was answered before it. `accept` and `close` of one program are in one order:
 * what was accepted before the close is in the count that `close` answers, and nothing is accepted after it.
 * Idempotency: `addKey`, `addProgram`, `close`, `keepStatement`, `judge`, `admit`, `readmit`, `plan`, each by what it names: the first
 * stays, also within one call. `accept` by (program, application): a repeat is told the acknowledgement it has. `advance`
 * moves a payment from the state it is said to be in, once. What is erased stays erased.
 * Concurrency: any; calls of `accept` to one program wait for each other, so few large ones do more than many small ones.
 * Retries: the caller, with the same again, also after `database.outcome-unknown`. Reads by `after` go on behind the last
 * one read, in the order of the applications' digests (by code units) where nothing else is said, and never skip what was
 * there when they began.
 * Bounds: `MAX_APPLICATIONS_PER_READ` in every call. Work per application does not grow with what is kept, nor does that of
 * `sumPayments`, `readSpent` and `countApplications`.
 * Assertions: more than the bound, a program that was never added (but in `accept` and in reads, where there is nothing),
 * judging what was not accepted, admitting what was not judged, planning what is not admitted, a step backwards or an
 * application named twice where that would be two orders, is a defect of the caller: an error without a code, and
 * nothing of the call happens.
 */
export interface DistributorStore {
  addKey(key: KeptKey): Promise<void>;
  /** Undefined once erased. */
  readKey(digest: string): Promise<KeptKey | undefined>;
  /** Keys that are not erased. */
  countKeys(): Promise<number>;
  /** The key is gone for good, and cannot be added again: no nullifier of its program can be made any more. */
  eraseKey(digest: string): Promise<void>;

  addProgram(program: { readonly id: string; readonly digest: string }): Promise<void>;
  readProgram(id: string): Promise<KeptProgram | undefined>;
  /** In the order in which they were added; each was released by a quorum, so they are few. */
  readPrograms(): Promise<readonly KeptProgram[]>;
  /** Answers with the program as it is then: closed, its count final. */
  close(program: string, at: number): Promise<KeptProgram>;
  /** Answers with the statement that is kept, which may be an earlier one. */
  keepStatement(program: string, step: ProgramStep, statement: string): Promise<string>;
  /** Puts another statement in the place of this very one; answers with what is kept then. */
  replaceStatement(program: string, step: ProgramStep, from: string, to: string): Promise<string | undefined>;

  /**
   * In any mixture of programs; answers in the order asked, each as if those before it had been asked before. `full`
   * beyond `maxApplications` of the program, `holder-full` beyond `MAX_PER_HOLDER` kept there for the holder.
   */
  accept(
    applications: readonly (NewApplication & { readonly maxApplications: number })[],
  ): Promise<readonly AcceptAnswer[]>;
  read(program: string, application: string): Promise<KeptApplication | undefined>;
  /** The application that was accepted with this digest of a code, while what was sent in it is kept. */
  findByCode(code: string): Promise<{ readonly program: string; readonly application: string } | undefined>;
  /** Every application of the program, of which only this is needed to make the intake. */
  readLeaves(program: string, limit: number, after?: string): Promise<readonly ApplicationLeaf[]>;

  /** In the order in which they were kept. */
  readUnjudged(program: string, limit: number): Promise<readonly KeptApplication[]>;
  judge(program: string, judgements: readonly Judgement[]): Promise<void>;
  readJudged(program: string, limit: number, after?: string): Promise<readonly JudgedApplication[]>;
  /**
   * Lets candidates count for their person, in the order named, and refuses others that were candidates, with the code;
   * none is named twice. Answers with those of `admitted` that do not count: refused as `application.duplicate_person`,
   * because somebody with the same nullifier counts in this program, or refused before. So a repeat is told the same.
   */
  admit(
    program: string,
    admitted: readonly string[],
    refused: readonly { readonly application: string; readonly code: ApplicationRefusal }[],
  ): Promise<readonly string[]>;
  /**
   * Makes a candidate again of an application that was refused, because the log admits it (`judgement.exception` says where):
   * once for each application. While the program is not closed it comes into its lists; `late`: only once it is closed, and then
   * its lists keep what they said of it (`sealedAs`). Answers whether it is a candidate now by this, or was made one before.
   */
  readmit(
    program: string,
    judgement: Judgement & { readonly candidacy: Candidacy; readonly exception: number },
    when?: 'late',
  ): Promise<boolean>;

  /**
   * Payments of admitted applications. `false`, and nothing planned, where more would be spent than `most`, whoever else
   * plans at the same time.
   */
  plan(
    program: string,
    payments: readonly { readonly application: string; readonly amount: bigint }[],
    at: number,
    most?: SpendingBounds,
  ): Promise<boolean>;
  /**
   * Steps of `PAYMENT_STEPS`, none of them twice for one application. Answers with the applications whose payment was in
   * `from` and is now in `to`, in the order asked.
   */
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
  sumPayments(program: string): Promise<PaymentSums>;
  readSpent(program: string): Promise<Spent>;
  countApplications(program: string): Promise<ApplicationCounts>;

  /**
   * Applications of these holder keys (as they are kept), and those that were judged by these verdicts, in all programs: at
   * most `MAX_APPLICATIONS_PER_READ`. Looks through every judgement that is kept: for what is seldom asked.
   */
  readPerson(by: {
    readonly holders: readonly string[];
    readonly verdicts: readonly string[];
  }): Promise<readonly JudgedApplication[]>;
  /** Erases what was sent in these; says of how many there was anything. */
  eraseSent(program: string, applications: readonly string[]): Promise<number>;
  /** Erases what people sent in at most `limit` applications of the program; says how many. Digests and salts stay. */
  eraseSealed(program: string, limit: number): Promise<number>;
}
