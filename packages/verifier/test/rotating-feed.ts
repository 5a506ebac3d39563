import { encodeNote, encodeSnapshot, encodeVkey, type LogTerms, type NetworkState } from '@holdfast/core';
import { foldEntries } from '../../core/test/log-builder.ts';
import type { FeedSource } from '../src/follow/feed-source.ts';
import { checkpointText, createLogKey, createTestFeed, type LogKey, ORIGIN } from './test-feed.ts';

/** A log whose key changes, and what its honest network and a thief of the first key can show of it. */
export function rotatingFeed() {
  const feed = createTestFeed();
  const second = createLogKey();
  const { log, key: first } = feed;
  let rotatedAt = Number.POSITIVE_INFINITY;
  let terms: LogTerms = { origin: ORIGIN, vkey: encodeVkey(first.vkey) };

  function signed(size: number, keys: readonly LogKey[]): string {
    const text = checkpointText(log.entries.slice(0, size));
    const lines = keys.map(({ vkey, sign }) => ({
      name: vkey.name,
      keyId: vkey.keyId,
      signature: sign(new TextEncoder().encode(text)),
    }));
    return encodeNote({ text, signatures: lines });
  }

  const isEpoch = (entry: string) =>
    Buffer.from(entry.split('.')[1] ?? '', 'base64url')
      .toString('utf8')
      .includes('"type":"epoch"');
  const sizes = () => log.entries.flatMap((entry, i) => (isEpoch(entry) ? [i + 1] : []));
  const honest = (size: number) => {
    if (size < rotatedAt) return signed(size, [first]);
    return signed(size, terms.previous === undefined ? [second] : [second, first]);
  };
  const sourceOf = (note: (size: number) => string): FeedSource => ({
    ...feed.source,
    fetchCheckpoint: async (_, atMost = Number.MAX_SAFE_INTEGER) =>
      note(sizes().findLast((size) => size <= atMost) ?? 0),
    async *stream(from, signal) {
      const size = sizes().at(-1) ?? 0;
      if (size > from) yield { checkpoint: note(size), from: size };
      yield* feed.source.stream(Number.MAX_SAFE_INTEGER, signal);
    },
  });
  return {
    ...feed,
    first,
    second,
    sourceOf,
    source: sourceOf(honest),
    honest,
    signed,
    /** The network's snapshot of the log now, under these keys; `change` makes it another one. */
    snapshot(keys: readonly LogKey[], change: (state: NetworkState) => void = () => undefined): Uint8Array {
      const state = foldEntries(log.entries, log.signatures);
      change(state);
      const made = encodeSnapshot(state, {
        epoch: log.entries.at(-1) ?? '',
        checkpoint: signed(log.entries.length, keys),
      });
      if (made === undefined) throw new Error('it is not that long');
      return made;
    },
    /** The quorum names the second key; the epoch after that puts it in force. */
    rotate(changes: Partial<LogTerms> = {}): void {
      terms = { origin: ORIGIN, vkey: encodeVkey(second.vkey), ...changes };
      log.amend({ ...log.rulebook, log: terms }, log.state.time);
      log.epoch();
      rotatedAt = log.entries.length;
    },
    epochs(count: number): void {
      for (let i = 0; i < count; i += 1) log.epoch();
    },
  };
}

export type Rotating = ReturnType<typeof rotatingFeed>;
