import { describe, expect, it } from 'vitest';
import { createTestNetwork, TEST_TICK_MS } from '../../../test/test-network.ts';
import { createLogMarkMemory } from '../../adapters/memory/log-mark.ts';
import { createLogStoreMemory } from '../../adapters/memory/log-store.ts';
import { createMarkedLogStore } from './marked-store.ts';
import { createNetwork } from './network-role.ts';

const never = new AbortController().signal;

/** A network that has shown some epochs, and what a backup of its store had at `size`. */
async function running() {
  const mark = createLogMarkMemory();
  const store = createLogStoreMemory();
  const network = await createTestNetwork({ store: createMarkedLogStore(store, mark) });
  await network.role.start(network.stop.signal);
  await network.tick(3 * TEST_TICK_MS);
  network.stop.abort();
  const restore = async (size: number) => {
    const backup = createLogStoreMemory();
    let at = 0;
    for (let end = 1; end <= size; end += 1) {
      const note = await store.readCheckpoint(end);
      if (note === undefined || !note.split('\n').includes(String(end))) continue;
      await backup.append(at, await store.readEntries(at, end), note);
      at = end;
    }
    return backup;
  };
  return { network, mark, store, restore };
}

describe('a network on a store that was set back', () => {
  it('does not start: nobody is shown a smaller log than before', async () => {
    const { network, mark, restore } = await running();
    for (const size of [3, 0]) {
      const store = createMarkedLogStore(await restore(size), mark);
      const again = createNetwork({ ...network.options, store });
      await expect(again.start(never)).rejects.toMatchObject({
        code: 'network.set-back',
        details: { marked: 5, size },
      });
    }
  });

  it('starts on the store that it had, on one that is ahead, and goes on marking', async () => {
    const { network, mark, store } = await running();
    expect(await mark.read()).toMatchObject({ size: 5 });
    await mark.write({ size: 4, root: JSON.parse(await rootAt(store, 4)) });
    const again = createNetwork({ ...network.options, store: createMarkedLogStore(store, mark) });
    await again.start(never);
    expect(await mark.read()).toMatchObject({ size: 6 });
    await again[Symbol.asyncDispose]();
  });

  it('does not start on a log of the same size with another history', async () => {
    const { network, mark, store } = await running();
    await mark.write({ size: 5, root: 'A'.repeat(43) });
    const again = createNetwork({ ...network.options, store: createMarkedLogStore(store, mark) });
    await expect(again.start(never)).rejects.toMatchObject({ code: 'network.set-back' });
  });
});

async function rootAt(store: ReturnType<typeof createLogStoreMemory>, size: number): Promise<string> {
  const [, , root = ''] = (await store.readCheckpoint(size))?.split('\n') ?? [];
  return JSON.stringify(Buffer.from(root, 'base64').toString('base64url'));
}
