import '../people/people.css';
import { type Destination, wordingOfTitle } from '@holdfast/core';
import { createWallet, type Question } from '@holdfast/wallet';
import { button, element, field, find } from '../people/elements.ts';
import { say, speak, wordsShown } from '../people/words.ts';
import { bankAccount, type Listed, readPrograms } from '../wallet/applying.ts';
import { doing, endAsking, tell } from '../wallet/screen.ts';
import { askHolder } from '../wallet/showing.ts';
import { createClerkFetch } from './clerk-fetch.ts';
import { renderSlip } from './slip.ts';

/** The key that all of a house may share: whoever uses it says who they are. */
const SHARED = 'admin';
/** As the distributor takes a clerk's name. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/;

let clerk = '';
// In memory: nothing of the person stays on the clerk's machine once this page is closed.
const wallet = createWallet({ fetch: createClerkFetch(() => clerk), allowLoopback: location.protocol === 'http:' });

speak();
void doing(start);

async function start(): Promise<void> {
  const answer = await fetch('/console-session', { credentials: 'same-origin' });
  const { name, may } = (await answer.json()) as { readonly name?: string; readonly may: readonly string[] };
  if (!may.includes('apply')) {
    const login = element('a', {}, say('clerk.login'));
    login.href = '/console/';
    return tell('', 'waiting', login);
  }
  const open = (await readPrograms()).filter(
    ({ phase, program }) => phase === 'open' && program.destinations.includes('iban'),
  );
  if (open.length === 0) return tell(say('wallet.programs.none'), 'waiting');
  tell('');
  find('clerk').replaceChildren(renderForm(open, name === SHARED ? undefined : name));
}

type Filled = { readonly program: Listed['program']; readonly offer: string; readonly code: string };

/** `own`: the name of the clerk's own key, which stands on record whatever is typed. */
function renderForm(open: readonly Listed[], own: string | undefined): HTMLElement {
  const input = (maxLength: number, dir = 'ltr') => {
    const made = element('input', { dir });
    made.maxLength = maxLength;
    made.autocomplete = 'off';
    return made;
  };
  const [name, offer, code, iban, holder] = [input(100), input(8192), input(20), input(50), input(140, 'auto')];
  name.value = own ?? '';
  name.readOnly = own !== undefined;
  const which = element('select');
  open.forEach(({ program }, i) => {
    const option = element('option', ...wordsShown(wordingOfTitle(program)));
    option.value = `${i}`;
    which.append(option);
  });
  const go = button(say('wallet.apply.press'), () => {
    void doing(async () => {
      // Whose key is their own is named by the server.
      clerk = own === undefined ? name.value.trim() : 'own key';
      const program = open[Number(which.value)]?.program;
      const destination = bankAccount(iban.value, holder.value);
      if (!NAME.test(clerk)) return tell(say('clerk.name.wrong'), 'bad');
      if (typeof destination === 'string') return tell(say(destination), 'bad');
      if (program === undefined) return;
      await apply({ program, offer: offer.value.trim(), code: code.value.replaceAll(' ', '') }, destination);
    });
  });
  return element(
    'section',
    { style: 'card' },
    field(say('clerk.name'), name),
    field(say('clerk.program'), which),
    field(say('clerk.link'), offer),
    field(say('wallet.code'), code),
    field(say('wallet.iban'), iban),
    field(say('wallet.holder'), holder),
    element('div', { style: 'row' }, go),
  );
}

/** What was received once is there for another try. The person sees what is shown of them, and to whom, before it is. */
async function apply({ program, offer, code }: Filled, destination: Destination): Promise<void> {
  if ((await wallet.readAll()).length === 0) await wallet.receive(offer, code === '' ? {} : { txCode: code });
  let isRefused = false;
  const choose = async (question: Question) => {
    const choice = await askHolder(question, wordingOfTitle(program));
    isRefused = choice === undefined;
    return choice;
  };
  try {
    const url = `${location.origin}/programs/${encodeURIComponent(program.id)}`;
    const applied = await wallet.apply(await wallet.prepare(url, { destination, choose }));
    find('clerk').replaceChildren(renderSlip(applied, wordingOfTitle(program)));
    tell(say('clerk.done'));
  } catch (error) {
    if (!isRefused) throw error;
    tell(say('wallet.not_shown'), 'waiting');
  } finally {
    endAsking();
  }
}
