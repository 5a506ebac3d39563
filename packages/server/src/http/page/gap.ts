import type { VerifierCard } from './page-state.ts';
import { clockTime, describeDuration, describeRange } from './words.ts';

/** Older than this a verifier is late, in milliseconds: three ticks of the sample network, its bound for `live`. */
export const LATE_AFTER_MS = 15_000;

/** What it means for whoever asks that verifiers have read as far as they have; in a sentence or two. */
export type Gap = { readonly mark: 'yes' | 'wait' | 'no'; readonly words: string };

type Reader = VerifierCard & { readonly position: NonNullable<VerifierCard['position']> };

export function describeGap(verifiers: readonly VerifierCard[], now: number): Gap {
  const silent = verifiers.filter((card) => card.position === undefined).map(({ name }) => name);
  const readers = verifiers.filter((card): card is Reader => card.position !== undefined);
  const [behind] = readers.toSorted((a, b) => a.position.size - b.position.size);
  const [ahead] = readers.toSorted((a, b) => b.position.size - a.position.size);
  if (behind === undefined || ahead === undefined) {
    return { mark: 'no', words: 'No verifier has read anything yet, so none can answer.' };
  }
  if (silent.length > 0) {
    const others = readers.map(({ name }) => name).join(' and ');
    return {
      mark: 'no',
      words: `${silent.join(' and ')} cannot answer just now. ${others} can: no verifier needs another.`,
    };
  }
  if (isForked(readers)) {
    return {
      mark: 'no',
      words: 'They were shown two different logs: that is a fault. Rely on neither until an operator has looked.',
    };
  }
  if (behind.position.size === ahead.position.size) return describeTogether(readers, now);
  return describeApart(behind, ahead, now);
}

/** One size with two roots cannot come from one log. */
function isForked(readers: readonly Reader[]): boolean {
  const roots = new Map<string, string>();
  return readers.some(({ position: { log, size, root } }) => {
    const known = roots.get(`${log} ${size}`);
    roots.set(`${log} ${size}`, root);
    return known !== undefined && known !== root;
  });
}

function describeTogether(readers: readonly Reader[], now: number): Gap {
  const position = readers[0]?.position;
  const ageMs = now - (position?.time ?? now);
  if (ageMs > LATE_AFTER_MS) {
    const words = `Nobody has read anything new for ${describeDuration(ageMs)}. They still agree, and the older their knowledge gets, the less their answers allow.`;
    return { mark: 'wait', words };
  }
  return {
    mark: 'yes',
    words: 'Both have read to the same entry: asked the same question, they give the same answer.',
  };
}

function describeApart(behind: Reader, ahead: Reader, now: number): Gap {
  const [from, to] = [behind.position.size, ahead.position.size - 1];
  const missing = `${behind.name} has not read ${from === to ? 'entry' : 'entries'} ${describeRange(from, to)} yet, which ${ahead.name} has.`;
  if (now - behind.position.time <= LATE_AFTER_MS) {
    return { mark: 'yes', words: `${missing} It is a moment behind, and reads on by itself.` };
  }
  const words =
    `${missing} What was revoked there, ${behind.name} may still call valid: neither is wrong, each says how far it had read. ` +
    `Since ${clockTime(behind.position.time)} it is up to ${behind.name} to read on; the older its knowledge gets, the less its answers allow.`;
  return { mark: 'wait', words };
}
