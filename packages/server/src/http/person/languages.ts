import { PERSON_LANGUAGES, type PersonLanguage } from '@holdfast/core';

/** Each language in its own words, and which way it runs. */
export const LANGUAGE_NAMES: Readonly<Record<PersonLanguage, { readonly name: string; readonly dir: 'ltr' | 'rtl' }>> =
  {
    en: { name: 'English', dir: 'ltr' },
    de: { name: 'Deutsch', dir: 'ltr' },
    es: { name: 'Español', dir: 'ltr' },
    ar: { name: 'العربية', dir: 'rtl' },
  };

const MAX_ACCEPTED = 32;

/** What somebody chose, else what their browser would like best (RFC 9110, 12.5.4), else English. */
export function languageOf(chosen: unknown, accepted: string | undefined): PersonLanguage {
  const wanted = PERSON_LANGUAGES.find((language) => language === chosen);
  if (wanted !== undefined) return wanted;
  const ranges = (accepted ?? '').slice(0, 1000).split(',').slice(0, MAX_ACCEPTED);
  const ranked = ranges
    .map((range) => {
      const [tag = '', ...parameters] = range.trim().toLowerCase().split(';');
      const weight = parameters.map((each) => /^\s*q=([0-9.]+)\s*$/.exec(each)?.[1]).find((q) => q !== undefined);
      return { language: tag.split('-')[0], q: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q);
  const best = ranked.find(({ language }) => PERSON_LANGUAGES.some((known) => known === language));
  return PERSON_LANGUAGES.find((language) => language === best?.language) ?? 'en';
}
