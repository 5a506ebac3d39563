import { civilTime } from '../encoding/civil-time.ts';
import { directionOf, isLanguage, type ShownWords, type Wording, wordsIn } from './wording.ts';

/** What a placeholder stands for: a time of unix milliseconds, a word that is the same in every language, or one that is not. */
export type PhraseValue = { readonly date: number } | Wording | string;

/** One thing to say: a code of spec/outcomes.json and what belongs into its sentence. */
export type Phrase = { readonly code: string; readonly values?: Readonly<Record<string, PhraseValue>> };

export const PERSON_LANGUAGES = ['en', 'de', 'es', 'ar'] as const;
export type PersonLanguage = (typeof PERSON_LANGUAGES)[number];

/** The sentences of spec/outcomes.json by their codes; in each language the same placeholders, in braces. */
export type PersonWords = ReadonlyMap<string, Readonly<Record<PersonLanguage, string>>>;

/** Keeps a name or an amount together where the sentence around it runs the other way (Unicode, first strong isolate). */
const ISOLATE = ['\u2068', '\u2069'] as const;

/** The sentence in one language. A code of a newer version is shown as it is, rather than nothing. */
export function sayPhrase(phrase: Phrase, words: PersonWords, language: PersonLanguage): string {
  return partsOfPhrase(phrase, words, language)
    .map((part) => (typeof part === 'string' ? part : isolated(part.text)))
    .join('');
}

/** The sentence, apart from it what stands in it in another language: whoever shows it says which. */
export function partsOfPhrase(
  { code, values = {} }: Phrase,
  words: PersonWords,
  language: PersonLanguage,
): readonly (string | ShownWords)[] {
  const sentence = words.get(code)?.[language] ?? code;
  const parts: (string | ShownWords)[] = [];
  let read = 0;
  for (const { 0: whole, 1: name = '', index } of sentence.matchAll(/\{([a-z]+)\}/g)) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    const said = value === undefined ? whole : sayValue(value, words, language);
    parts.push(sentence.slice(read, index), said);
    read = index + whole.length;
  }
  parts.push(sentence.slice(read));
  return joined(parts);
}

/** What stands beside each other in the sentence's own language is one text. */
function joined(parts: readonly (string | ShownWords)[]): readonly (string | ShownWords)[] {
  const whole: (string | ShownWords)[] = [];
  for (const part of parts) {
    const last = whole.at(-1);
    if (typeof part === 'string' && typeof last === 'string') whole[whole.length - 1] = last + part;
    else if (part !== '') whole.push(part);
  }
  return whole;
}

function sayValue(value: PhraseValue, words: PersonWords, language: PersonLanguage): string | ShownWords {
  if (typeof value === 'string') return keptTogether(value, language);
  if ('date' in value) return keptTogether(sayDate(value.date, words, language), language);
  const said = wordsIn(value, language);
  const isOwn = said.language !== undefined && isLanguage(said.language, language);
  return isOwn ? keptTogether(said.text, language) : said;
}

function keptTogether(text: string, language: PersonLanguage): string {
  return directionOf(language) === 'rtl' ? isolated(text) : text;
}

function isolated(text: string): string {
  return `${ISOLATE[0]}${text}${ISOLATE[1]}`;
}

/** A moment as people read it, in UTC and to the minute: whoever reads it may be anywhere. */
export function sayDate(timeMs: number, words: PersonWords, language: PersonLanguage): string {
  const { year, month, day, hour, minute } = civilTime(timeMs);
  const named = words.get(`month.${two(month)}`)?.[language] ?? two(month);
  const parts: Readonly<Record<string, string>> = {
    day: `${day}`,
    month: named,
    year: `${year}`,
    time: `${two(hour)}:${two(minute)}`,
  };
  const form = words.get('date')?.[language] ?? '{day} {month} {year}, {time} UTC';
  return form.replace(/\{([a-z]+)\}/g, (whole, name: string) => parts[name] ?? whole);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
