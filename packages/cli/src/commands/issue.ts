import { writeFile } from 'node:fs/promises';
import { CodedError, isJsonObject, type JsonObject, parseJson } from '@holdfast/core';
import { createWallet } from '@holdfast/wallet';
import type { Command } from 'commander';
import { readBounded } from '../bounded-file.ts';
import { createCommand, run } from '../command.ts';
import { createFileKeys, writeHolder } from '../holder/holder-file.ts';
import { offerFile } from '../lists/offer-file.ts';
import { createNetworkClient, findAdminKey, type NetworkClient } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS, parseDuration, parseOrigin } from '../settings.ts';

type Options = {
  json?: boolean;
  url: string;
  data: string;
  issuer: string;
  claims?: string;
  file?: string;
  round?: string;
  openFor?: number;
  partial?: boolean;
  out?: string;
  label?: string;
  txCode?: boolean;
  replaces?: string;
  receive?: string;
  key?: string;
};

/** `holdfast issue TYPE`: makes an offer that any OpenID4VCI wallet can take up. */
export function issueCommand(): Command {
  return createCommand('issue', 'offer a credential to a wallet, or to everybody in a CSV file')
    .argument('<type>', 'a type of the issuer, for example residence')
    .option('--claims <json-or-file>', 'what is attested, as JSON or a file with it')
    .option('--file <csv>', "people, a row each (- for standard input): the type's claims, and label")
    .option('--partial', 'with --file: offer to the good rows though others are to be put right')
    .option('--round <word>', 'with --file: another word offers the same people anew')
    .option('--out <csv>', 'with --file: where the links go, row by row')
    .option('--open-for <duration>', 'how long an offer may be taken up: 15m, 7d; at most 30d', parseDuration)
    .option('--issuer <id>', 'the issuer', 'civic')
    .option('--label <label>', 'a name only the issuer knows it by')
    .option('--replaces <label>', 'in the place of the newest that was issued under this label, which ends')
    .option('--tx-code', 'protect the offer by a code that is sent another way')
    .option('--receive <file>', 'receive it at once with a wallet made for it, and write it to a file')
    .option('--key <file>', 'with --receive: where the key goes that it is bound to, so that its holder can show it')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its keys lie', DEFAULTS.data)
    .action(run<Options>(issue));
}

async function issue(output: Output, options: Options, type = ''): Promise<number> {
  const { url, data, issuer, label = options.replaces, txCode, openFor, receive, key } = options;
  if (options.file !== undefined) return issueList(output, options, { file: options.file, type });
  if (options.claims === undefined) {
    throw new CodedError(
      'usage.claims',
      'Say what is attested: --claims JSON, or --file CSV with a row for each person.',
    );
  }
  if (key !== undefined && receive === undefined)
    throw new CodedError('usage.holder', 'Say --receive FILE with --key.');
  const claims = await readClaims(options.claims);
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  const offer = await offerCredential(client, issuer, {
    type,
    claims,
    ...(label === undefined ? {} : { label }),
    ...(txCode === true ? { txCode } : {}),
    ...(openFor === undefined ? {} : { openForMs: openFor }),
    ...(await replaced(client, options, type)),
  });
  if (receive !== undefined) {
    const keys = createFileKeys();
    const [held] = await createWallet({ keys, allowLoopback: true }).receive(
      offer.offerUri,
      offer.txCode === undefined ? {} : { txCode: offer.txCode },
    );
    if (key === undefined) await writeFile(receive, `${held?.credential ?? ''}\n`, { mode: 0o600 });
    else await writeHolder({ credential: receive, key }, held, keys);
  }
  output.data({ ...offer, ...(receive === undefined ? {} : { file: receive }) });
  output.say(receive === undefined ? `Open this in a wallet:\n  ${offer.offerUri}` : `Received into ${receive}`);
  if (offer.me !== undefined)
    output.say(`Their own page, which says what becomes of it: ${new URL(offer.me, url).href}`);
  if (offer.txCode !== undefined && receive === undefined)
    output.say(`The wallet will ask for this code: ${offer.txCode}`);
  return EXIT.yes;
}

async function issueList(
  output: Output,
  options: Options,
  list: { readonly file: string; readonly type: string },
): Promise<number> {
  const { url, data, issuer, txCode, openFor, round, partial, out } = options;
  const alone = (['claims', 'label', 'replaces', 'receive', 'key'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (alone !== undefined) {
    throw new CodedError('usage.claims', `--${alone} is for one person: with --file each row says it for itself.`);
  }
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  return offerFile(output, client, {
    ...{ ...list, issuer },
    ...(txCode === undefined ? {} : { txCode }),
    ...(openFor === undefined ? {} : { openForMs: openFor }),
    ...(round === undefined ? {} : { round }),
    ...(partial === undefined ? {} : { partial }),
    ...(out === undefined ? {} : { out }),
  });
}

async function replaced(
  client: NetworkClient,
  { issuer, replaces: label }: Pick<Options, 'issuer' | 'replaces'>,
  type: string,
): Promise<{ readonly replaces?: string }> {
  if (label === undefined) return {};
  const path = `/i/${encodeURIComponent(issuer)}/credentials?label=${encodeURIComponent(label)}`;
  const issued = (await client.getList(path)).filter(isJsonObject).find((one) => one.type === type);
  if (typeof issued?.id === 'string') return { replaces: issued.id };
  throw new CodedError('offer.replaces-unknown', `${issuer} has issued no ${type} under the label ${label}.`);
}

export type Offer = {
  readonly id: string;
  readonly offerUri: string;
  readonly txCode?: string;
  /** Path of the page of whoever it is for. */
  readonly me?: string;
};

export async function offerCredential(client: NetworkClient, issuer: string, body: object): Promise<Offer> {
  const { id, offerUri, txCode, me } = await client.post(`/i/${encodeURIComponent(issuer)}/offers`, body);
  if (typeof id !== 'string' || typeof offerUri !== 'string') {
    throw new CodedError('network.answer', 'The issuer answered with something that is not an offer.');
  }
  const page = typeof me === 'string' ? { me } : {};
  return { id, offerUri, ...(typeof txCode === 'string' ? { txCode } : {}), ...page };
}

export async function readClaims(text: string): Promise<JsonObject> {
  const claims = parseJson(text.trimStart().startsWith('{') ? text : await readBounded(text));
  if (!isJsonObject(claims)) throw new CodedError('usage.claims', 'Claims are a JSON object.');
  return claims;
}
