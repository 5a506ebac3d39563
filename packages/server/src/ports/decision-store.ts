import type { DecisionOpenings, DecisionTerms } from '@holdfast/core';

/** One officer's approval, verified when it was received. */
export type KeptApproval = {
  readonly officer: string;
  /** Compact JWS, `typ: approval+jwt`. */
  readonly approval: string;
  /** Unix milliseconds of the governor's clock. */
  readonly at: number;
};

/** How a proposal ended, when something was done about it. Lapsing is not kept: it follows from the log. */
export type ProposalOutcome =
  | {
      readonly state: 'carried-out';
      /** Entries of the log; absent when the log has the decision although this store had forgotten. */
      readonly entries?: { readonly decision: number; readonly carriedOut: number };
    }
  /** `why`: the fold's refusal, as the network told it. */
  | { readonly state: 'refused'; readonly why: string };

/** A proposal and what has become of it. `openings` are private: targets, reasons, evidence. */
export type KeptProposal = {
  readonly id: string;
  readonly idempotencyKey: string;
  /** Digest of the request, so that a repeat that says something else is noticed. */
  readonly request: string;
  /** Digest of `terms`: what officers sign. */
  readonly digest: string;
  readonly terms: DecisionTerms;
  readonly openings: DecisionOpenings;
  /** Approvals of different officers that the rulebook asked for when it was proposed. */
  readonly quorum: number;
  /** Unix milliseconds. */
  readonly proposedAt: number;
  readonly approvals: readonly KeptApproval[];
  /** The batch that carries it out, from before the first attempt to append it. */
  readonly batch?: string;
  readonly outcome?: ProposalOutcome;
};

export type NewProposal = Omit<KeptProposal, 'approvals' | 'batch' | 'outcome'>;

/** Statements that go into the log in one append: the decisions in the order of `proposals`, then what carries them out. */
export type DecisionBatch = {
  readonly id: string;
  /** Ids of the proposals, in the order of their decisions. */
  readonly proposals: readonly string[];
  /** The signed statements: kept before they are sent, so that sending them again sends the same bytes. */
  readonly statements: readonly string[];
};

type SettledProposal = { readonly proposal: string; readonly outcome: ProposalOutcome };

export const MAX_PROPOSALS_PER_READ = 1000;

/**
 * What a governor must not forget. One store belongs to one governor.
 * Durability: each call resolves once a crash cannot lose what it did; all of a call happens or nothing of it.
 * Consistency: a read sees every call that was answered before it. Idempotency: `create` by its key; `addApproval` by
 * officer; `settle` by batch; `createBatch` throws `decision.batch-conflict` for a proposal that is in a batch or has an
 * outcome, so of two planners one wins. Concurrency: any. Retries: the caller.
 */
export interface DecisionStore {
  /** Keeps a proposal, unless one is kept under its idempotency key: then that one is the answer, unchanged. */
  create(proposal: NewProposal): Promise<KeptProposal>;
  read(id: string): Promise<KeptProposal | undefined>;
  /** Those of them that are kept, in the order of their making. */
  readEach(ids: readonly string[]): Promise<readonly KeptProposal[]>;
  readByKey(idempotencyKey: string): Promise<KeptProposal | undefined>;
  /** Newest first; at most `MAX_PROPOSALS_PER_READ`. */
  readLatest(limit: number): Promise<readonly KeptProposal[]>;
  /** Neither in a batch nor ended, expiring after `time`: oldest first, at most `MAX_PROPOSALS_PER_READ`. */
  readOpen(time: number): Promise<readonly KeptProposal[]>;
  /** How many `readOpen` would answer with. */
  countOpen(time: number): Promise<number>;
  /**
   * Adds an approval and answers with the proposal as it is then. Of each officer the first one stays; nothing is added
   * to a proposal that is in a batch or has an outcome. Undefined when there is no such proposal.
   */
  addApproval(id: string, approval: KeptApproval): Promise<KeptProposal | undefined>;
  /** All that were ever kept, in the order of their making, behind the one named; at most `MAX_PROPOSALS_PER_READ`. */
  readAfter(id: string | undefined): Promise<readonly KeptProposal[]>;
  /**
   * Puts other openings, with less in them, in the place of those that a proposal has, once it is over: its outcome is known
   * or its time to be approved has passed `time`. Says whether it did.
   */
  replaceOpenings(id: string, openings: DecisionOpenings, time: number): Promise<boolean>;
  createBatch(batch: DecisionBatch): Promise<void>;
  /** Batches that are not settled, oldest first. */
  readBatches(): Promise<readonly DecisionBatch[]>;
  /** Ends a batch: its proposals get these outcomes; those not named are open again. An unknown batch is settled. */
  settle(batch: string, outcomes: readonly SettledProposal[]): Promise<void>;
}
