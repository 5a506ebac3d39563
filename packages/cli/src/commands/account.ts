import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accountOfKey, CodedError, parseAmount, parseOrder } from '@holdfast/core';
import { createKeyFilesSigner } from '@holdfast/server/client';
import {
  createWallet,
  type HolderAccount,
  type PreparedTransfer,
  type SentTransfer,
  type Wallet,
} from '@holdfast/wallet';
import type { Command } from 'commander';
import { OF_LEDGER, tellChange, tellWaiting, thumbprintIn } from '../account-key-desk.ts';
import { createCommand, run } from '../command.ts';
import { readJsonObject } from '../json-file.ts';
import { told } from '../lists/output-file.ts';
import { EXIT, type Output } from '../output.ts';
import { moneyIn } from '../program/words.ts';
import { DEFAULTS, parseDuration, parseMinorUnits, parseOrigin } from '../settings.ts';

type Options = { json?: boolean; keys: string; url: string; asset: string; account?: string };
type KeyOptions = Options & { to: string; change: string };
type SendOptions = Options & { to?: string; amount?: string; out?: string; again?: string; goodFor?: number };

const KEY = 'account';
const DEFAULT_KEYS = '.holdfast-wallet/keys';

/** `holdfast account`: an account of the ledger that one key of a person orders, whoever runs the ledger. */
export function accountCommand(): Command {
  const command = createCommand('account', "a person's own account: a key that alone moves what is paid to it");
  command.addCommand(
    withPlace(createCommand('new', 'make the key, and say what others pay to; the same again says the same')).action(
      run<Options>(create),
    ),
  );
  command.addCommand(
    withPlace(createCommand('show', 'what is on the account'))
      .requiredOption('--asset <code>', 'the asset, such as EUR')
      .action(run<Options>(show)),
  );
  command.addCommand(
    withPlace(
      createCommand('send', 'move some of it to another account of the ledger; the order is kept before it is sent'),
    )
      .option('--asset <code>', 'the asset, such as EUR')
      .option('--to <account>', 'internal:ACCOUNT, as whoever gets it has said')
      .option('--amount <minor-units>', 'how much, in minor units: 1050 is 10.50 EUR', parseMinorUnits)
      .option('--good-for <duration>', 'until when it may still be carried out; default 1h, at most 24h', parseDuration)
      .option('--out <file>', 'where the order is kept; sent again from there, it is the same transfer')
      .option('--again <file>', 'send an order that is kept, instead of making one')
      .action(run<SendOptions>(send)),
  );
  command.addCommand(
    withPlace(
      createCommand(
        'rekey',
        'give the account another key, in seven days; its present key can call that off until then',
      ),
    )
      .requiredOption('--to <account>', 'as `account new` said it in the folder of the other key: internal:key.…')
      .action(run<KeyOptions>(rekey)),
  );
  command.addCommand(
    withPlace(createCommand('keep', 'call off that another key takes over'))
      .requiredOption('--change <id>', 'as `account rekey` and `account show` said')
      .action(run<KeyOptions>(keep)),
  );
  return command;
}

function withPlace(command: Command): Command {
  return command
    .option('--keys <folder>', 'where the key lies, sealed', DEFAULT_KEYS)
    .option('--account <account>', 'the account, where this key took it over: internal:key.…')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url);
}

type Desk = { readonly wallet: Wallet; readonly account: HolderAccount };

/** The key as a file, sealed by the passphrase beside its folder: a copied key alone moves nothing. */
async function openDesk({ keys, account }: Pick<Options, 'keys' | 'account'>): Promise<Desk> {
  const signer = await createKeyFilesSigner({ directory: keys });
  const publicKey = await signer.create(KEY, 'ES256');
  const wallet = createWallet({
    allowLoopback: true,
    keys: {
      create: async () => ({ id: KEY, publicKey }),
      sign: (id, bytes) => signer.sign(id, bytes),
      remove: async () => undefined,
    },
  });
  const name = account === undefined ? accountOfKey(publicKey) : `key.${thumbprintIn(account)}`;
  return { wallet, account: { id: KEY, publicKey, name } };
}

async function create(output: Output, { keys }: Options): Promise<number> {
  const { account } = await openDesk({ keys });
  output.data({ account: `${OF_LEDGER}${account.name}`, keys });
  output.say(`${OF_LEDGER}${account.name}`);
  output.say(`Whoever pays to this, in any asset of the ledger, pays to the key in ${keys}. It alone moves that on.`);
  output.say(
    'Nobody can restore it: keep a copy of that folder and of the passphrase beside it, apart from each other. `account rekey` gives the account another.',
  );
  return EXIT.yes;
}

async function rekey(output: Output, options: KeyOptions): Promise<number> {
  const { wallet, account } = await openDesk(options);
  const { url, keys, to } = options;
  const change = await wallet.changeAccountKey({ url }, { account, to: thumbprintIn(to) });
  return tellChange(output, change, keys, Date.now());
}

async function keep(output: Output, options: KeyOptions): Promise<number> {
  const { wallet, account } = await openDesk(options);
  const { url, keys, change } = options;
  return tellChange(output, await wallet.keepAccountKey({ url }, { account, change }), keys, Date.now());
}

async function show(output: Output, options: Options): Promise<number> {
  const { url, asset } = options;
  const { wallet, account } = await openDesk(options);
  const { available, decimals } = await wallet.readBalance({ url }, account, asset);
  const keyChanges = await wallet.readAccountKeyChanges({ url }, account);
  output.data({ account: `${OF_LEDGER}${account.name}`, asset, decimals, available: String(available), keyChanges });
  output.say(`${moneyIn({ code: asset, decimals })(available)} on ${OF_LEDGER}${account.name}`);
  tellWaiting(output, keyChanges, Date.now());
  return EXIT.yes;
}

async function send(output: Output, options: SendOptions): Promise<number> {
  const { wallet, account } = await openDesk(options);
  const { file, prepared } = await prepareOrFind(wallet, account, options);
  const sent = await wallet.transfer({ url: prepared.url }, prepared);
  await told(file, () => writeFile(file, `${JSON.stringify(sent)}\n`, { mode: 0o600 }));
  return tellSent(output, sent, file);
}

async function prepareOrFind(
  wallet: Wallet,
  account: HolderAccount,
  { again, to, amount, asset, url, out, keys, goodFor }: SendOptions,
): Promise<{ readonly file: string; readonly prepared: PreparedTransfer }> {
  if (again !== undefined) return { file: again, prepared: await readPrepared(again) };
  if (to === undefined || amount === undefined || asset === undefined) {
    throw new CodedError('usage.order', 'Say what to move: --to internal:ACCOUNT --amount MINOR-UNITS --asset CODE.');
  }
  if (!to.startsWith(OF_LEDGER)) {
    throw new CodedError('usage.order', 'An account of the ledger is written internal:ACCOUNT.', { to });
  }
  parseAmount(amount);
  const goodForMs = goodFor === undefined ? {} : { goodForMs: goodFor };
  const asked = { account, asset, to: to.slice(OF_LEDGER.length), amount, ...goodForMs };
  const prepared = await wallet.prepareTransfer({ url }, asked);
  const file = out ?? join(keys, '..', `order-${prepared.order.slice(-8)}.json`);
  await told(file, () => writeFile(file, `${JSON.stringify(prepared)}\n`, { mode: 0o600, flag: 'wx' }));
  return { file, prepared };
}

/** Throws `usage.order`. */
async function readPrepared(file: string): Promise<PreparedTransfer> {
  const value = await readJsonObject(file);
  if (typeof value.url === 'string' && typeof value.order === 'string') {
    parseOrder(value.order);
    return { url: parseOrigin(value.url), order: value.order };
  }
  throw new CodedError('usage.order', 'This file keeps no order of an account.', { file });
}

function tellSent(output: Output, { transfer, answer }: SentTransfer, file: string): number {
  const isMoved = answer === 'created' || answer === 'exists';
  output.data({ transfer, answer, moved: isMoved, file });
  if (answer === 'created') output.say(`Moved, and signed for by the ledger: ${transfer}`);
  else if (answer === 'exists') output.say(`It was moved before, once, and still is: ${transfer}`);
  else output.say(`Nothing was moved, and this order never will be: ${wordsOf(answer)}.`);
  output.say(`Kept in ${file}: the order and the receipt.`);
  return isMoved ? EXIT.yes : EXIT.no;
}

const WORDS: Readonly<Record<string, string>> = {
  'refused-exceeds-credits': 'there is not so much on the account',
  'refused-amount-zero': 'it says nothing to move',
  'refused-accounts-same': 'both accounts are the same',
};

function wordsOf(answer: string): string {
  return WORDS[answer] ?? answer;
}
