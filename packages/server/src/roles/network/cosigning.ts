import {
  addSignatures,
  CodedError,
  type Cosigned,
  encodeAddCheckpoint,
  isCodedError,
  judgeNote,
  keyRef,
  type NetworkState,
  type NoteSignature,
  noteChecks,
  parseCheckpoint,
  parseCosignature,
  parseNote,
  parseSignatureLines,
  parseVkey,
  quorumWord,
  type Rulebook,
  type Vkey,
  witnessPolicyOf,
} from '@holdfast/core';
import { type SignatureEngine, type SignedCheckpoint, within } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { LogStore } from '../../ports/log-store.ts';
import type { Witness } from '../../ports/witness.ts';
import { SILENT, type Signals } from '../../seeing/signals.ts';
import type { LogReader } from './log-reader.ts';

export type CosigningBounds = {
  /** How long one call of a witness may take. */
  readonly witnessTimeoutMs: number;
  /** The longest pause before a witness that fails is asked again. */
  readonly maxWitnessPauseMs: number;
};

export type CosigningOptions = {
  readonly clock: Clock;
  readonly engine: SignatureEngine;
  /** The rulebook in force, and those that are announced. */
  readonly rulebooks: () => RulesToCome;
  readonly reader: Pick<LogReader, 'readConsistencyProof'>;
  readonly store: Pick<LogStore, 'readHead' | 'keepCosigned'>;
  /** The way to a witness at an address of the rulebook. */
  readonly openWitness: (url: string) => Witness;
  readonly bounds: CosigningBounds;
  readonly signal: AbortSignal;
  /** Called with a checkpoint whenever another witness has signed it. */
  readonly onCosigned: (note: string) => void;
  readonly report: (event: { readonly code: string; readonly detail: string }) => void;
  /** Told of what has happened; without it nobody is. */
  readonly signals?: Signals;
};

/** What one witness said last. */
export type WitnessStanding = {
  readonly witness: string;
  /** The largest tree it cosigned, and its time for that (unix milliseconds); absent before the first of this run. */
  readonly size?: number;
  readonly time?: number;
  /** Why it has not cosigned what it was asked last. */
  readonly why?: string;
};

/**
 * Collects the cosignatures of the witnesses that the rulebook names, or will name. Each is asked by itself, one question at
 * a time, about the newest checkpoint there is when it has answered the one before: none of them holds up an epoch, or
 * another. Nothing of what they answer is passed on that does not verify.
 */
export type Cosigning = {
  /** Takes up what an earlier run has kept. */
  restore(): Promise<void>;
  /** A checkpoint that is durable and may be shown. */
  submit(checkpoint: SignedCheckpoint): void;
  /** The checkpoint with what witnesses have said under it, if it is one of the last few. */
  noteOf(checkpoint: SignedCheckpoint): string;
  /** The latest checkpoint under which a quorum has signed. */
  readonly cosigned: string | undefined;
  standings(): readonly WitnessStanding[];
};

/** Checkpoints whose cosignatures are still collected; a witness that answers about an older one has answered in vain. */
const MAX_COLLECTED = 64;
const FIRST_PAUSE_MS = 500;
/** A witness says where it is; asked from there it answers, or it plays with us. */
const MAX_CONFLICTS = 3;

type Asked = {
  readonly vkey: Vkey;
  readonly witness: Witness;
  /** The tree it cosigned last, as far as we know. */
  old: number;
  done: number;
  isBusy: boolean;
  standing: WitnessStanding;
};

export function createCosigning(options: CosigningOptions): Cosigning {
  const { clock, engine, rulebooks, reader, store, bounds, signal, onCosigned, report, signals = SILENT } = options;
  /** At most one for each witness of the rulebook. */
  const asked = new Map<string, Asked>();
  /** By size, the oldest first. */
  const notes = new Map<number, string>();
  /** At most for as many sizes as there are notes. */
  const said = new Map<number, Map<string, Cosigned>>();
  let latest: SignedCheckpoint | undefined;
  let cosigned: string | undefined;
  let cosignedSize = 0;

  function submit(checkpoint: SignedCheckpoint): void {
    latest = checkpoint;
    const named = namedWitnesses(rulebooks());
    for (const [ref, { vkey, url }] of named) {
      if (!asked.has(ref)) asked.set(ref, newAsked(vkey, options.openWitness(url)));
    }
    for (const [ref, one] of asked) {
      if (!named.has(ref)) asked.delete(ref);
      else void drive(one).catch(tell);
    }
  }

  /** One question at a time; the newest checkpoint is the next one. */
  async function drive(one: Asked): Promise<void> {
    if (one.isBusy) return;
    one.isBusy = true;
    let pauseMs = FIRST_PAUSE_MS;
    try {
      while (latest !== undefined && one.done < latest.size && !signal.aborted && asked.get(keyRef(one.vkey)) === one) {
        const why = await ask(one, latest);
        if (why === undefined) {
          pauseMs = FIRST_PAUSE_MS;
          continue;
        }
        if (why !== one.standing.why) tellOf(one, why);
        one.standing = { ...one.standing, why };
        await clock.sleep(pauseMs, signal);
        pauseMs = Math.min(bounds.maxWitnessPauseMs, pauseMs * 2);
      }
    } finally {
      one.isBusy = false;
    }
  }

  /** Undefined when it has cosigned; else why not. */
  async function ask(one: Asked, checkpoint: SignedCheckpoint): Promise<string | undefined> {
    try {
      for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
        const proof = one.old === 0 ? [] : await reader.readConsistencyProof(one.old, checkpoint.size);
        const body = encodeAddCheckpoint(one.old, proof, checkpoint.note);
        const answer = await within(
          clock,
          bounds.witnessTimeoutMs,
          signal,
          (inner) => one.witness.addCheckpoint(body, inner),
          late,
        );
        if (answer.cosigned) return await take(one, checkpoint, answer.lines);
        if (answer.why !== 'conflict') return answer.why;
        // More than we have signed: it lies, or this log was put back to an older state.
        if (answer.size > (latest?.size ?? 0)) return 'ahead';
        one.old = answer.size;
        // Somebody else has asked it about the next one meanwhile: so do we.
        if (answer.size > checkpoint.size) return undefined;
      }
      return 'conflict';
    } catch (error) {
      signal.throwIfAborted();
      return isCodedError(error) ? error.code : 'network.fault';
    }
  }

  async function take(one: Asked, checkpoint: SignedCheckpoint, text: string): Promise<string | undefined> {
    const ref = keyRef(one.vkey);
    const lines = parseSignatureLines(text).filter((line) => keyRef(line) === ref);
    const signed = { text: parseNote(checkpoint.note).text, signatures: lines };
    const results = await engine.verify(noteChecks(signed, [one.vkey]).checks);
    const judged = judgeNote(signed, [one.vkey], results);
    const [signer] = judged.accepted ? judged.signers : [];
    if (signer?.timeSeconds === undefined) return 'bad-signature';
    const { size } = checkpoint;
    [one.old, one.done] = [size, size];
    const time = signer.timeSeconds * 1000;
    one.standing = { witness: ref, size, time };
    signals.witnessCosigned({ witness: one.vkey.name, size });
    const line = lines.find(({ signature }) => parseCosignature(signature)?.timeSeconds === signer.timeSeconds);
    collect(checkpoint, line, { witness: ref, size, time });
    return undefined;
  }

  function collect(checkpoint: SignedCheckpoint, line: NoteSignature | undefined, by: Cosigned): void {
    if (line === undefined) return;
    const { size } = checkpoint;
    const note = addSignatures(notes.get(size) ?? checkpoint.note, [line]);
    const words = said.get(size) ?? new Map<string, Cosigned>();
    words.set(by.witness, by);
    notes.set(size, note);
    said.set(size, words);
    const [oldest] = notes.keys();
    if (notes.size > MAX_COLLECTED && oldest !== undefined) {
      notes.delete(oldest);
      said.delete(oldest);
    }
    const { rulebook } = rulebooks();
    const quorum = rulebook === undefined ? undefined : witnessPolicyOf(rulebook.body)?.quorum;
    if (quorum !== undefined && size >= cosignedSize && quorumWord(quorum, (ref) => words.get(ref)) !== undefined) {
      [cosigned, cosignedSize] = [note, size];
      // Losing it makes evidence look older to whoever comes anew, until the next one.
      void store.keepCosigned([note]).catch(tell);
    }
    onCosigned(note);
  }

  function tellOf({ vkey }: Asked, why: string): void {
    signals.witnessFailed({ witness: vkey.name, why });
    const code =
      why === 'forked' || why === 'proof' || why === 'ahead' ? 'network.witness-contradicts' : 'network.witness-silent';
    report({ code, detail: `The witness ${vkey.name} has not cosigned: ${why}.` });
  }

  function tell(error: unknown): void {
    if (signal.aborted) return;
    report({ code: isCodedError(error) ? error.code : 'network.fault', detail: String(error) });
  }

  async function restore(): Promise<void> {
    const { cosigned: [note] = [] } = await store.readHead();
    if (note !== undefined) [cosigned, cosignedSize] = [note, parseCheckpoint(parseNote(note).text).size];
  }

  return {
    restore,
    submit,
    noteOf: ({ size, note }) => notes.get(size) ?? note,
    get cosigned() {
      return cosigned;
    },
    standings: () => [...asked.values()].map(({ standing }) => standing),
  };
}

function newAsked(vkey: Vkey, witness: Witness): Asked {
  return { vkey, witness, old: 0, done: 0, isBusy: false, standing: { witness: keyRef(vkey) } };
}

function late(): CodedError {
  return new CodedError('witness.unreachable', 'The witness did not answer in time.');
}

type RulesToCome = Pick<NetworkState, 'rulebook' | 'scheduled' | 'emergency'>;

type Named = Map<string, { readonly vkey: Vkey; readonly url: string }>;

/** Those with an address, in the rulebook in force or in one that is announced. */
function namedWitnesses({ rulebook, scheduled, emergency }: RulesToCome): Named {
  const bodies: (Rulebook | undefined)[] = [rulebook?.body, emergency?.base.body, ...scheduled.map(({ body }) => body)];
  const named: Named = new Map();
  for (const { vkey: text, url } of bodies.flatMap((body) => body?.witnesses?.members ?? [])) {
    const vkey = parseVkey(text);
    if (url !== undefined && !named.has(keyRef(vkey))) named.set(keyRef(vkey), { vkey, url });
  }
  return named;
}
