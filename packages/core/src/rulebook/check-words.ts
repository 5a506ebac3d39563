import { CONTACT_WORDS } from '../person/contact.ts';
import { isLanguage, type Texts } from '../person/wording.ts';
import type { CaseReason } from './case-rules.ts';
import { finding, type RulebookFinding } from './finding.ts';
import type { Power, Rulebook } from './rulebook.ts';

/** Words that people are shown: what they are of, the languages besides the rulebook's own that they are in, and where one is. */
type Shown = { readonly of: string; readonly tags: readonly string[]; readonly at: (tag: string) => string };

/** Powers whose reasons are told to whom they are used on. */
const TOLD_POWERS: readonly Power[] = ['revoke', 'suspend', 'lift', 'compromise'];

/** Most places that one sentence names. */
const MAX_NAMED = 5;

/**
 * What is missing where a rulebook has its words in more than one language. Only what people are shown on their own pages
 * counts: what a decision about the rules is called, officers read.
 */
export function checkLanguages(rulebook: Rulebook): RulebookFinding[] {
  const shown = wordsShown(rulebook);
  const tags = [...new Set(shown.flatMap((each) => each.tags))].sort();
  if (tags.length === 0) return [];
  return [...checkOwnLanguage(rulebook, tags), ...tags.flatMap((tag) => checkComplete(tag, shown))];
}

function checkOwnLanguage({ language }: Rulebook, tags: readonly string[]): RulebookFinding[] {
  if (language === undefined) {
    const sentence = 'It is not said in what language its own words are, so nobody is told how to read them out.';
    return [finding('words.no-language', sentence, 'language')];
  }
  const again = tags.find((tag) => tag.toLowerCase() === language.toLowerCase());
  if (again === undefined) return [];
  const sentence = `Its own words are in ${language}: what it says for ${again} besides, nobody is shown.`;
  return [finding('words.twice', sentence, 'language')];
}

function checkComplete(tag: string, shown: readonly Shown[]): RulebookFinding[] {
  const missing = shown.filter(({ tags }) => !tags.includes(tag));
  const [first] = missing;
  if (first === undefined) return [];
  const more = missing.length > MAX_NAMED ? ` and ${missing.length - MAX_NAMED} more` : '';
  const named = missing.slice(0, MAX_NAMED).map((each) => each.of);
  const count = `${missing.length} of ${shown.length}`;
  const sentence = `In ${tag}, ${count} words that people are shown are missing: ${named.join(', ')}${more}.`;
  return [finding('words.incomplete', sentence, first.at(tag))];
}

function wordsShown(rulebook: Rulebook): readonly Shown[] {
  const { titles, classes, roles = [], contact } = rulebook;
  const told = toldClasses(rulebook);
  return [
    { of: 'title', tags: Object.keys(titles ?? {}), at: (tag) => `titles.${tag}` },
    ...classes.filter((each) => told.has(each.id) || each.in !== undefined).map(wordsOf('classes')),
    ...roles.map(wordsOf('roles')),
    ...CONTACT_WORDS.filter((member) => contact?.[member] !== undefined).map((member) => ({
      of: `contact.${member}`,
      tags: Object.entries(contact?.in ?? {}).flatMap(([tag, words]) => (words[member] === undefined ? [] : [tag])),
      at: (tag: string) => `contact.in.${tag}.${member}`,
    })),
  ];
}

function wordsOf(list: 'classes' | 'roles'): (item: { readonly id: string; readonly in?: Texts | undefined }) => Shown {
  return (item) => ({
    of: `${list}.${item.id}`,
    tags: Object.keys(item.in ?? {}),
    at: (tag) => `${list}.${item.id}.in.${tag}`,
  });
}

/** About an issuer or a program as a whole parties complain, and nobody's own page. */
function isOfSomebody({ subjects }: CaseReason): boolean {
  return subjects.some((subject) => subject !== 'issuer' && subject !== 'program');
}

/** Reasons that somebody is given, or may give, about something of theirs. */
function toldClasses({ powers, cases }: Rulebook): ReadonlySet<string> {
  return new Set([
    ...powers.filter(({ power }) => TOLD_POWERS.includes(power)).flatMap(({ classes }) => classes),
    ...(cases?.reasons ?? []).filter(isOfSomebody).map((reason) => reason.class),
  ]);
}

/** The languages that a rulebook has words in, its own first. */
export function languagesOf(rulebook: Rulebook): readonly string[] {
  const { language } = rulebook;
  const tags = [...new Set(wordsShown(rulebook).flatMap((each) => each.tags))].sort();
  const others = tags.filter((tag) => language === undefined || !isLanguage(tag, language));
  return [...(language === undefined ? [] : [language]), ...others];
}
