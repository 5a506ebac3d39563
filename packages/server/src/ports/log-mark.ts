/** How far the log has been shown: its size at a checkpoint, and the root there, base64url. */
export type MarkedLog = { readonly size: number; readonly root: string };

/**
 * What the network remembers of its log apart from the log's own store, so that a store which was set back (a backup, a
 * replica that was behind) is noticed before anybody is shown a smaller log.
 * Durability: what was written survives a crash once `write` has answered. Consistency: `read` gives the last written.
 * Idempotency: writing again is harmless. Concurrency: one network. Retries: the caller.
 */
export interface LogMark {
  read(): Promise<MarkedLog | undefined>;
  write(mark: MarkedLog): Promise<void>;
}
