/** A request to become an accredited issuer, as it was received. */
export type KeptJoining = {
  /** Digest of the request: a repeat is the same request. */
  readonly id: string;
  /** The party that it is about, as it names itself. */
  readonly party: string;
  /** The request as canonical JSON, but for what is sealed. */
  readonly request: string;
  /** Contact and documents, sealed; absent once erased. */
  readonly sealed?: Uint8Array;
  /** Unix milliseconds. */
  readonly receivedAt: number;
  /** Why an operator has put it aside; absent while it is open. */
  readonly declined?: string;
};

export type NewJoining = Omit<KeptJoining, 'declined' | 'sealed'> & { readonly sealed: Uint8Array };

/** `full`: as many are open as are kept; `party-full`: as many of this party. Then nothing was kept. */
export type JoiningAnswer =
  | { readonly answer: 'kept' | 'repeat'; readonly kept: KeptJoining }
  | { readonly answer: 'full' | 'party-full' };

export type JoiningBounds = { readonly maxOpen: number; readonly maxOpenPerParty: number };

export const MAX_JOININGS_PER_READ = 200;

/**
 * Requests to join a network. One store belongs to one governor.
 * Durability: each call resolves once a crash cannot lose what it did. Consistency: a read sees every call that was answered
 * before it. Idempotency: `add` by id: the first stays, also when it was declined; `decline`: the first reason stays.
 * Concurrency: any; a burst of callers may overshoot the bounds by their number. Retries: the caller.
 */
export interface JoiningStore {
  add(joining: NewJoining, bounds: JoiningBounds): Promise<JoiningAnswer>;
  read(id: string): Promise<KeptJoining | undefined>;
  /** Those not declined, oldest first, at most `MAX_JOININGS_PER_READ`. */
  readOpen(): Promise<readonly KeptJoining[]>;
  /** What was sealed with it is erased. False when there is no such request. */
  decline(id: string, reason: string): Promise<boolean>;
  /** How many open ones were received before this one. */
  countBefore(id: string): Promise<number>;
  /** Forgets what was received before `time`, at most `limit`; says how many. */
  forget(time: number, limit: number): Promise<number>;
}
