import { writeFile } from 'node:fs/promises';
import { CodedError, isJsonObject, type JsonObject } from '@holdfast/core';
import { type Command, Option } from 'commander';
import { createCommand, run } from '../command.ts';
import { createNetworkClient, findAdminKey, type NetworkClient } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { dateOf } from '../program/words.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';

type Options = {
  json?: boolean;
  url: string;
  data: string;
  role: string;
  party?: string;
  out?: string;
  statement?: boolean;
};

/** `holdfast keys …`: operators' own keys for the doors of one process, none of which revokes or pays; an issuer's next key. */
export function keysCommand(): Command {
  const keys = createCommand('keys', "operators' own keys: who may see, work or manage keys; an issuer's next key");
  const commands = [
    placed(createCommand('list', 'whose keys open the doors')).action(run<Options>(list)),
    placed(createCommand('add', 'make a key; it is shown this once'))
      .argument('<name>', 'who works by it: lower-case letters, digits, dots and dashes')
      .addOption(
        new Option(
          '--role <role>',
          'viewer sees; clerk applies for people; operator does both and works; admin manages keys',
        )
          .choices(['viewer', 'clerk', 'operator', 'admin'])
          .makeOptionMandatory(),
      )
      .option('--party <id>', 'an issuer or verifier: only its doors, /i/ID/ and /v/ID/')
      .action(run<Options>(add)),
    placed(createCommand('revoke', 'let nobody in by a key any more; sessions opened with it end'))
      .argument('<name>', 'of the key')
      .action(run<Options>(revoke)),
    placed(createCommand('prepare', 'let a role make its next key, for officers to name by rotate'))
      .argument('<whose>', 'distributor, ledger, a verifier, or an issuer: the last part of its id, as in /i/ISSUER')
      .option('--out <file>', 'where its public half goes; default: shown')
      .option('--statement', 'of an issuer: the key by which it opens lists, not that of its credentials')
      .action(run<Options>(prepare)),
  ];
  for (const command of commands) keys.addCommand(command);
  return keys;
}

function placed(command: Command): Command {
  return command
    .option('--url <origin>', 'where it answers', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its admin key lies', DEFAULTS.data);
}

async function connect({ url, data }: Options): Promise<NetworkClient> {
  return createNetworkClient({ url, adminKey: await findAdminKey(data) });
}

async function list(output: Output, options: Options): Promise<number> {
  const { keys } = await (await connect(options)).get('/operator-keys');
  const known = (Array.isArray(keys) ? keys : []).filter(isJsonObject);
  output.data({ keys: known });
  if (known.length === 0) output.say('There is no key but the one in the data folder.');
  for (const key of known) output.say(lineOf(key));
  return EXIT.yes;
}

function lineOf({ name, role, party, createdAt }: JsonObject): string {
  const where = party === undefined ? '' : ` of ${String(party)}`;
  return `${String(name).padEnd(24)} ${String(role)}${where}, since ${dateOf(Number(createdAt))}`;
}

async function add(output: Output, options: Options, name = ''): Promise<number> {
  const { role, party } = options;
  const body = { name, role, ...(party === undefined ? {} : { party }) };
  const added = await (await connect(options)).post('/operator-keys', body);
  output.data(added);
  output.say(lineOf(added));
  output.say(`The key, shown this once: ${String(added.key)}`);
  return EXIT.yes;
}

/** Asked again before officers have named it, it is the same. */
async function prepare(output: Output, options: Options, whose = ''): Promise<number> {
  const { out, url } = options;
  const client = await connect(options);
  const made = await client.post(await doorOf(client, whose, options.statement === true), {});
  const jwk = JSON.stringify(made.key);
  if (out !== undefined) await writeFile(out, `${jwk}\n`);
  output.data(made);
  const { party = `${url}/i/${whose}`, use = 'credential', inUse } = made;
  output.say(`The next key (${String(use)}) of ${whose} is ${String(made.kid)}.`);
  if (inUse !== undefined) output.say(`Until officers name it ${whose} signs by ${String(inUse)}.`);
  if (out === undefined) output.say(jwk);
  output.say('It signs nothing until officers name it:');
  const what = use === 'credential' ? '' : ` --use ${String(use)}`;
  output.say(`  npx holdfast decide rotate ${String(party)} --key ${out ?? 'FILE'}${what} --as officer-a`);
  return EXIT.yes;
}

/** A verifier where one of this name answers, else an issuer. */
async function doorOf(client: NetworkClient, whose: string, isStatement: boolean): Promise<string> {
  if (ROLES.has(whose)) return `/keys/${whose}`;
  const ofVerifier = `/v/${encodeURIComponent(whose)}/keys`;
  const isVerifier = await client.get(ofVerifier).then(
    () => true,
    () => false,
  );
  return isVerifier ? ofVerifier : `/i/${encodeURIComponent(whose)}/keys${isStatement ? '/statement' : ''}`;
}

/** Roles of which a process has one, at `/keys/ROLE`. */
const ROLES: ReadonlySet<string> = new Set(['distributor', 'ledger']);
async function revoke(output: Output, options: Options, name = ''): Promise<number> {
  if (!/^[a-z0-9][a-z0-9.-]{0,63}$/.test(name)) {
    throw new CodedError('operator.not-found', 'No key has such a name.');
  }
  await (await connect(options)).remove(`/operator-keys/${name}`);
  output.data({ revoked: name });
  output.say(`The key named ${name} opens nothing any more, and sessions opened with it are over.`);
  return EXIT.yes;
}
