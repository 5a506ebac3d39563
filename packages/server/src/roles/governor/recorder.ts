import { CodedError, encodeBase64url, isCodedError } from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';
import type { DecisionBatch, DecisionStore, KeptProposal, ProposalOutcome } from '../../ports/decision-store.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { AppendReceipt, Network } from '../../ports/network.ts';
import { planBatch } from './batch.ts';
import type { GovernorFollower, GovernorSigner } from './neighbours.ts';
import { countingApprovals, hasQuorum, lapseOf } from './proposal.ts';
import { restAfter } from './resting.ts';
import { carryingBody, decisionBody, signStatement } from './statements.ts';
import { type DecisionTelling, tellAuthorised, tellDecided } from './telling-decisions.ts';

export type RecorderPorts = DecisionTelling & {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly signer: GovernorSigner;
  readonly store: DecisionStore;
  readonly network: Pick<Network, 'append'>;
  readonly follower: GovernorFollower;
};

const BATCH_ID_BYTES = 16;
/** Proposals looked at for one batch; the others wait for the next. */
const MAX_CANDIDATES = 64;

/**
 * Puts decisions into the log, one append at a time; what becomes ready meanwhile goes into the next one together. The
 * signed statements are kept before they are sent: after a crash the same bytes are sent again, and the network answers
 * with the first receipt.
 */
export class Recorder implements AsyncDisposable {
  readonly #ports: RecorderPorts;
  /** At most what has its quorum and is not recorded: officers have signed for each. */
  readonly #ready = new Set<string>();
  /** At most the proposals of one batch that was refused, until each is tried. */
  readonly #alone = new Set<string>();
  /** At most one for each request that is let in. */
  readonly #waiting = new Map<string, Set<(outcome: ProposalOutcome | undefined) => void>>();
  /** At most the proposals of unfinished batches, as they were when those were made; after a crash they are read. */
  readonly #planned = new Map<string, KeptProposal>();
  readonly #lifetime = new AbortController();
  #unfinished: DecisionBatch[] = [];
  #running: Promise<void> | undefined;

  constructor(ports: RecorderPorts) {
    this.#ports = ports;
  }

  /** Takes up what a crash interrupted. */
  async resume(): Promise<void> {
    await this.#takeUp();
    this.#run();
  }

  async #takeUp(): Promise<void> {
    const kept = await this.#ports.store.readBatches();
    const known = new Set(this.#unfinished.map(({ id }) => id));
    this.#unfinished.push(...kept.filter(({ id }) => !known.has(id)));
  }

  /** Takes a proposal that has its quorum. Whoever offers it again loses nothing. */
  offer(id: string): void {
    this.#ready.add(id);
    this.#run();
  }

  isUnderWay(id: string): boolean {
    return this.#ready.has(id) || this.#unfinished.some(({ proposals }) => proposals.includes(id));
  }

  /** Resolves once nothing is under way for the proposal any more, with its outcome where it has one; or the signal aborts. */
  settled(id: string, signal: AbortSignal): Promise<ProposalOutcome | undefined> {
    if (signal.aborted || !this.isUnderWay(id)) return Promise.resolve(undefined);
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting);
    return new Promise((resolve) => {
      const end = (outcome: ProposalOutcome | undefined) => {
        signal.removeEventListener('abort', leave);
        waiting.delete(end);
        if (waiting.size === 0) this.#waiting.delete(id);
        resolve(outcome);
      };
      const leave = () => end(undefined);
      waiting.add(end);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lifetime.abort(new CodedError('decision.closed', 'This governor has been closed.'));
    await this.#running;
  }

  #run(): void {
    if (this.#lifetime.signal.aborted) return;
    this.#running ??= this.#work();
  }

  async #work(): Promise<void> {
    const { signal } = this.#lifetime;
    let failures = 0;
    while (!signal.aborted) {
      try {
        // A batch may be kept although nobody could tell us so.
        if (failures > 0) await this.#takeUp();
        const batch = this.#unfinished[0] ?? (await this.#plan());
        if (batch === undefined) {
          if (this.#ready.size > 0) continue;
          // In the same step as the check: an offer must find us either working or gone.
          this.#running = undefined;
          return;
        }
        await this.#carryOut(batch);
        failures = 0;
      } catch {
        // Store, signer or network do not answer. What is kept is kept, and only trying again tells what became of it.
        failures += 1;
        await restAfter(failures, this.#ports, signal);
      }
    }
  }

  /** Signs and keeps the next batch. Undefined when none of those ready can be carried out now. */
  async #plan(): Promise<DecisionBatch | undefined> {
    const { store, entropy, follower } = this.#ports;
    const ids = [...this.#ready].slice(0, MAX_CANDIDATES);
    if (ids.length === 0) return undefined;
    const candidates = (await store.readEach(ids)).filter((kept) => isReady(kept, follower));
    const carried = new Set(candidates.map(({ id }) => id));
    for (const id of ids) if (!carried.has(id)) this.#release(id);
    const planned = planBatch(candidates, this.#alone);
    if (planned.length === 0) return undefined;
    const authorised = this.#ports.clock.now();
    const statements = await this.#sign(planned, authorised);
    const id = encodeBase64url(entropy.bytes(BATCH_ID_BYTES));
    const batch: DecisionBatch = { id, proposals: planned.map((kept) => kept.id), statements };
    await store.createBatch(batch);
    this.#unfinished.push(batch);
    tellAuthorised(this.#ports, planned, authorised);
    for (const kept of planned) {
      this.#ready.delete(kept.id);
      this.#planned.set(kept.id, kept);
    }
    return batch;
  }

  async #sign(planned: readonly KeptProposal[], authorised: number): Promise<string[]> {
    const { signer, follower } = this.#ports;
    const bodies = planned.map((kept) => {
      // No more than the rulebook asks for: that many are known to fit into an entry.
      const approvals = countingApprovals(kept, follower.state).slice(0, kept.quorum);
      return decisionBody(kept.terms, approvals, { received: kept.proposedAt, authorised });
    });
    const statements: string[] = [];
    for (const body of [...bodies, carryingBody(planned)]) statements.push(await signStatement(body, signer));
    return statements;
  }

  async #carryOut(batch: DecisionBatch): Promise<void> {
    const { store, network } = this.#ports;
    const appended = await network.append(batch.statements).catch((error: unknown) => refusalIn(error));
    if (typeof appended === 'string' && batch.proposals.length > 1) {
      // One of them is refused, or all: each is tried alone, so that none suffers for another.
      for (const id of batch.proposals) this.#alone.add(id);
      await store.settle(batch.id, []);
      this.#forget(batch);
      for (const id of batch.proposals) this.offer(id);
      return;
    }
    const outcomes = batch.proposals.map((proposal, place) => ({
      proposal,
      outcome: outcomeOf(place, batch.proposals.length, appended),
    }));
    await store.settle(batch.id, outcomes);
    // What is told of it is nothing that anybody waits for.
    for (const { proposal, outcome } of outcomes) {
      void this.#tell(proposal, outcome, this.#planned.get(proposal)).catch(() => undefined);
    }
    this.#forget(batch);
    for (const { proposal, outcome } of outcomes) this.#release(proposal, outcome);
  }

  async #tell(id: string, outcome: ProposalOutcome, planned: KeptProposal | undefined): Promise<void> {
    const kept = planned ?? (await this.#ports.store.read(id));
    if (kept !== undefined) await tellDecided(this.#ports, kept, outcome);
  }

  #forget(batch: DecisionBatch): void {
    this.#unfinished = this.#unfinished.filter(({ id }) => id !== batch.id);
    for (const id of batch.proposals) this.#planned.delete(id);
  }

  #release(id: string, outcome?: ProposalOutcome): void {
    this.#ready.delete(id);
    this.#alone.delete(id);
    for (const end of [...(this.#waiting.get(id) ?? [])]) end(outcome);
  }
}

function isReady(kept: KeptProposal, { state }: GovernorFollower): boolean {
  if (kept.batch !== undefined || kept.outcome !== undefined) return false;
  return lapseOf(kept, state) === undefined && hasQuorum(kept, state);
}

function outcomeOf(place: number, count: number, appended: AppendReceipt | string): ProposalOutcome {
  if (typeof appended !== 'string') {
    const { index } = appended;
    return { state: 'carried-out', entries: { decision: index + place, carriedOut: index + count } };
  }
  // The log has it, and this store was set back to before it knew: what is done is done.
  if (appended === 'decision-repeated') return { state: 'carried-out' };
  return { state: 'refused', why: appended };
}

/** The network's last word on these statements, as the fold's refusal. Throws whatever is not its last word. */
function refusalIn(error: unknown): string {
  if (!isCodedError(error) || !error.code.startsWith('statement.')) throw error;
  const { why } = error.details;
  return typeof why === 'string' ? why : error.code;
}
