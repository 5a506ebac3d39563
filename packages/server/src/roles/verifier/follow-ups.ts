import {
  canonicalJson,
  encodeUtf8,
  isCodedError,
  type ParsedCredential,
  parseJsonObject,
  parseUtf8,
  type Verdict,
  type VerdictRequest,
} from '@holdfast/core';
import { MAX_DEADLINE_MS, type Verified, type Verifier } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { FollowUpRecord, FollowUpStore } from '../../ports/follow-up-store.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { Events } from '../../telling/events.ts';
import { createWakingLoop } from '../../telling/waking-loop.ts';
import type { VerdictBook } from './verdict-book.ts';

/** What became of a promise: still owed, answered by another verdict, or lost because what was kept does not open. */
export type FollowUp =
  | { readonly state: 'pending'; readonly promisedBy: number }
  | { readonly state: 'done'; readonly verdictId: string }
  | { readonly state: 'lost' };

/** Verdicts that were given while something was under way, and are given again when it is known. */
export type FollowUps = {
  /** Whether one more answer can be promised. */
  hasRoom(): Promise<boolean>;
  /** Keeps what is judged again; kept when it resolves. */
  keep(verdictId: string, judged: Pick<Verified, 'verdict' | 'parse'>, promisedBy: number): Promise<void>;
  read(verdictId: string): Promise<FollowUp | undefined>;
  /** Something is known now of a credential: whoever waits for it is answered soon. */
  settled(credential: string): void;
  /** Answers what can be answered and what is due; says how many. */
  work(): Promise<number>;
  run(signal: AbortSignal): Promise<void>;
  sweep(limit: number): Promise<number>;
};

export type FollowUpsOptions = {
  readonly clock: Clock;
  readonly store: FollowUpStore;
  readonly sealer: Sealer;
  readonly verifier: Verifier;
  readonly book: Pick<VerdictBook, 'write'>;
  readonly memoryMs: number;
  /** Called when a promise was kept. */
  readonly onFollowed?: () => void;
  /** Told of each promise before it is given, and when it was kept. */
  readonly events?: Pick<Events, 'announce' | 'happened'>;
};

/** Answers owed at once; beyond it nothing is promised, and whoever asks again later is answered then. */
const MAX_OPEN = 10_000;
/** What we need ourselves, after whoever checks has answered or run out of time. */
export const PROMISE_MARGIN_MS = 5000;
const EVERY_MS = 1000;
const AT_ONCE = 100;
const REJUDGE_DEADLINE_MS = 2000;
const MAX_SETTLED = 10_000;
const BOUNDS = { maxLength: 262_144, maxDepth: 8 };

type Kept = { readonly credential: string; readonly request: VerdictRequest };

export function createFollowUps(options: FollowUpsOptions): FollowUps {
  const { clock, store, sealer, verifier, book } = options;
  /** Credentials of which something became known and that nobody has looked at since. Beyond the bound: when they are due. */
  const news = new Set<string>();
  /** When something became known last, in monotonic milliseconds; the oldest are forgotten first. */
  const lately = new Map<string, number>();
  const loop = createWakingLoop(clock, EVERY_MS, async () => {
    await work();
    // What is left of the news is looked at next, without a rest.
    if (news.size > 0) loop.wake();
  });
  let open: Promise<number> | undefined;
  let change = 0;

  const context = (verdictId: string) => `follow-up ${verdictId}`;

  /** False when it still waits. A record that does not open is marked, or it would be tried for ever. */
  async function answer(record: FollowUpRecord, isDue: boolean): Promise<boolean> {
    const { verdictId, sealed } = record;
    if (sealed === undefined) return false;
    const kept = await openKept(sealed, verdictId);
    if (kept === undefined) return complete(verdictId, verdictId);
    const options = { mayAskChecks: false, deadlineMs: REJUDGE_DEADLINE_MS };
    const verified = await verifier.verify(kept.credential, kept.request, options);
    if (verified.promisedBy !== undefined && !isDue) return false;
    // Under a name of its own: killed before it is marked, the next one finds the same verdict and gives no second.
    const { given } = await book.write(kept.credential, verified, { follows: verdictId, key: context(verdictId) });
    return complete(verdictId, given.id);
  }

  async function complete(verdictId: string, followedBy: string): Promise<boolean> {
    const isFirst = await store.complete(verdictId, followedBy);
    if (isFirst) {
      change -= 1;
      options.onFollowed?.();
      options.events?.happened('verdict', [verdictId]);
    }
    return isFirst;
  }

  async function openKept(sealed: Uint8Array, verdictId: string): Promise<Kept | undefined> {
    try {
      const bytes = await sealer.open(sealed, context(verdictId));
      return parseJsonObject(parseUtf8(bytes), BOUNDS) as unknown as Kept;
    } catch (error) {
      if (isCodedError(error) && error.code === 'sealer.unopenable') return undefined;
      throw error;
    }
  }

  /** What fails now is due again the next time: one that cannot be answered keeps nobody else waiting. */
  async function answerAll(records: readonly FollowUpRecord[], isDue: boolean): Promise<number> {
    let answered = 0;
    for (const record of records) {
      if (await answer(record, isDue).catch(() => false)) answered += 1;
    }
    return answered;
  }

  async function work(): Promise<number> {
    const known = [...news];
    news.clear();
    let answered = 0;
    for (const credential of known) answered += await answerAll(await store.readOpenOf(credential, AT_ONCE), false);
    return answered + (await answerAll(await store.readDue(clock.now(), AT_ONCE), true));
  }

  return {
    async hasRoom() {
      open ??= store.countOpen();
      const counted = await open.catch((error: unknown) => {
        open = undefined;
        throw error;
      });
      return counted + change < MAX_OPEN;
    },
    async keep(verdictId, { verdict, parse }, promisedBy) {
      const { credential = '' } = verdict.basis;
      const kept: Kept = { credential: textOf(parse), request: requestOf(verdict) };
      const sealed = await sealer.seal(encodeUtf8(canonicalJson(kept)), context(verdictId));
      await options.events?.announce('verdict', [verdictId], promisedBy);
      if (await store.keep({ verdictId, credential, keptAt: clock.now(), promisedBy, sealed })) change += 1;
      // It may have become known while this verdict was being written, when there was nobody yet to tell.
      const knownMs = lately.get(credential);
      if (knownMs !== undefined && clock.monotonic() - knownMs <= MAX_DEADLINE_MS) settled(credential);
    },
    async read(verdictId) {
      const record = await store.read(verdictId);
      if (record === undefined) return undefined;
      const { followedBy, promisedBy } = record;
      if (followedBy === undefined) return { state: 'pending', promisedBy };
      return followedBy === verdictId ? { state: 'lost' } : { state: 'done', verdictId: followedBy };
    },
    settled,
    work,
    run: loop.run,
    sweep: (limit) => store.remove(clock.now() - options.memoryMs, limit),
  };

  function settled(credential: string): void {
    lately.delete(credential);
    lately.set(credential, clock.monotonic());
    const [oldest] = lately.keys();
    if (lately.size > MAX_SETTLED && oldest !== undefined) lately.delete(oldest);
    if (news.size >= MAX_SETTLED) return;
    news.add(credential);
    loop.wake();
  }
}

/** As its issuer signed it, with what was disclosed and without the holder's proof, which was for one moment. */
function textOf(parse: ParsedCredential): string {
  return parse.ok ? parse.issuerSigned : '';
}

/** The same class and amount. Whose it is and what it shows has been looked at, and does not change. */
function requestOf({ basis: { request } }: Verdict): VerdictRequest {
  const { class: action, amount } = request;
  return { class: action, freshness: { mode: 'any' }, ...(amount === undefined ? {} : { amount }) };
}
