import { expect, test } from 'vitest';
import { gradeOf, readPersonWords, sentencesOf } from '../../test/person-words.ts';
import { PERSON_LANGUAGES, type PhraseValue, sayPhrase } from './phrase.ts';

const WORDS = readPersonWords();
const ALL = new Map([...WORDS, ...readPersonWords('pages')]);
const MAX_WORDS = 15;
const MAX_GRADE = 7;
/** A label is no sentence: the formula, made for running text, says nothing of two or three words. */
const LABEL_WORDS = 3;
/** What stands in for a value: a long month, and of words one that adds nothing of its own. */
const DATE = Date.UTC(2026, 10, 28, 15, 4);
const isLabel = (text: string) => !/[.!?؟]$/u.test(text) && sentencesOf(text).flat().length <= LABEL_WORDS;

function said(code: string, language: (typeof PERSON_LANGUAGES)[number]): string {
  const names = [...(ALL.get(code)?.en ?? '').matchAll(/\{([a-z]+)\}/g)].map(([, name = '']) => name);
  const values = names.map((name): [string, PhraseValue] => [name, name === 'date' ? { date: DATE } : '7']);
  return sayPhrase({ code, values: Object.fromEntries(values) }, ALL, language);
}

/** Parts of a date: they are read within the sentences that have one. */
const codes = [...ALL.keys()].filter((code) => !/^(date|month)\b/.test(code));

test('no sentence that a page for people can show is longer than 15 words, in any language', () => {
  const long = PERSON_LANGUAGES.flatMap((language) =>
    codes.flatMap((code) => sentencesOf(said(code, language)).filter((words) => words.length > MAX_WORDS)),
  );
  expect(long.map((words) => words.join(' '))).toEqual([]);
});

test('every English text that a page for people can show is read at grade 7 or below, each by itself', () => {
  const texts = codes.map((code) => ({ code, text: said(code, 'en') })).filter(({ text }) => !isLabel(text));
  expect(texts.length).toBeGreaterThan(120);
  const hard = texts.filter(({ text }) => gradeOf(text) > MAX_GRADE);
  expect(hard.map(({ code, text }) => `${code} ${gradeOf(text).toFixed(1)}: ${text}`)).toEqual([]);
});

test('the labels are short, and no word of them is long', () => {
  const labels = codes.map((code) => said(code, 'en')).filter(isLabel);
  const words = labels.flatMap((text) => sentencesOf(text).flat());
  expect(words.filter((word) => word.length > 13)).toEqual([]);
});
