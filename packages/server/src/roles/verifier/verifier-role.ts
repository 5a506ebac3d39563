import {
  assert,
  CodedError,
  type DecidingEntry,
  isCodedError,
  type Position,
  type ReplayBundle,
  thumbprint,
  type VerdictRequest,
} from '@holdfast/core';
import type { Verifier, VerifyOptions } from '@holdfast/verifier';
import type { PresentationStore } from '../../ports/presentation-store.ts';
import type { StandingStore } from '../../ports/standing-store.ts';
import type { VerdictFilter } from '../../ports/verdict-store.ts';
import { createAdmission } from './admission.ts';
import { assertVerifierConfig, boundsOf } from './config.ts';
import { type FeedHealth, healthOf } from './health.ts';
import type { VerifierFeed } from './neighbours.ts';
import { createPresentations, type Presentations } from './presentations.ts';
import type { Question, SignedVerdict } from './question.ts';
import { createReplaying } from './replaying.ts';
import { createStandings, type OpenStandings, type Standing } from './standings.ts';
import { createSweeps, type Swept } from './sweeps.ts';
import { createVerdictBook, type KeptVerdict, type VerdictBookOptions, type WriteOptions } from './verdict-book.ts';

export type VerifierDescription = {
  readonly id: string;
  readonly name: string;
  readonly party: string;
  /** Thumbprint of the key that signs its verdicts. */
  readonly key: string;
  readonly position: Position | null;
  readonly health: FeedHealth;
};

export interface VerifierRole {
  readonly id: string;
  readonly name: string;
  describe(): VerifierDescription;
  /**
   * Judges, signs, keeps, answers, in this order: a verdict that was answered is kept, and so is its standing. Throws
   * `verify.overloaded`, `verify.key-conflict`, `standing.only-pay`, `standing.too-many`, or what signer and stores throw;
   * then no verdict was given.
   */
  verify(question: Question): Promise<SignedVerdict>;
  /**
   * Judges the standing of a verdict again: class `pay`, at `atLeast` or later, the amount as it was asked for. The new
   * verdict is kept and can be replayed like any other; the standing stays. Throws `verdict.not-found`,
   * `standing.not-kept`, `standing.erased`, `verify.overloaded`, or what sealer, signer and stores throw.
   */
  confirm(verdictId: string, wanted: Confirmation): Promise<SignedVerdict>;
  /** The money is posted or voided: erases the standing. May be repeated, also for what was never kept. */
  settled(verdictId: string): Promise<void>;
  /** The verdicts whose money is neither posted nor voided, as far as this verifier has been told; for handoffs. */
  openStandings(limit?: number): Promise<OpenStandings>;
  /** Throws `verdict.not-found`. */
  verdict(id: string): Promise<KeptVerdict>;
  latest(filter: VerdictFilter): Promise<readonly KeptVerdict[]>;
  /** Throws `verdict.not-found`, `verdict.erased`, `verdict.log-lost`, `verdict.unreadable`. */
  replayBundle(id: string): Promise<ReplayBundle>;
  /**
   * The entry of the log that had given the credential its status where this verdict stood, or gives it now (`isNow`), and
   * who decided it; undefined when none had. Throws as `replayBundle`.
   */
  deciding(id: string, isNow?: boolean): Promise<DecidingEntry | undefined>;
  readonly presentations: Presentations;
  /** Erases what is due once; see `VerifierBounds`. */
  sweep(): Promise<Swept>;
  /** Erases what is due, again and again, until the signal aborts. */
  runSweeps(signal: AbortSignal): Promise<void>;
}

export type Confirmation = { readonly atLeast: Position; readonly deadlineMs?: number };

export type VerifierRoleOptions = VerdictBookOptions & {
  readonly presentations: PresentationStore;
  readonly standings: StandingStore;
  /** The library, over the same follower. */
  readonly verifier: Verifier;
  readonly feed?: VerifierFeed;
  /** The networks that it follows beside it, by their pinned names; may grow. */
  readonly others?: ReadonlyMap<string, VerifierFeed>;
};

/** One verifier: the library that judges, and what makes its answers last: signature, record, replay, retention. */
export function createVerifierRole(options: VerifierRoleOptions): VerifierRole {
  const { config, clock, verifier, feed } = options;
  assertVerifierConfig(config);
  const { id, name, keys, party = id } = config;
  const bounds = boundsOf(config);
  const book = createVerdictBook(options);
  const standings = createStandings({ ...options, verifierId: id, store: options.standings, bounds });
  const admit = createAdmission(bounds);

  async function verify(question: Question): Promise<SignedVerdict> {
    const { keepStanding = false } = question;
    const request = requestOf(question);
    if (keepStanding && request.class !== 'pay') {
      throw new CodedError('standing.only-pay', 'Only verdicts of class pay are confirmed later.');
    }
    if (keepStanding) await standings.assertRoom();
    return admit(question.deadlineMs, async (deadline) => {
      const text = textOf(question);
      const verified = await verifier.verify(text, request, { ...optionsOf(question), ...deadline });
      const { given, subject } = await book.write(text, verified, writeOptionsOf(question));
      // The verdict that stands, which under a key may be an earlier one.
      if (keepStanding) await standings.keep(given.id, subject, { verdict: given.verdict, parse: verified.parse });
      return given;
    });
  }

  async function confirm(verdictId: string, { atLeast, deadlineMs }: Confirmation): Promise<SignedVerdict> {
    const { credential, amount } = await openStanding(verdictId);
    const request: VerdictRequest = {
      class: 'pay',
      freshness: { mode: 'at-least', positions: [atLeast] },
      ...(amount === undefined ? {} : { amount }),
    };
    return admit(deadlineMs, async (deadline) => {
      const verified = await verifier.verify(credential, request, deadline);
      return (await book.write(credential, verified, { confirms: verdictId })).given;
    });
  }

  /** A verdict that is not known here is another mistake than one of which nothing was kept. */
  async function openStanding(verdictId: string): Promise<Standing> {
    try {
      return await standings.open(verdictId);
    } catch (error) {
      if (isCodedError(error) && error.code === 'standing.not-kept') await book.read(verdictId);
      throw error;
    }
  }

  return {
    id,
    name,
    describe() {
      const position = feed?.follower.view()?.position ?? null;
      const health = healthOf(feed?.follower, clock.now());
      return { id, name, party, key: thumbprint(keys.verdict.key), position, health };
    },
    verify,
    confirm,
    settled: standings.erase,
    openStandings: (limit = DEFAULT_STANDINGS) => standings.list(limit),
    verdict: book.read,
    latest: book.readLatest,
    ...createReplaying({ ...options, book }),
    presentations: createPresentations({ ...options, bounds, verify }),
    ...createSweeps({ ...options, standings, bounds }),
  };
}

const DEFAULT_STANDINGS = 100;

function textOf({ credential, presentation }: Question): string {
  assert((credential === undefined) !== (presentation === undefined), 'a question is about one text');
  return credential ?? presentation ?? '';
}

function requestOf({ nonce, audience, query, want }: Question): VerdictRequest {
  const { class: action = 'view', freshness = { mode: 'any' }, amount } = want ?? {};
  return {
    class: action,
    freshness,
    ...(amount === undefined ? {} : { amount }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(audience === undefined ? {} : { audience }),
    ...(query === undefined ? {} : { query }),
  };
}

function optionsOf({ seen, mayRefold }: Question): VerifyOptions {
  return { ...(seen === undefined ? {} : { seen }), ...(mayRefold === undefined ? {} : { mayRefold }) };
}

function writeOptionsOf({ key, seen = [] }: Question): WriteOptions {
  return { ...(key === undefined ? {} : { key }), hasSeen: seen.length > 0 };
}
