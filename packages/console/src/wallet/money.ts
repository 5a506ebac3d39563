import type { HolderAccount } from '@holdfast/wallet';
import { button, element, field, paragraphs } from '../people/elements.ts';
import { say } from '../people/words.ts';
import { type Asset, amountWords, parseTyped } from './amounts.ts';
import { openWallet } from './open-wallet.ts';
import { ask, card, doing, endAsking, notNow, tell } from './screen.ts';
import { keepAccount, readAccount } from './stored-matters.ts';

const LEDGER = { url: location.origin };

/** The account of this wallet, made when it is first needed. */
export async function openAccount(): Promise<HolderAccount> {
  const known = await readAccount();
  if (known !== undefined) return known;
  const account = await (await openWallet()).openAccount();
  await keepAccount(account);
  return account;
}

/** What is on the account, for each kind of money that programs here pay out; nothing where there is no account. */
export async function renderMoney(
  assets: readonly Asset[],
  changed: () => Promise<void>,
): Promise<HTMLElement | undefined> {
  const account = await readAccount();
  if (account === undefined) return undefined;
  const amounts = element('div');
  void showAmounts(amounts, account, assets, changed);
  const name = element('p', {}, element('code', { dir: 'ltr' }, account.name));
  return card(say('wallet.money'), [], amounts, ...paragraphs([say('wallet.money.account')], 'soft'), name);
}

async function showAmounts(
  place: HTMLElement,
  account: HolderAccount,
  assets: readonly Asset[],
  changed: () => Promise<void>,
): Promise<void> {
  const wallet = await openWallet();
  for (const asset of assets) {
    const read = await wallet.readBalance(LEDGER, account, asset.code).catch(() => undefined);
    const available = read?.available ?? 0n;
    const line = element('p', { style: 'by' }, say('wallet.money.have', { amount: amountWords(available, asset) }));
    const send = button(say('wallet.money.send'), () => askWhom(account, asset, changed), 'second');
    place.append(line, ...(available > 0n ? [send] : []));
  }
}

function askWhom(account: HolderAccount, asset: Asset, changed: () => Promise<void>): void {
  const [to, amount] = [element('input', { dir: 'ltr' }), element('input', { dir: 'ltr' })];
  to.maxLength = 200;
  amount.inputMode = 'decimal';
  amount.maxLength = 20;
  const go = button(say('wallet.apply.press'), () => {
    const minor = parseTyped(amount.value, asset);
    if (minor === undefined || to.value.trim() === '') return tell(say('wallet.money.refused'), 'bad');
    askWhetherSure({ account, asset, to: to.value.trim(), minor }, changed);
  });
  ask(
    say('wallet.money.send'),
    field(say('wallet.money.to'), to),
    field(`${say('wallet.money.amount')} (${asset.code})`, amount),
    element('div', { style: 'row' }, go, notNow()),
  );
}

type Order = {
  readonly account: HolderAccount;
  readonly asset: Asset;
  readonly to: string;
  readonly minor: string;
};

function askWhetherSure({ account, asset, to, minor }: Order, changed: () => Promise<void>): void {
  const amount = amountWords(minor, asset);
  const go = button(say('wallet.money.send'), () => {
    void doing(async () => {
      const wallet = await openWallet();
      const prepared = await wallet.prepareTransfer(LEDGER, { account, asset: asset.code, to, amount: minor });
      const { answer } = await wallet.transfer(LEDGER, prepared);
      endAsking();
      const isSent = answer === 'created' || answer === 'exists';
      await changed();
      tell(say(isSent ? 'wallet.money.sent' : 'wallet.money.refused', { amount }), isSent ? 'good' : 'bad');
    });
  });
  const named = element('p', {}, element('code', { dir: 'ltr' }, to));
  ask(say('wallet.money.sure', { amount }), named, element('div', { style: 'row' }, go, notNow()));
}
