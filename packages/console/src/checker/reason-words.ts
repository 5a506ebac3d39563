import type { PersonLanguage } from '@holdfast/core';

/** What spec/reasons.json says to people, put in when this was built: all of it at once, so that no request tells which is wanted. */
declare const REASON_PERSON_WORDS: Readonly<Record<string, Readonly<Record<PersonLanguage, string>>>>;

export function wordsOfReason(code: string, language: PersonLanguage): string {
  return REASON_PERSON_WORDS[code]?.[language] ?? code;
}
