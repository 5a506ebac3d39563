import { z } from 'zod';
import {
  areLanguages,
  LANGUAGES_WORDS,
  languageTagSchema,
  listedIn,
  type Wording,
  wordsLineSchema,
} from './wording.ts';

const line = z.string().regex(/^[^\p{Cc}]{1,200}$/u, 'one line of at most 200 characters');

/** What of a contact is words; a number and an address are the same in every language. */
export const CONTACT_WORDS = ['name', 'place', 'hours'] as const;

const wordsSchema = z
  .object({
    name: wordsLineSchema.optional(),
    place: wordsLineSchema.optional(),
    hours: wordsLineSchema.optional(),
  })
  .refine((words) => CONTACT_WORDS.some((member) => words[member] !== undefined), 'it says something');

/** A person to talk to, as a rulebook or a party's entry names one: public, so an office rather than somebody's own number. */
export const contactSchema = z.object({
  name: line,
  phone: line.optional(),
  mail: line.optional(),
  web: z
    .string()
    .regex(/^https?:\/\/[^\s"'<>]{1,190}$/)
    .optional(),
  /** Where, and when somebody is there. */
  place: line.optional(),
  hours: line.optional(),
  /** What language that is in (BCP 47). Absent: the rulebook's, or nobody says. */
  language: languageTagSchema.optional(),
  /** The same in other languages, by their tags. */
  in: z
    .record(languageTagSchema, wordsSchema)
    .refine((words) => areLanguages(Object.keys(words)), LANGUAGES_WORDS)
    .optional(),
});
export type Contact = z.infer<typeof contactSchema>;

/** In one line. `phone`, `mail` and `web` are the same in every language. */
export function sayContact({ name, phone, mail, web, place, hours }: Contact, language?: string): string {
  const parts = [name, phone, mail, web, place, hours].filter((part) => part !== undefined);
  return listedIn(language, parts);
}

/** The same line as words that there may be in other languages. `language`: what it is in where the contact does not say. */
export function wordingOfContact(contact: Contact, language: string | undefined): Wording {
  const texts = Object.entries(contact.in ?? {}).map(([tag, words]) => {
    return [tag, sayContact({ ...contact, ...words, name: words.name ?? contact.name }, tag)];
  });
  const own = contact.language ?? language;
  return { text: sayContact(contact, own), language: own, texts: Object.fromEntries(texts) };
}
