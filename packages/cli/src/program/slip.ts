import { type PersonLanguage, sayPhrase } from '@holdfast/core';
import { OUTCOMES } from '@holdfast/server/spec';

const RULE = '-'.repeat(60);

/** What somebody without a phone takes home: the code of their page, large enough to read, and what to do with it. */
export function slipText(me: string, language: PersonLanguage): string {
  const { origin, pathname } = new URL(me);
  const say = (code: string) => sayPhrase({ code }, OUTCOMES, language);
  const code = pathname.replace(/^\/me\//, '').toUpperCase();
  return [
    RULE,
    say('page.title'),
    '',
    `    ${code}`,
    '',
    `${say('page.enter')}:`,
    `    ${origin}/me`,
    '',
    say('page.secret'),
    RULE,
    '',
  ].join('\n');
}
