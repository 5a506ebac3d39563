import {
  assert,
  encodeCheckpoint,
  encodeNote,
  encodeUtf8,
  leafHash,
  noteMessage,
  rootOf,
  vkeyOf,
} from '@holdfast/core';
import { createFormerLog, type FormerLog } from '@holdfast/server/roles';
import { copyLog } from '../split/second-history.ts';
import type { World } from '../world.ts';
import { type Ended, isEpoch } from './ending.ts';
import type { EndOfLog } from './opening.ts';

/** What is left of a log that has ended, and where. */
export type Copies = {
  /** What the network itself has of it: no more than whoever was away when it ended. */
  readonly served: FormerLog;
  /**
   * What is named to verifiers, and nobody knows whose it is: where one was away, first a history of somebody's own with the key of the
   * old log, from where that one has stopped; and all of it.
   */
  readonly named: readonly FormerLog[];
};

export async function createCopies(world: World, { copy, size, away }: Ended, { state }: EndOfLog): Promise<Copies> {
  const checkpoint = await copy.readCheckpoint(size);
  assert(checkpoint !== undefined, 'a log ends with an epoch');
  const whole = await createFormerLog(copy, { state, checkpoint });
  const served = await createFormerLog(await copyLog(copy, away), { state, checkpoint });
  const stolen = away < size ? [await steal(world, whole, { from: away, to: size })] : [];
  return { served, named: [...stolen, whole] };
}

/** His entries are under a checkpoint that the old key has signed; what the end of the log proves is not his to make. */
async function steal(
  { signer, truth, place, faults }: World,
  whole: FormerLog,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<FormerLog> {
  const read = truth.entries.slice(0, to);
  const epoch = read.slice(from).findLast(isEpoch);
  assert(epoch !== undefined, 'a log ends with an epoch');
  const entries = [...read.slice(0, from), 'a decision of nobody', epoch];
  const root = rootOf(entries.map((entry) => leafHash(encodeUtf8(entry))));
  const text = encodeCheckpoint({ origin: place.origin, size: entries.length, root, extensions: [] });
  const { name, keyId } = vkeyOf(place.origin, await signer.readPublicKey('log'));
  const signature = await signer.sign('log', noteMessage(text));
  const note = encodeNote({ text, signatures: [{ name, keyId, signature }] });
  return {
    ...whole,
    fetchCheckpoint: async () => {
      faults.add('copy by a stolen key');
      return note;
    },
    fetchEntries: async (at, end) => entries.slice(at, end),
  };
}
