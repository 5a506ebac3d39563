import {
  appendLeaf,
  type Basis,
  compactRoot,
  createCompactTree,
  encodeBase64url,
  encodeUtf8,
  leafHash,
  type Outcome,
  type Position,
  type Recognition,
} from '@holdfast/core';

/** How many officers have to approve before an index changes, in the rules that are rehearsed. */
const QUORUM: Readonly<Record<string, number>> = { revoke: 2, suspend: 1, lift: 2 };

/** Longer than any rehearsal of these rules: whoever has suspended something does not do so again by themselves in it. */
type Suspended = { readonly entry: number; readonly officers: ReadonlySet<string> };

/**
 * Whether the decisions that an entry says it carries out stand before it, approved, by somebody new where they suspend what was suspended before, and name as many targets
 * as it changes.
 */
export type CarriedOut = { readonly entry: number; readonly decided: boolean };

/** Of an entry in a log before this one. */
const BEFORE = -1;

type Approved = {
  readonly power: string;
  readonly isApproved: boolean;
  readonly count: number;
  readonly officers: ReadonlySet<string>;
};

type Change = { readonly entry: number; readonly value: number; readonly until: number };

/**
 * What the log says, read from its bytes by rules of our own, so that the fold is not its own judge. Only what the
 * sequencer made durable comes here.
 */
export class LogTruth {
  readonly entries: string[] = [];
  readonly #changes = new Map<string, Change[]>();
  readonly #tree = createCompactTree();
  /** Root of each size there was. */
  readonly #roots = new Map<number, string>();
  readonly #epochs = new Map<number, number>();
  readonly #decisions = new Set<string>();
  readonly #exceptions = new Map<string, number>();
  /** By the digest that officers signed. */
  readonly #approved = new Map<string, Approved>();
  /** By place: each suspension that was ever decided. */
  readonly #suspended = new Map<string, Suspended[]>();
  readonly carriedOut: CarriedOut[] = [];
  readonly #recognitions: { readonly entry: number; readonly recognition: Recognition }[] = [];
  /** Entries of all logs before this one that count here. */
  readonly #counted: number = 0;
  /** Those of the log just before it. */
  readonly goesOnFrom: number | undefined;

  /** Of a log that succeeds another: what was said in that up to `end` entries was said before the first entry here. */
  constructor(before?: { readonly truth: LogTruth; readonly end: number }) {
    this.goesOnFrom = before?.end;
    if (before === undefined) return;
    const { truth, end } = before;
    for (const [key, changes] of truth.#changes) {
      const counted = changes.filter(({ entry }) => entry < end);
      if (counted.length > 0)
        this.#changes.set(
          key,
          counted.map((change) => ({ ...change, entry: BEFORE })),
        );
    }
    for (const [place, all] of truth.#suspended) {
      const counted = all.filter(({ entry }) => entry < end).map((one) => ({ ...one, entry: BEFORE }));
      if (counted.length > 0) this.#suspended.set(place, counted);
    }
    for (const { entry, recognition } of truth.#recognitions) {
      if (entry < end) this.#recognitions.push({ entry: BEFORE, recognition });
    }
    for (const [digest, entry] of truth.#exceptions) {
      if (entry - truth.#counted < end) this.#exceptions.set(digest, entry);
    }
    this.#counted = truth.#counted + end;
    for (const entry of truth.entries.slice(0, end)) {
      const { type, id } = payloadOf(entry);
      if (type === 'decision' && id !== undefined) this.#decisions.add(id);
    }
  }

  read(entries: readonly string[]): void {
    for (const entry of entries) {
      const payload = payloadOf(entry);
      this.#readDecision(payload);
      for (const change of payload.changes ?? []) {
        const key = `${change.list} ${change.index}`;
        const known = this.#changes.get(key) ?? [];
        known.push({
          entry: this.entries.length,
          value: change.value,
          until: change.until ?? Number.POSITIVE_INFINITY,
        });
        this.#changes.set(key, known);
      }
      const { recognition } = payload;
      if (recognition !== undefined) this.#recognitions.push({ entry: this.entries.length, recognition });
      if (payload.type === 'exception' && payload.digest !== undefined) {
        this.#exceptions.set(payload.digest, this.#counted + this.entries.length);
      }
      this.entries.push(entry);
      appendLeaf(this.#tree, leafHash(encodeUtf8(entry)));
      this.#roots.set(this.entries.length, encodeBase64url(compactRoot(this.#tree)));
      if (payload.type === 'decision' && payload.id !== undefined) this.#decisions.add(payload.id);
      if (payload.type === 'epoch' && payload.time !== undefined)
        this.#epochs.set(secondOf(payload.time), this.entries.length);
    }
  }

  /** What was said last of this network to whoever has read so many entries. */
  recognitionAt(network: string, size: number): Recognition | undefined {
    const said = this.#recognitions.filter(({ entry, recognition }) => entry < size && recognition.network === network);
    return said.at(-1)?.recognition;
  }

  /** The time of the epoch that so many entries end with. */
  timeOf(size: number): number | undefined {
    const payload = payloadOf(this.entries[size - 1] ?? '');
    return payload.type === 'epoch' ? payload.time : undefined;
  }

  /** Whether a position is one of this history. */
  holds(position: Position | undefined): boolean {
    return position !== undefined && this.#roots.get(position.size) === position.root;
  }

  #readDecision({ type, power = '', approvals = [], targets, decisions = [], changes = [] }: Payload): void {
    if (type === 'decision') {
      const signed = approvals.map((approval) => ({ ...headOf(approval), ...payloadOf(approval) }));
      const [first] = signed;
      const officers = new Set(signed.filter(({ digest }) => digest === first?.digest).map(({ kid = '' }) => kid));
      const isApproved = officers.size >= (QUORUM[power] ?? 0);
      this.#approved.set(first?.digest ?? '', { power, isApproved, count: targets?.count ?? 0, officers });
    }
    if (type !== 'status') return;
    const found = decisions.map((digest) => this.#approved.get(digest));
    const count = found.reduce((sum, decision) => sum + (decision?.count ?? 0), 0);
    const isApproved = found.every((decision) => decision?.isApproved === true) && count === changes.length;
    const suspending = found.flatMap((one) => (one?.power === 'suspend' ? [one.officers] : []));
    const places = changes.flatMap(({ value, list, index }) => (value === 2 ? [`${list} ${index}`] : []));
    const isNew = places.every((place) => this.#bringsSomebody(place, suspending));
    this.carriedOut.push({ entry: this.entries.length, decided: isApproved && isNew });
    const officers = new Set(suspending.flatMap((each) => [...each]));
    for (const place of places) {
      this.#suspended.set(place, [...(this.#suspended.get(place) ?? []), { entry: this.entries.length, officers }]);
    }
  }

  #bringsSomebody(place: string, suspending: readonly ReadonlySet<string>[]): boolean {
    const before = this.#suspended.get(place);
    if (before === undefined) return true;
    return suspending.every((officers) =>
      [...officers].some((officer) => before.every(({ officers: known }) => !known.has(officer))),
    );
  }

  /** Whether this was ever suspended. */
  hasSuspended(list: string, index: number): boolean {
    return this.#suspended.has(`${list} ${index}`);
  }

  /** The entry that allows exactly what has this digest, counted from the network's first. */
  entryOfException(digest: string): number | undefined {
    return this.#exceptions.get(digest);
  }

  /** Whether a decision of this id stands in the log. */
  hasDecided(id: string): boolean {
    return this.#decisions.has(id);
  }

  /** How many entries whoever has read the epoch of this second has read; undefined when there is none. */
  sizeAt(time: number): number | undefined {
    return this.#epochs.get(secondOf(time));
  }

  /**
   * The status for someone who has read as far as the basis says. A suspension lapses by the time of epochs, and none ends
   * another one early: officers approve in any order, so the last in the log may be the first to end.
   */
  statusAt(list: string, index: number, { positions }: Pick<Basis, 'positions'>): Outcome {
    const { size = 0, time = 0 } = positions[0] ?? {};
    const read = (this.#changes.get(`${list} ${index}`) ?? []).filter(({ entry }) => entry < size);
    if (read.some(({ value }) => value === 1)) return 'revoked';
    const sinceLift = read.slice(read.findLastIndex(({ value }) => value === 0) + 1);
    return sinceLift.some(({ until }) => time < until) ? 'suspended' : 'valid';
  }
}

/** Ticks are seconds apart: no two epochs are of one. */
function secondOf(time: number): number {
  return Math.floor(time / 1000);
}

type Payload = {
  readonly type?: string;
  readonly id?: string;
  readonly digest?: string;
  readonly time?: number;
  readonly power?: string;
  readonly approvals?: readonly string[];
  readonly recognition?: Recognition;
  readonly targets?: { readonly count: number };
  readonly decisions?: readonly string[];
  readonly changes?: readonly {
    readonly list: string;
    readonly index: number;
    readonly value: number;
    readonly until?: number;
  }[];
};

function payloadOf(entry: string): Payload {
  return JSON.parse(Buffer.from(entry.split('.')[1] ?? '', 'base64url').toString('utf8')) as Payload;
}

function headOf(signed: string): { readonly kid?: string } {
  return JSON.parse(Buffer.from(signed.split('.')[0] ?? '', 'base64url').toString('utf8')) as { readonly kid?: string };
}
