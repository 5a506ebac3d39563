import type { Basis, Outcome } from '@holdfast/core';

type Change = { readonly entry: number; readonly value: number; readonly until: number };

/**
 * What the log says, read from its bytes by rules of our own, so that the fold is not its own judge. Only what the
 * sequencer made durable comes here.
 */
export class LogTruth {
  readonly entries: string[] = [];
  readonly #changes = new Map<string, Change[]>();
  readonly #epochs = new Map<number, number>();
  readonly #decisions = new Set<string>();
  readonly #exceptions = new Map<string, number>();

  read(entries: readonly string[]): void {
    for (const entry of entries) {
      const payload = payloadOf(entry);
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
      if (payload.type === 'exception' && payload.digest !== undefined) {
        this.#exceptions.set(payload.digest, this.entries.length);
      }
      this.entries.push(entry);
      if (payload.type === 'decision' && payload.id !== undefined) this.#decisions.add(payload.id);
      if (payload.type === 'epoch' && payload.time !== undefined)
        this.#epochs.set(secondOf(payload.time), this.entries.length);
    }
  }

  /** The entry that allows exactly what has this digest. */
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
