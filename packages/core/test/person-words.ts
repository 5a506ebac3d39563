import { readFileSync } from 'node:fs';
import type { PersonLanguage, PersonWords } from '../src/person/phrase.ts';

type Entry = { readonly code: string; readonly person: Readonly<Record<PersonLanguage, string>> };

export function readPersonWords(file: 'outcomes' | 'pages' = 'outcomes'): PersonWords {
  const text = readFileSync(new URL(`../../../spec/${file}.json`, import.meta.url), 'utf8');
  return new Map((JSON.parse(text) as Entry[]).map(({ code, person }) => [code, person]));
}

/** Sentences of a text, each as its words. */
export function sentencesOf(text: string): string[][] {
  return text
    .split(/(?<=[.!?؟])\s+/)
    .map((sentence) => sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)))
    .filter((words) => words.length > 0);
}

/**
 * The Flesch-Kincaid grade of an English text (Kincaid et al. 1975): 0.39 words a sentence + 11.8 syllables a word - 15.59.
 * Syllables are groups of vowels, less a silent ending, as the usual counters do.
 */
export function gradeOf(text: string): number {
  const sentences = sentencesOf(text);
  const words = sentences.flat();
  const syllables = words.reduce((sum, word) => sum + syllablesOf(word), 0);
  return 0.39 * (words.length / sentences.length) + 11.8 * (syllables / words.length) - 15.59;
}

function syllablesOf(word: string): number {
  const letters = word.toLowerCase().replace(/[^a-z]/g, '');
  const spoken = letters.replace(/(?:[^laeiouy]es|ed|[^laeiouy]e)$/, '').replace(/^y/, '');
  return Math.max(1, spoken.match(/[aeiouy]{1,2}/g)?.length ?? 1);
}
