/** The characters that every bank in SEPA takes (EPC217-08, the basic Latin set). */
const LATIN = /^[A-Za-z0-9/\-?:().,'+ ]*$/;

/** Letters that do not come apart into a Latin letter and marks, and signs that have a plain sibling. */
const SIBLINGS: Readonly<Record<string, string>> = {
  '\u00df': 'ss',
  '\u1e9e': 'SS',
  '\u00e6': 'ae',
  '\u00c6': 'AE',
  '\u0153': 'oe',
  '\u0152': 'OE',
  '\u00f8': 'o',
  '\u00d8': 'O',
  '\u0142': 'l',
  '\u0141': 'L',
  '\u0111': 'd',
  '\u0110': 'D',
  '\u00f0': 'd',
  '\u00d0': 'D',
  '\u00fe': 'th',
  '\u00de': 'TH',
  '\u0127': 'h',
  '\u0126': 'H',
  '\u0167': 't',
  '\u0166': 'T',
  '\u014b': 'n',
  '\u014a': 'N',
  '\u0131': 'i',
  '\u0138': 'k',
  '\u2018': "'",
  '\u2019': "'",
  '\u02bc': "'",
  '`': "'",
  '\u00b4': "'",
  '"': "'",
  '\u201c': "'",
  '\u201d': "'",
  '\u201e': "'",
  '\u2010': '-',
  '\u2013': '-',
  '\u2014': '-',
  _: '-',
  '&': '+',
};

/**
 * The text in characters that every bank takes: accents go, letters like the sharp s
 * or the l with a stroke become their usual Latin ones. Undefined when a
 * character has no such sibling, as in another script: writing it by guess could name another person. A slash at an end or
 * two together mean something else to banks, so they go too.
 */
export function toLatin(text: string): string | undefined {
  // NFKD takes the acute accent on its own for a space with a mark, so siblings are looked up before and after.
  const apart = Array.from(text, sibling).join('').normalize('NFKD').replace(/\p{M}/gu, '');
  const plain = Array.from(apart, sibling)
    .join('')
    .replace(/\/{2,}/g, '/')
    .replace(/^\/|\/$/g, '')
    .trim();
  return LATIN.test(plain) && plain !== '' ? plain : undefined;
}

function sibling(character: string): string {
  return SIBLINGS[character] ?? character;
}
