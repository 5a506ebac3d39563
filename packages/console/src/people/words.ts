import {
  directionOf,
  isLanguage,
  PERSON_LANGUAGES,
  type PersonLanguage,
  type PersonWords,
  type Phrase,
  partsOfPhrase,
  sayDate,
  sayPhrase,
  type Wording,
  wordsIn,
} from '@holdfast/core';
import { element } from './elements.ts';

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

/** The same as nodes: what stands in it in another language than the page says so, for whoever hears it read. */
export function sayNodes(code: string, values: NonNullable<Phrase['values']>): readonly (Node | string)[] {
  return partsOfPhrase({ code, values }, WORDS, LANGUAGE).map((part) =>
    typeof part === 'string'
      ? part
      : element('bdi', { lang: part.language ?? '', dir: directionOf(part.language) }, part.text),
  );
}

/** Words of somebody else's, in the language of the page where there are some: what they are, and how they are marked. */
export function wordsShown(wording: Wording | string): readonly [mark: { lang?: string; dir?: string }, text: string] {
  const { text, language } = wordsIn(wording, LANGUAGE);
  const isOwn = language !== undefined && isLanguage(language, LANGUAGE);
  if (typeof wording === 'string' || isOwn) return [{}, text];
  return [{ lang: language ?? '', dir: directionOf(language) }, text];
}

/** A name by itself, kept together whichever way the page runs. */
export function named(wording: Wording | string): HTMLElement {
  return element('bdi', ...wordsShown(wording));
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
