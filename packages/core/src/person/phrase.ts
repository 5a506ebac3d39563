import { civilTime } from '../encoding/civil-time.ts';

/** What a placeholder stands for: a time of unix milliseconds, or a word that is the same in every language. */
export type PhraseValue = { readonly date: number } | string;

/** One thing to say: a code of spec/outcomes.json and what belongs into its sentence. */
export type Phrase = { readonly code: string; readonly values?: Readonly<Record<string, PhraseValue>> };

export const PERSON_LANGUAGES = ['en', 'de', 'es', 'ar'] as const;
export type PersonLanguage = (typeof PERSON_LANGUAGES)[number];

/** The sentences of spec/outcomes.json by their codes; in each language the same placeholders, in braces. */
export type PersonWords = ReadonlyMap<string, Readonly<Record<PersonLanguage, string>>>;

/** Keeps a name or an amount together where the sentence around it runs the other way (Unicode, first strong isolate). */
const ISOLATE = ['\u2068', '\u2069'] as const;

/** The sentence in one language. A code of a newer version is shown as it is, rather than nothing. */
export function sayPhrase({ code, values = {} }: Phrase, words: PersonWords, language: PersonLanguage): string {
  const sentence = words.get(code)?.[language] ?? code;
  return sentence.replace(/\{([a-z]+)\}/g, (whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) return whole;
    const said = typeof value === 'string' ? value : sayDate(value.date, words, language);
    return language === 'ar' ? `${ISOLATE[0]}${said}${ISOLATE[1]}` : said;
  });
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
