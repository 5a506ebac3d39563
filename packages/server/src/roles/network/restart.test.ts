import { createSnapshotStoreMemory, type SnapshotStore } from '@holdfast/verifier';
import { describe, expect, it } from 'vitest';
import { meaningOf } from '../../../../core/test/log-builder.ts';
import { createTestEngine } from '../../../../verifier/test/test-feed.ts';
import { appendAndTick, startTestNetwork } from '../../../test/test-network.ts';
import { createNetwork, DEFAULT_NETWORK_BOUNDS } from './network-role.ts';

const bounds = { ...DEFAULT_NETWORK_BOUNDS, entriesPerSnapshot: 20 };

/** A network of thirty entries and more, which has ended, with its store and what it kept beside it. */
async function ended(snapshots: SnapshotStore = createSnapshotStoreMemory()) {
  const network = await startTestNetwork({ snapshots, bounds });
  for (let i = 0; i < 10; i += 1) await appendAndTick(network, await network.write.revoke(i));
  await network.role[Symbol.asyncDispose]();
  return { network, snapshots, meaning: structuredClone(meaningOf(network.role.state)) };
}

async function restart({ network }: Awaited<ReturnType<typeof ended>>, snapshots: SnapshotStore) {
  await network.clock.advance(1000);
  const [engine, codes] = [createTestEngine(), [] as string[]];
  const report = ({ code }: { code: string }) => codes.push(code);
  const role = createNetwork({ ...network.options, engine, snapshots, report });
  await role.start(new AbortController().signal);
  return { role, engine, codes };
}

describe('a network that starts again', () => {
  it('goes on from its own snapshot, and verifies only what came after it', async () => {
    const before = await ended();
    const whole = await restart(before, createSnapshotStoreMemory());
    await whole.role[Symbol.asyncDispose]();
    const again = await restart(before, before.snapshots);
    expect(again.engine.asked).toBeLessThan(whole.engine.asked / 2);
    expect(again.codes).toEqual([]);
    expect(again.role.state.lists).toEqual(whole.role.state.lists);
    expect(again.role.state.decided).toEqual(whole.role.state.decided);
    expect(again.role.state.tree.size).toBe(whole.role.state.tree.size + 1);
    await again.role[Symbol.asyncDispose]();
  });

  it('folds everything again when the snapshot is damaged or of another log, and says so', async () => {
    const before = await ended();
    const kept = await before.snapshots.readSnapshot(Number.MAX_SAFE_INTEGER);
    const damaged = createSnapshotStoreMemory();
    await damaged.keepSnapshot({ size: kept?.size ?? 0, bytes: kept?.bytes.slice(1) ?? new Uint8Array() });
    for (const [snapshots, code] of [
      [damaged, 'snapshot.malformed'],
      [(await ended()).snapshots, 'snapshot.mismatch'],
    ] as const) {
      const { role, codes } = await restart(before, snapshots);
      expect(codes).toEqual([code]);
      expect(role.state.decided.size).toBe(11);
      await role[Symbol.asyncDispose]();
    }
  });

  it('has a snapshot for whoever asks, never of more than it has signed', async () => {
    const { snapshots, network } = await ended();
    const latest = await snapshots.readSnapshot(Number.MAX_SAFE_INTEGER);
    expect(await network.role.readSnapshot(Number.MAX_SAFE_INTEGER)).toEqual(latest);
    expect(await network.role.readSnapshot((latest?.size ?? 0) - 1)).not.toEqual(latest);
    await snapshots.keepSnapshot({ size: 10_000, bytes: new Uint8Array(3) });
    expect(await network.role.readSnapshot(Number.MAX_SAFE_INTEGER)).toEqual(latest);
  });
});
