import {
  type Evidence,
  type Judgement,
  judge,
  type ParsedCredential,
  type Position,
  parseCredential,
  positionsOf,
  type Stages,
  TICK_MS,
  type Verdict,
  type VerdictRequest,
} from '@holdfast/core';
import type { Ignored } from '../checks/accepted.ts';
import { type CheckDesk, createCheckLanes } from '../checks/check-desk.ts';
import type { PastLog } from '../follow/past-log.ts';
import type { SignatureEngine } from '../signatures/engine.ts';
import { createAsking } from './asking-checks.ts';
import type { Canary } from './canary.ts';
import type { Clock } from './clock.ts';
import { startDeadline } from './deadline.ts';
import { type EvidenceSources, evidenceOfNothing, type ForeignSources, type Found, findEvidence } from './evidence.ts';
import type { FollowedNetwork } from './followed-network.ts';
import type { OtherFollowers } from './other-networks.ts';
import { createPinnedOthers } from './pinned-others.ts';
import { createPinnedViews, type PinOptions, standStill } from './pinned-views.ts';
import { anchorsDigest, type Policy, policyDigest } from './policy.ts';
import { createStopwatch, roundMs, type Stopwatch } from './stages.ts';

/** How long a decision waits for others when its asker does not say, in milliseconds. */
export const DEFAULT_DEADLINE_MS = 300;
export const MAX_DEADLINE_MS = 10_000;

export type VerifyOptions = {
  /** How long to wait for the network and for strangers before judging on what is there. */
  readonly deadlineMs?: number;
  /** Judge as of this moment, unix milliseconds, instead of now. */
  readonly at?: number;
  /** Positions the asker has already seen, beside those it asks for: we read on to them if that is possible in time. */
  readonly seen?: readonly Position[];
  /**
   * Whether the log may be folded again for a verdict `at` a position that is not at hand; default true. It is a second's
   * work for ten thousand entries: not for whoever can reach a door.
   */
  readonly mayRefold?: boolean;
  /** Signed check results and verdicts of others that came along: see `acceptFrom` of the policy. */
  readonly handed?: readonly string[];
  /** Whether checkers may be asked; default true. Without, what is known of them counts. */
  readonly mayAskChecks?: boolean;
};

export type Verified = {
  readonly verdict: Verdict;
  readonly parse: ParsedCredential;
  /** What it stood on, for whoever keeps it for replay. */
  readonly evidence: Evidence;
  readonly durationMs: number;
  /** Where that time went. */
  readonly stages: Stages;
  /**
   * Unix milliseconds by which external checks that are still under way will have been answered, whatever anyone does:
   * judged again then, the verdict is another or stays. Absent when nothing is under way.
   */
  readonly promisedBy?: number;
  /** What was handed along and not used. */
  readonly ignored: readonly Ignored[];
};

/** Answers "may I rely on this?" for one policy. */
export interface Verifier {
  /** Always answers; what a stranger wrote, or silence, is a reason in the verdict and never an exception. */
  verify(text: string, request: VerdictRequest, options?: VerifyOptions): Promise<Verified>;
  readonly policyDigest: string;
}

export type VerifierOptions = {
  /** The network whose word counts; without it every issuer is a stranger. */
  readonly follower?: FollowedNetwork;
  /**
   * Networks beside it, by their pinned names, at most `MAX_OTHER_NETWORKS`: credentials of their issuers count as far as
   * ours recognises them. May grow later.
   */
  readonly followers?: OtherFollowers;
  /** The log that this follower has kept; without it verdicts `at` positions are given at the latest only. */
  readonly past?: PastLog;
  /** The log kept of a network beside it; without it of those verdicts `at` positions are given at the latest only. */
  readonly pastOf?: (network: string) => PastLog | undefined;
  readonly engine: SignatureEngine;
  /** Without it strangers' keys and lists are not looked for. */
  readonly foreign?: ForeignSources;
  readonly policy: Policy;
  /** Asks the checks that the policy names; without it they are silent. */
  readonly checks?: CheckDesk;
  readonly clock: Clock;
  /** Looks at what is answered (`createCanary`); without it nothing is tried on purpose. */
  readonly canary?: Canary;
};

/**
 * The one path from a text to a verdict: parse, find the issuer's key, check the signatures, find the status, judge.
 * Everything that takes time is a port and bounded by the deadline; what has not answered by then is a reason.
 *
 * @example
 * const verifier = createVerifier({ follower, engine, policy: EMPTY_POLICY, clock: createPlatformClock() });
 * const { verdict } = await verifier.verify(text, { class: 'view', freshness: { mode: 'any' } });
 */
export function createVerifier({ clock, policy, past, pastOf, checks, canary, ...ports }: VerifierOptions): Verifier {
  const digests = { policy: policyDigest(policy), anchors: anchorsDigest(policy) };
  const views = createPinnedViews(ports.follower, past);
  const others = createPinnedOthers(ports.followers, pastOf);
  const desk = checks ?? silentDesk(policy, clock, ports.engine);
  const named = {
    ...(policy.profile === undefined ? {} : { profile: policy.profile }),
    ...(policy.issuers === undefined ? {} : { issuerTerms: policy.issuers }),
  };

  /** What a request is judged by: the network as it is and goes on, or as it was at the position that is asked for. */
  async function sourcesFor({ freshness }: VerdictRequest, parse: ParsedCredential, options: PinOptions) {
    const live: Sources = { ...ports, policy };
    if (freshness.mode !== 'at') return live;
    const pin = await views.find(freshness.position, options);
    if ('unpinned' in pin) return { ...live, unpinned: pin.unpinned };
    const follower = standStill(pin.view, () => ports.follower?.contradiction);
    const then = await others.find({ parse, recognised: freshness.recognised ?? [], home: pin.view }, options);
    return { ...live, ...then, follower, at: pin.view.position.time };
  }

  return {
    policyDigest: digests.policy,
    async verify(text, request, options = {}) {
      const startedMs = clock.monotonic();
      const stopwatch = createStopwatch(clock);
      const { at, seen = [], mayRefold = true } = options;
      const deadline = startDeadline(clock, Math.min(options.deadlineMs ?? DEFAULT_DEADLINE_MS, MAX_DEADLINE_MS));
      const parse = stopwatch.measureNow('parse', () => parseCredential(text));
      const sources = await sourcesFor(request, parse, { deadline, mayRefold });
      const engine = timed(sources.engine, stopwatch);
      // The local clock may be behind; it is never behind what the network has signed, plus the time since.
      const moment = () => sources.at ?? at ?? Math.floor(sources.follower?.now() ?? clock.now());
      const asked = request.freshness.mode === 'at-least' ? request.freshness.positions : [];
      const judgementOf = ({ evidence, signatures }: Found): Judgement => ({
        parse,
        signatures,
        evidence,
        request: strictest(request, seen, positionsOf(evidence)),
        policy: digests.policy,
        ...(digests.anchors === undefined ? {} : { anchors: digests.anchors }),
        ...named,
        tick: Math.floor(moment() / TICK_MS),
      });
      const asking = parse.ok
        ? createAsking({
            ...{ desk, deadline, stopwatch, parsed: parse, class: request.class, now: moment },
            ...named,
            ...{ handed: options.handed ?? [], mayAsk: options.mayAskChecks ?? true },
            isValid: (found) => judge(judgementOf(found)).outcome === 'valid',
          })
        : undefined;
      const search = { wanted: [...asked, ...seen], asked, deadline, now: moment };
      const found =
        parse.ok && asking !== undefined && sources.unpinned === undefined
          ? await stopwatch.measure('search', () =>
              findEvidence({ ...sources, engine }, { ...search, parsed: parse, more: asking.more }),
            )
          : evidenceOfNothing(sources.follower, sources.unpinned);
      const evidence = asking?.complete(found.evidence) ?? found.evidence;
      const judgement = judgementOf({ ...found, evidence });
      const verdict = stopwatch.measureNow('judge', () => judge(judgement));
      canary?.(judgement, verdict);
      const durationMs = roundMs(clock.monotonic() - startedMs);
      return { verdict, parse, evidence, durationMs, stages: stopwatch.read(), ignored: [], ...asking?.outcome() };
    },
  };
}

/** A policy that names checks which nobody here can make: all of them are silent, none is passed over. */
function silentDesk(policy: Policy, clock: Clock, engine: SignatureEngine): CheckDesk {
  const createCheck = () => ({ source: '', ask: () => Promise.reject(new Error('there is nobody to ask')) });
  return createCheckLanes({ clock, engine, entropy: (length) => new Uint8Array(length), createCheck }).desk(policy);
}

function timed(engine: SignatureEngine, stopwatch: Stopwatch): SignatureEngine {
  return { verify: (checks) => stopwatch.measure('signatures', () => engine.verify(checks)) };
}

type Sources = EvidenceSources & {
  /** Unix milliseconds: the time at the position that is asked for. */
  readonly at?: number;
  /** Code of why the network is not to be had as it was there. */
  readonly unpinned?: string;
};

/**
 * What the asker has seen counts as asked for. Beside a wish for youth it can be said only by what it changes: once we
 * have read that far it is fulfilled, and until then it comes first.
 */
function strictest(request: VerdictRequest, seen: readonly Position[], held: readonly Position[]): VerdictRequest {
  const sizeOf = (log: string) => held.find((position) => position.log === log)?.size;
  const ours = seen.filter(({ log }) => sizeOf(log) !== undefined);
  const { freshness } = request;
  // One point of the log is asked for exactly, whatever else was seen.
  if (ours.length === 0 || freshness.mode === 'at') return request;
  if (freshness.mode === 'max-age' && ours.every(({ log, size }) => size <= (sizeOf(log) ?? 0))) return request;
  const positions = freshness.mode === 'at-least' ? [...freshness.positions, ...ours] : ours;
  return { ...request, freshness: { mode: 'at-least', positions: largest(positions) } };
}

/** For each log the furthest position, sorted by log, so that saying one thing twice is saying it once. */
function largest(positions: readonly Position[]): Position[] {
  const byLog = new Map<string, Position>();
  for (const position of positions) {
    const other = byLog.get(position.log);
    if (other === undefined || position.size > other.size) byLog.set(position.log, position);
  }
  return [...byLog.values()].sort((a, b) => (a.log < b.log ? -1 : a.log > b.log ? 1 : 0));
}
