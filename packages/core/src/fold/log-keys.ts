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
