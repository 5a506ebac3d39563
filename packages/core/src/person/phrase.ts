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

const DAY_MS = 86_400_000;
const DAYS_OF_ERA = 146_097;

/** Proleptic Gregorian, from days since 1970-01-01: an era is 400 years, and a year begins in March. */
function civilTime(timeMs: number) {
  const days = Math.floor(timeMs / DAY_MS);
  const minutes = Math.floor((timeMs - days * DAY_MS) / 60_000);
  const shifted = days + 719_468;
  const era = Math.floor(shifted / DAYS_OF_ERA);
  const dayOfEra = shifted - era * DAYS_OF_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
    hour: Math.floor(minutes / 60),
    minute: minutes % 60,
  };
}
