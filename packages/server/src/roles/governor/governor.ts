import {
  CodedError,
  canonicalJson,
  compareRulebooks,
  type DecisionOpenings,
  type DecisionTerms,
  decisionDigest,
  encodeBase64url,
  encodeUtf8,
  type Party,
  type Position,
  parseLineage,
  type Rulebook,
  type RulebookChange,
  sha256,
  thumbprint,
} from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { KeptProposal, NewProposal } from '../../ports/decision-store.ts';
import type { Network } from '../../ports/network.ts';
import { decisionThread } from '../../seeing/decision-thread.ts';
import { SILENT } from '../../seeing/signals.ts';
import { verifyApproval } from './approving.ts';
import { hasQuorum, lapseOf, type Proposal, positionCovering, viewProposal } from './proposal.ts';
import { Recorder, type RecorderPorts } from './recorder.ts';
import type { ProposalRequest } from './request.ts';
import { GOVERNOR_KEY } from './statements.ts';
import { draftProposal } from './terms.ts';

export type GovernorPorts = RecorderPorts & {
  readonly network: Pick<Network, 'append' | 'fetchEntries' | 'fetchLineage'>;
  readonly engine: SignatureEngine;
};

/** Times in milliseconds. */
export type GovernorBounds = {
  /** Proposals that officers have not decided on; more are refused. At most what the store reads at once. */
  readonly maxOpen: number;
  /** How long the approval that makes the quorum waits for the network; the decision goes on without the answer. */
  readonly recordWaitMs: number;
  /** How long it then waits for the epoch that covers the decision. */
  readonly epochWaitMs: number;
  /** How long reading the genesis from the network may take. */
  readonly readTimeoutMs: number;
};

const DEFAULT_GOVERNOR_BOUNDS: GovernorBounds = {
  maxOpen: 1000,
  recordWaitMs: 8_000,
  epochWaitMs: 2_000,
  readTimeoutMs: 5_000,
};

/** Most proposals that `list` answers with. */
const MAX_LISTED = 100;

/** The rules in force, and what they are the rules of. */
export type RulebookInForce = {
  /** Name of the network. */
  readonly network: string;
  /** Entry 0, which the name is the digest of. */
  readonly genesis: string;
  /** Entry of the rulebook in force. */
  readonly index: number;
  readonly rulebook: Rulebook;
  readonly scheduled: readonly { readonly index: number; readonly effectiveAt: number; readonly rulebook: Rulebook }[];
  /** While an emergency amendment is in force: when it lapses, and what is in force again from then on. */
  readonly emergency?: { readonly lapsesAt: number; readonly base: number; readonly rulebook: Rulebook };
};

/** Everything an officer needs to recompute what there is to sign (`checkTerms` of core). Private. */
export type OpenedProposal = {
  readonly id: string;
  readonly digest: string;
  readonly terms: DecisionTerms;
  readonly openings: DecisionOpenings;
  /** Power `amend`: what it changes of the rulebook in force, and whether that is looser or tighter. */
  readonly changes?: readonly RulebookChange[];
};

/**
 * Decides whether a power may be used: it drafts what officers sign, collects their approvals, and puts what has its
 * quorum into the log. It decides nothing itself: without officers' signatures the fold takes nothing from it.
 * All calls throw `decision.unknown` for a proposal that is not there.
 */
export interface Governor extends AsyncDisposable {
  /** Takes up what was interrupted. To be called once the follower has loaded what it keeps. */
  start(): Promise<void>;
  /** Takes up what another process of this governor left undone; where one is at it still, the log takes it once. */
  resume(): Promise<void>;
  /** Drafts a decision. The same key and request are answered with the same proposal. Throws `decision.*`. */
  propose(request: ProposalRequest, idempotencyKey: string): Promise<Proposal>;
  /**
   * Keeps an officer's approval; durable once answered. The one that makes the quorum waits, within bounds, for the
   * decision to be in the log and in an epoch. Repeating it is answered with where the proposal stands.
   * Throws `approval.*`, `decision.expired | rulebook-changed | not-open`.
   */
  approve(id: string, approval: string): Promise<Proposal>;
  find(id: string): Promise<Proposal>;
  /** The latest proposals, newest first. */
  list(): Promise<readonly Proposal[]>;
  openings(id: string): Promise<OpenedProposal>;
  rulebook(): Promise<RulebookInForce>;
  /** The entries of all parties as the network has them, or of the one with this id. */
  parties(id?: string): Promise<{ readonly position?: Position; readonly parties: readonly Party[] }>;
}

type AskedProposal = {
  readonly request: ProposalRequest;
  readonly digest: string;
  readonly idempotencyKey: string;
  /** How many wait for officers. */
  readonly open: number;
};

export function createGovernor(ports: GovernorPorts, bounds: Partial<GovernorBounds> = {}): Governor {
  return new OfficersGovernor(ports, { ...DEFAULT_GOVERNOR_BOUNDS, ...bounds });
}

class OfficersGovernor implements Governor {
  readonly #ports: GovernorPorts;
  readonly #bounds: GovernorBounds;
  readonly #recorder: Recorder;
  #unsubscribe: () => void = () => undefined;
  #genesis: string | undefined;

  constructor(ports: GovernorPorts, bounds: GovernorBounds) {
    this.#ports = ports;
    this.#bounds = bounds;
    this.#recorder = new Recorder(ports);
  }

  async resume(): Promise<void> {
    await this.#recorder.resume();
    await this.#offerReady();
  }

  async start(): Promise<void> {
    await this.resume();
    const { follower } = this.#ports;
    if (follower.position !== undefined) return;
    // Who the officers are is not known before the first epoch is read.
    this.#unsubscribe = follower.subscribe(() => {
      this.#unsubscribe();
      this.#offerReady().catch(() => undefined);
    });
  }

  async propose(request: ProposalRequest, idempotencyKey: string): Promise<Proposal> {
    const { store, follower } = this.#ports;
    const digest = digestOf(request);
    // What was answered is answered again, also when it could not be proposed any more.
    const [known, open] = await Promise.all([store.readByKey(idempotencyKey), store.countOpen(follower.state.time)]);
    const kept = known ?? (await this.#create({ request, digest, idempotencyKey, open }));
    if (kept.request !== digest) {
      throw new CodedError('decision.idempotency-conflict', 'This Idempotency-Key was used for another proposal.', {
        id: kept.id,
      });
    }
    return viewProposal(kept, follower);
  }

  async approve(id: string, approval: string): Promise<Proposal> {
    const { store, follower, engine, clock } = this.#ports;
    const before = await this.#read(id);
    const officer = await verifyApproval(before, approval, follower.state, engine);
    if (!hasApproved(before, officer)) assertOpen(before, follower.state);
    const kept = await store.addApproval(id, { officer, approval, at: clock.now() });
    if (kept === undefined) throw unknown(id);
    if (!hasApproved(before, officer) && hasApproved(kept, officer)) this.#tellApproved(kept);
    // Somebody else's approval was faster: this one was not added, and is not needed.
    if (!hasApproved(kept, officer)) assertOpen(kept, follower.state);
    if (isUndecided(kept) && hasQuorum(kept, follower.state)) this.#recorder.offer(id);
    return viewProposal(await this.#settled(kept), follower);
  }

  async find(id: string): Promise<Proposal> {
    return viewProposal(await this.#read(id), this.#ports.follower);
  }

  async list(): Promise<readonly Proposal[]> {
    const { store, follower } = this.#ports;
    return (await store.readLatest(MAX_LISTED)).map((kept) => viewProposal(kept, follower));
  }

  async openings(id: string): Promise<OpenedProposal> {
    const { digest, terms, openings } = await this.#read(id);
    const inForce = this.#ports.follower.state.rulebook?.body;
    const isAmending = openings.rulebook !== undefined && inForce !== undefined;
    const changes = isAmending ? { changes: compareRulebooks(inForce, openings.rulebook) } : {};
    return { id, digest, terms, openings, ...changes };
  }

  async rulebook(): Promise<RulebookInForce> {
    const { state } = this.#ports.follower;
    const { name: network, rulebook, scheduled, emergency } = state;
    if (rulebook === undefined) {
      throw new CodedError('decision.network-not-ready', 'This network has no epoch yet; its rules are not known.');
    }
    const coming = scheduled.map(({ index, effectiveAt, body }) => ({ index, effectiveAt, rulebook: body }));
    const { index, body } = rulebook;
    const inForce = { network, genesis: await this.#readGenesis(network), index, rulebook: body, scheduled: coming };
    if (emergency === undefined) return inForce;
    const { lapsesAt, base } = emergency;
    return { ...inForce, emergency: { lapsesAt, base: base.index, rulebook: base.body } };
  }

  async parties(id?: string): Promise<{ readonly position?: Position; readonly parties: readonly Party[] }> {
    const { position, state } = this.#ports.follower;
    const parties = [...state.parties.values()].filter((party) => id === undefined || party.id === id);
    return { ...(position === undefined ? {} : { position }), parties };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    await this.#recorder[Symbol.asyncDispose]();
  }

  #tellApproved({ terms }: KeptProposal): void {
    const { signals = SILENT } = this.#ports;
    signals.decisionApproved({ power: terms.power, decision: decisionThread(terms.id) });
  }

  async #create(asked: AskedProposal): Promise<KeptProposal> {
    const { store, signals = SILENT } = this.#ports;
    const kept = await store.create(await this.#draft(asked));
    const { id, power, class: reason } = kept.terms;
    signals.decisionProposed({ power, class: reason, decision: decisionThread(id) });
    return kept;
  }

  async #draft({ request, digest, idempotencyKey, open }: AskedProposal): Promise<NewProposal> {
    const { follower, entropy, clock } = this.#ports;
    await this.#assertKey();
    if (open >= this.#bounds.maxOpen) {
      throw new CodedError('decision.too-many-open', `${open} proposals wait for officers already.`);
    }
    const { terms, openings, quorum } = draftProposal(follower.state, request, entropy);
    const drafted = { terms, openings, quorum, digest: decisionDigest(terms), proposedAt: clock.now() };
    return { id: terms.id, idempotencyKey, request: digest, ...drafted };
  }

  async #offerReady(): Promise<void> {
    const { store, follower } = this.#ports;
    const open = await store.readOpen(follower.state.time);
    for (const kept of open) if (hasQuorum(kept, follower.state)) this.#recorder.offer(kept.id);
  }

  async #read(id: string): Promise<KeptProposal> {
    const kept = await this.#ports.store.read(id);
    if (kept === undefined) throw unknown(id);
    return kept;
  }

  /** Waits for the log, then for the epoch, each only so long: the answer then says how far it has come. */
  async #settled(kept: KeptProposal): Promise<KeptProposal> {
    const known = this.#recorder.isUnderWay(kept.id) ? await this.#recorded(kept) : kept;
    const { outcome } = known;
    if (outcome?.state === 'carried-out' && outcome.entries !== undefined) {
      const { carriedOut } = outcome.entries;
      await this.#within(this.#bounds.epochWaitMs, (signal) => this.#covered(carriedOut, signal));
    }
    return known;
  }

  async #recorded(kept: KeptProposal): Promise<KeptProposal> {
    const { id } = kept;
    const outcome = await this.#within(this.#bounds.recordWaitMs, (signal) => this.#recorder.settled(id, signal));
    return outcome === undefined ? this.#read(id) : { ...kept, outcome };
  }

  /** Resolves once an epoch covers the entry, or the signal aborts. */
  #covered(entry: number, signal: AbortSignal): Promise<void> {
    const { follower } = this.#ports;
    return new Promise((resolve) => {
      const end = () => {
        unsubscribe();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const look = () => {
        if (positionCovering(entry, follower) !== undefined) end();
      };
      const unsubscribe = follower.subscribe(look);
      signal.addEventListener('abort', end, { once: true });
      look();
      // Should epochs not be pushed just now, this fetches.
      follower.awaitSize(entry + 2, signal).then(look, () => undefined);
    });
  }

  /** Gives `work` a signal that aborts after so long, and in the end in any case. */
  async #within<Result>(timeoutMs: number, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const limit = new AbortController();
    const timer = new AbortController();
    this.#ports.clock.sleep(timeoutMs, timer.signal).then(
      () => limit.abort(new CodedError('decision.network-silent', 'The network did not answer in time.')),
      () => undefined,
    );
    try {
      return await work(limit.signal);
    } finally {
      timer.abort();
      limit.abort();
    }
  }

  /** With another key than the genesis names, the network would refuse every decision after all approvals. */
  async #assertKey(): Promise<void> {
    const { signer, follower } = this.#ports;
    const named = follower.state.rulebook?.body.keys.governor;
    if (named === undefined || thumbprint(named) === thumbprint(await signer.readPublicKey(GOVERNOR_KEY))) return;
    throw new CodedError('decision.governor-key', "The governor's key is not the one that the rulebook names.");
  }

  /** Of the network's first log, whichever it is in now. */
  async #fetchGenesis(signal: AbortSignal): Promise<string> {
    const { network } = this.#ports;
    const lineage = await network.fetchLineage?.(signal);
    if (lineage !== undefined) return parseLineage(lineage).genesis;
    const [entry = ''] = await network.fetchEntries(0, 1, signal);
    return entry;
  }

  async #readGenesis(network: string): Promise<string> {
    if (this.#genesis !== undefined) return this.#genesis;
    const entry = await this.#within(this.#bounds.readTimeoutMs, (signal) => this.#fetchGenesis(signal));
    if (encodeBase64url(sha256(encodeUtf8(entry))) !== network) {
      throw new CodedError('decision.genesis', 'The network shows another genesis than the one its name is made of.');
    }
    this.#genesis = entry;
    return entry;
  }
}

function unknown(id: string): CodedError {
  return new CodedError('decision.unknown', 'There is no proposal with this id.', { id });
}

function hasApproved({ approvals }: KeptProposal, officer: string): boolean {
  return approvals.some((approval) => approval.officer === officer);
}

function isUndecided({ batch, outcome }: KeptProposal): boolean {
  return batch === undefined && outcome === undefined;
}

function assertOpen(kept: KeptProposal, state: Parameters<typeof lapseOf>[1]): void {
  if (!isUndecided(kept)) throw new CodedError('decision.not-open', 'This has been decided; nothing more is needed.');
  const lapsed = lapseOf(kept, state);
  if (lapsed === 'expired') throw new CodedError('decision.expired', 'The time to approve this is over; it lapsed.');
  if (lapsed === 'rulebook-changed') {
    throw new CodedError(
      'decision.rulebook-changed',
      'The rules have changed since this was drafted; propose it again.',
    );
  }
}

function digestOf(request: ProposalRequest): string {
  return encodeBase64url(sha256(encodeUtf8(canonicalJson(request))));
}
