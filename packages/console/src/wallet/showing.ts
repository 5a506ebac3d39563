import { isCodedError, type PhraseValue, parseCredential } from '@holdfast/core';
import type { Candidate, Choice, Question } from '@holdfast/wallet';
import { button, element } from '../people/elements.ts';
import { say, sayNodes } from '../people/words.ts';
import { openWallet } from './open-wallet.ts';
import { ask, endAsking, tell } from './screen.ts';

/** Answers a verifier's link. What is shown, and to whom, is asked each time. */
export async function present(link: string): Promise<void> {
  const wallet = await openWallet();
  try {
    const { redirectUri } = await wallet.present(link, { choose: (question) => askHolder(question) });
    tell(say('wallet.shown'), 'good', ...(redirectUri === undefined ? [] : [linkTo(redirectUri)]));
  } catch (error) {
    if (!isCodedError(error) || error.code !== 'wallet.not-answered') throw error;
    const hasNothing = error.details.why === 'no-credential';
    tell(say(hasNothing ? 'wallet.nothing_fits' : 'wallet.not_shown'), hasNothing ? 'bad' : 'waiting');
  } finally {
    endAsking();
  }
}

/**
 * Shows who asks and each claim as it would be shown, the first candidate of each part; waits for the holder's word. `program`:
 * what is applied for, where that asks; the fingerprint is then of its rules.
 */
export function askHolder({ verifier, parts }: Question, program?: PhraseValue): Promise<Choice> {
  return new Promise((resolve) => {
    const chosen = parts.flatMap(({ query, candidates }) => candidates.slice(0, 1).map((first) => ({ query, first })));
    const yes = button(say('wallet.ask.yes'), () => {
      endAsking();
      tell(say('wallet.working'), 'waiting');
      resolve(Object.fromEntries(chosen.map(({ query, first }) => [query, first.credential.id])));
    });
    const no = button(say('wallet.ask.no'), () => resolve(undefined), 'second');
    ask(
      sayNodes('wallet.ask', { name: program ?? verifier.name ?? verifier.clientId }),
      ...chosen.map(({ first }) => claimList(first)),
      element('p', { style: 'soft' }, say(program === undefined ? 'wallet.ask.print' : 'wallet.ask.rules')),
      element('p', {}, element('code', { dir: 'ltr' }, verifier.fingerprint)),
      element('div', { style: 'row' }, yes, no),
    );
  });
}

function claimList({ credential, claims }: Candidate): HTMLElement {
  const parsed = parseCredential(credential.credential);
  const rows = claims.flatMap((name) => [
    element('dt', {}, name.replaceAll('_', ' ')),
    element('dd', {}, parsed.ok ? wordsOf(parsed.claims[name]) : ''),
  ]);
  return element('div', {}, element('p', {}, credential.name ?? credential.vct), element('dl', {}, ...rows));
}

function wordsOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function linkTo(uri: string): HTMLElement {
  const made = element('a', {}, new URL(uri).host);
  made.href = uri;
  return element('p', {}, made);
}
