import {
  type AddCheckpoint,
  CodedError,
  cosignatureMessage,
  encodeCosignature,
  encodeNote,
  encodeSignatureLines,
  encodeUtf8,
  encodeVkey,
  equalBytes,
  type FraudProof,
  isCodedError,
  judgeAddCheckpoint,
  judgeNote,
  keyRef,
  NOTE_KEY_TYPE,
  noteChecks,
  parseAddCheckpoint,
  type Vkey,
} from '@holdfast/core';
import type { SignatureEngine } from '@holdfast/verifier';
import type { Clock } from '../../ports/clock.ts';
import type { Signer } from '../../ports/signer.ts';
import type { AddCheckpointAnswer, Witness } from '../../ports/witness.ts';
import type { CosignedCheckpoint, WitnessStore } from '../../ports/witness-store.ts';

export type WitnessOptions = {
  readonly clock: Pick<Clock, 'now'>;
  readonly signer: Pick<Signer, 'sign'>;
  /** The signer's name for the key of the cosignatures (Ed25519), and that key (type 0x04). */
  readonly key: { readonly name: string; readonly vkey: Vkey };
  readonly engine: SignatureEngine;
  readonly store: WitnessStore;
  /**
   * Asks where the log answers which key it has in force now, proved by its own entries (`learnLogKey`), and keeps that before
   * it answers; undefined where there is nothing new. Without it a log keeps the keys it was added with.
   */
  readonly learnKey?: (origin: string, held: CosignedCheckpoint | undefined) => Promise<LogKeys | undefined>;
  /**
   * Asks whether a log of this name goes on from one that is looked at, proved by its lineage, and keeps that before it answers.
   * Without it a log that nobody has added stays unknown.
   */
  readonly learnLog?: (origin: string) => Promise<Successor | undefined>;
  /** Told of what an operator should know: `witness.forked`, and what store, signer and engine throw. */
  readonly report?: (event: { readonly code: string; readonly detail: string }) => void;
};

/** Decides whether a log only grew, and says so with the time. Knows nothing of what is in it. */
export interface WitnessRole extends Witness {
  /** `body` may be bytes as they came. */
  addCheckpoint(body: string | Uint8Array): Promise<AddCheckpointAnswer>;
  /** From now on checkpoints of this log are looked at. A log may have several keys, all of its name. Throws `witness.log`. */
  addLog(vkey: Vkey): void;
  readLogs(): Promise<readonly { readonly origin: string; readonly size: number }[]>;
  readFrauds(): Promise<readonly FraudProof[]>;
  readonly vkey: string;
}

const MAX_LOGS = 1024;
const MAX_KEYS_OF_A_LOG = 16;
/** Requests about one log that wait for their turn; the next one is told to come back. */
const MAX_WAITING = 64;
/** Anybody can write a line in a log's name: whoever answers for the log is not asked more often. */
const LEAST_PAUSE_MS = 4000;

/** The key that counts, and those of the log that no longer do. */
export type LogKeys = { readonly vkey: Vkey; readonly former: readonly Vkey[] };

/** A log that a quorum has opened in place of another, which gets no cosignature from then on. */
export type Successor = { readonly vkey: Vkey; readonly ended: string };

type Log = {
  vkeys: readonly Vkey[];
  former: readonly Vkey[];
  turn: Promise<unknown>;
  waiting: number;
  askedAtMs: number;
};

export function createWitness(options: WitnessOptions): WitnessRole {
  const { clock, signer, key, engine, store, report = () => undefined } = options;
  const logs = new Map<string, Log>();
  /** When it was last asked about a log that is not looked at. */
  let askedAtMs = 0;

  async function addCheckpoint(body: string | Uint8Array): Promise<AddCheckpointAnswer> {
    const request = parseRequest(body);
    if (request === undefined) return no('bad-request');
    const { origin } = request.checkpoint;
    const log = logs.get(origin) ?? (await learnLog(origin));
    if (log === undefined) return no('unknown-log');
    if (log.waiting >= MAX_WAITING) return no('busy');
    log.waiting += 1;
    try {
      if (namesOtherKey(request, log)) await learn(origin, log);
      const { checks } = noteChecks(request.note, log.vkeys);
      if (!judgeNote(request.note, log.vkeys, await engine.verify(checks)).accepted) return no('not-signed');
      return await takeTurn(log, () => decide(request, log));
    } finally {
      log.waiting -= 1;
    }
  }

  /**
   * A line in the log's own name by a key that we do not know: the log may have changed its key. From then on the old one is
   * nobody's, also in an overlap, as its thief would keep it.
   */
  async function learn(origin: string, log: Log): Promise<void> {
    const now = clock.now();
    if (options.learnKey === undefined || Math.abs(now - log.askedAtMs) < LEAST_PAUSE_MS) return;
    log.askedAtMs = now;
    try {
      const learned = await options.learnKey(origin, await store.read(origin));
      if (learned?.vkey.name === origin) [log.vkeys, log.former] = [[learned.vkey], learned.former];
    } catch (error) {
      // Whoever signs by a key we know is answered all the same.
      report({ code: isCodedError(error) ? error.code : 'witness.fault', detail: String(error) });
    }
  }

  async function learnLog(origin: string): Promise<Log | undefined> {
    const now = clock.now();
    if (options.learnLog === undefined || Math.abs(now - askedAtMs) < LEAST_PAUSE_MS) return undefined;
    askedAtMs = now;
    try {
      const successor = await options.learnLog(origin);
      if (successor?.vkey.name !== origin) return undefined;
      addLog(successor.vkey);
      logs.delete(successor.ended);
    } catch (error) {
      report({ code: isCodedError(error) ? error.code : 'witness.fault', detail: String(error) });
    }
    return logs.get(origin);
  }

  /** Looking, keeping and signing take turns: what is signed as of some time is the largest tree seen by then. */
  function takeTurn<Result>(log: Log, work: () => Promise<Result>): Promise<Result> {
    const done = log.turn.then(work);
    log.turn = done.catch(() => undefined);
    return done;
  }

  async function decide(request: AddCheckpoint, log: Log): Promise<AddCheckpointAnswer> {
    const timeSeconds = Math.floor(clock.now() / 1000);
    const { checkpoint } = request;
    const { origin, size, root } = checkpoint;
    const held = await store.read(origin);
    const signed = signedByLog(request, log);
    if (held?.size === size && !equalBytes(held.root, root)) await keepFork(held, signed);
    const why = judgeAddCheckpoint(request, held);
    if (why === 'conflict') return { cosigned: false, why, size: held?.size ?? 0 };
    if (why !== undefined) return no(why === 'old-size' ? 'bad-request' : why);
    if (held?.size !== size && !(await store.advance(origin, held?.size, { size, root, note: signed }))) {
      // Another process of this witness went on; what it cosigned is where the log has to go on from.
      return { cosigned: false, why: 'conflict', size: (await store.read(origin))?.size ?? 0 };
    }
    return { cosigned: true, lines: await cosign(request.note.text, timeSeconds) };
  }

  async function cosign(text: string, timeSeconds: number): Promise<string> {
    const signature = await signer.sign(key.name, cosignatureMessage(text, timeSeconds));
    const { name, keyId } = key.vkey;
    return encodeSignatureLines([{ name, keyId, signature: encodeCosignature(timeSeconds, signature) }]);
  }

  async function keepFork(held: CosignedCheckpoint, signed: string): Promise<void> {
    await store.keepFraud({ checkpoints: [held.note, signed] });
    report({ code: 'witness.forked', detail: `The log has signed two trees of ${held.size} entries.` });
  }

  function addLog(vkey: Vkey): void {
    if (vkey.type !== NOTE_KEY_TYPE.ed25519) throw new CodedError('witness.log', 'This is not the key of a log.');
    const log = logs.get(vkey.name) ?? { vkeys: [], former: [], turn: Promise.resolve(), waiting: 0, askedAtMs: 0 };
    if (log.vkeys.some((known) => keyRef(known) === keyRef(vkey))) return;
    if (log.vkeys.length >= MAX_KEYS_OF_A_LOG || (log.vkeys.length === 0 && logs.size >= MAX_LOGS)) {
      throw new CodedError(
        'witness.log',
        `A witness has at most ${MAX_LOGS} logs with ${MAX_KEYS_OF_A_LOG} keys each.`,
      );
    }
    log.vkeys = [...log.vkeys, vkey];
    logs.set(vkey.name, log);
  }

  return {
    vkey: encodeVkey(key.vkey),
    addLog,
    addCheckpoint: (body) =>
      addCheckpoint(body).catch((error: unknown) => {
        report({ code: isCodedError(error) ? error.code : 'witness.fault', detail: String(error) });
        throw error;
      }),
    readLogs: () =>
      Promise.all([...logs.keys()].map(async (origin) => ({ origin, size: (await store.read(origin))?.size ?? 0 }))),
    readFrauds: () => store.readFrauds(),
  };
}

function no(why: Exclude<AddCheckpointAnswer, { cosigned: true } | { why: 'conflict' }>['why']): AddCheckpointAnswer {
  return { cosigned: false, why };
}

function parseRequest(body: string | Uint8Array): AddCheckpoint | undefined {
  try {
    return parseAddCheckpoint(typeof body === 'string' ? encodeUtf8(body) : body);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return undefined;
  }
}

function namesOtherKey({ note, checkpoint }: AddCheckpoint, { vkeys, former }: Log): boolean {
  const known = new Set([...vkeys, ...former].map(keyRef));
  return note.signatures.some((line) => line.name === checkpoint.origin && !known.has(keyRef(line)));
}

/** The checkpoint with the signatures of the log alone: strangers' lines are not kept for them. */
function signedByLog({ note }: AddCheckpoint, { vkeys }: Log): string {
  const known = new Set(vkeys.map(keyRef));
  return encodeNote({ text: note.text, signatures: note.signatures.filter((line) => known.has(keyRef(line))) });
}
