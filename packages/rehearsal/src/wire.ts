import { CodedError, type Position } from '@holdfast/core';
import type { AppendReceipt, Network, NetworkRole } from '@holdfast/server/roles';
import {
  type CosignedEvent,
  type FeedEvent,
  type FeedSource,
  type FormerLog,
  isCosigned,
  rejectOnAbort,
} from '@holdfast/verifier';
import type { Random } from './random.ts';
import type { Tally } from './report.ts';
import type { Scheduler } from './scheduler.ts';

/** How a connection behaves just now. All of it is healed by `HEALTHY`. */
export type Conditions = {
  readonly loss: number;
  readonly duplication: number;
  /** Chance that one message takes seconds instead of milliseconds: also what reorders. */
  readonly tail: number;
  /** An asymmetric partition cuts one of them. */
  readonly isRequestCut: boolean;
  readonly isAnswerCut: boolean;
  /**
   * What the source does to what it shows. `stale`: an edge of a CDN that serves files as they were when this began, and has
   * no stream; `torn`: one whose checkpoint is new and whose entries are not.
   */
  readonly lie: 'none' | 'rollback' | 'altered' | 'stale' | 'torn';
};

export const HEALTHY: Conditions = {
  loss: 0,
  duplication: 0,
  tail: 0,
  isRequestCut: false,
  isAnswerCut: false,
  lie: 'none',
};

export type WireOptions = {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly faults: Tally;
  /** The network role as it runs now; undefined while it is down. */
  readonly network: () => NetworkRole | undefined;
  /** A source whose stream never works. */
  readonly isStreamless?: boolean;
  /** How far the node at this end has read. */
  readonly held?: () => Reach | undefined;
  /** Told of each latest checkpoint that reaches the node, and how far the node had read when it asked. */
  readonly onCheckpoint?: (shown: Reach, held: Reach | undefined) => void;
};

/** So many entries of a log. */
export type Reach = Pick<Position, 'log' | 'size'>;

/** What answers at the other end. */
export type Answering = Network &
  Pick<NetworkRole, 'fetchCosigned' | 'fetchLineage' | 'fetchSnapshot' | 'fetchConsistencyProof' | 'proveKeys'>;

/** How long a caller without a signal of its own waits for an answer that was lost. */
const PATIENCE_MS = 4000;

/** One node's connection to the network, in virtual time. */
export class Wire implements FeedSource, Pick<Network, 'append'> {
  readonly #options: WireOptions;
  conditions: Conditions = HEALTHY;
  /** Somebody in between makes another note of each checkpoint. */
  thief: ((note: string) => Promise<string>) | undefined;
  /** Who answers instead of the network that it usually leads to. */
  shownBy: (() => Answering | undefined) | undefined;
  readonly #streams = new Set<() => void>();
  /** Under the conditions in which an edge stands still: what it has, in entries. */
  #edge: { readonly conditions: Conditions; readonly size: number } | undefined;
  /** Calls that are under way, and all there were. */
  underWay = 0;
  asked = 0;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  async fetchCheckpoint(signal: AbortSignal, atMost?: number): Promise<string> {
    const held = this.#options.held?.();
    const note = await this.#call(signal, async (role) => {
      const edge = await this.#edgeSize(role, signal);
      if (edge !== undefined && this.conditions.lie === 'stale') {
        return role.fetchCheckpoint(signal, Math.min(edge, atMost ?? edge));
      }
      return atMost === undefined ? this.#latest(role, signal) : role.fetchCheckpoint(signal, atMost);
    });
    if (this.thief !== undefined) return this.thief(note);
    if (atMost === undefined) this.#options.onCheckpoint?.(reachOf(note), held);
    return note;
  }

  async fetchCosigned(signal: AbortSignal): Promise<string | undefined> {
    return this.#call(signal, async (role) => role.fetchCosigned?.(signal));
  }

  async fetchLineage(signal: AbortSignal): Promise<string | undefined> {
    return this.#call(signal, async (role) => role.fetchLineage?.(signal));
  }

  async fetchSnapshot(signal: AbortSignal, size?: number): Promise<Uint8Array | undefined> {
    return this.#call(signal, async (role) => role.fetchSnapshot?.(signal, size));
  }

  async fetchConsistencyProof(
    from: number,
    to: number,
    signal: AbortSignal,
  ): Promise<readonly Uint8Array[] | undefined> {
    return this.#call(signal, async (role) => role.fetchConsistencyProof?.(from, to, signal));
  }

  async fetchEntries(from: number, to: number, signal: AbortSignal): Promise<readonly string[]> {
    const entries = await this.#call(signal, async (role) => {
      const edge = (await this.#edgeSize(role, signal)) ?? to;
      if (from >= edge) throw new CodedError('feed.answer', 'There is no such file here.');
      return role.fetchEntries(from, Math.min(to, edge), signal);
    });
    return this.conditions.lie === 'altered' ? this.#alter(entries) : entries;
  }

  former(place: number): FormerLog {
    const ask = <Answer>(signal: AbortSignal, work: (log: FormerLog) => Promise<Answer>) =>
      this.#call(signal, async (role) => {
        const log = role.former?.(place);
        if (log === undefined) throw new CodedError('log.no-former', 'Nothing of it is here.');
        return work(log);
      });
    return {
      fetchCheckpoint: (signal, atMost) => ask(signal, (log) => log.fetchCheckpoint(signal, atMost)),
      fetchEntries: async (from, to, signal) => {
        const entries = await ask(signal, (log) => log.fetchEntries(from, to, signal));
        return this.conditions.lie === 'altered' ? this.#alter(entries) : entries;
      },
      fetchConsistencyProof: (from, to, signal) =>
        ask(signal, async (log) => log.fetchConsistencyProof?.(from, to, signal)),
    };
  }

  async append(statements: readonly string[]): Promise<AppendReceipt> {
    const late = new AbortController();
    const cancel = this.#options.scheduler.after(PATIENCE_MS, () => late.abort(unreachable()));
    try {
      return await this.#call(late.signal, (role) => role.append(statements));
    } finally {
      cancel();
    }
  }

  async *stream(from: number, signal: AbortSignal): AsyncGenerator<FeedEvent | CosignedEvent> {
    if (this.#options.isStreamless === true) throw unreachable();
    const role = await this.#call(signal, async (found) => found);
    const arrived: (FeedEvent | CosignedEvent)[] = [];
    let wake = () => {};
    let fault: unknown;
    const end = (error: unknown) => {
      fault = error;
      wake();
    };
    this.#pump(role.stream(from, signal), (event) => {
      arrived.push(event);
      wake();
    }).then(() => end(unreachable()), end);
    signal.addEventListener('abort', () => end(signal.reason), { once: true });
    this.#streams.add(() => end(unreachable()));
    while (!signal.aborted) {
      const event = arrived.shift();
      if (event !== undefined) yield event;
      else if (fault !== undefined) throw fault;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }

  /** The streams that are open end; who followed one asks again. */
  hangUp(): void {
    for (const end of this.#streams) end();
    this.#streams.clear();
  }

  #network(): Answering | undefined {
    return this.shownBy === undefined ? this.#options.network() : this.shownBy();
  }

  /** What is pushed may be lost, come twice, or come late and so out of order. */
  async #pump(
    events: AsyncIterable<FeedEvent | CosignedEvent>,
    deliver: (event: FeedEvent | CosignedEvent) => void,
  ): Promise<void> {
    const { scheduler, random, faults } = this.#options;
    for await (const event of events) {
      if (this.conditions.isAnswerCut || this.#isEdge() || random.chance(this.conditions.loss)) {
        faults.add('lost');
        continue;
      }
      const copies = this.#isDuplicated() ? 2 : 1;
      const shown = isCosigned(event) ? event : await this.#show(event);
      for (let copy = 0; copy < copies; copy += 1) scheduler.after(this.#delayMs(), () => deliver(shown));
    }
  }

  async #show(event: FeedEvent): Promise<FeedEvent> {
    const role = this.#network();
    if (this.thief !== undefined) return { ...event, checkpoint: await this.thief(event.checkpoint) };
    if (this.conditions.lie === 'none' || role === undefined) return event;
    if (this.conditions.lie === 'altered') {
      return event.entries === undefined ? event : { ...event, entries: this.#alter(event.entries) };
    }
    const checkpoint = await this.#latest(role, new AbortController().signal).catch(() => event.checkpoint);
    return { checkpoint, from: sizeOf(checkpoint) };
  }

  async #call<Result>(signal: AbortSignal, work: (role: Answering) => Promise<Result>): Promise<Result> {
    this.underWay += 1;
    this.asked += 1;
    try {
      await this.#travel(this.conditions.isRequestCut, signal);
      const role = this.#network();
      if (role === undefined) throw unreachable();
      if (this.#isDuplicated()) work(role).catch(() => undefined);
      const result = await Promise.race([work(role), rejectOnAbort(signal)]);
      await this.#travel(this.conditions.isAnswerCut, signal);
      return result;
    } finally {
      this.underWay -= 1;
    }
  }

  async #travel(isCut: boolean, signal: AbortSignal): Promise<void> {
    const { scheduler, random, faults } = this.#options;
    if (isCut || random.chance(this.conditions.loss)) {
      faults.add('lost');
      await rejectOnAbort(signal);
    }
    await scheduler.clock().sleep(this.#delayMs(), signal);
  }

  #delayMs(): number {
    const { random, faults } = this.#options;
    if (!random.chance(this.conditions.tail)) return 1 + random.below(20);
    faults.add('delayed');
    return random.below(8000);
  }

  #isDuplicated(): boolean {
    const { random, faults } = this.#options;
    const isDuplicated = random.chance(this.conditions.duplication);
    if (isDuplicated) faults.add('duplicated');
    return isDuplicated;
  }

  #isEdge(): boolean {
    return this.conditions.lie === 'stale' || this.conditions.lie === 'torn';
  }

  /** How much the edge between us has; undefined where there is none. */
  async #edgeSize(role: Answering, signal: AbortSignal): Promise<number | undefined> {
    if (!this.#isEdge()) return undefined;
    if (this.#edge?.conditions !== this.conditions) {
      this.#edge = { conditions: this.conditions, size: sizeOf(await role.fetchCheckpoint(signal)) };
      this.#options.faults.add(`${this.conditions.lie} edge`);
    }
    return this.#edge.size;
  }

  /** A source that rolls back shows an older checkpoint, with the log's own signature. */
  async #latest(role: Answering, signal: AbortSignal): Promise<string> {
    const note = await role.fetchCheckpoint(signal);
    if (this.conditions.lie !== 'rollback') return note;
    const { random, faults } = this.#options;
    const atMost = Math.max(2, sizeOf(note) - 1 - random.below(20));
    faults.add('rolled back');
    return role.fetchCheckpoint(signal, atMost).catch(() => note);
  }

  /** One letter of one entry is another: the log's root does not give it. */
  #alter(entries: readonly string[]): readonly string[] {
    const { random, faults } = this.#options;
    const at = random.below(entries.length);
    faults.add('altered');
    return entries.map((entry, i) => (i === at ? alterText(entry, random) : entry));
  }
}

/** Another base64url letter at some place. */
export function alterText(text: string, random: Random): string {
  const at = random.below(text.length - 1);
  return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
}

/** The first two lines of a checkpoint. */
function reachOf(note: string): Reach {
  const [log = '', size] = note.split('\n', 2);
  return { log, size: Number(size) };
}

/** The second line of a checkpoint. */
export function sizeOf(note: string): number {
  return Number(note.split('\n', 2)[1]);
}

export function unreachable(): CodedError {
  return new CodedError('feed.unreachable', 'Nothing comes through.');
}
