import { canonicalJson } from '../encoding/json.ts';
import { isCodedError } from '../errors.ts';
import { NOTE_KEY_TYPE, parseVkey } from '../log/note.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';

/** What a rulebook says of the log: its name, the key in force, the one before it, and those that a thief may have. */
export type LogTerms = Rulebook['log'];

/** Whether a log could go on under these terms: whoever reads them must be able to check the next checkpoint. */
export function isLogTerms({ origin, vkey, previous, compromised = [] }: LogTerms): boolean {
  const stolen = new Set(compromised.map((key) => key.vkey));
  const named = [vkey, ...(previous === undefined ? [] : [previous.vkey])];
  return named.every((text) => isLogKey(text, origin) && !stolen.has(text)) && previous?.vkey !== vkey;
}

function isLogKey(text: string, origin: string): boolean {
  try {
    const { name, type } = parseVkey(text);
    return name === origin && type === NOTE_KEY_TYPE.ed25519;
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return false;
  }
}

/** A key that was declared compromised stays so: nobody brings it back by an amendment that was drafted before. */
export function keepsCompromised(before: LogTerms, after: LogTerms): boolean {
  const named = new Set((after.compromised ?? []).map(({ vkey }) => vkey));
  return (before.compromised ?? []).every(({ vkey }) => named.has(vkey));
}

/** Whether one rulebook follows another by a change of the log's terms alone. */
export function isOnlyOfLog(before: Rulebook, after: Rulebook): boolean {
  return (
    !isSameLog(before.log, after.log) && canonicalJson({ ...before, log: 0 }) === canonicalJson({ ...after, log: 0 })
  );
}

export function isSameLog(a: LogTerms, b: LogTerms): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/**
 * The keys whose signatures a checkpoint bears at a time of the log, as vkeys: the one in force, which it needs, and for an
 * overlap the one before, for those who know no other yet.
 */
export function checkpointVkeys({ vkey, previous }: LogTerms, timeMs: number): readonly string[] {
  return previous !== undefined && timeMs < previous.until ? [vkey, previous.vkey] : [vkey];
}

/** What an epoch says of the log's keys: its place, its time, and the terms that it has put in force. */
export type LogKeysAt = { readonly log: LogTerms; readonly size: number; readonly time: number };

/**
 * The keys (vkeys) one of which has signed every true checkpoint of `size`, as far as the terms at one epoch tell, the
 * likeliest first. At the epoch itself it is the key in force and no other. Of smaller trees it may be the key before it, and
 * one that was stolen as long as the tree is smaller than when that was noticed; of larger ones a later key that these terms
 * do not know.
 */
export function logKeysFor({ log, size: at }: Pick<LogKeysAt, 'log' | 'size'>, size: number): readonly string[] {
  if (size >= at) return [log.vkey];
  const before = log.previous === undefined ? [] : [log.previous.vkey];
  const stolen = (log.compromised ?? []).filter(({ from }) => size < from);
  return [log.vkey, ...before, ...stolen.map(({ vkey }) => vkey)];
}

/** Whether a thief may have the key: whatever it signs, also of a tree from before the theft, accuses nobody. */
export function isStolen({ compromised = [] }: LogTerms, vkey: string): boolean {
  return compromised.some((key) => key.vkey === vkey);
}
