import {
  CodedError,
  canonicalJson,
  encodeId,
  encodeUtf8,
  type JsonObject,
  parseJsonObject,
  parseUtf8,
} from '@holdfast/core';
import type { CheckAnswer, CheckConfig, ExternalCheck } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { ReviewRecord, ReviewStore } from '../../ports/review-store.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { ReviewCases } from './review-cases.ts';

/** One matter that a person has to look at, as operators see it. Who owns it when the time is over is its default. */
export type Review = Omit<ReviewRecord, 'shown'> & {
  readonly state: 'open' | 'decided' | 'defaulted';
  /** What counts now; absent while it is open. */
  readonly result?: 'passed' | 'failed';
  /** The case of the network that it is, once the governor has acknowledged it. */
  readonly case?: string;
};

export type Looked = { readonly result: 'passed' | 'failed'; readonly by: string; readonly note?: string };

/** Checks that a person makes: each opens a review with an owner, a time by which it is due, and a default. */
export type Reviews = {
  /** The check that a policy names: pending until somebody has decided, or until it is due. */
  checkFor(config: CheckConfig): ExternalCheck;
  /** The first to fall due first. */
  list(limit: number): Promise<readonly Review[]>;
  /** With the claims that are shown to whoever looks. Throws `review.not-found`, `sealer.unopenable`. */
  read(id: string): Promise<Review & { readonly claims: JsonObject }>;
  /**
   * Throws `review.not-found`, `review.over`: decided already, or due and so decided by its default, and `review.in-case`:
   * officers find in a case.
   */
  decide(id: string, decision: Looked): Promise<Review>;
  /** Takes over what has been found in cases; says how many. */
  followCases(): Promise<number>;
  sweep(limit: number): Promise<number>;
};

export type ReviewsOptions = {
  readonly store: ReviewStore;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly sealer: Sealer;
  /** Told of each decision: who waits for it is answered. */
  readonly onDecided: (check: string, credential: string) => void;
  /** Where checks that say so are decided; without it every review is this verifier's own. */
  readonly cases?: ReviewCases;
  /** Open at once; beyond it a check by hand cannot be had. */
  readonly maxOpen?: number;
};

const DEFAULT_MAX_OPEN = 10_000;
/** As long as a policy may let a result count. */
const MEMORY_MS = 400 * 86_400_000;
const BOUNDS = { maxLength: 262_144, maxDepth: 20 };

export function createReviews(options: ReviewsOptions): Reviews {
  const { store, clock, entropy, sealer, onDecided, cases, maxOpen = DEFAULT_MAX_OPEN } = options;
  /** Binds what is sealed to its row: moved to another, it does not open. */
  const context = (id: string) => `review ${id}`;

  async function find(id: string): Promise<ReviewRecord> {
    const record = await store.read(id);
    if (record === undefined) throw new CodedError('review.not-found', 'No review with this id is kept here.');
    return record;
  }

  async function withCase(review: Review): Promise<Review> {
    const id = await cases?.caseOf(review.id);
    return id === undefined ? review : { ...review, case: id };
  }

  return {
    checkFor: ({ id: check, owner = '', dueMs = 0, maxAgeMs, default: otherwise = 'failed', caseClass }) => ({
      source: `review by ${owner}`,
      async ask(question) {
        const { credential, type, issuer, claims } = question;
        const openedAt = clock.now();
        const id = encodeId(entropy.bytes(16));
        const isBare = Object.keys(claims).length === 0;
        const shown = isBare ? undefined : await sealer.seal(encodeUtf8(canonicalJson(claims)), context(id));
        const review: ReviewRecord = {
          ...{ id, check, credential, type, issuer, owner, openedAt, dueAt: openedAt + dueMs, default: otherwise },
          ...(shown === undefined ? {} : { shown }),
        };
        const counting = await store.open(review, openedAt - maxAgeMs, maxOpen);
        if (counting === undefined)
          throw new CodedError('check.unreachable', 'As many reviews are open as are kept here.');
        const answer = answerOf(counting, openedAt);
        const isCase = caseClass !== undefined && answer.state === 'pending';
        if (isCase) await cases?.file(counting, question, caseClass);
        return answer;
      },
    }),
    list: async (limit) =>
      Promise.all((await store.readOpen(limit)).map(async (record) => withCase(reviewOf(record, clock.now())))),
    async read(id) {
      const record = await find(id);
      const { shown } = record;
      const claims = shown === undefined ? {} : parseClaims(await sealer.open(shown, context(id)));
      return { ...(await withCase(reviewOf(record, clock.now()))), claims };
    },
    async decide(id, { result, by, note }) {
      const at = clock.now();
      if ((await cases?.isFiled(id)) === true) {
        throw new CodedError('review.in-case', 'This review is a case of the network: officers find in it.');
      }
      const decision = { result, at, by, ...(note === undefined ? {} : { note }) };
      if (!(await store.decide(id, decision))) {
        await find(id);
        throw new CodedError('review.over', 'This review is decided already, by somebody or by its default.');
      }
      const record = await find(id);
      onDecided(record.check, record.credential);
      return reviewOf(record, at);
    },
    async followCases() {
      let decided = 0;
      for (const { id, result, at } of (await cases?.readFound()) ?? []) {
        const by = `case ${await cases?.caseOf(id)}`;
        if (!(await store.decide(id, { result, at: Math.min(at, clock.now()), by }))) continue;
        const record = await find(id);
        onDecided(record.check, record.credential);
        decided += 1;
      }
      return decided;
    },
    async sweep(limit) {
      const now = clock.now();
      return (await store.eraseShown(now, limit)) + (await store.remove(now - MEMORY_MS, limit));
    },
  };
}

/** Anyone who knows the record knows how it ends: by a decision, or by the default when it is due. */
function answerOf({ decided, dueAt, default: otherwise }: ReviewRecord, now: number): CheckAnswer {
  if (decided !== undefined) return { state: decided.result, asOf: decided.at };
  return now >= dueAt ? { state: otherwise, asOf: dueAt } : { state: 'pending', by: dueAt };
}

function reviewOf(record: ReviewRecord, now: number): Review {
  const { shown: _, ...rest } = record;
  const answer = answerOf(record, now);
  if (answer.state === 'pending') return { ...rest, state: 'open' };
  return { ...rest, state: rest.decided === undefined ? 'defaulted' : 'decided', result: answer.state };
}

function parseClaims(bytes: Uint8Array): JsonObject {
  return parseJsonObject(parseUtf8(bytes), BOUNDS);
}
