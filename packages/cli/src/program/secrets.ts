import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { CodedError, commitmentOf, isCodedError, parseJsonObject } from '@holdfast/core';
import type { Command } from 'commander';
import { FILE_BOUNDS, readBounded } from '../bounded-file.ts';
import { createCommand, run } from '../command.ts';
import { told } from '../lists/output-file.ts';
import { EXIT, type Output } from '../output.ts';
import { parseCount } from '../settings.ts';

type Options = { json?: boolean; party: string; rounds: number; out: string };

const MAX_ROUNDS = 8;
const SECRET_BYTES = 32;

/** What one party of a draw keeps to itself until it reveals: a secret for each round, the first one first. */
export type PartySecrets = { readonly party: string; readonly secrets: readonly string[] };

/** `holdfast program secrets`: a party's secrets for a draw, and the commitments to them that go into the program. */
export function secretsCommand(): Command {
  return createCommand('secrets', "make one party's secrets for a draw, and print what the program says of them")
    .requiredOption('--party <name>', 'who the party is, as the program names it')
    .requiredOption('--out <file>', 'where the secrets go, readable by you only')
    .option('--rounds <count>', `for how many rounds, 1 to ${MAX_ROUNDS}`, parseCount, 2)
    .action(run<Options>(makeSecrets));
}

async function makeSecrets(output: Output, { party, rounds, out }: Options): Promise<number> {
  if (rounds < 1 || rounds > MAX_ROUNDS) {
    throw new CodedError('usage.secrets', `A draw has 1 to ${MAX_ROUNDS} rounds.`);
  }
  const secrets = Array.from({ length: rounds }, () => randomBytes(SECRET_BYTES).toString('base64url'));
  const kept = parseSecrets({ party, secrets });
  if (kept === undefined) throw new CodedError('usage.secrets', 'The name of a party has 1 to 200 characters.');
  // Never over another file: secrets that are lost cannot be revealed.
  await told(out, () => writeFile(out, `${JSON.stringify(kept)}\n`, { mode: 0o600, flag: 'wx' }));
  const named = { id: party, commitments: secrets.map(commitmentOf) };
  output.data({ party: named, file: out });
  output.say(JSON.stringify(named));
  if (!output.json && process.stdout.isTTY) {
    output.say('That goes into "beacon": {"parties": [...]} of the program, beside the other parties.');
    output.say(
      `${out} stays with you until the program is sealed. Then: npx holdfast program reveal ID --secrets ${out}`,
    );
  }
  return EXIT.yes;
}

/** Throws `usage.secrets`, `usage.file`. */
export async function readSecrets(file: string): Promise<PartySecrets> {
  const parsed = parseSecrets(parseOrNothing(await readBounded(file)));
  if (parsed !== undefined) return parsed;
  throw new CodedError('usage.secrets', `${file} has no secrets: it is the file that program secrets has made.`);
}

function parseSecrets({ party, secrets }: Readonly<Record<string, unknown>>): PartySecrets | undefined {
  if (typeof party !== 'string' || party === '' || party.length > 200) return undefined;
  if (!Array.isArray(secrets) || secrets.length === 0 || secrets.length > MAX_ROUNDS) return undefined;
  const texts = secrets.filter((one): one is string => typeof one === 'string' && /^[A-Za-z0-9_-]{43}$/.test(one));
  return texts.length === secrets.length ? { party, secrets: texts } : undefined;
}

function parseOrNothing(text: string): Readonly<Record<string, unknown>> {
  try {
    return parseJsonObject(text, FILE_BOUNDS);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return {};
  }
}
