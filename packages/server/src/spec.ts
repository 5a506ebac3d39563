import { readFileSync } from 'node:fs';
import type { JsonObject, PersonWords } from '@holdfast/core';

/** What to tell people about an operating failure: an entry of spec/problems.json. */
export type ProblemEntry = {
  readonly code: string;
  readonly operator: string;
  readonly person: string;
  readonly status: number;
  readonly retry: 'never' | 'later' | 'after-change';
  readonly fix: string;
};

export const LANGUAGES = ['en', 'de', 'es', 'ar'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What to tell people about a reason of a verdict: an entry of spec/reasons.json. */
export type ReasonEntry = {
  readonly code: string;
  readonly operator: string;
  readonly person: Readonly<Record<Language, string>>;
  readonly fix: string;
  readonly next: string;
};

// The contract is data, in one place for every language and every reader; see spec/.
function readSpec<Entry extends { readonly code: string }>(file: string): ReadonlyMap<string, Entry> {
  const text = readFileSync(new URL(`../../../spec/${file}`, import.meta.url), 'utf8');
  return new Map((JSON.parse(text) as Entry[]).map((entry) => [entry.code, entry]));
}

function readWords(file: string): PersonWords {
  const entries = readSpec<{ readonly code: string; readonly person: ReasonEntry['person'] }>(file);
  return new Map([...entries].map(([code, { person }]) => [code, person]));
}

export const PROBLEMS: ReadonlyMap<string, ProblemEntry> = readSpec('problems.json');
/** Sentences for people about what became of what is theirs; see core/person. */
export const OUTCOMES: PersonWords = readWords('outcomes.json');
/** What the pages for everybody say, and with it what people are told anywhere. */
export const PAGE_WORDS: PersonWords = new Map([...OUTCOMES, ...readWords('pages.json')]);
export const REASONS: ReadonlyMap<string, ReasonEntry> = readSpec('reasons.json');

/** Rulebooks to begin from (spec/rulebooks). Their keys belong to nobody. */
export const RULEBOOK_TEMPLATES = ['single-organisation', 'consortium'] as const;

export function readRulebookTemplate(name: (typeof RULEBOOK_TEMPLATES)[number]): JsonObject {
  const text = readFileSync(new URL(`../../../spec/rulebooks/${name}.json`, import.meta.url), 'utf8');
  return JSON.parse(text) as JsonObject;
}

/** The words for a reason's code; a code of a newer version is shown as it is. */
export function wordsOfReason(
  code: string,
  language: Language = 'en',
): { operator: string; person: string; next: string } {
  const entry = REASONS.get(code);
  return entry === undefined
    ? { operator: code, person: code, next: '' }
    : { operator: entry.operator, person: entry.person[language], next: entry.next };
}
