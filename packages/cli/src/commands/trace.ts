import { existsSync } from 'node:fs';
import {
  CodedError,
  encodeBase64url,
  encodeUtf8,
  isCodedError,
  isJsonObject,
  type Json,
  parseCredential,
  sha256,
} from '@holdfast/core';
import type { CredentialTrace, DecisionTrace } from '@holdfast/server/answers';
import type { Command } from 'commander';
import { readBounded } from '../bounded-file.ts';
import { createCommand, run } from '../command.ts';
import { createNetworkClient, findAdminKey, type NetworkClient } from '../network-client.ts';
import { EXIT, type Output } from '../output.ts';
import { decisionLines, eventLine, joinTraces, readTrace } from '../overview/trace-words.ts';
import { DEFAULTS, parseOrigin } from '../settings.ts';

type Options = { json?: boolean; url: string; data: string; verifier?: string; issuer: string };

/** `holdfast trace HANDLE|FILE`: what happened to one credential, or when one decision took effect where. */
export function traceCommand(): Command {
  return createCommand('trace', 'follow a credential from its issue to its end, or a decision to where it took effect')
    .argument('<what>', 'a file with the credential, a verdict id, a label of the issuer; or the entry of a decision')
    .option('--verifier <id>', 'whose verdict it is; all are asked when left out')
    .option('--issuer <id>', 'whose label it is', 'civic')
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where its keys lie', DEFAULTS.data)
    .action(run<Options>(trace));
}

async function trace(output: Output, options: Options, what = ''): Promise<number> {
  const client = createNetworkClient({ url: options.url, adminKey: await findAdminKey(options.data) });
  if (/^#?\d+$/.test(what)) return tellDecision(output, client, what.replace('#', ''));
  const found = existsSync(what) ? await traceFile(client, what, options) : await traceHandle(client, what, options);
  output.data({ ...found });
  if (found.events.length === 0) {
    output.say('Nothing here is known by this handle.');
    return EXIT.unknown;
  }
  for (const event of found.events) output.say(eventLine(event));
  for (const line of found.decisions.flatMap(decisionLines)) output.say(line);
  return EXIT.yes;
}

async function tellDecision(output: Output, client: NetworkClient, entry: string): Promise<number> {
  const decision = (await client.get(`/trace/decision/${entry}`)) as unknown as DecisionTrace;
  output.data({ ...decision });
  for (const line of decisionLines(decision)) output.say(line);
  return EXIT.yes;
}

/** Whoever holds a credential may ask every verifier what it said of it: the file is the handle. */
async function traceFile(client: NetworkClient, file: string, options: Options): Promise<CredentialTrace> {
  const credential = digestOf((await readBounded(file)).trim());
  const traces = await Promise.all(
    (await verifiersOf(client, options)).map(async (verifier) => {
      const query = new URLSearchParams({ limit: '1', credential });
      const { verdicts } = await client.get(`/v/${encodeURIComponent(verifier)}/verdicts?${query}`);
      const [latest] = (Array.isArray(verdicts) ? (verdicts as readonly Json[]) : []).filter(isJsonObject);
      return latest === undefined ? [] : [await traceVerdict(client, verifier, String(latest.id))];
    }),
  );
  return joinTraces(traces.flat());
}

function digestOf(text: string): string {
  const parse = parseCredential(text);
  if (parse.ok) return encodeBase64url(sha256(encodeUtf8(parse.issuerJwt.signingInput)));
  throw new CodedError('usage.file', 'This file holds no credential: give one, a verdict id or a label.');
}

/** A verdict of one of the verifiers, else a label of the issuer. */
async function traceHandle(client: NetworkClient, handle: string, options: Options): Promise<CredentialTrace> {
  for (const verifier of await verifiersOf(client, options)) {
    const found = await traceVerdict(client, verifier, handle).catch((error: unknown) => {
      if (isCodedError(error) && error.code === 'verdict.not-found') return undefined;
      throw error;
    });
    if (found !== undefined) return found;
  }
  const query = new URLSearchParams({ issuer: options.issuer, label: handle });
  return readTrace(await client.get(`/trace/credential?${query}`));
}

async function traceVerdict(client: NetworkClient, verifier: string, verdict: string): Promise<CredentialTrace> {
  return readTrace(await client.get(`/trace/credential?${new URLSearchParams({ verifier, verdict })}`));
}

async function verifiersOf(client: NetworkClient, { verifier }: Options): Promise<readonly string[]> {
  if (verifier !== undefined) return [verifier];
  const { parties } = await client.get('/parties');
  const known = (Array.isArray(parties) ? (parties as readonly Json[]) : []).filter(isJsonObject);
  return known.filter(({ kind }) => kind === 'verifier').map(({ id }) => String(id));
}
