import {
  CodedError,
  commitmentOf,
  encodeJws,
  encodeSigningInput,
  isCodedError,
  type Program,
  parsePublicJwk,
  STATEMENT_TYP,
  thumbprint,
} from '@holdfast/core';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { createNetworkClient, type NetworkClient } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';
import { type PartySecrets, readSecrets } from './secrets.ts';
import { fetchProgram } from './view.ts';
import { asLine, dateOf } from './words.ts';

type Options = { json?: boolean; url: string; secrets: string };

type CommitReveal = Extract<NonNullable<Program['beacon']>, { kind: 'commit-reveal' }>;

/** What a draw waits for, as `GET /programs/ID/reveals` tells it. */
type Waiting = {
  readonly state: string;
  readonly round: number;
  readonly until: number;
  readonly missing: readonly string[];
};

/** `holdfast program reveal ID`: gives away one party's secret for the round that a draw waits for. */
export function revealCommand(): Command {
  return createCommand('reveal', "give away one party's secret for the round that a draw waits for")
    .argument('<id>', 'the program')
    .requiredOption('--secrets <file>', 'the file that program secrets has made')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .action(run<Options>(reveal));
}

async function reveal(output: Output, { url, secrets: file }: Options, id = ''): Promise<number> {
  const kept = await readSecrets(file);
  const client = createNetworkClient({ url });
  const { program } = await fetchProgram(client, id);
  const terms = termsOf(program, kept);
  const waiting = await fetchWaiting(client, id);
  const { party } = kept;
  if (waiting.state !== 'waiting' || !waiting.missing.includes(party))
    return tellNothingToDo(output, id, party, waiting);
  const secret = kept.secrets[waiting.round] ?? '';
  const { round } = waiting;
  const body = { party, round, secret };
  if (terms.reveals === 'log') await append(client, await statementOf(id, body));
  else await client.post(`/programs/${encodeURIComponent(id)}/reveals`, body);
  const others = waiting.missing.filter((one) => one !== party);
  output.data({ program: id, party, round, revealed: true, missing: others, kept: terms.reveals ?? 'distributor' });
  const where = terms.reveals === 'log' ? 'It stands in the log' : 'Whoever runs the program has it';
  output.say(asLine(`${party} has spoken in round ${round + 1}. ${where}.`));
  output.say(
    asLine(
      others.length === 0
        ? 'Everybody has: the draw follows.'
        : `It waits for ${others.join(', ')} until ${dateOf(waiting.until)}; then the next round begins, without what was said in this one.`,
    ),
  );
  return EXIT.yes;
}

/** Throws `beacon.none`, `beacon.secret`: then nothing was sent, as a secret is told to nobody who does not wait for it. */
function termsOf({ beacon }: Program, { party, secrets }: PartySecrets): CommitReveal {
  if (beacon?.kind !== 'commit-reveal') {
    throw new CodedError('beacon.none', 'This program draws nothing from secrets that parties reveal.');
  }
  const commitments = beacon.parties.find(({ id }) => id === party)?.commitments;
  if (commitments?.every((one, i) => commitmentOf(secrets[i] ?? '') === one)) return beacon;
  throw new CodedError(
    'beacon.secret',
    `These are not the secrets that the program has of ${party}. Nothing was sent.`,
  );
}

async function fetchWaiting(client: NetworkClient, id: string): Promise<Waiting> {
  const { state, round, until, missing } = await client.get(`/programs/${encodeURIComponent(id)}/reveals`);
  const names = Array.isArray(missing) ? missing.map(String) : [];
  return { state: String(state), round: Number(round ?? 0), until: Number(until ?? 0), missing: names };
}

/** Said a moment ago, it stands there already, and the next epoch shows it. */
async function append(client: NetworkClient, statement: string): Promise<void> {
  await client.post('/log/statements', { statements: [statement] }).catch((error: unknown) => {
    if (!isCodedError(error) || error.details?.why !== 'reveal-repeated') throw error;
  });
}

/** A statement is signed, and whose the secret is, is proved by the secret: the key is made for this, and thrown away. */
async function statementOf(program: string, body: { party: string; round: number; secret: string }): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const { publicKey, privateKey } = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const key = parsePublicJwk(await crypto.subtle.exportKey('jwk', publicKey));
  const header = { alg: 'ES256', kid: thumbprint(key), typ: STATEMENT_TYP };
  const input = encodeSigningInput(header, { type: 'reveal', v: 1, program, ...body, key });
  const signed = await crypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-256' },
    privateKey,
    new TextEncoder().encode(input),
  );
  return encodeJws(input, new Uint8Array(signed));
}

function tellNothingToDo(output: Output, id: string, party: string, { state, missing, until }: Waiting): number {
  output.data({ program: id, party, revealed: false, state, missing });
  if (state === 'waiting') {
    output.say(asLine(`${party} has spoken in this round. It waits for ${missing.join(', ')} until ${dateOf(until)}.`));
    return EXIT.yes;
  }
  if (state === 'unsealed') {
    output.say(
      'The program is not sealed yet. Keep the secrets: who knew one now would know the draw before anybody applied.',
    );
    output.say(`  npx holdfast program seal ${id}   waits until it is`);
    return EXIT.unknown;
  }
  output.say(
    state === 'drawn' ? 'The draw is made: no secret is needed any more.' : 'Every round is over: there is no draw.',
  );
  return EXIT.no;
}
