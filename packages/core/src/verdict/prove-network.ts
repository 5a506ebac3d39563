import { canonicalJson } from '../encoding/json.ts';
import { encodeBase64url, parseUtf8 } from '../encoding/text.ts';
import { incidentLeaves } from '../fold/docket.ts';
import {
  listLeaf,
  listLeaves,
  partyLeaves,
  recognitionLeaves,
  recordLeaves,
  rulebookLeaves,
  sortLeaves,
} from '../fold/sections.ts';
import type { NetworkState } from '../fold/state.ts';
import { parseCheckpoint } from '../log/checkpoint.ts';
import { parseNote } from '../log/note.ts';
import { consistencyProof, inclusionProof, readerOfLeaves } from '../log/proof.ts';
import { leafHash } from '../log/tree.ts';
import { packStatuses } from '../status/packed.ts';
import type { NetworkWitnessed } from './evidence.ts';
import type { ProvedEpoch } from './proved-sections.ts';
import type { ProvedList, ProvedNetwork } from './replay.ts';
import type { SuccessionStep } from './successions.ts';
import type { ProvedWitnesses } from './witnessed.ts';

/** A log folded up to an epoch: what a proof of the network at that position is made from. */
export type FoldedLog = {
  readonly state: NetworkState;
  /** Entry 0 of the network's first log, and the epoch that is the last entry. */
  readonly genesis: string;
  readonly epoch: string;
  /** How the network came to be in this log, where that is not its first. */
  readonly successions?: readonly SuccessionStep[];
};

/** What verdicts at the log's last epoch read of the network, but for its lists, proved against the root there. */
export function proveNetwork({ state, genesis, epoch, successions = [] }: FoldedLog): Omit<ProvedNetwork, 'list'> {
  return {
    genesis,
    ...(successions.length === 0 ? {} : { successions }),
    epoch: proveEpoch(state, epoch),
    rulebook: rulebookLeaves(state).map(parseUtf8),
    parties: partyLeaves(state).map(parseUtf8),
    critical: [...state.critical].map((subject) => canonicalJson([subject])),
  };
}

function proveEpoch(state: NetworkState, entry: string): ProvedEpoch {
  // Beside the last entry of a tree stand the complete subtrees before it, the smallest first (RFC 6962 section 2.1.1).
  return { entry, inclusion: state.covered.hashes.toReversed().map(encodeBase64url) };
}

/** That this opening is the quorum's word, by the rules and officers of the log that ends with the epoch. */
export function proveSuccession({ state, epoch }: Pick<FoldedLog, 'state' | 'epoch'>, opening: string): SuccessionStep {
  const [rulebook, parties] = [rulebookLeaves(state).map(parseUtf8), partyLeaves(state).map(parseUtf8)];
  return { opening, epoch: proveEpoch(state, epoch), rulebook, parties };
}

/** What it takes of other networks, for a verdict that consulted one. */
export function proveRecognitions(state: NetworkState): NonNullable<ProvedNetwork['recognitions']> {
  return recognitionLeaves(state).map(parseUtf8);
}

/** What stands in the record of issuers, for a verdict whose policy asks for it. */
export function proveIncidents(state: NetworkState): NonNullable<ProvedNetwork['incidents']> {
  return [...incidentLeaves(state.docket), ...recordLeaves(state)].map(parseUtf8);
}

/**
 * What witnesses said, proved to be of the history of these entries. Checkpoints of more
 * entries than these are left out: they can have had no part in a verdict here.
 */
export function proveWitnesses(
  { notes, policy }: Pick<NetworkWitnessed, 'notes' | 'policy'>,
  hashes: readonly Uint8Array[] = [],
): ProvedWitnesses {
  const read = readerOfLeaves(hashes);
  const proved = notes.flatMap((note) => {
    const { size } = parseCheckpoint(parseNote(note).text);
    if (size < 1 || size > hashes.length) return [];
    return [{ note, consistency: consistencyProof(size, hashes.length, read).map(encodeBase64url) }];
  });
  return { notes: proved, ...(policy === undefined ? {} : { policy }) };
}

/** Status lists with their proofs in the section `lists`; those the network does not have are left out. */
export function proveLists(state: NetworkState, ids: Iterable<string>): ProvedList[] {
  const leaves = sortLeaves(listLeaves(state));
  const hashes = leaves.map(leafHash);
  return [...ids].flatMap((id) => {
    const list = state.lists.get(id);
    if (list === undefined) return [];
    const leaf = listLeaf(list);
    const index = leaves.indexOf(leaf);
    return [
      {
        leaf: parseUtf8(leaf),
        index,
        count: leaves.length,
        proof: inclusionProof(index, leaves.length, readerOfLeaves(hashes)).map(encodeBase64url),
        packed: encodeBase64url(packStatuses(list.values, list.bits)),
      },
    ];
  });
}
