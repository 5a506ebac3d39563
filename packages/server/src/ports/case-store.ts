/** One officer's approval of a step, verified when it was received. */
export type StepApproval = { readonly officer: string; readonly approval: string; readonly at: number };

/** What the log made of a step: its entry, or the fold's refusal. */
export type StepOutcome = { readonly entry: number } | { readonly why: string };

/** One step of a case on its way into the log. Nothing in it says what the case is about. */
export type KeptStep = {
  readonly id: string;
  readonly idempotencyKey: string;
  /** Digest of the request, so that a repeat that says something else is noticed. */
  readonly request: string;
  readonly case: string;
  /** The step as JSON, without approvals. */
  readonly act: string;
  /** What officers sign; empty for steps that take none. */
  readonly digest: string;
  readonly proposedAt: number;
  readonly approvals: readonly StepApproval[];
  /** The signed statement, from before the first attempt to append it; whatever is sent again are these bytes. */
  readonly statement?: string;
  readonly outcome?: StepOutcome;
};

/** What somebody filed or handed in, sealed: who they are and what they say. Erased without a trace of it in the log. */
export type KeptFile = {
  /** Of the step that brought it. */
  readonly step: string;
  readonly case: string;
  /** SHA-256 of the code with which whoever filed it looks at it again, base64url. */
  readonly code: string;
  /** Pseudonyms of whoever filed it and of what it is about: for limits, and for erasing. */
  readonly filer: string;
  readonly subject: string;
  readonly filedAt: number;
  /** Openings of the leaves that the step commits to; absent once they are erased. */
  readonly sealed?: Uint8Array;
};

export type NewStep = Omit<KeptStep, 'approvals' | 'outcome'>;

export const MAX_STEPS_PER_READ = 500;

/**
 * What the governor must not forget about cases; the course of a case itself is in the log. One store belongs to one governor.
 * Durability: each call resolves once a crash cannot lose what it did; all of a call happens or nothing of it.
 * Consistency: a read sees every call that was answered before it. Idempotency: `create` by its key, `approve` by officer,
 * `sign` and `settle` keep the first. Concurrency: any. Retries: the caller.
 */
export interface CaseStore {
  /** Keeps a step with what came along, unless one is kept under its key: then that one is the answer, unchanged. */
  create(step: NewStep, file?: KeptFile): Promise<KeptStep>;
  read(id: string): Promise<KeptStep | undefined>;
  readByKey(idempotencyKey: string): Promise<KeptStep | undefined>;
  /** Adds an approval to a step that is not signed yet. Undefined when there is no such step. */
  approve(id: string, approval: StepApproval): Promise<KeptStep | undefined>;
  /** Keeps the statement of a step, if it has none. Answers with the step as it is then. */
  sign(id: string, statement: string): Promise<KeptStep | undefined>;
  /** Ends a step that has no outcome. */
  settle(id: string, outcome: StepOutcome): Promise<void>;
  /** Signed and without outcome, oldest first; at most `limit`. */
  readWaiting(limit: number): Promise<readonly KeptStep[]>;
  /** Steps of a case, oldest first; at most `MAX_STEPS_PER_READ`. */
  readOfCase(caseId: string): Promise<readonly KeptStep[]>;
  /** Files of a case, oldest first; at most `MAX_STEPS_PER_READ`. */
  readFiles(caseId: string): Promise<readonly KeptFile[]>;
  findFile(code: string): Promise<KeptFile | undefined>;
  /** How many files this filer has handed in since `from`. */
  countFiled(filer: string, from: number): Promise<number>;
  /** Removes what is sealed of at most `limit` files of this filer or about this subject; says how many. */
  erase(
    who: { readonly filer?: string; readonly subject?: string; readonly case?: string },
    limit: number,
  ): Promise<number>;
}
