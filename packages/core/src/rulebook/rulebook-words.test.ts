import { describe, expect, test } from 'vitest';
import { testRulebook } from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { canonicalJson } from '../encoding/json.ts';
import { checkRulebook } from './check-rulebook.ts';
import { compareRulebooks } from './compare-rulebooks.ts';
import { type Rulebook, rulebookSchema } from './rulebook.ts';
import { wordingOfClass, wordingOfRoles, wordingOfTitle } from './rulebook-words.ts';

const PLAIN = testRulebook(createIdealSignatures());
const [FIRST, ...OTHERS] = PLAIN.classes;
if (FIRST === undefined) throw new Error('the test rules have reasons');
const WORDED: Rulebook = {
  ...{ ...PLAIN, language: 'en', titles: { es: 'Red', de: 'Netz' } },
  classes: [{ ...FIRST, in: { es: 'fin', 'de-CH': 'aus' } }, ...OTHERS],
  roles: [
    { id: 'clerk', text: 'the desk', in: { es: 'la oficina' } },
    { id: 'judge', text: 'those who judge' },
  ],
};

describe('a rulebook with its words in several languages', () => {
  test('is the same after it was read, and without any is byte for byte what it was', () => {
    expect(rulebookSchema.parse(JSON.parse(JSON.stringify(WORDED)))).toEqual(WORDED);
    expect(canonicalJson(rulebookSchema.parse(PLAIN))).toBe(canonicalJson(PLAIN));
    expect(wordingOfClass(PLAIN, FIRST.id)).toBe(FIRST.text);
    expect(wordingOfTitle(PLAIN)).toBe(PLAIN.title);
  });

  test.each<[string, object]>([
    ['a language that is none', { language: 'english' }],
    ['one that is not a language in its titles', { titles: { _: 'x' } }],
    ['a reason in one language twice', { classes: [{ ...FIRST, in: { es: 'a', ES: 'b' } }] }],
    ['a title that turns the page around', { titles: { ar: '\u202eabc' } }],
    ['a role worded twice', { roles: [...(WORDED.roles ?? []), { id: 'clerk', text: 'again' }] }],
    ['no roles', { roles: [] }],
  ])('is refused with %s', (_, changes) => {
    expect(rulebookSchema.safeParse({ ...WORDED, ...changes }).success).toBe(false);
  });

  test('gives a reason with all its words, one that it does not know as it came, and names of roles as they are', () => {
    expect(wordingOfClass(WORDED, FIRST.id)).toEqual({
      ...{ text: FIRST.text, language: 'en', texts: { es: 'fin', 'de-CH': 'aus' } },
    });
    expect(wordingOfClass(WORDED, 'of-another-network', 'theirs')).toBe('theirs');
    expect(wordingOfRoles(WORDED, ['clerk', 'judge', 'guard'])).toEqual({
      ...{ text: 'the desk, those who judge, guard', language: 'en' },
      texts: { es: 'la oficina, those who judge, guard' },
    });
    expect(wordingOfRoles(WORDED, ['guard'])).toBe('guard');
  });

  test('that differs in words alone allows nothing that was not allowed', () => {
    const effects = compareRulebooks(PLAIN, WORDED).map(({ effect }) => effect);
    expect(effects.length).toBeGreaterThan(3);
    expect(new Set(effects)).toEqual(new Set(['neutral']));
    const reworded = { ...WORDED, titles: { es: 'La red', ar: 'شبكة' } };
    expect(compareRulebooks(WORDED, reworded).map(({ path }) => path)).toEqual(['titles.es', 'titles.de', 'titles.ar']);
  });

  test('is told what is missing in each language, however much, in one sentence', () => {
    const found = checkRulebook(WORDED).filter(({ code }) => code === 'words.incomplete');
    expect(found.map(({ path }) => path.split('.').at(-1))).toEqual(['de', 'de-CH', 'es']);
    for (const { sentence } of found) expect(sentence).toMatch(/^In [a-zA-Z-]+, \d+ of \d+ words .* are missing: /);
  });
});
