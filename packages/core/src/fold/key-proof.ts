import { parseJson } from '../encoding/json.ts';
import { type SignatureCheck, signatureCheck } from '../encoding/jws.ts';
import { encodeUtf8, parseUtf8 } from '../encoding/text.ts';
import { CodedError, isCodedError } from '../errors.ts';
import { type Rulebook, rulebookSchema } from '../rulebook/rulebook.ts';
import type { LogKeysAt } from './log-keys.ts';
import { rootOfLeaves, rulebookLeaves } from './sections.ts';
import type { NetworkState } from './state.ts';
import { parseStatement } from './statement.ts';

/**
 * What an epoch says of the log's keys, for somebody who has nothing of the log but its first entry: the epoch, and all leaves
 * of the section `rulebook` that it commits to. Its key cannot change within a log, so the first entry names it.
 */
export type KeyProof = { readonly epoch: string; readonly rulebook: readonly string[] };

/** Leaves of at most so many characters; a rulebook is at most an entry long. */
const MAX_LEAF_LENGTH = 262_144;

/** The state must be as its last epoch, whose entry this is, left it. */
export function proveKeys(state: NetworkState, epoch: string): KeyProof {
  return { epoch, rulebook: rulebookLeaves(state).map(parseUtf8) };
}

/** `check` decides whether it counts: that the network has signed the epoch, by the key that the first entry names. */
export type OpenedKeyProof = { readonly known: LogKeysAt; readonly leaf: Uint8Array; readonly check: SignatureCheck };

/** Throws `log.keys-unproved` for what is no proof, or not one of the log with these role keys and this name. */
export function openKeyProof(
  { epoch, rulebook }: KeyProof,
  founding: { readonly origin: string; readonly keys: Rulebook['keys'] },
): OpenedKeyProof {
  const parse = parseStatement(epoch);
  if (!parse.ok || parse.statement.body.type !== 'epoch') throw unproved('There is no epoch in it.');
  const { statement } = parse;
  const { size, time, sections } = parse.statement.body;
  if (rootOfLeaves(rulebook.map(encodeUtf8)) !== sections.rulebook) throw unproved('The epoch commits to other rules.');
  const { log } = rulebookIn(rulebook);
  if (log.origin !== founding.origin) throw unproved('It is about another log.', { found: log.origin });
  try {
    const check = signatureCheck(statement.jws, founding.keys.network);
    return { known: { log, size: size + 1, time }, leaf: statement.leaf, check };
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw unproved('Its epoch cannot be signed by the network.', { why: error.code });
  }
}

function rulebookIn(leaves: readonly string[]): Rulebook {
  try {
    const read = leaves.map((leaf) => parseJson(leaf, { maxLength: MAX_LEAF_LENGTH, maxDepth: 32 }));
    const inForce = read.find((leaf) => Array.isArray(leaf) && leaf[0] === 'in-force') as unknown[] | undefined;
    const parsed = rulebookSchema.safeParse(inForce?.[2]);
    if (parsed.success) return parsed.data;
  } catch (error) {
    if (!isCodedError(error)) throw error;
  }
  throw unproved('There is no rulebook in it.');
}

function unproved(sentence: string, details: Record<string, unknown> = {}): CodedError {
  return new CodedError('log.keys-unproved', `This does not prove the key of the log. ${sentence}`, details);
}
