import { describe, expect, test } from 'vitest';
import { contactSchema, wordingOfContact } from './contact.ts';
import { partsOfPhrase, sayPhrase } from './phrase.ts';
import { directionOf, languageTagSchema, textsSchema, wordsIn } from './wording.ts';

const takes = (texts: unknown) => textsSchema.safeParse(texts).success;

describe('words in other languages', () => {
  test.each(['es', 'ckb', 'pt-BR', 'zh-Hant', 'zh-Hant-TW', 'sr-Latn-RS', 'es-419', 'sl-rozaj-biske', 'de-CH-1996'])(
    'are taken in %s',
    (tag) => {
      expect(takes({ [tag]: 'words' })).toBe(true);
    },
  );

  test.each<[string, unknown]>([
    ['a language that is none', { spanish: 'x' }],
    ['one letter', { e: 'x' }],
    ['an underline', { en_US: 'x' }],
    ['nothing after a dash', { 'en-': 'x' }],
    ['a region in the place of a script', { 'en-US-Latn': 'x' }],
    ['an attribute', { 'en" onload="x': 'x' }],
    ['no language', { '': 'x' }],
    ['a tag of more than 35 characters', { [`sl${'-rozaj'.repeat(6)}`]: 'x' }],
    ['no languages', {}],
    ['nine of them', Object.fromEntries([...'abcdefghi'].map((letter) => [`a${letter}`, 'x']))],
    ['one language twice, in two spellings', { 'pt-BR': 'x', 'pt-br': 'y' }],
    ['words that say nothing', { es: ' ' }],
    ['no words', { es: '' }],
    ['201 characters', { es: 'x'.repeat(201) }],
    ['two lines', { es: 'a\nb' }],
    ['a separator of lines', { es: 'a\u2028b' }],
    ['an override of direction', { ar: 'a\u202eb' }],
    ['an isolate that never ends', { ar: 'a\u2067b' }],
    ['a mark of direction', { ar: '\u200fa' }],
    ['something else than words', { es: { text: 'x' } }],
    ['a list', ['x']],
  ])('are refused with %s', (_, texts) => {
    expect(takes(texts)).toBe(false);
  });

  test('may have markup, which is only ever text, and letters that join', () => {
    expect(takes({ fa: 'می\u200cشود', es: '<b onclick="x">a & b</b>' })).toBe(true);
  });

  test('are shown in the language that is wanted, in a regional form of it, or as they are written', () => {
    const wording = { text: 'ended', language: 'en-GB', texts: { 'es-MX': 'terminó', es: 'fin', 'de-AT': 'aus' } };
    expect(['en', 'es', 'de', 'ar'].map((wanted) => wordsIn(wording, wanted))).toEqual([
      { text: 'ended', language: 'en-GB' },
      { text: 'fin', language: 'es' },
      { text: 'aus', language: 'de-AT' },
      { text: 'ended', language: 'en-GB' },
    ]);
    expect(wordsIn('ended', 'es')).toEqual({ text: 'ended', language: undefined });
    // What an object inherits is no language.
    expect(wordsIn({ text: 'x', texts: {} }, 'constructor')).toEqual({ text: 'x', language: undefined });
  });

  test('run as their script does, else as it is usually written, and by their letters where nobody says', () => {
    const told = [undefined, 'de', 'ar', 'ar-EG', 'AR', 'az-Arab', 'uz-Latn', 'ku-Latn', 'ur', 'he'].map(directionOf);
    expect(told).toEqual(['auto', 'ltr', 'rtl', 'rtl', 'rtl', 'rtl', 'ltr', 'ltr', 'rtl', 'rtl']);
  });

  test('every tag that is taken is one that a browser takes', () => {
    for (const tag of ['es', 'zh-Hant-TW', 'sl-rozaj-biske', 'de-CH-1996', 'es-419']) {
      expect(languageTagSchema.safeParse(tag).success).toBe(true);
      expect(() => new Intl.Locale(tag)).not.toThrow();
    }
  });
});

describe('a sentence with somebody else’s words', () => {
  const words = new Map([
    ['x', { en: 'Why: {reason}.', de: 'Grund: {reason}.', es: 'Motivo: {reason}.', ar: '{reason}.' }],
  ]);
  const reason = { text: 'residence ended', language: 'en', texts: { es: 'fin', ar: 'انتهت' } };
  const phrase = { code: 'x', values: { reason } };

  test('has them in its own language where there are some', () => {
    expect(partsOfPhrase(phrase, words, 'en')).toEqual(['Why: residence ended.']);
    expect(partsOfPhrase(phrase, words, 'es')).toEqual(['Motivo: fin.']);
    expect(partsOfPhrase(phrase, words, 'ar')).toEqual(['\u2068انتهت\u2069.']);
  });

  test('has them apart, with their language, where there are none; as a text kept together', () => {
    const shown = { text: 'residence ended', language: 'en' };
    expect(partsOfPhrase(phrase, words, 'de')).toEqual(['Grund: ', shown, '.']);
    expect(sayPhrase(phrase, words, 'de')).toBe('Grund: \u2068residence ended\u2069.');
    const unknown = { code: 'x', values: { reason: { text: 'x', texts: { es: 'y' } } } };
    expect(partsOfPhrase(unknown, words, 'de')[1]).toEqual({ text: 'x', language: undefined });
  });
});

describe('a contact in other languages', () => {
  const contact = { name: 'Desk', phone: '+1', place: 'hall', in: { es: { name: 'Oficina', place: 'sala' } } };

  test('has its words in each, and its numbers in all', () => {
    expect(wordingOfContact(contactSchema.parse(contact), 'en')).toEqual({
      ...{ text: 'Desk, +1, hall', language: 'en', texts: { es: 'Oficina, +1, sala' } },
    });
    expect(wordingOfContact({ ...contact, language: 'fr' }, 'en').language).toBe('fr');
    const arabic = { name: 'مكتب', place: 'قاعة' };
    expect(wordingOfContact({ ...contact, in: { ar: arabic } }, 'en').texts).toEqual({ ar: 'مكتب، +1، قاعة' });
  });

  test.each<[string, object]>([
    ['a language that is none', { in: { spanish: { name: 'x' } } }],
    ['nothing in it', { in: { es: {} } }],
    ['an override of direction', { in: { ar: { place: '\u202e' } } }],
    ['one language twice', { in: { es: { name: 'x' }, ES: { name: 'y' } } }],
    ['a language that is none for all of it', { language: 'the King’s' }],
  ])('is refused with %s', (_, changes) => {
    expect(contactSchema.safeParse({ ...contact, ...changes }).success).toBe(false);
  });
});
