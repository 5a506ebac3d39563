import type { PartyOptions } from './party-desk.ts';
import type { RecogniseOptions } from './recognise.ts';

/** What an officer has said of a decision, beside its power and its subject. */
export type Said = RecogniseOptions & PartyOptions & { readonly issuer?: string };

/** The sample's: whoever means that one need not say so. */
export const USUAL_ISSUER = 'civic';
const USUAL_USE = 'credential';

/**
 * The flags by which another officer says the same, with a space before each. The private reason is left out: it is the first
 * officer's, and a terminal is no place to hand it on.
 */
export function againFlags(said: Said): string {
  const flags: readonly (readonly [string, string | readonly string[] | undefined])[] = [
    ['--issuer', unless(USUAL_ISSUER, said.issuer)],
    ['--class', said.class],
    ['--for', said.for === undefined ? undefined : `${said.for}ms`],
    ['--type', said.type],
    ['--level', said.level],
    ['--until', said.until === undefined ? undefined : String(said.until)],
    ['--end', said.end === true ? [] : undefined],
    ['--accreditation', said.accreditation],
    ['--rule', said.rule],
    ['--key', said.key],
    ['--use', unless(USUAL_USE, said.use)],
    ['--retire', said.retire],
  ];
  return flags
    .map(([flag, value]) => (value === undefined ? '' : ` ${[flag, value].flat().map(quoted).join(' ')}`))
    .join('');
}

function unless(usual: string, value: string | undefined): string | undefined {
  return value === usual ? undefined : value;
}

/** As a shell takes it: what is more than a plain word stands in quotes. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
