import { z } from 'zod';

const line = z.string().regex(/^[^\p{Cc}]{1,200}$/u, 'one line of at most 200 characters');

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
});
export type Contact = z.infer<typeof contactSchema>;

/** In one line, the same in every language. */
export function sayContact({ name, phone, mail, web, place, hours }: Contact): string {
  return [name, phone, mail, web, place, hours].filter((part) => part !== undefined).join(', ');
}
