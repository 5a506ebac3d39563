import type { FeedSource } from '@holdfast/verifier';

/** The network's signed word that the statements are in the log: giving them over is complete with this. */
export type AppendReceipt = {
  /** Index of the first of the appended statements; the others follow it. */
  readonly index: number;
  readonly count: number;
};

/**
 * The network as its neighbours see it.
 * Durability: `append` resolves when all statements are durable, in order, next to each other, or rejects and none is.
 * Consistency: the order of the log is the only order. Idempotency: repeating statements that were all appended together
 * answers with the first receipt. Concurrency: any; appends are put in one order. Retries: the caller, after a coded
 * error that says `later`; a refused statement (`statement.refused`, with the fold's reason) is never worth repeating.
 */
export interface Network extends FeedSource {
  append(statements: readonly string[]): Promise<AppendReceipt>;
}
