import { isCodedError } from '@holdfast/core';
import { button, element, field, paragraphs } from '../people/elements.ts';
import { say } from '../people/words.ts';
import { openWallet } from './open-wallet.ts';
import { ask, doing, endAsking, notNow, tell } from './screen.ts';

/** An offer is taken when its holder says so: any page could have led here. */
export function askToReceive(link: string, received: () => Promise<void>): void {
  const take = button(say('wallet.offer.take'), () => void doing(() => receive(link, received)));
  const host = hostOf(link);
  const where = host === undefined ? [] : [say('wallet.offer.where', { host })];
  ask(say('wallet.offer'), ...paragraphs(where), element('div', { style: 'row' }, take, notNow()));
}

async function receive(link: string, received: () => Promise<void>, txCode?: string): Promise<void> {
  const wallet = await openWallet();
  try {
    const [held] = await wallet.receive(link, txCode === undefined ? {} : { txCode });
    endAsking();
    await received();
    tell(say('wallet.received', { name: held?.name ?? held?.vct ?? '' }));
  } catch (error) {
    if (!isCodedError(error) || error.code !== 'wallet.tx-code-needed') throw error;
    askForCode(link, received, error.details.inputMode === 'numeric');
  }
}

/** What came on another way: an offer alone, seen over somebody's shoulder, gives nothing. */
function askForCode(link: string, received: () => Promise<void>, isNumeric: boolean): void {
  const input = element('input', { dir: 'ltr' });
  input.autocomplete = 'one-time-code';
  input.inputMode = isNumeric ? 'numeric' : 'text';
  input.maxLength = 100;
  const take = button(
    say('wallet.offer.take'),
    () => void doing(() => receive(link, received, input.value.replaceAll(' ', ''))),
  );
  ask(say('wallet.offer'), field(say('wallet.code'), input), element('div', { style: 'row' }, take, notNow()));
}

function hostOf(link: string): string | undefined {
  const uri = new URL(link).searchParams.get('credential_offer_uri') ?? '';
  return URL.canParse(uri) ? new URL(uri).host : undefined;
}
