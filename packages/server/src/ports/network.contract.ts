import { parseCheckpoint, parseNote } from '@holdfast/core';
import { type FeedEvent, isCosigned } from '@holdfast/verifier';
import { expect, it } from 'vitest';
import type { AppendReceipt, Network } from './network.ts';

/** A network under test, running, with an issuer and one list in it. */
export type NetworkUnderTest = {
  readonly network: Network;
  /** Two statements that belong together, a decision and what carries it out; each call others. */
  readonly decide: () => Promise<[string, string]>;
  /** One statement alone that is good. */
  readonly list: () => Promise<string>;
  /** One of a type that nobody knows yet, which the fold would take any number of times; each call another. */
  readonly novelty: () => string;
  /** Statements that the fold refuses, with its reason. */
  readonly refused: () => Promise<readonly (readonly [statement: string, why: string])[]>;
  /** Lets a tick pass, and everything that comes of it. */
  readonly tick: () => Promise<void>;
};

const never = new AbortController().signal;

/** The part of a network's contract that holds wherever it runs. `open` gives a new network. */
export function networkContract(open: () => Promise<NetworkUnderTest>): void {
  it('answers an append with its place, and shows it after the next epoch', async () => {
    const { network, decide, tick } = await open();
    const statements = await decide();
    const receipt = await network.append(statements);
    expect(receipt.count).toBe(2);
    await expect(network.fetchEntries(receipt.index, receipt.index + 2, never)).rejects.toMatchObject({
      code: 'log.out-of-range',
    });
    await tick();
    expect(await network.fetchEntries(receipt.index, receipt.index + 2, never)).toEqual(statements);
    expect(sizeOf(await network.fetchCheckpoint(never))).toBeGreaterThanOrEqual(receipt.index + 3);
  });

  it('answers a repeat with the first receipt, before the epoch and after, and writes nothing', async () => {
    const { network, decide, list, novelty, tick } = await open();
    const batches = [await decide(), [await list()], [novelty(), novelty()]];
    const appendAll = async () => {
      const receipts: AppendReceipt[] = [];
      for (const batch of batches) receipts.push(await network.append(batch));
      return receipts;
    };
    const first = await appendAll();
    expect(await appendAll()).toEqual(first);
    await tick();
    expect(await appendAll()).toEqual(first);
    await tick();
    const size = sizeOf(await network.fetchCheckpoint(never));
    const entries: string[] = [];
    while (entries.length < size) entries.push(...(await network.fetchEntries(entries.length, size, never)));
    for (const statement of batches.flat()) {
      expect(entries.filter((entry) => entry === statement)).toHaveLength(1);
    }
  });

  it('gives two at once who send the same one receipt', async () => {
    const { network, decide, novelty } = await open();
    for (const batch of [await decide(), [novelty()]]) {
      const receipts = await Promise.all([1, 2, 3].map(() => network.append(batch)));
      expect(new Set(receipts.map(({ index }) => index)).size).toBe(1);
    }
  });

  it('refuses what the fold refuses, wherever it stands in the batch, and writes none of the batch', async () => {
    const { network, decide, refused, tick } = await open();
    for (const [statement, why] of await refused()) {
      const [decision, status] = await decide();
      const batches = [
        [statement],
        [statement, decision, status],
        [decision, statement, status],
        [decision, status, statement],
      ];
      for (const batch of batches) {
        const at = batch.indexOf(statement);
        await expect(network.append(batch), `${why} at ${at} of ${batch.length}`).rejects.toMatchObject({
          code: 'statement.refused',
          details: { at, why },
        });
      }
      // Had a part of them been written, this would be a repeat, or no longer fit.
      expect(await network.append([decision, status])).toMatchObject({ count: 2 });
      await tick();
    }
  });

  it('refuses an order that does not hold: what carries out before what it carries out', async () => {
    const { network, decide } = await open();
    const [decision, status] = await decide();
    const details = { at: 0, why: 'decision-missing' };
    await expect(network.append([status, decision])).rejects.toMatchObject({ code: 'statement.refused', details });
    await expect(network.append([status])).rejects.toMatchObject({ code: 'statement.refused', details });
    expect(await network.append([decision, status])).toMatchObject({ count: 2 });
  });

  it('refuses part of what it has, in another company', async () => {
    const { network, decide, list } = await open();
    const [decision, status] = await decide();
    await network.append([decision, status]);
    const repeated = { code: 'statement.repeated' };
    await expect(network.append([decision, await list()])).rejects.toMatchObject(repeated);
    await expect(network.append([decision, decision])).rejects.toMatchObject(repeated);
  });

  it('has a place for so many statements at once, and for none without one', async () => {
    const { network } = await open();
    for (const statements of [[], Array.from({ length: 257 }, () => 'x')]) {
      await expect(network.append(statements)).rejects.toMatchObject({ code: /^statement\.batch-size$/ });
    }
  });

  it('has the checkpoint of every epoch', async () => {
    const { network, tick } = await open();
    await tick();
    await tick();
    const latest = sizeOf(await network.fetchCheckpoint(never));
    expect(sizeOf(await network.fetchCheckpoint(never, latest))).toBe(latest);
    expect(sizeOf(await network.fetchCheckpoint(never, latest + 1000))).toBe(latest);
    expect(sizeOf(await network.fetchCheckpoint(never, latest - 1))).toBe(latest - 1);
    await expect(network.fetchCheckpoint(never, 0)).rejects.toMatchObject({ code: 'log.out-of-range' });
  });

  it('gives entries in order, at least one, never more than asked for, and none that it has not signed', async () => {
    const { network } = await open();
    const size = sizeOf(await network.fetchCheckpoint(never));
    const all: string[] = [];
    while (all.length < size) {
      const read = await network.fetchEntries(all.length, size, never);
      expect(read.length).toBeGreaterThan(0);
      all.push(...read);
    }
    expect(all).toHaveLength(size);
    expect(await network.fetchEntries(1, 3, never)).toEqual(all.slice(1, 3));
    for (const [from, to] of [
      [size, size + 1],
      [2, 2],
      [3, 2],
      [-1, 1],
    ] as const) {
      await expect(network.fetchEntries(from, to, never)).rejects.toMatchObject({ code: 'log.out-of-range' });
    }
  });

  it('streams the present epoch and those that come, and ends when it is told to', async () => {
    const { network, decide, tick } = await open();
    const stop = new AbortController();
    const events: FeedEvent[] = [];
    const read = collect(network.stream(0, stop.signal), events);
    await until(() => events.length > 0, tick);
    const batch = await decide();
    await network.append(batch);
    await until(() => events.some(({ entries }) => entries?.includes(batch[0])), tick);
    const sizes = events.map(({ checkpoint }) => sizeOf(checkpoint));
    expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b));
    const pushed = events.find(({ entries }) => entries?.includes(batch[0]));
    const { from = 0, entries = [], checkpoint = '' } = pushed ?? {};
    expect(await network.fetchEntries(from, sizeOf(checkpoint), never)).toEqual(entries);
    stop.abort();
    await read;
  });

  it('sends nothing to whoever has read all, until there is more', async () => {
    const { network, tick } = await open();
    const stop = new AbortController();
    const size = sizeOf(await network.fetchCheckpoint(never));
    const events: FeedEvent[] = [];
    const read = collect(network.stream(size, stop.signal), events);
    await until(() => events.length > 0, tick);
    expect(sizeOf(events[0]?.checkpoint ?? '')).toBeGreaterThan(size);
    stop.abort();
    await read;
  });
}

async function collect(stream: ReturnType<Network['stream']>, events: FeedEvent[]): Promise<void> {
  for await (const event of stream) if (!isCosigned(event)) events.push(event);
}

const MAX_TICKS = 50;

async function until(isThere: () => boolean, tick: () => Promise<void>): Promise<void> {
  for (let ticks = 0; !isThere(); ticks += 1) {
    if (ticks === MAX_TICKS) throw new Error('it did not come');
    await tick();
  }
}

export function sizeOf(note: string): number {
  return parseCheckpoint(parseNote(note).text).size;
}
