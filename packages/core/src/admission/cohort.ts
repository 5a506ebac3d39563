import { sha256 } from '../encoding/bytes.ts';
import { createHmac } from '../encoding/hmac.ts';
import { encodeUtf8 } from '../encoding/text.ts';

/** Those who come are spread over so many cohorts, anew every hour, so that it is not always the same people who are shed. */
export const COHORTS = 128;
export const HOUR_MS = 3_600_000;
const KEY_BYTES = 32;

/** Reads a number out of a name, another one in each hour and for each secret. */
export type HourlyDigest = (purpose: 'cohort' | 'slot', name: string, atMs: number) => number;

/**
 * 32 bits of a hash over a key of the hour and the name. Nobody without the secret can look for a name that comes out well; and of 32
 * bits nothing can be carried on, so it takes no outer hash: everybody at the door is looked up like this.
 */
export function createHourlyDigest(secret: Uint8Array): HourlyDigest {
  const root = createHmac(secret);
  let known: { readonly hour: number; readonly key: Uint8Array } | undefined;
  /** The last one that was read: whoever is told when their turn is was just asked whether it is now. */
  let last: { readonly hour: number; readonly text: string; readonly value: number } | undefined;
  return (purpose, name, atMs) => {
    const hour = Math.floor(atMs / HOUR_MS);
    if (known?.hour !== hour) known = { hour, key: root(encodeUtf8(`hour ${hour}`)) };
    const text = `${purpose} ${name}`;
    if (last?.hour === hour && last.text === text) return last.value;
    const bytes = encodeUtf8(text);
    const keyed = new Uint8Array(KEY_BYTES + bytes.length);
    keyed.set(known.key);
    keyed.set(bytes, KEY_BYTES);
    const [a = 0, b = 0, c = 0, d = 0] = sha256(keyed);
    const value = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    last = { hour, text, value };
    return value;
  };
}

/** The cohort of a handle in this hour, of [0, `COHORTS`). */
export function cohortOf(digest: HourlyDigest, handle: string, nowMs: number): number {
  return digest('cohort', handle, nowMs) % COHORTS;
}

/** A second of one class. */
export type CursorSample = {
  /** Mean wait of those who began to run, or the age of who waits, whichever is more. */
  readonly waitMs: number;
  /** What is quick enough in this class: a wait up to that keeps those at work who work, and nobody from anything. */
  readonly quickMs: number;
  /** Of those who were let in, who was told no after all: what was read of them was read in vain. */
  readonly refusedShare: number;
  /** At no moment of it was more than half of the limit in use, and nobody waited. */
  readonly isIdle: boolean;
};

const LEAST_SHARE = 0.05;

/**
 * Share of the cohorts that are let in, once a second: a twentieth less while those who are let in wait too long, and up to
 * half where most of them are told no after all; a hundredth more while they do not wait. Where there is nothing left to
 * protect it doubles: what is over is over, unaided.
 */
export function applyCursor(share: number, { waitMs, quickMs, refusedShare, isIdle }: CursorSample): number {
  if (waitMs > quickMs) return Math.max(LEAST_SHARE, share * Math.min(0.95, 1 - refusedShare / 2));
  return Math.min(1, isIdle ? share * 2 : share + 0.01);
}
