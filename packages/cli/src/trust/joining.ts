import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { CodedError, isJsonObject, type Json, type JsonObject, parseJson } from '@holdfast/core';
import type { Command } from 'commander';
import { FILE_BOUNDS, readBounded, unreadable } from '../bounded-file.ts';
import { createCommand, run } from '../command.ts';
import { createNetworkClient, findAdminKey } from '../network-client.ts';
import { EXIT, formatDateTime, type Output } from '../output.ts';
import { dateOf } from '../program/words.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';

type JoinOptions = { json?: boolean; url: string; contact: string; evidence: string[] };
type RequestsOptions = { json?: boolean; url: string; data: string; party?: string; decline?: string };

/** `holdfast trust join FILE`: an organisation asks to be accredited. */
export function joinCommand(): Command {
  return createCommand('join', 'ask a network to accredit an issuer')
    .argument('<file>', 'the entry that it would have, as an organisation writes it when it starts')
    .requiredOption('--contact <words>', 'whom officers ask; only they read it')
    .option('--evidence <class=file...>', 'documents to show for it: their digests are sent, not they', [])
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .action(run<JoinOptions>(join));
}

async function join(output: Output, { url, contact, evidence }: JoinOptions, file = ''): Promise<number> {
  const party = parseJson(await readBounded(file), FILE_BOUNDS);
  const shown = await Promise.all(evidence.map(digestOf));
  const view = await createNetworkClient({ url }).post('/accreditations', { party, evidence: shown, contact });
  output.data(view);
  output.say(`Received ${formatDateTime(Number(view.receivedAt))} as ${view.id}`);
  if (typeof view.before === 'number') output.say(`  open; ${view.before} came before it`);
  output.say(`  kept until ${dateOf(Number(view.keptUntil))}; where it stands: holdfast trust requests ${view.id}`);
  return EXIT.yes;
}

/** Of one document. */
const MAX_EVIDENCE_BYTES = 67_108_864;

async function digestOf(word: string): Promise<{ class: string; digest: string }> {
  const at = word.indexOf('=');
  if (at < 1) throw new CodedError('usage.evidence', `${word} is not of the form class=file.`);
  const file = word.slice(at + 1);
  const hash = createHash('sha256');
  let length = 0;
  try {
    for await (const chunk of createReadStream(file)) {
      length += (chunk as Buffer).length;
      if (length > MAX_EVIDENCE_BYTES) break;
      hash.update(chunk as Buffer);
    }
  } catch (cause) {
    throw unreadable(file, file, cause);
  }
  if (length > MAX_EVIDENCE_BYTES)
    throw new CodedError('usage.file', `${file} has more than ${MAX_EVIDENCE_BYTES} bytes.`);
  return { class: word.slice(0, at), digest: hash.digest('base64url') };
}

/** `holdfast trust requests [ID]`: where requests stand; what officers read of one, and its entry to decide about. */
export function requestsCommand(): Command {
  return createCommand('requests', 'say who has asked to be accredited, and where it stands')
    .argument('[id]', 'one request')
    .option('--party <file>', 'write the entry that is asked for, to decide about')
    .option('--decline <reason>', 'put it aside, for this reason')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its keys lie', DEFAULTS.data)
    .action(run<RequestsOptions>(requests));
}

async function requests(output: Output, options: RequestsOptions, id?: string): Promise<number> {
  const { url, data, party, decline } = options;
  const adminKey = await findAdminKey(data);
  const client = createNetworkClient({ url, adminKey });
  if (id === undefined) {
    const { requests: all } = await client.get('/accreditations');
    const open = (Array.isArray(all) ? (all as readonly Json[]) : []).filter(isJsonObject);
    output.data(open);
    if (open.length === 0) output.say('Nobody has asked.');
    for (const view of open) output.say(lineOf(view));
    return EXIT.yes;
  }
  const path = `/accreditations/${encodeURIComponent(id)}`;
  if (decline !== undefined) {
    const view = await client.post(`${path}/decline`, { reason: decline });
    output.data(view);
    output.say(lineOf(view));
    return EXIT.yes;
  }
  const view = await client.get(adminKey === undefined ? path : `${path}/file`);
  output.data(view);
  output.say(lineOf(view));
  tellFile(output, view);
  if (party !== undefined) await writeParty(output, view, { file: party, url });
  return EXIT.yes;
}

function lineOf({ id, party, state, receivedAt, before, reason }: JsonObject): string {
  const place = typeof before === 'number' ? `, ${before} before it` : '';
  const why = typeof reason === 'string' ? `: ${reason}` : '';
  return `${formatDateTime(Number(receivedAt))}  ${state}${place}${why}  ${party}\n  ${id}`;
}

function tellFile(output: Output, { contact, request, documents }: JsonObject): void {
  if (typeof contact === 'string') output.say(`  ask      ${contact}`);
  const { evidence } = isJsonObject(request) ? request : {};
  for (const one of listOf(evidence)) output.say(`  shows    ${one.class}  ${one.digest}`);
  for (const one of listOf(documents)) output.say(`  encloses ${one.name}: --json has it`);
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return (Array.isArray(value) ? (value as readonly Json[]) : []).filter(isJsonObject);
}

async function writeParty(
  output: Output,
  { request }: JsonObject,
  { file, url }: { readonly file: string; readonly url: string },
): Promise<void> {
  if (!isJsonObject(request)) {
    throw new CodedError('operator.unauthorized', 'What was asked for is read with the operator key of the network.');
  }
  await writeFile(file, `${JSON.stringify(request.party, undefined, 2)}\n`);
  output.say(`  its entry is in ${basename(file)}: look at it, narrow it, and decide`);
  output.say(`    npx holdfast decide accredit ${file} --as OFFICER --url ${url}`);
}
