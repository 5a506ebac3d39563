import { writeFile } from 'node:fs/promises';
import {
  CodedError,
  type Destination,
  destinationSchema,
  PERSON_LANGUAGES,
  type PersonLanguage,
  parseAcknowledgement,
} from '@holdfast/core';
import { type AcknowledgedApplication, createWallet, type Wallet } from '@holdfast/wallet';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { offerCredential, readClaims } from '../commands/issue.ts';
import { told } from '../lists/output-file.ts';
import { createNetworkClient, findAdminKey } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';
import { slipText } from './slip.ts';
import { fetchProgram } from './view.ts';
import { dateOf } from './words.ts';

type Options = {
  json?: boolean;
  url: string;
  data: string;
  to: string;
  name?: string;
  want?: string;
  out: string;
  offer?: string;
  clerk?: string;
  slip?: string;
  language: string;
  claims?: string;
  label?: string;
};

/** `holdfast program apply ID`: one person applies, with a wallet made for it; their file is all that they need later. */
export function applyCommand(): Command {
  return createCommand(
    'apply',
    'apply as one person, with a wallet made for it, and keep the acknowledgement in a file',
  )
    .argument('<id>', 'the program')
    .requiredOption('--to <destination>', 'an IBAN, or internal:ACCOUNT for an account of the ledger')
    .requiredOption('--out <file>', "where the person's own file goes: application and acknowledgement")
    .option('--offer <uri>', 'the offer of the credential to apply with')
    .option(
      '--claims <json-or-file>',
      'instead of an offer, on the sample network: issue a residence with these claims',
    )
    .option('--label <label>', 'with --claims: a name only the issuer knows it by')
    .option('--clerk <name>', 'apply for somebody without a phone: who does it, which stands in the acknowledgement')
    .option('--slip <file>', 'with --clerk: a slip of paper for them, with the code of their page')
    .option('--language <code>', 'with --slip: en, de, es or ar', 'en')
    .option('--name <name>', 'whose account it is, as the bank knows it')
    .option('--want <minor-units>', 'the most that is wanted, where a program asks')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its keys lie: only to issue', DEFAULTS.data)
    .action(run<Options>(apply));
}

async function apply(output: Output, options: Options, id = ''): Promise<number> {
  const { url, out, want, clerk, slip } = options;
  if (slip !== undefined && clerk === undefined) {
    throw new CodedError('usage.clerk', 'A slip is for whom somebody else applies: say who does, with --clerk.');
  }
  const destination = parseTo(options);
  // Asked first: whoever mistypes a program needs no credential.
  await fetchProgram(createNetworkClient({ url }), id);
  const wallet = createWallet({
    allowLoopback: true,
    ...(clerk === undefined ? {} : { fetch: fetchAsClerk(url, clerk, await findAdminKey(options.data)) }),
  });
  await receive(wallet, options);
  const address = `${url}/programs/${encodeURIComponent(id)}`;
  const prepared = await wallet.prepare(address, { destination, ...(want === undefined ? {} : { want }) });
  // Kept before it is sent: whatever happens on the way, the same can be sent again.
  await told(out, () => writeFile(out, `${JSON.stringify(prepared)}\n`, { mode: 0o600, flag: 'wx' }));
  const applied = await wallet.apply(prepared);
  await told(out, () => writeFile(out, `${JSON.stringify(applied)}\n`, { mode: 0o600 }));
  if (slip !== undefined && applied.me !== undefined) {
    const text = slipText(applied.me, languageOf(options.language));
    await told(slip, () => writeFile(slip, text, { mode: 0o600, flag: 'wx' }));
  }
  tellApplied(output, applied, out);
  return EXIT.yes;
}

/** The platform's own, which says at the distributor's door, and nowhere else, who applies for somebody. */
function fetchAsClerk(url: string, clerk: string, adminKey: string | undefined): typeof fetch {
  if (adminKey === undefined)
    throw new CodedError('usage.clerk', 'Applying for somebody takes the key of an operator.');
  return (input, init) => {
    const asked = new URL(input instanceof Request ? input.url : input);
    const isDoor = asked.origin === new URL(url).origin && /^\/programs\/[^/]+\/applications$/.test(asked.pathname);
    if (!isDoor || init?.method !== 'POST') return fetch(input, init);
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${adminKey}`);
    headers.set('holdfast-clerk', clerk);
    return fetch(input, { ...init, headers });
  };
}

function languageOf(text: string): PersonLanguage {
  const found = PERSON_LANGUAGES.find((language) => language === text);
  if (found === undefined) throw new CodedError('usage.clerk', 'A slip is in en, de, es or ar.');
  return found;
}

async function receive(wallet: Wallet, { url, data, offer, claims, label }: Options): Promise<void> {
  if ((offer === undefined) === (claims === undefined)) {
    throw new CodedError('usage.claims', 'Say which credential to apply with: --offer URI, or --claims JSON.');
  }
  if (offer !== undefined) {
    await wallet.receive(offer);
    return;
  }
  const client = createNetworkClient({ url, adminKey: await findAdminKey(data) });
  const body = {
    type: 'residence',
    claims: await readClaims(claims ?? ''),
    ...(label === undefined ? {} : { label }),
  };
  await wallet.receive((await offerCredential(client, 'civic', body)).offerUri);
}

/** Throws `usage.destination`. */
function parseTo({ to, name }: Options): Destination {
  const iban = to.replace(/[\s-]/g, '').toUpperCase();
  const value = to.startsWith('internal:')
    ? { kind: 'internal', account: to.slice('internal:'.length) }
    : { kind: 'iban', iban, ...(name === undefined ? {} : { name }) };
  const parsed = destinationSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CodedError('usage.destination', 'This is neither an IBAN with its checksum nor internal:ACCOUNT.');
}

function tellApplied(output: Output, { digest, acknowledgement, url, me }: AcknowledgedApplication, out: string): void {
  const { intakeBy } = parseAcknowledgement(acknowledgement).acknowledgement;
  output.data({ application: digest, acknowledgement, url, file: out, intakeBy, ...(me === undefined ? {} : { me }) });
  output.say(`Accepted, and signed for: ${digest}`);
  output.say(`By ${dateOf(intakeBy)} the log has it, or whoever signed has broken a promise that you can show.`);
  if (me !== undefined) output.say(`What becomes of it, in words and without an account: ${me}`);
  output.say(`Keep ${out}: it has your destination in it, and all that you need to check the outcome.`);
  output.say(`  npx holdfast program check-result ${out} --fetch ${new URL(url).origin}`);
}
