import { CodedError, encodeBase64url, parseCheckpoint, parseNote } from '@holdfast/core';
import type { LogMark, MarkedLog } from '../../ports/log-mark.ts';
import type { LogStore } from '../../ports/log-store.ts';

/**
 * A log's store beside a mark of how far the log has been shown: the first look at it throws `network.set-back` when it does
 * not have that any more, or has something else in its place. The mark may lag behind by the checkpoint that was written
 * last, never run ahead.
 */
export function createMarkedLogStore(store: LogStore, mark: LogMark): LogStore {
  let isKnown = false;

  async function assertNotSetBack(): Promise<void> {
    const marked = await mark.read();
    if (marked === undefined) return;
    const note = await store.readCheckpoint(marked.size);
    const found = note === undefined ? undefined : markOf(note);
    if (found?.size === marked.size && found.root === marked.root) return;
    const sentence =
      `The database does not have the log up to entry ${marked.size - 1}, which others have read. ` +
      'Append it from a copy (holdfast log recover --from COPY), or restore a later backup; where no copy has it all, officers open a new log (holdfast decide succeed).';
    throw new CodedError('network.set-back', sentence, { marked: marked.size, size: found?.size ?? 0 });
  }

  return {
    ...store,
    async readHead() {
      if (!isKnown) await assertNotSetBack();
      isKnown = true;
      return store.readHead();
    },
    async append(expectedSize, entries, checkpoint) {
      await store.append(expectedSize, entries, checkpoint);
      if (checkpoint !== undefined) await mark.write(markOf(checkpoint));
    },
  };
}

function markOf(note: string): MarkedLog {
  const { size, root } = parseCheckpoint(parseNote(note).text);
  return { size, root: encodeBase64url(root) };
}
