import { z } from 'zod';

/**
 * A language as BCP 47 names it, as far as words need it (RFC 5646, 2.1): language, script, region, variants. A name of four letters
 * or more, which the grammar would let through, is no language that there is.
 */
const TAG = /^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*$/;
const TAG_WORDS = 'a language as BCP 47 names it: es, pt-BR, zh-Hant';
export const languageTagSchema = z.string().max(35).regex(TAG, TAG_WORDS);

/** One line that says something, without what turns the words around it and is not seen. Markup is only ever text. */
const LINE = /^(?=.*\S)[^\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]{1,200}$/u;
export const wordsLineSchema = z.string().regex(LINE, 'one line of at most 200 characters, and no marks of direction');

/** Languages besides the one that something is written in. Words for more would leave no room for rules. */
export const MAX_LANGUAGES = 8;

/** What `languages` of a record of things by language has to be: some, not too many, and none of them twice. */
export function areLanguages(languages: readonly string[]): boolean {
  const folded = new Set(languages.map((tag) => tag.toLowerCase()));
  return languages.length > 0 && languages.length <= MAX_LANGUAGES && folded.size === languages.length;
}
export const LANGUAGES_WORDS = `1 to ${MAX_LANGUAGES} languages, each once however it is spelled`;

/** The same words in other languages, by their tags. */
export const textsSchema = z
  .record(languageTagSchema, wordsLineSchema)
  .refine((texts) => areLanguages(Object.keys(texts)), LANGUAGES_WORDS);
export type Texts = z.infer<typeof textsSchema>;

/** Words of somebody else's: as they are written, in what language, and the same in others. Without either they stand as they are. */
export type Wording = {
  readonly text: string;
  readonly language?: string | undefined;
  readonly texts?: Texts | undefined;
};

/** Text alone where nobody says what language it is in, nor has it in others. */
export function wordingOf(text: string, language?: string, texts?: Texts): Wording | string {
  if (language === undefined && texts === undefined) return text;
  return { text, ...(language === undefined ? {} : { language }), ...(texts === undefined ? {} : { texts }) };
}

/** Words as they are shown, and what language they are in; undefined where nobody says. */
export type ShownWords = { readonly text: string; readonly language: string | undefined };

/** The words in the language that is wanted, a regional form of it where there is no other, else as they are written. */
export function wordsIn(wording: Wording | string, wanted: string): ShownWords {
  if (typeof wording === 'string') return { text: wording, language: undefined };
  const { text, language, texts = {} } = wording;
  if (language !== undefined && isLanguage(language, wanted)) return { text, language };
  const tags = Object.keys(texts).sort();
  const tag = tags.find((each) => each.toLowerCase() === wanted) ?? tags.find((each) => isLanguage(each, wanted));
  return tag === undefined ? { text, language } : { text: texts[tag] ?? text, language: tag };
}

/** Whether a tag is this language, in whatever script or region. */
export function isLanguage(tag: string, language: string): boolean {
  return tag.split('-', 1)[0]?.toLowerCase() === language.toLowerCase();
}

const ARABIC_COMMA = ['ar', 'ckb', 'fa', 'ks', 'ps', 'sd', 'ug', 'ur'];

/** Several things in one line, as a language lists them. */
export function listedIn(language: string | undefined, things: readonly string[]): string {
  const isArabic = language !== undefined && ARABIC_COMMA.some((each) => isLanguage(language, each));
  return things.join(isArabic ? '، ' : ', ');
}

const RIGHT_TO_LEFT = ['ar', 'ckb', 'dv', 'fa', 'he', 'ks', 'ku', 'ps', 'sd', 'ug', 'ur', 'yi'];
const RIGHT_TO_LEFT_SCRIPT = /-(adlm|arab|hebr|mand|nkoo|rohg|samr|syrc|thaa)(-|$)/i;
const SCRIPT = /^[A-Za-z]{2,3}-[A-Za-z]{4}(-|$)/;

/** Which way words in a language run, by its script, else by the one it is usually written in; `auto` where it is not known. */
export function directionOf(language: string | undefined): 'ltr' | 'rtl' | 'auto' {
  if (language === undefined) return 'auto';
  const isRightToLeft = SCRIPT.test(language)
    ? RIGHT_TO_LEFT_SCRIPT.test(language)
    : RIGHT_TO_LEFT.some((each) => isLanguage(language, each));
  return isRightToLeft ? 'rtl' : 'ltr';
}
