import {
  ASSURANCE_LEVELS,
  type Assurance,
  bindingDigest,
  CodedError,
  encodeBase64url,
  encodeUtf8,
  parseStatement,
  type Recognition,
  recognitionSchema,
  sha256,
} from '@holdfast/core';
import type { Signer } from '@holdfast/server/client';
import { createNetworkClient, type NetworkClient } from './network-client.ts';
import { joinOrPropose, type Proposal } from './officer-desk.ts';

/** What an officer says of another network on the command line. */
export type RecogniseOptions = {
  readonly type?: readonly string[];
  readonly level?: string;
  readonly until?: number;
  readonly end?: boolean;
  readonly class?: string;
  readonly reason?: string;
};

type Officer = { readonly signer: Signer };

/**
 * Recognises the network that answers at an address, or ends that. Each officer reads that network's genesis for themselves,
 * so nobody signs another one than the address shows them.
 */
export async function recogniseAs(
  client: NetworkClient,
  officer: Officer,
  url: string,
  options: RecogniseOptions,
): Promise<Proposal> {
  const recognition = await readRecognition(url, options);
  const { network } = await client.get('/rulebook');
  const reasonClass = options.class ?? (options.end === true ? 'recognition-ended' : 'network-recognised');
  const request = { power: 'recognise', class: reasonClass, recognition, ...reasonOf(options) };
  const targets = [{ recognition: bindingDigest(recognition) }];
  const expected = { genesis: String(network), power: 'recognise' as const, targets };
  return joinOrPropose(client, expected, request, { signer: officer.signer, name: 'approval' });
}

function reasonOf({ reason }: { readonly reason?: string }) {
  return reason === undefined ? {} : { reason };
}

async function readRecognition(url: string, options: RecogniseOptions): Promise<Recognition> {
  const { genesis } = await createNetworkClient({ url }).get('/rulebook');
  const parse = parseStatement(String(genesis));
  if (!parse.ok || parse.statement.body.type !== 'rulebook') {
    throw new CodedError('network.answer', `${url} does not show the genesis of a network.`);
  }
  const { title, log } = parse.statement.body.body;
  const network = encodeBase64url(sha256(encodeUtf8(String(genesis))));
  const terms = options.end === true ? { types: [], until: 0 } : termsOf(options);
  const recognition = recognitionSchema.safeParse({ network, title, log, url, ...terms });
  if (recognition.success) return recognition.data;
  throw new CodedError('usage.recognise', 'Name each type once: --type THEIRS=OURS.');
}

function termsOf({ type = [], level = 'substantial', until }: RecogniseOptions) {
  if (!isLevel(level)) {
    throw new CodedError('usage.recognise', `--level is one of ${ASSURANCE_LEVELS.join(', ')}.`);
  }
  if (type.length === 0 || until === undefined) {
    throw new CodedError(
      'usage.recognise',
      'Say what of it counts here, and until when: --type THEIRS=OURS --until 2027-01-01T00:00:00Z; or --end.',
    );
  }
  return { types: type.map((pair) => ({ ...parsePair(pair), maxAssurance: level })), until };
}

function parsePair(text: string): { readonly type: string; readonly as: string } {
  const [, theirs, ours] = /^(\S+?)=(\S+)$/.exec(text) ?? [];
  if (theirs !== undefined && ours !== undefined) return { type: theirs, as: ours };
  throw new CodedError('usage.recognise', `${text} does not say what counts as what: --type THEIRS=OURS.`);
}

function isLevel(text: string): text is Assurance {
  return (ASSURANCE_LEVELS as readonly string[]).includes(text);
}
