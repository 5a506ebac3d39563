/**
 * By what the parts of a network find somebody, without any of them knowing who it is. Personal data by itself: never logged,
 * and kept sealed.
 */
export type PersonTraces = {
  /** An operator's own names for the person, at one issuer. */
  readonly labels: readonly { readonly tenant: string; readonly label: string }[];
  /** Places in status lists. */
  readonly places: readonly { readonly list: string; readonly index: number }[];
  /** base64url SHA-256 of what an issuer signed. */
  readonly credentials: readonly string[];
  /** Thumbprints of the keys that credentials are bound to. */
  readonly holders: readonly string[];
  /** Ids of verdicts, at whatever verifier. */
  readonly verdicts: readonly string[];
};

/** What has to stay for now, and why; `until`: when it is looked at again, unix milliseconds. Without: it stays for good. */
export type Stay = { readonly what: string; readonly count: number; readonly why: string; readonly until?: number };

/** What one part has erased, by kind, and what stays. Names nobody. */
export type Erased = {
  readonly part: string;
  readonly erased: Readonly<Record<string, number>>;
  readonly stays: readonly Stay[];
};

/**
 * A part of the network that keeps something about people, and can be asked to forget one.
 * Durability: `erase` resolves once a crash cannot bring back what it erased. Consistency: what is needed by others (money on
 * its way, an open review) stays, and is named with the date at which it is looked at again. Idempotency: asking again erases
 * what has become due since, and nothing twice; `trace` finds the same again until it is erased. Concurrency: any. Retries: the
 * caller, freely, also after a crash in between.
 */
export interface Erasable {
  readonly part: string;
  /** What this part knows of the person beyond what it is told. To be asked before anything is erased. */
  trace(known: PersonTraces): Promise<Partial<PersonTraces>>;
  erase(traces: PersonTraces): Promise<Erased>;
}

/** More of one kind than this is nobody: such a request is refused. */
export const MAX_TRACES = 10_000;
