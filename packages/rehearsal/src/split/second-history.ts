import { assert } from '@holdfast/core';
import { createLogStoreMemory, type LogStore } from '@holdfast/server/roles';
import { checkFraudProof, type FraudStore } from '@holdfast/verifier';
import { LogTruth } from '../log-truth.ts';
import { NetworkNode } from '../network-node.ts';
import type { Wire } from '../wire.ts';
import type { World } from '../world.ts';

/** The log again, under the same keys, from the present on with a history of its own. */
export type SecondHistory = {
  readonly node: NetworkNode;
  readonly truth: LogTruth;
  /** Entries that both have. */
  readonly parting: number;
  /** Those that a quorum of witnesses was seen to stand behind. */
  readonly confirmed: Set<'first' | 'second'>;
};

/** Whoever has the keys of the network begins a second history where the first one is, for those who are to see no more of it. */
export async function startSecondHistory(world: World): Promise<SecondHistory> {
  const [genesis] = world.truth.entries;
  assert(genesis !== undefined, 'a network is founded before it lies');
  const store = await copyLog(world.network().store);
  const truth = new LogTruth();
  const { size } = await store.readHead();
  truth.read(await store.readEntries(0, size));
  const node = new NetworkNode(world, genesis, truth, store);
  node.start();
  world.split = truth;
  world.faults.add('second history');
  return { node, truth, parting: size, confirmed: new Set() };
}

/** From now on the second history is all that comes over this line. */
export function showSecond(wire: Wire, { node }: SecondHistory): void {
  wire.shownBy = () => node.role;
  wire.hangUp();
}

/** Whoever has seen two histories of one log knows it, and can prove it to somebody who has seen neither. */
export async function expectProof(
  { oracles, scheduler, signatures, name: network }: World,
  { name, fraud, isInDoubt }: { readonly name: string; readonly fraud: FraudStore; readonly isInDoubt: boolean },
): Promise<void> {
  const kept = await fraud.readFraud();
  const proved = await Promise.all(kept.map(({ proof }) => checkFraudProof(proof, signatures).catch(() => undefined)));
  const isProved = proved.some((found) => found?.kind === 'two-histories' && found.network === network);
  const what = () => `${name} was shown two histories, has ${kept.length} proofs, ${isInDoubt ? '' : 'not '}in doubt`;
  oracles.expect('who-sees-both-holds-a-proof', isProved && isInDoubt, scheduler.now, what);
}

/** Up to its latest checkpoint of at most so many entries, epoch by epoch. */
export async function copyLog(from: LogStore, most = Number.MAX_SAFE_INTEGER): Promise<LogStore> {
  const notes: { readonly size: number; readonly note: string }[] = [];
  for (let atMost = Math.min(most, (await from.readHead()).size); atMost > 0; atMost = (notes.at(-1)?.size ?? 1) - 1) {
    const note = await from.readCheckpoint(atMost);
    if (note === undefined) break;
    notes.push({ size: Number(note.split('\n', 2)[1]), note });
  }
  const copy = createLogStoreMemory();
  let kept = 0;
  for (const { size, note } of notes.reverse()) {
    await copy.append(kept, await from.readEntries(kept, size), note);
    kept = size;
  }
  return copy;
}
