import type { PersonLanguage, PersonWords } from '@holdfast/core';
import { escapeHtml } from '../page/html.ts';
import { LANGUAGE_NAMES } from '../person/languages.ts';

/**
 * A built page in somebody's language before any script runs: what is marked `data-say` is said by its code. A code that is not
 * known here, from a build of a newer version, leaves the English that stands there.
 */
export function speakPage(markup: string, language: PersonLanguage, words: PersonWords): string {
  const { dir } = LANGUAGE_NAMES[language];
  return markup
    .replace(/<html [^>]*>/, `<html lang="${language}" dir="${dir}" data-spoken>`)
    .replace(`<a lang="${language}"`, `<a aria-current="true" lang="${language}"`)
    .replace(/(<[^<>]* data-say="([a-z_.]+)"[^<>]*>)([^<]*)/g, (_whole, tag: string, code: string, english: string) => {
      const said = words.get(code)?.[language];
      return tag + (said === undefined ? english : escapeHtml(said));
    });
}
