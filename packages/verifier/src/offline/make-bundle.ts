import {
  CodedError,
  encodeOfflineBundle,
  MAX_OFFLINE_LISTS,
  proveLists,
  proveNetwork,
  proveWitnesses,
  type RecordedDocument,
} from '@holdfast/core';
import type { FollowerStore } from '../follow/follower-store.ts';
import { createPastLog } from '../follow/past-log.ts';
import type { SignatureEngine } from '../signatures/engine.ts';
import { encodePolicy, type Policy } from '../verify/policy.ts';

export type BundleOptions = {
  /** What a follower has accepted of the network's log: the bundle stands at its last epoch. */
  readonly store: Pick<FollowerStore, 'readHead' | 'readEntries'>;
  readonly engine: SignatureEngine;
  /** By whose eyes it is judged; the bundle carries it. */
  readonly policy: Policy;
  /** Only these status lists; default all, at most 1024. */
  readonly lists?: readonly string[];
  /** Digest of the words for reasons that its maker would show. */
  readonly reasons?: string;
  /** Strangers' documents, from `recordFetch`. */
  readonly documents?: readonly RecordedDocument[];
};

/**
 * Everything that verifying needs of a network as of its last epoch, as text. Throws `bundle.log-lost` when the store has no
 * whole log, `bundle.too-many-lists`.
 */
export async function makeBundle(options: BundleOptions): Promise<string> {
  const { store, engine, policy, reasons, documents } = options;
  const { size, checkpoint, cosigned = [] } = await store.readHead();
  if (checkpoint === undefined) throw logLost();
  const read = await createPastLog(store, engine).at(size, async (folded) => {
    const { position, lists } = folded.state;
    if (position === undefined) throw logLost();
    const ids = options.lists ?? [...lists.keys()];
    if (ids.length > MAX_OFFLINE_LISTS) throw tooManyLists(ids.length);
    const said =
      cosigned.length === 0 && policy.witnesses === undefined ? undefined : { notes: cosigned, ...ownOf(policy) };
    const witnessed = said === undefined ? {} : { witnessed: proveWitnesses(said, await folded.readHashes()) };
    return { position, network: { ...proveNetwork(folded), ...witnessed }, lists: proveLists(folded.state, ids) };
  });
  if (!read.ok) throw logLost();
  return encodeOfflineBundle({
    type: 'offline-bundle',
    v: 1,
    checkpoint,
    ...read.value,
    policy: encodePolicy(policy),
    ...(reasons === undefined ? {} : { reasons }),
    ...(documents === undefined || documents.length === 0 ? {} : { documents: [...documents] }),
  });
}

function ownOf({ witnesses }: Policy): { readonly policy?: string } {
  return witnesses === undefined ? {} : { policy: witnesses };
}

function logLost(): CodedError {
  return new CodedError('bundle.log-lost', 'The log that was read does not fold to its last epoch.');
}

function tooManyLists(count: number): CodedError {
  return new CodedError(
    'bundle.too-many-lists',
    `A bundle holds at most ${MAX_OFFLINE_LISTS} lists; this network has ${count}. Make it for one credential.`,
    { count },
  );
}
