import { isCodedError } from '@holdfast/core';
import type { HeldCredential } from '@holdfast/wallet';
import { button, buttonPressedTwice, element, paragraphs } from '../people/elements.ts';
import { say, sayAt } from '../people/words.ts';
import { openWallet } from './open-wallet.ts';
import { card, doing, tell } from './screen.ts';
import { createStoredCredentials } from './stored-credentials.ts';

/** What somebody has, one of each batch of copies; how each stands is looked up after it is seen. */
export async function renderHaving(changed: () => Promise<void>): Promise<HTMLElement> {
  const batches = new Map<string, HeldCredential>();
  for (const held of await createStoredCredentials().readAll()) batches.set(held.batch, held);
  if (batches.size === 0) return card(say('wallet.have'), [say('wallet.have.none')]);
  const items = [...batches.values()].reverse().map((held) => renderHeld(held, changed));
  return card(say('wallet.have'), [], ...items);
}

function renderHeld(held: HeldCredential, changed: () => Promise<void>): HTMLElement {
  const { id, name, vct, issuer, issuerName, receivedAt, expiresAt, refresh } = held;
  const state = element('p', { style: 'by' }, say('wallet.working'));
  const acts = element('div', { style: 'row' });
  const forget = () => void doing(() => forgetBatch(held, changed));
  acts.append(buttonPressedTwice(say('wallet.forget'), say('wallet.forget.sure'), forget));
  const newer = button(say('wallet.newer'), () => void doing(() => renew(id, changed)), 'second');
  void showState(id, state, () => {
    if (refresh !== undefined) acts.prepend(newer);
  });
  return element(
    'section',
    {},
    element('h3', {}, name ?? vct),
    state,
    ...paragraphs([
      say('wallet.from', { name: issuerName ?? issuer, date: { date: receivedAt } }),
      expiresAt === undefined ? undefined : sayAt('wallet.until', expiresAt),
    ]),
    acts,
  );
}

/** `ended`: what is offered then; while it works nobody needs another. */
async function showState(id: string, line: HTMLElement, ended: () => void): Promise<void> {
  const status = await openWallet()
    .then((wallet) => wallet.readStatus(id))
    .catch(() => 'unknown' as const);
  const isGood = status === 'good' || status === 'unsaid';
  line.textContent = say(`wallet.state.${status}`);
  line.classList.add(isGood ? 'good-word' : status === 'unknown' ? 'soft' : 'bad-word');
  if (isGood || status === 'unknown') return;
  ended();
  const why = element('a', {}, say('wallet.state.why'));
  why.href = '/me';
  line.after(element('p', {}, why));
}

async function renew(id: string, changed: () => Promise<void>): Promise<void> {
  try {
    const [held] = await (await openWallet()).refresh(id);
    await changed();
    tell(say('wallet.received', { name: held?.name ?? '' }));
  } catch (error) {
    if (!isCodedError(error) || error.code !== 'wallet.nothing-newer') throw error;
    tell(say('wallet.newer.none'), 'waiting');
  }
}

/** All copies of it: to its holder they are one. */
async function forgetBatch({ batch }: HeldCredential, changed: () => Promise<void>): Promise<void> {
  const wallet = await openWallet();
  for (const each of await wallet.readAll()) if (each.batch === batch) await wallet.remove(each.id);
  await changed();
  tell('');
}
