/**
 * What a witness says to a checkpoint. `conflict`: it cosigned a tree of this `size` last, so ask again from there.
 * `forked`: it has seen another tree of this very size. `proof`: the log does not extend what it has seen.
 */
export type AddCheckpointAnswer =
  | { readonly cosigned: true; readonly lines: string }
  | { readonly cosigned: false; readonly why: 'conflict'; readonly size: number }
  | {
      readonly cosigned: false;
      readonly why: 'forked' | 'proof' | 'bad-request' | 'unknown-log' | 'not-signed' | 'busy';
    };

/**
 * Somebody who confirms that a log only ever grows (C2SP tlog-witness). Nothing it says is believed that its signature does
 * not show.
 *
 * Durability: what it has cosigned, it remembers after any crash. Consistency: of one log it never cosigns two histories.
 * Idempotency: the same request again is a `conflict` with the size asked for; asked from there, without a proof, it cosigns
 * the same tree anew. Concurrency: any. Retries: the caller, for `conflict` and `busy`. Throws `witness.unreachable`, or the
 * signal's reason.
 */
export interface Witness {
  /** `body` as `encodeAddCheckpoint` writes it; `lines` are signature lines of C2SP signed-note. */
  addCheckpoint(body: string, signal: AbortSignal): Promise<AddCheckpointAnswer>;
}
