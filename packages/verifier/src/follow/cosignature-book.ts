import {
  CodedError,
  type Cosigned,
  encodeBase64url,
  judgeNote,
  keyRef,
  type NetworkState,
  type NetworkWitnessed,
  noteChecks,
  parseCheckpoint,
  parseNote,
  parseTlogPolicy,
  quorumWord,
  type SignedNote,
  type Vkey,
  type WitnessPolicy,
  witnessPolicyOf,
} from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import { openCheckpoint, refuseCoded, unproved } from './proved-entries.ts';

export type CosignatureBookOptions = {
  readonly engine: SignatureEngine;
  /** The log as it was read: its key, its rulebooks, and the root of its history at a size, where that is remembered. */
  readonly log: {
    readonly vkey: Vkey | undefined;
    readonly state: Pick<NetworkState, 'rulebook' | 'scheduled'>;
    rootAt(size: number): string | undefined;
  };
  /** The reader's own policy (C2SP tlog-policy) as it is now, instead of the witnesses that the rulebook names. */
  readonly policy?: (() => string | undefined) | undefined;
};

/**
 * What witnesses have said of the log that was read: of each its newest word, as nothing else makes evidence young. Only
 * what was said of the very history that was read counts, so a larger tree is for whoever reads on first.
 */
export type CosignatureBook = {
  /**
   * Counts the cosignatures under a checkpoint; whether any is newer than what was known. A line that fails, by a key that
   * is known, rejects all of them (`feed.cosignature-refused`); lines by unknown keys are passed over. Throws `feed.fork`
   * when the log has signed another root than the one that was read, `feed.unproved` for what is no checkpoint.
   */
  count(note: string): Promise<boolean>;
  /** Whether anybody's word is waited for. */
  isAsked(): boolean;
  /** What a quorum stands behind, by the witnesses in force; undefined where none are asked for. */
  word(): NetworkWitnessed | undefined;
};

type Entry = Cosigned & { readonly note: string };

export function createCosignatureBook({ engine, log, policy }: CosignatureBookOptions): CosignatureBook {
  let parsedLast: { readonly text: string; readonly parsed: WitnessPolicy } | undefined;
  const latest = new Map<string, Entry>();

  function ownPolicy(): { readonly text: string; readonly parsed: WitnessPolicy } | undefined {
    const text = policy?.();
    if (text === undefined) return undefined;
    if (parsedLast?.text !== text) parsedLast = { text, parsed: parseTlogPolicy(text) };
    return parsedLast;
  }

  /** Also those whose rulebook is not in force yet: on its first day they have spoken already. */
  function knownWitnesses(): readonly Vkey[] {
    const own = ownPolicy();
    if (own !== undefined) return own.parsed.witnesses;
    const rulebooks = [log.state.rulebook, ...log.state.scheduled].map((rulebook) => rulebook?.body);
    const named = rulebooks.flatMap((body) => (body === undefined ? [] : (witnessPolicyOf(body)?.witnesses ?? [])));
    return [...new Map(named.map((vkey) => [keyRef(vkey), vkey])).values()];
  }

  function policyInForce(): WitnessPolicy | undefined {
    const own = ownPolicy();
    if (own !== undefined) return own.parsed;
    const { rulebook } = log.state;
    return rulebook === undefined ? undefined : witnessPolicyOf(rulebook.body);
  }

  async function count(text: string): Promise<boolean> {
    const witnesses = knownWitnesses();
    if (log.vkey === undefined || witnesses.length === 0) return false;
    const note = refuseCoded(() => parseNote(text), 'The cosigned checkpoint is not a signed note.');
    const { origin, size, root } = refuseCoded(() => parseCheckpoint(note.text), 'The cosigned note is no checkpoint.');
    if (origin !== log.vkey.name) throw unproved('The cosigned checkpoint is one of another log.');
    const ours = log.rootAt(size);
    if (ours === undefined) return false;
    if (ours !== encodeBase64url(root)) {
      // Somebody's lie, unless the log has signed it: then it is the log's.
      const theirs = await openCheckpoint(text, log.vkey, engine);
      throw new CodedError('feed.fork', 'The log has signed another history than the one that was read.', {
        ...{ size, ours, theirs: theirs.note },
      });
    }
    return keepNewer(note, size, text, [log.vkey, ...witnesses]);
  }

  async function keepNewer(note: SignedNote, size: number, text: string, known: readonly Vkey[]): Promise<boolean> {
    const { checks, signers } = noteChecks(note, known);
    const isNew = signers.some(({ vkey, timeSeconds = 0 }) => isNewer(vkey, timeSeconds));
    // What was counted before is not verified again: every epoch's lines come one by one.
    if (!isNew) return false;
    const judged = judgeNote(note, known, await engine.verify(checks));
    if (!judged.accepted) {
      const why = { why: judged.why, ...(judged.vkey === undefined ? {} : { witness: judged.vkey.name }) };
      throw new CodedError('feed.cosignature-refused', 'A signature under a cosigned checkpoint does not verify.', why);
    }
    let hasMoved = false;
    for (const { vkey, timeSeconds = 0 } of judged.signers) {
      if (!isNewer(vkey, timeSeconds)) continue;
      latest.set(keyRef(vkey), { witness: keyRef(vkey), size, time: timeSeconds * 1000, note: text });
      hasMoved = true;
    }
    return hasMoved;
  }

  function isNewer(vkey: Vkey, timeSeconds: number): boolean {
    return timeSeconds * 1000 > (latest.get(keyRef(vkey))?.time ?? 0);
  }

  function word(): NetworkWitnessed | undefined {
    const own = ownPolicy();
    const inForce = policyInForce();
    if (inForce?.quorum === undefined) return undefined;
    const told = own === undefined ? {} : { policy: own.text };
    const isOurs =
      inForce.logs.length === 0 ||
      inForce.logs.some((vkey) => log.vkey !== undefined && keyRef(vkey) === keyRef(log.vkey));
    const said = isOurs ? quorumWord(inForce.quorum, (witness) => latest.get(witness)) : undefined;
    if (said === undefined) return { by: [], notes: [], ...told };
    const by = said.by.map(({ witness, size, time }) => ({ witness, size, time }));
    const notes = by.map(({ witness }) => latest.get(witness)?.note).filter((note) => note !== undefined);
    return { time: said.time, by, notes: [...new Set(notes)], ...told };
  }

  return { count, word, isAsked: () => knownWitnesses().length > 0 };
}
