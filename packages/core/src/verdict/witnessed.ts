import type { SignatureCheck } from '../encoding/jws.ts';
import { parseBase64url } from '../encoding/text.ts';
import { CodedError, isCodedError } from '../errors.ts';
import { parseCheckpoint } from '../log/checkpoint.ts';
import { keyRef, noteChecks, parseNote, type Vkey } from '../log/note.ts';
import { verifyConsistency } from '../log/proof.ts';
import { parseTlogPolicy } from '../log/tlog-policy.ts';
import { type Cosigned, quorumWord, type WitnessPolicy, witnessPolicyOf } from '../log/witness-policy.ts';
import type { Evidence, NetworkView, NetworkWitnessed } from './evidence.ts';
import type { Basis } from './verdict.ts';

/**
 * As of when a network's word counts, unix milliseconds: by its witnesses where some are named, and then from nothing at
 * all before a quorum of them has spoken; by its own time where none are.
 */
export function asOfNetwork({ position, witnessed }: Pick<NetworkView, 'position' | 'witnessed'>): number {
  return witnessed === undefined ? position.time : (witnessed.time ?? 0);
}

/** The network as one position left it, whoever has confirmed what since. */
export function withoutWitnesses(view: NetworkView): NetworkView {
  const { witnessed: _, ...rest } = view;
  return rest;
}

/** Whether somebody else than the operators of all logs consulted says what time it was. */
export function isTimeWitnessed({ network, recognised }: Evidence): boolean {
  const views = [network, recognised?.network].filter((view) => view !== undefined);
  return views.every(({ witnessed }) => witnessed?.time !== undefined);
}

/** What the age of the networks' word was taken from, sorted by log; absent where no witnesses are named. */
export function witnessedBasis({ network, recognised }: Evidence): Basis['witnessed'] {
  if (network?.witnessed === undefined && recognised?.network?.witnessed === undefined) return undefined;
  const words = [network, recognised?.network].flatMap((view) => {
    if (view?.witnessed === undefined) return [];
    const { time, by } = view.witnessed;
    return [{ log: view.position.log, ...(time === undefined ? {} : { time }), by }];
  });
  return words.sort((a, b) => (a.log < b.log ? -1 : 1));
}

/** What witnesses said, with the proof of each checkpoint that it is part of the history at a position. */
export type ProvedWitnesses = {
  /** `consistency`: from the checkpoint to the position's root (RFC 6962), base64url hashes. */
  readonly notes: readonly { readonly note: string; readonly consistency: readonly string[] }[];
  readonly policy?: string;
};

const MAX_NOTES = 64;

/**
 * Opens what witnesses said of the history at the position of `view`; it counts once all checks have passed. `undefined`
 * where no witnesses are asked for. Throws `replay.unproved` for a checkpoint of another history, or one that cannot be
 * read.
 */
export function openWitnesses(
  view: NetworkView,
  proved: ProvedWitnesses = { notes: [] },
): { readonly witnessed: NetworkWitnessed; readonly checks: readonly SignatureCheck[] } | undefined {
  const policy = policyOf(view, proved.policy);
  if (policy?.quorum === undefined) return undefined;
  if (proved.notes.length > MAX_NOTES) throw unproved();
  const latest = new Map<string, Cosigned>();
  const checks: SignatureCheck[] = [];
  for (const { note, consistency } of proved.notes) {
    const size = sizeInHistory(view, note, consistency);
    const asked = noteChecks(parseNote(note), policy.witnesses);
    checks.push(...asked.checks);
    for (const { vkey, timeSeconds = 0 } of asked.signers) keepLatest(latest, vkey, size, timeSeconds * 1000);
  }
  const word = quorumWord(policy.quorum, (witness) => latest.get(witness)) ?? { by: [] };
  const own = proved.policy === undefined ? {} : { policy: proved.policy };
  return { witnessed: { ...word, notes: proved.notes.map(({ note }) => note), ...own }, checks };
}

function policyOf({ rulebook }: NetworkView, own: string | undefined): WitnessPolicy | undefined {
  if (own === undefined) return rulebook === undefined ? undefined : witnessPolicyOf(rulebook.body);
  return proving(() => parseTlogPolicy(own));
}

function keepLatest(latest: Map<string, Cosigned>, vkey: Vkey, size: number, time: number): void {
  const witness = keyRef(vkey);
  if (time > (latest.get(witness)?.time ?? 0)) latest.set(witness, { witness, size, time });
}

/** The size of the checkpoint, once it is known to be one of the history that was read. */
function sizeInHistory({ position }: NetworkView, note: string, consistency: readonly string[]): number {
  return proving(() => {
    const { origin, size, root } = parseCheckpoint(parseNote(note).text);
    const proof = consistency.map(parseBase64url);
    const toRoot = parseBase64url(position.root);
    const isOurs = verifyConsistency({ from: size, to: position.size, fromRoot: root, toRoot, proof });
    if (origin !== position.log || !isOurs) throw unproved();
    return size;
  });
}

function proving<Value>(step: () => Value): Value {
  try {
    return step();
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw unproved();
  }
}

function unproved(): CodedError {
  return new CodedError('replay.unproved', 'This bundle does not prove its witnesses.', { what: 'witnesses' });
}
