import {
  assert,
  CodedError,
  type DecidingEntry,
  isCodedError,
  type Position,
  type QuorumWord,
  type ReplayBundle,
  type TrustMatrix,
  thumbprint,
  type VerdictRequest,
} from '@holdfast/core';
import type { CheckResultStore, Verified, Verifier, VerifyOptions } from '@holdfast/verifier';
import type { FollowUpStore } from '../../ports/follow-up-store.ts';
import type { Outbox } from '../../ports/outbox.ts';
import type { PresentationStore } from '../../ports/presentation-store.ts';
import type { StandingStore } from '../../ports/standing-store.ts';
import type { VerdictFilter } from '../../ports/verdict-store.ts';
import type { Signals } from '../../seeing/signals.ts';
import { createEvents, type SendEvent, type Told } from '../../telling/events.ts';
import { createWebhooks, type Webhooks } from '../../telling/webhooks.ts';
import { createAdmission } from './admission.ts';
import { assertVerifierConfig, boundsOf, type VerifierEvent } from './config.ts';
import { createFollowUps, type FollowUp, PROMISE_MARGIN_MS } from './follow-ups.ts';
import { type FeedHealth, healthOf } from './health.ts';
import { createJurisdiction, isForbidden, type Jurisdiction } from './jurisdiction.ts';
import { createLatencyBook, type LatencyReport } from './latency.ts';
import type { LivePolicy } from './live-policy.ts';
import type { VerifierFeed } from './neighbours.ts';
import { createPresentations, type Presentations } from './presentations.ts';
import type { Question, SignedVerdict } from './question.ts';
import { type LaterRules, type Rejudgement, type RejudgingPage, type RejudgingPorts, rejudge } from './rejudging.ts';
import { createReplaying } from './replaying.ts';
import type { Reviews } from './reviews.ts';
import { createStandings, type OpenStandings, type Standing } from './standings.ts';
import { createSweeps, type Swept } from './sweeps.ts';
import { readTrust } from './trust.ts';
import { createVerdictBook, type KeptVerdict, type VerdictBookOptions, type WriteOptions } from './verdict-book.ts';
import { createVerdictSignals } from './verdict-signals.ts';

export type VerifierDescription = {
  readonly id: string;
  readonly name: string;
  readonly party: string;
  /** Thumbprint of the key that signs its verdicts. */
  readonly key: string;
  readonly position: Position | null;
  /** What a quorum of witnesses has confirmed of it; absent where none are named. */
  readonly witnessed?: QuorumWord;
  readonly health: FeedHealth;
  /** The networks that it follows beside its own and has read of, sorted by log; absent where there is none. */
  readonly others?: readonly { readonly network: string; readonly position: Position }[];
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
  /** What became of the answer that a verdict had promised; undefined when it promised none. */
  followUp(verdictId: string): Promise<FollowUp | undefined>;
  /** Something that a check had to say of a credential is known: verdicts that wait for it follow soon. */
  checkSettled(credential: string): void;
  /** Gives the verdicts that are owed, again and again, until the signal aborts. */
  runFollowUps(signal: AbortSignal): Promise<void>;
  /** Sends what is to be told, again and again, until the signal aborts. */
  runEvents(signal: AbortSignal): Promise<void>;
  readonly webhooks: Webhooks | undefined;
  /** What people look at by hand, where the policy may ask for it. */
  readonly reviews: Reviews | undefined;
  /** What its rulebook's profiles say of keeping and telling. */
  readonly jurisdiction: Jurisdiction;
  /** Whom it accepts, of its own network and of those it follows. Throws `trust.not-ready` before anything was read. */
  trust(): TrustMatrix;
  /** Whose answer of a period would be another by these rules, a page at a time. Throws `rejudge.unavailable`. */
  rejudge(page: RejudgingPage, rules: LaterRules): Promise<Rejudgement>;
  /** Its policy, where it can be changed while it runs. */
  readonly policy: LivePolicy | undefined;
  /** Where the time of its decisions went, since this process began. */
  latency(): LatencyReport;
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
  /** The policy that the library judges by, where it can be changed. */
  readonly live?: LivePolicy;
  /** Where answers that are owed are kept; without it none is promised. */
  readonly followUps?: FollowUpStore;
  readonly reviews?: Reviews;
  /** Where results of checks outlive the process: they go as what was presented does. */
  readonly checkResults?: Pick<CheckResultStore, 'remove'>;
  /** Told of what has happened; without it nobody is. */
  readonly signals?: Signals;
  /** Who is told of outcomes, and how; without it nobody is. */
  readonly outbox?: { readonly outbox: Outbox; readonly send: SendEvent };
  readonly feed?: VerifierFeed;
  /** The networks that it follows beside it, by their pinned names; may grow. */
  readonly others?: ReadonlyMap<string, VerifierFeed>;
  /** The library by other rules, for `rejudge`. */
  readonly buildVerifier?: RejudgingPorts['buildVerifier'];
};

/** One verifier: the library that judges, and what makes its answers last: signature, record, replay, retention. */
export function createVerifierRole(options: VerifierRoleOptions): VerifierRole {
  const { config, clock, verifier, feed } = options;
  assertVerifierConfig(config);
  const { id, name, keys, party = id } = config;
  const bounds = boundsOf(config);
  const jurisdiction = createJurisdiction(options);
  const book = createVerdictBook({
    ...options,
    mayKeep: ({ verdict }) => !isForbidden(verdict) && jurisdiction.retentionMs() !== 0,
  });
  const standings = createStandings({ ...options, verifierId: id, store: options.standings, bounds });
  const admit = createAdmission(bounds);
  const telling = createVerdictSignals({ ...options, verifier: id });
  const latency = createLatencyBook(clock.now());
  const first = { name: keys.verdict.name, kid: thumbprint(keys.verdict.key) };
  const signing = async () => {
    const { name, kid } = (await options.keys?.current()) ?? first;
    return { iss: party, name, kid };
  };
  const events =
    options.outbox === undefined
      ? undefined
      : createEvents({ ...options, ...options.outbox, tell, signing, owner: id });
  const followUps =
    options.followUps === undefined
      ? undefined
      : createFollowUps({
          ...{ clock, verifier, book, store: options.followUps, sealer: options.sealer },
          memoryMs: bounds.verdictMemoryMs,
          onFollowed: telling.followed,
          ...(events === undefined ? {} : { events }),
        });

  function verify(question: Question): Promise<SignedVerdict> {
    return telling.orRefused(answer(question));
  }

  async function answer(question: Question): Promise<SignedVerdict> {
    const { keepStanding = false } = question;
    const request = requestOf(question);
    if (keepStanding && request.class !== 'pay') {
      throw new CodedError('standing.only-pay', 'Only verdicts of class pay are confirmed later.');
    }
    if (question.isShed === true && !keepStanding) return verifyFromHere(question, request);
    if (keepStanding) await standings.assertRoom();
    return admit(question.deadlineMs, async (deadline) => {
      const text = textOf(question);
      const verified = await verifier.verify(text, request, { ...optionsOf(question), ...deadline });
      latency.record(verified.stages, verified.durationMs);
      const promisedBy = await promiseOf(verified);
      const writing = { ...writeOptionsOf(question), ...(promisedBy === undefined ? {} : { promisedBy }) };
      const written = await book.write(text, verified, writing).catch((error: unknown) => {
        if (keepStanding || question.mayBeUnkept !== true || !isStoreAway(error)) throw error;
      });
      if (written === undefined) return tellUnkept(verified);
      const { given, subject } = written;
      if (given.promisedBy !== undefined) await followUps?.keep(given.id, verified, given.promisedBy);
      // The verdict that stands, which under a key may be an earlier one.
      if (keepStanding && !isForbidden(given.verdict))
        await standings.keep(given.id, subject, { verdict: given.verdict, parse: verified.parse });
      telling.given(given, verified);
      return given;
    });
  }

  function verifyFromHere(question: Question, request: VerdictRequest): Promise<SignedVerdict> {
    return admit(0, async (deadline) => {
      const fromHere = { ...deadline, mayAskChecks: false, mayRefold: false };
      const verified = await verifier.verify(textOf(question), request, { ...optionsOf(question), ...fromHere });
      return tellUnkept(verified);
    });
  }

  async function tellUnkept(verified: Verified): Promise<SignedVerdict> {
    const given = await book.sign(verified);
    telling.given(given, verified, 'door');
    return given;
  }

  const { checkResults } = options;
  const kept =
    checkResults === undefined
      ? undefined
      : { sweep: (limit: number) => checkResults.remove(clock.now() - bounds.presentationMemoryMs, limit) };
  const also = [followUps, options.reviews, events, kept].filter((swept) => swept !== undefined);

  const presentations = createPresentations({
    ...options,
    bounds,
    verify,
    ...(events === undefined ? {} : { events }),
  });

  /** What is true now of what an event is about. */
  async function tell(kind: VerifierEvent, id: string): Promise<Told> {
    try {
      const status = kind === 'presentation' ? await presentations.status(id) : await followUps?.read(id);
      if (status === undefined) return { state: 'gone' };
      return status.state === 'pending' ? { state: 'waits' } : { state: 'told', body: { id, ...status } };
    } catch (error) {
      if (isCodedError(error) && error.code === 'presentation.not-found') return { state: 'gone' };
      throw error;
    }
  }

  /** By when the verdict that follows is given; undefined when none will be, because nothing is under way or all is full. */
  async function promiseOf({ promisedBy }: Verified): Promise<number | undefined> {
    if (promisedBy === undefined || followUps === undefined || !(await followUps.hasRoom())) return undefined;
    return promisedBy + PROMISE_MARGIN_MS;
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
      const { given } = await book.write(credential, verified, { confirms: verdictId });
      telling.confirmed(given);
      return given;
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

  const webhooks =
    options.outbox === undefined
      ? undefined
      : createWebhooks({ ...options, ...options.outbox, owner: id, wake: () => events?.happened('verdict', []) });

  return {
    id,
    name,
    describe() {
      const view = feed?.follower.view();
      const position = view?.position ?? null;
      const witnessed = view?.witnessed === undefined ? {} : { witnessed: wordOf(view.witnessed) };
      const health = healthOf(feed?.follower, clock.now());
      const key = (options.keys?.peek() ?? first).kid;
      return { id, name, party, key, position, ...witnessed, health, ...othersOf(options.others, position) };
    },
    verify,
    confirm,
    settled: standings.erase,
    openStandings: (limit = DEFAULT_STANDINGS) => standings.list(limit),
    verdict: book.read,
    latest: book.readLatest,
    ...createReplaying({ ...options, book }),
    jurisdiction,
    followUp: async (verdictId) => followUps?.read(verdictId),
    checkSettled: (credential) => followUps?.settled(credential),
    runFollowUps: async (signal) => followUps?.run(signal),
    runEvents: async (signal) => events?.run(signal),
    webhooks,
    reviews: options.reviews,
    rejudge: (page, rules) => {
      const { buildVerifier } = options;
      const ports = { book, clock, ...(buildVerifier === undefined ? {} : { buildVerifier }) };
      return rejudge(ports, page, rules);
    },
    trust: () => readTrust({ ...options, now: clock.now() }),
    policy: options.live,
    latency: latency.read,
    presentations,
    ...createSweeps({ ...options, standings, bounds, also, retentionMs: jurisdiction.retentionMs }),
  };
}

const DEFAULT_STANDINGS = 100;

/** The store does not take anything now; what is wrong with what it was given is another matter. */
function isStoreAway(error: unknown): boolean {
  const away = ['database.unreachable', 'database.full', 'database.busy', 'database.slow'];
  return isCodedError(error) && away.includes(error.code);
}

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

function optionsOf({ seen, mayRefold, evidence }: Question): VerifyOptions {
  return {
    ...(seen === undefined ? {} : { seen }),
    ...(mayRefold === undefined ? {} : { mayRefold }),
    ...(evidence === undefined ? {} : { handed: evidence }),
  };
}

function writeOptionsOf({ key, seen = [] }: Question): WriteOptions {
  return { ...(key === undefined ? {} : { key }), hasSeen: seen.length > 0 };
}

/** Two logs of one origin could not be told apart by a position. */
function othersOf(others: VerifierRoleOptions['others'], home: Position | null): Pick<VerifierDescription, 'others'> {
  const read = [...(others ?? [])].flatMap(([network, { follower }]) => {
    const position = follower.view()?.position;
    return position === undefined || position.log === home?.log ? [] : [{ network, position }];
  });
  read.sort((a, b) => (a.position.log < b.position.log ? -1 : 1));
  return read.length === 0 ? {} : { others: read };
}

function wordOf({ time, by }: QuorumWord): QuorumWord {
  return { ...(time === undefined ? {} : { time }), by };
}
