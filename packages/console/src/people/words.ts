import {
  PERSON_LANGUAGES,
  type PersonLanguage,
  type PersonWords,
  type Phrase,
  sayDate,
  sayPhrase,
} from '@holdfast/core';

/** The sentences of spec/pages.json, and what dates are made of, put in when this was built. */
declare const PAGE_WORDS: readonly (readonly [code: string, words: Readonly<Record<PersonLanguage, string>>])[];

const WORDS: PersonWords = new Map(PAGE_WORDS);

/** The server has said it in somebody's language already; where files alone are served, it is said here. */
const root = document.documentElement;
export const LANGUAGE: PersonLanguage = wanted();

function wanted(): PersonLanguage {
  const asked = new URLSearchParams(location.search).get('lang');
  const tags = root.dataset.spoken === undefined ? [asked, ...navigator.languages] : [asked, root.lang];
  const known = tags.flatMap((tag) => PERSON_LANGUAGES.find((each) => each === tag?.split('-')[0]) ?? []);
  return known[0] ?? 'en';
}

export function say(code: string, values?: Phrase['values']): string {
  return sayPhrase({ code, ...(values === undefined ? {} : { values }) }, WORDS, LANGUAGE);
}

export function sayAt(code: string, timeMs: number): string {
  return say(code, { date: { date: timeMs } });
}

export function sayMoment(timeMs: number): string {
  return sayDate(timeMs, WORDS, LANGUAGE);
}

/** Says what stands in the page in the language that is wanted, where nobody has. */
export function speak(): void {
  if (root.lang === LANGUAGE) return;
  root.lang = LANGUAGE;
  root.dir = LANGUAGE === 'ar' ? 'rtl' : 'ltr';
  for (const element of document.querySelectorAll<HTMLElement>('[data-say]')) {
    element.textContent = say(element.dataset.say ?? '');
  }
}
