import { equalBytes } from '../encoding/bytes.ts';
import type { SignatureCheck } from '../encoding/jws.ts';
import { parseBase64url } from '../encoding/text.ts';
import { isCodedError } from '../errors.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { judgeNote, noteChecks, parseNote, type SignedNote, type Vkey } from './note.ts';
import { verifyConsistency } from './proof.ts';

/**
 * That a log has signed two histories: two of its checkpoints, verbatim, of one size with two roots; or of two sizes, with
 * what the tree of the larger one had at the size of the smaller. Anyone who has the log's key can check it.
 */
export type FraudProof = {
  readonly checkpoints: readonly [string, string];
  /** For two sizes, the smaller first: its root in the larger tree, and the RFC 6962 proof of that; all base64url. */
  readonly consistency?: { readonly root: string; readonly hashes: readonly string[] };
};

/** A proof that says what it must; what is left is that the log has signed both. */
export type FraudCase = {
  readonly origin: string;
  /** Of the smaller checkpoint: where the two histories are known to differ. */
  readonly size: number;
  readonly checks: readonly SignatureCheck[];
  /** Whether both checkpoints are the log's own, by the results of the checks in order. */
  readonly holds: (results: readonly boolean[]) => boolean;
};

/**
 * Takes a fraud proof apart. `vkeys` are the log's keys, all of one name. Undefined when it would prove nothing whoever had
 * signed it: another log, two sizes without a proof, one history.
 */
export function parseFraudProof(
  { checkpoints, consistency }: FraudProof,
  vkeys: readonly Vkey[],
): FraudCase | undefined {
  const [first, second] = checkpoints.map(parseSigned);
  if (first === undefined || second === undefined) return undefined;
  const [a, b] = [first.checkpoint, second.checkpoint];
  const isOneLog = a.origin === b.origin && vkeys.every(({ name }) => name === a.origin);
  if (!isOneLog || !areTwoHistories(a, b, consistency)) return undefined;
  const checks = [first, second].map(({ note }) => noteChecks(note, vkeys).checks);
  const [ofFirst = [], ofSecond = []] = checks;
  return {
    origin: a.origin,
    size: a.size,
    checks: [...ofFirst, ...ofSecond],
    holds: (results) =>
      judgeNote(first.note, vkeys, results.slice(0, ofFirst.length)).accepted &&
      judgeNote(second.note, vkeys, results.slice(ofFirst.length)).accepted,
  };
}

function areTwoHistories(a: Checkpoint, b: Checkpoint, consistency: FraudProof['consistency']): boolean {
  if (a.size === b.size) return !equalBytes(a.root, b.root);
  if (consistency === undefined || a.size > b.size) return false;
  const [fromRoot, ...proof] = [consistency.root, ...consistency.hashes].map(parseHash);
  if (fromRoot === undefined || equalBytes(fromRoot, a.root)) return false;
  return verifyConsistency({ from: a.size, to: b.size, fromRoot, toRoot: b.root, proof });
}

/** What is no hash is one of no length, which proves nothing. */
function parseHash(text: string): Uint8Array {
  try {
    return parseBase64url(text);
  } catch {
    return new Uint8Array();
  }
}

function parseSigned(text: string): { note: SignedNote; checkpoint: Checkpoint } | undefined {
  try {
    const note = parseNote(text);
    return { note, checkpoint: parseCheckpoint(note.text) };
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return undefined;
  }
}
