import { type Jws, keysInForce, type Party, type Phrase, signatureCheck, thumbprint } from '@holdfast/core';
import type { ReadNetwork } from './network.ts';

/** What was found, for whoever pasted it: sentences by their codes, and what is the same in every language as it is. */
export type Finding = {
  readonly mood: 'good' | 'waiting' | 'bad';
  readonly title: Phrase;
  readonly lines: readonly Line[];
  /** Codes of reasons, whose words are elsewhere. */
  readonly reasons?: readonly string[];
};
/** A sentence, a moment (of an entry), or what is nobody's language. */
export type Said = Phrase | string | { readonly date: number; readonly entry?: string };
export type Line = readonly [code: string, words: Said];

/** It has the members of one thing, and is shaped otherwise. */
export const MISSHAPEN: Finding = { mood: 'bad', title: { code: 'check.unreadable' }, lines: [] };

export function unreadable(words: string): Finding {
  return { mood: 'bad', title: { code: 'check.unreadable' }, lines: [['check.line.why', words]] };
}

/** A moment out of a text that somebody made: it may be one that no calendar has. */
export function at(timeMs: number): Said {
  return Number.isFinite(timeMs) && Math.abs(timeMs) < 8e15 ? { date: timeMs } : '?';
}

export function positionLine(code: string, { size, time }: { readonly size: number; readonly time: number }): Line {
  return [code, { date: time, entry: `#${size - 1}` }];
}

export function nameOf(party: Party | undefined, id: string): string {
  return party?.name === undefined ? id : `${party.name} (${id})`;
}

type Asked = {
  readonly jws: Jws;
  readonly iss: string;
  readonly use: Party['keys'][number]['use'];
  readonly title: string;
  readonly lines: readonly Line[];
  readonly values?: Readonly<Record<string, string>>;
};

/** By a key that the network accredits to whoever is said to have signed, at the position that was read. */
export async function signed(
  { view, engine }: ReadNetwork,
  { jws, iss, use, title, lines, values = {} }: Asked,
): Promise<Finding> {
  const party = view.parties.get(iss);
  const name = nameOf(party, iss);
  const all = [...lines, positionLine('check.line.seen', view.position)];
  const told = (mood: Finding['mood'], code: string, more: readonly Line[] = []): Finding => ({
    mood,
    title: { code, values: { ...values, name } },
    lines: [...all, ...more],
  });
  if (party === undefined) return told('waiting', 'check.stranger');
  const key = keysInForce(party, use, view.position.time).find((each) => thumbprint(each) === jws.header.kid);
  if (key === undefined) {
    return told('waiting', 'check.other_key', [['check.line.why', { code: 'check.old_key' }]]);
  }
  const [holds] = await engine.verify([signatureCheck(jws, key)]);
  return holds === true ? told('good', title) : told('bad', 'check.unsigned');
}
