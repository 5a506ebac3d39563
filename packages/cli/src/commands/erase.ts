import { CodedError, encodeJws, encodeUtf8, erasureSigningInput } from '@holdfast/core';
import type { Command } from 'commander';
import { readBounded } from '../bounded-file.ts';
import { createCommand, run } from '../command.ts';
import { tellReceipt } from '../erasing/receipt-words.ts';
import { holderIn, showAt } from '../holder/holder-file.ts';
import { createNetworkClient, type NetworkClient } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';
import { openOfficer } from './decide.ts';

type Options = {
  json?: boolean;
  url: string;
  data: string;
  label?: string;
  issuer: string;
  as?: string;
  presentation?: string;
  nonce?: string;
  credential?: string;
  key?: string;
  receipt?: string;
};

/** `holdfast erase person` forgets somebody in every part of a network: by their own presentation, or by an officer. */
export function eraseCommand(): Command {
  const person = createCommand('person', 'erase what the parts of a network keep about one person; commitments stay')
    .option('--label <label>', "by an officer: the issuer's own name for the person")
    .option('--as <officer>', 'with --label: which officer asks')
    .option('--issuer <id>', 'with --label: at which issuer', 'civic')
    .option('--presentation <file>', "by the person: a presentation of theirs, bound to this request's nonce")
    .option('--credential <file>', 'by the person: their credential, as `issue --receive` wrote it')
    .option('--key <file>', 'with --credential: the key it is bound to')
    .option('--nonce <nonce>', 'with --presentation: the nonce it is bound to; without it, one is printed')
    .option('--receipt <id>', 'ask again how far a request has come')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', "where the officer's key lies", DEFAULTS.data)
    .action(run<Options>(erase));
  return createCommand('erase', 'erase what is kept about people').addCommand(person);
}

async function erase(output: Output, options: Options): Promise<number> {
  const client = createNetworkClient({ url: options.url });
  const { receipt: id, label, presentation, nonce } = options;
  if (id !== undefined) return tell(output, await client.get(`/erasures/${encodeURIComponent(id)}`));
  const files = holderIn(options);
  if ([label, presentation, files].filter((one) => one !== undefined).length !== 1) {
    const ways = '--label LABEL --as OFFICER, --credential FILE --key FILE, or --presentation FILE --nonce NONCE';
    throw new CodedError('usage.person', `Say who: ${ways}.`);
  }
  if (files !== undefined)
    return tell(output, await client.post('/erasures', await showAt(client, '/erasures/nonce', files)));
  if (label !== undefined) return tell(output, await client.post('/erasures', await signedBy(client, label, options)));
  if (nonce === undefined) return tellNonce(output, client);
  const text = (await readBounded(presentation ?? '')).trim();
  return tell(output, await client.post('/erasures', { presentation: text, nonce }));
}

async function signedBy(
  client: NetworkClient,
  label: string,
  { as, data, issuer }: Options,
): Promise<{ signed: string }> {
  if (as === undefined) throw new CodedError('usage.person', 'Say which officer asks: --as OFFICER.');
  const { signer } = await openOfficer(data, as);
  const { network } = await client.get('/rulebook');
  const request = { network: String(network), tenant: issuer, label, at: Date.now() };
  const input = erasureSigningInput(request, await signer.readPublicKey('approval'));
  return { signed: encodeJws(input, await signer.sign('approval', encodeUtf8(input))) };
}

/** A wallet makes the presentation: for this audience, bound to this nonce, within ten minutes. */
async function tellNonce(output: Output, client: NetworkClient): Promise<number> {
  const asked = await client.get('/erasures/nonce');
  output.data(asked);
  output.say('The presentation has to be bound to this request. Make one with:');
  output.say(`  nonce     ${String(asked.nonce)}`);
  output.say(`  audience  ${String(asked.audience)}`);
  return EXIT.unknown;
}

function tell(output: Output, receipt: Awaited<ReturnType<NetworkClient['get']>>): number {
  output.data(receipt);
  const words: Readonly<Record<string, string>> = {
    done: 'Forgotten.',
    stays: 'Forgotten, except for what has to stay.',
    waits: 'Begun; somebody has not answered yet.',
  };
  output.say(words[String(receipt.state)] ?? String(receipt.state));
  tellReceipt(output, receipt);
  return receipt.state === 'waits' ? EXIT.unknown : EXIT.yes;
}
