import { describe, expect, it } from 'vitest';
import { startTestNetwork, TEST_TICK_MS } from '../../../test/test-network.ts';
import { createLogMarkMemory } from '../../adapters/memory/log-mark.ts';
import { createLogStoreMemory } from '../../adapters/memory/log-store.ts';
import type { LogStore } from '../../ports/log-store.ts';
import { createMarkedLogStore } from './marked-store.ts';
import { createNetwork } from './network-role.ts';
import { type RecoverySource, recoverLog } from './recovering.ts';

const never = new AbortController().signal;
const mark = createLogMarkMemory();
const store = createLogStoreMemory();

/** A network that has shown some epochs, with decisions between them, and has ended. */
const network = await startTestNetwork({ store: createMarkedLogStore(store, mark) });
for (let i = 0; i < 4; i += 1) {
  await network.role.append(await network.write.revoke(i));
  await network.tick(TEST_TICK_MS);
}
network.stop.abort();
const { size } = await store.readHead();

/** What a backup had that was made when the log was no longer than this. */
async function backupOf(most: number): Promise<LogStore> {
  const backup = createLogStoreMemory();
  let at = 0;
  for (let end = 1; end <= most; end += 1) {
    const note = await store.readCheckpoint(end);
    if (note === undefined || !note.split('\n').includes(String(end))) continue;
    await backup.append(at, await store.readEntries(at, end), note);
    at = end;
  }
  return backup;
}

function copyOf(copied: LogStore): RecoverySource {
  return {
    async fetchCheckpoint(_signal, atMost = Number.MAX_SAFE_INTEGER) {
      return (await copied.readCheckpoint(atMost)) ?? '';
    },
    fetchEntries: async (from, to) => copied.readEntries(from, to),
  };
}

const portsOf = (restored: LogStore) => {
  const { options, genesis } = network;
  return { store: restored, mark, engine: options.engine, genesis };
};

describe('a log that was restored from a backup', () => {
  it.each([0, 3, 9])(
    'of %i entries has, after its recovery, what it had shown, byte for byte, and goes on',
    async (most) => {
      const restored = await backupOf(most);
      const refused = createNetwork({ ...network.options, store: createMarkedLogStore(restored, mark) });
      await expect(refused.start(never)).rejects.toMatchObject({ code: 'network.set-back' });

      const { from, root, shown } = await recoverLog(portsOf(restored), copyOf(store));
      expect({ from: from <= most, shown }).toEqual({ from: true, shown: size });
      expect(root).toBe((await mark.read())?.root);
      expect(await restored.readEntries(0, size)).toEqual(await store.readEntries(0, size));
      expect((await restored.readHead()).checkpoint).toBe((await store.readHead()).checkpoint);

      const again = createNetwork({ ...network.options, store: createMarkedLogStore(restored, mark) });
      await again.start(never);
      expect(again.state.decided.size).toBeGreaterThan(3);
      await again[Symbol.asyncDispose]();
      await mark.write({ size, root });
    },
  );

  it('has as much as the copy proves, says what is missing still, and takes the rest from another', async () => {
    const restored = await backupOf(3);
    const half = await recoverLog(portsOf(restored), copyOf(await backupOf(size - 2)));
    expect(half.size).toBeLessThan(size);
    expect(half.shown).toBe(size);
    const refused = createNetwork({ ...network.options, store: createMarkedLogStore(restored, mark) });
    await expect(refused.start(never)).rejects.toMatchObject({ code: 'network.set-back' });
    expect(await recoverLog(portsOf(restored), copyOf(store))).toMatchObject({ from: half.size, size });
    expect(await recoverLog(portsOf(restored), copyOf(store))).toMatchObject({ from: size, size });
  });

  it.each<[string, (honest: RecoverySource) => RecoverySource, string]>([
    [
      'with an entry changed',
      (honest) => ({
        ...honest,
        fetchEntries: async (from, to, signal) =>
          (await honest.fetchEntries(from, to, signal)).map((entry, i) => (from + i === 6 ? `${entry}x` : entry)),
      }),
      'log.recover-elsewhere',
    ],
    [
      'signed by nobody',
      (honest) => ({
        ...honest,
        fetchCheckpoint: async (...asked) =>
          (await honest.fetchCheckpoint(...asked)).replace(/(— \S+ .{8})..../, '$1AAAA'),
      }),
      'log.recover-unproved',
    ],
    ['that ends too soon', (honest) => ({ ...honest, fetchEntries: async () => [] }), 'feed.unproved'],
  ])('takes nothing of a copy %s', async (_, change, code) => {
    const restored = await backupOf(3);
    const before = await restored.readHead();
    await expect(recoverLog(portsOf(restored), change(copyOf(store)))).rejects.toMatchObject({ code });
    expect(await restored.readHead()).toEqual(before);
  });

  it('takes nothing of the log of another network', async () => {
    const other = await startTestNetwork();
    await other.tick(5 * TEST_TICK_MS);
    other.stop.abort();
    const restored = await backupOf(3);
    const before = await restored.readHead();
    await expect(recoverLog(portsOf(restored), copyOf(other.store))).rejects.toMatchObject({
      code: 'log.recover-elsewhere',
    });
    expect(await restored.readHead()).toEqual(before);
  });
});
