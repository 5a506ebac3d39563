import {
  asksRecord,
  CodedError,
  encodeOfflineBundle,
  isRecognising,
  MAX_OFFLINE_LISTS,
  MAX_OFFLINE_NETWORKS,
  type OfflineNetwork,
  proveIncidents,
  proveLists,
  proveNetwork,
  proveRecognitions,
  proveWitnesses,
  type RecordedDocument,
} from '@holdfast/core';
import type { FollowerStore } from '../follow/follower-store.ts';
import { createPastLog, type PastLog } from '../follow/past-log.ts';
import type { SignatureEngine } from '../signatures/engine.ts';
import { encodePolicy, type Policy } from '../verify/policy.ts';

export type BundleOptions = {
  /** What a follower has accepted of the network's log: the bundle stands at its last epoch. */
  readonly store: Pick<FollowerStore, 'readHead' | 'readEntries'> & {
    /** The follower's own, where its log does not begin at the network's genesis or is not all there. */
    readonly past?: PastLog;
  };
  readonly engine: SignatureEngine;
  /** By whose eyes it is judged; the bundle carries it. */
  readonly policy: Policy;
  /**
   * What a follower has accepted of other networks' logs, by their pinned names: those that the network recognises at its
   * position are taken along, at most 16.
   */
  readonly recognised?: ReadonlyMap<string, BundleOptions['store']>;
  /** Only these status lists, whichever network has them; default all, at most 1024 together. */
  readonly lists?: readonly string[];
  /** Digest of the words for reasons that its maker would show. */
  readonly reasons?: string;
  /** Strangers' documents, from `recordFetch`. */
  readonly documents?: readonly RecordedDocument[];
};

/**
 * Everything that verifying needs of a network as of its last epoch, as text. Throws `bundle.log-lost` when a store has no
 * whole log, `bundle.too-many-lists`.
 */
export async function makeBundle(options: BundleOptions): Promise<string> {
  const { store, policy, reasons, documents } = options;
  const { part, recognises } = await readPart(store, options, ownOf(policy));
  const stores = [...(options.recognised ?? [])].filter(([name]) => recognises.has(name));
  const recognised: OfflineNetwork[] = [];
  for (const [, other] of stores.slice(0, MAX_OFFLINE_NETWORKS)) {
    // Of another network the witnesses count that it names itself.
    recognised.push((await readPart(other, options, {})).part);
  }
  const count = [part, ...recognised].reduce((sum, { lists }) => sum + lists.length, 0);
  if (count > MAX_OFFLINE_LISTS) throw tooManyLists(count);
  return encodeOfflineBundle({
    type: 'offline-bundle',
    v: 1,
    ...part,
    ...(recognised.length === 0 ? {} : { recognised }),
    policy: encodePolicy(policy),
    ...(reasons === undefined ? {} : { reasons }),
    ...(documents === undefined || documents.length === 0 ? {} : { documents: [...documents] }),
  });
}

type OwnWitnesses = { readonly policy?: string };

/** One network at its last epoch, and the names of those that it recognises there. */
async function readPart(
  store: BundleOptions['store'],
  { engine, policy, lists: wanted }: Pick<BundleOptions, 'engine' | 'policy' | 'lists'>,
  own: OwnWitnesses,
): Promise<{ readonly part: OfflineNetwork; readonly recognises: ReadonlySet<string> }> {
  const { size, checkpoint, cosigned = [] } = await store.readHead();
  if (checkpoint === undefined) throw logLost();
  const read = await (store.past ?? createPastLog(store, engine)).at(size, async (folded) => {
    const { position, lists, recognitions } = folded.state;
    if (position === undefined) throw logLost();
    const ids = wanted ?? [...lists.keys()];
    if (ids.length > MAX_OFFLINE_LISTS) throw tooManyLists(ids.length);
    const said = cosigned.length === 0 && own.policy === undefined ? undefined : { notes: cosigned, ...own };
    const witnessed = said === undefined ? {} : { witnessed: proveWitnesses(said, await folded.readHashes()) };
    const taken = recognitions.size === 0 ? {} : { recognitions: proveRecognitions(folded.state) };
    const asksRecords = asksRecord(policy.issuers);
    const incidents = asksRecords ? { incidents: proveIncidents(folded.state) } : {};
    const network = { ...proveNetwork(folded), ...taken, ...incidents, ...witnessed };
    const recognises = [...recognitions].filter(([, record]) => isRecognising(record, position.time));
    return {
      part: { position, checkpoint, network, lists: proveLists(folded.state, ids) },
      recognises: new Set(recognises.map(([name]) => name)),
    };
  });
  if (!read.ok) throw logLost();
  return read.value;
}

function ownOf({ witnesses }: Policy): OwnWitnesses {
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
