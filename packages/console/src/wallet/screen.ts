import { isCodedError } from '@holdfast/core';
import { button, element, find, paragraphs } from '../people/elements.ts';
import { say, sayAt } from '../people/words.ts';

type Mood = 'good' | 'waiting' | 'bad';

/** One sentence on how it goes, which a screen reader says. */
export function tell(sentence: string, mood: Mood = 'good', ...more: readonly Node[]): void {
  const state = find('state');
  state.className = `note ${mood}`;
  state.replaceChildren(sentence, ...more);
  state.hidden = sentence === '' && more.length === 0;
}

/** Asks in one place of the page, and goes there. */
export function ask(title: string | readonly (Node | string)[], ...children: readonly Node[]): void {
  tell('');
  const asked = find('asked');
  asked.replaceChildren(element('h2', {}, ...[title].flat()), ...children);
  asked.hidden = false;
  asked.focus();
}

export function endAsking(): void {
  const asked = find('asked');
  asked.hidden = true;
  asked.replaceChildren();
}

export function notNow(): HTMLButtonElement {
  return button(say('wallet.not_now'), endAsking, 'second');
}

/** Does what somebody pressed for, and says what became of it. A wallet that is asked twice at once does it once. */
let isBusy = false;
export async function doing(work: () => Promise<void>): Promise<void> {
  if (isBusy) return;
  isBusy = true;
  tell(say('wallet.working'), 'waiting');
  try {
    await work();
  } catch (error) {
    showFailure(error);
  } finally {
    isBusy = false;
  }
}

/** Unix milliseconds of the turn that a busy server has named. */
export function turnOf(error: unknown): number | undefined {
  if (!isCodedError(error)) return undefined;
  const { notBefore } = error.details;
  return typeof notBefore === 'number' && notBefore > Date.now() ? notBefore : undefined;
}

function showFailure(error: unknown): void {
  const turn = turnOf(error);
  const said = sayFailure(error);
  if (turn !== undefined) tell(sayAt('wallet.turn', turn), 'waiting');
  else if (said !== undefined) tell(said, 'bad');
  else tell(say('wallet.failed'), 'bad', codeOf(error));
}

function sayFailure(error: unknown): string | undefined {
  const { code, details } = isCodedError(error) ? error : { code: '', details: {} as Record<string, unknown> };
  if (code === 'wallet.unreachable') return `${say('wallet.failed')} ${say('failed.later')}`;
  return code === 'wallet.refused' && details.error === 'invalid_grant' ? say('wallet.failed.over') : undefined;
}

/** The problem's own code, for whoever helps. */
function codeOf(error: unknown): HTMLElement {
  const { code, details } = isCodedError(error)
    ? error
    : { code: 'wallet.failed', details: {} as Record<string, unknown> };
  const named = typeof details.code === 'string' ? details.code : code;
  return element('p', {}, `${say('wallet.failed.code')} `, element('code', { dir: 'ltr' }, named));
}

export function card(title: string, sentences: readonly (string | undefined)[], ...more: readonly Node[]): HTMLElement {
  return element('section', { style: 'card' }, element('h2', {}, title), ...paragraphs(sentences), ...more);
}
