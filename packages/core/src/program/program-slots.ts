import { sha256 } from '../encoding/bytes.ts';
import { encodeUtf8 } from '../encoding/text.ts';
import type { Program } from './program.ts';

/** When whom is expected: announced with the program, so that nobody has a reason to come with everybody else. */
export type ProgramSlots = {
  readonly count: number;
  readonly everyMs: number;
  /** Unix milliseconds: the first begins, the last ends. What is left of the window is for whoever was told to come again. */
  readonly from: number;
  readonly until: number;
  /** Where as many apply as the program takes, about so many fall into each. */
  readonly each: number;
};

const LEAST_MS = 60_000;
const MOST_SLOTS = 10_000;

/** Undefined where who comes first is served first: there early is better, and a slot would be a lie. */
export function slotsOf({ window, allocation, maxApplications }: Program): ProgramSlots | undefined {
  if (allocation.mode === 'instant' && allocation.firstCome === true) return undefined;
  const spanMs = Math.floor(((window.closesAt - window.opensAt) * 9) / 10);
  const everyMs = Math.max(LEAST_MS, Math.ceil(spanMs / MOST_SLOTS));
  const count = Math.max(1, Math.floor(spanMs / everyMs));
  const until = Math.min(window.opensAt + count * everyMs, window.closesAt);
  return { count, everyMs, from: window.opensAt, until, each: Math.ceil(maxApplications / count) };
}

/**
 * When the holder of this key (its thumbprint) is expected, unix milliseconds: the same whoever computes it, evenly spread, and
 * another one in each program. `digest` is the program's. Nobody is refused for coming at another time.
 */
export function ownSlotAt(program: Program, digest: string, holder: string): number | undefined {
  const slots = slotsOf(program);
  if (slots === undefined) return undefined;
  const hash = sha256(encodeUtf8(`holdfast slot\n${digest}\n${holder}`));
  const view = new DataView(hash.buffer, hash.byteOffset, hash.byteLength);
  const at = slots.from + (view.getUint32(0) % slots.count) * slots.everyMs + (view.getUint32(4) % slots.everyMs);
  return Math.min(at, slots.until - 1);
}
