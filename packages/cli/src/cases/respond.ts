import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  approvalSigningInput,
  CodedError,
  caseActDigest,
  encodeJws,
  encodeUtf8,
  type SaltedLeaf,
  saltedRoot,
} from '@holdfast/core';
import { createKeyFilesSigner } from '@holdfast/server/client';
import { createWallet } from '@holdfast/wallet';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createFileKeys, holderIn, showAt, writeHolder } from '../holder/holder-file.ts';
import type { NetworkClient } from '../network-client.ts';
import { createNetworkClient, findAdminKey } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';
import { fetchCase, type StepAnswer } from './case-answers.ts';
import { wordsOfStep } from './case-words.ts';

type Act = 'answer' | 'extend' | 'appeal' | 'withdraw';
type Place = { json?: boolean; url: string; data: string };
type RespondOptions = Place & {
  code?: string;
  statement?: string;
  presentation?: string;
  credential?: string;
  key?: string;
  keys?: string;
  name?: string;
};
type ReissueOptions = Place & {
  issuer: string;
  credential: string;
  key: string;
  salt?: string;
  newCredential?: string;
  newKey?: string;
};

/** Steps of those concerned: whoever filed by their code, the holder by what they hold, a party by its key, the desk for others. */
export function respondCommands(): Command[] {
  return [
    respond('answer', 'say your side, as the one complained about')
      .option('--keys <folder>', 'a party: the folder of its keys, beneath those of --data; it signs the answer')
      .option('--name <key>', 'with --keys: which of them is its statement key; the one that is called so by default'),
    respond('extend', 'ask for the one extension of the time to answer'),
    respond('appeal', 'have a panel look at the finding'),
    respond('withdraw', 'ask for nothing any more'),
    reissueCommand(),
  ];
}

/** The credential and the key that a person shows; both or neither. */
export function shownBy(command: Command): Command {
  return command
    .option('--credential <file>', 'the credential it is about, as `issue --receive` wrote it; it may be revoked')
    .option('--key <file>', 'with --credential: the key it is bound to')
    .option('--presentation <file>', 'instead: the same, shown for a challenge by another wallet');
}

function respond(act: Act, words: string): Command {
  return shownBy(
    createCommand(act, words)
      .argument('<id>', 'the case')
      .option('--code <code>', 'the code of whoever filed it')
      .option('--statement <words>', 'what you say to it; sealed'),
  )
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its keys lie', DEFAULTS.data)
    .action(run<RespondOptions>((output, options, id = '') => respondAs(output, act, options, id)));
}

async function respondAs(output: Output, act: Act, options: RespondOptions, id: string): Promise<number> {
  const { code, statement, keys } = options;
  const client = createNetworkClient({ url: options.url, adminKey: await findAdminKey(options.data) });
  const shown = await presentationOf(client, options);
  const signed = keys === undefined ? {} : await signAnswer(client, id, options);
  const said = Object.entries({ act, code, statement, ...shown, ...signed }).filter(([, value]) => value !== undefined);
  const key = { 'idempotency-key': `cli-${crypto.randomUUID()}` };
  const path = `/cases/${encodeURIComponent(id)}/responses`;
  return tellStep(output, (await client.post(path, Object.fromEntries(said), key)) as unknown as StepAnswer);
}

/** What shows who files or answers, made here from a holder's files or read from one. */
export async function presentationOf(
  client: NetworkClient,
  options: { credential?: string; key?: string; presentation?: string },
): Promise<{ readonly presentation?: string }> {
  const files = holderIn(options);
  if (files !== undefined) return { presentation: (await showAt(client, '/cases/challenge', files)).presentation };
  if (options.presentation === undefined) return {};
  return { presentation: (await readFile(options.presentation, 'utf8')).trim() };
}

/** A party signs what its answer commits to, at the step that the case is at: nobody else can say it for them. */
async function signAnswer(
  client: NetworkClient,
  id: string,
  { data, keys = '', name, statement = '' }: RespondOptions,
): Promise<{ readonly salt: string; readonly signed: string }> {
  const folder = join(data, 'keys', keys);
  if (!/^[a-z0-9-]{1,64}$/.test(keys))
    throw new CodedError('usage.case', 'Name the folder of the keys, such as issuer.');
  const signer = await createKeyFilesSigner({ directory: folder, passphrasePath: `${folder}.passphrase` });
  const names = await signer.readNames();
  const key = name ?? names.find((each) => each.endsWith('statement'));
  if (key === undefined || !names.includes(key)) {
    throw new CodedError('usage.case', `Which of these keys signs its statements? --name ${names.join(' | ')}`);
  }
  const salt = randomBytes(16).toString('base64url');
  const leaf: SaltedLeaf = { salt, kind: 'evidence', value: { statement } };
  const [{ network }, { taken }] = await Promise.all([client.get('/rulebook'), fetchCase(client, id)]);
  const act = { act: 'answer' as const, evidence: saltedRoot([leaf]) };
  const digest = caseActDigest({ genesis: String(network), case: id, step: taken, act });
  const input = approvalSigningInput(digest, await signer.readPublicKey(key));
  return { salt, signed: encodeJws(input, await signer.sign(key, encodeUtf8(input))) };
}

function reissueCommand(): Command {
  return createCommand('reissue', 'take up the credential that comes for one that was revoked wrongly')
    .requiredOption('--credential <file>', 'the one that was revoked')
    .requiredOption('--key <file>', 'the key it is bound to')
    .option('--new-credential <file>', 'receive the other one at once into this file; else its offer is shown')
    .option('--new-key <file>', 'with --new-credential: where the key of the other one goes')
    .option('--salt <salt>', 'where officers decided it and no case: as the desk opens it to you')
    .option('--issuer <id>', 'the issuer', 'civic')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its keys lie', DEFAULTS.data)
    .action(run<ReissueOptions>(reissue));
}

async function reissue(output: Output, options: ReissueOptions): Promise<number> {
  const { url, issuer, salt, newCredential, newKey } = options;
  const client = createNetworkClient({ url });
  const path = `/i/${encodeURIComponent(issuer)}/reinstatements`;
  const into = holderIn({
    ...(newCredential === undefined ? {} : { credential: newCredential }),
    ...(newKey === undefined ? {} : { key: newKey }),
  });
  const { presentation } = await showAt(client, `${path}/challenge`, options, 'everything');
  const asked = { presentation, ...(salt === undefined ? {} : { salt }) };
  const offer = await client.post(path, asked);
  output.data(into === undefined ? offer : { ...offer, ...into });
  if (into === undefined) {
    output.say(`Open this in a wallet:\n  ${String(offer.offerUri)}`);
    return EXIT.yes;
  }
  const keys = createFileKeys();
  const [held] = await createWallet({ keys, allowLoopback: true }).receive(String(offer.offerUri));
  await writeHolder(into, held, keys);
  output.say(`Received into ${into.credential}; the one that was revoked stays revoked.`);
  return EXIT.yes;
}

export function tellStep(output: Output, step: StepAnswer): number {
  output.data(step);
  output.say(wordsOfStep(step));
  if (step.state === 'gathering') return EXIT.unknown;
  return step.state === 'refused' ? EXIT.no : EXIT.yes;
}
