import { readFile } from 'node:fs/promises';
import { CodedError, encodeBase64, parseBase64, parseJson, type Verdict, type VerdictRequest } from '@holdfast/core';
import { wordsOfNotEstablished, wordsOfReason } from '@holdfast/server';
import { type Policy, parsePolicy } from '@holdfast/verifier';
import { createStandaloneVerifier } from '@holdfast/verifier/node';
import type { Command } from 'commander';
import { createCommand, run } from '../command.ts';
import { EXIT, formatDuration, type Output } from '../output.ts';
import { parseMoment } from '../settings.ts';

type Options = {
  json?: boolean;
  trust?: string;
  nonce?: string;
  audience?: string;
  at?: number;
  offline?: boolean;
};

const MAX_FILE_BYTES = 8_388_608;
/** What JSON in a file may cost. */
export const FILE_BOUNDS = { maxLength: MAX_FILE_BYTES, maxDepth: 24 } as const;

/** `holdfast verify FILE`: no server, no database; strangers' keys and lists are fetched with the usual guards. */
export function verifyCommand(): Command {
  return createCommand('verify', "verify a credential or presentation, also a stranger's")
    .argument('<file>', 'a file with the credential, or - for standard input')
    .option('--trust <file-or-url>', 'certificates (PEM), a policy (JSON), or a Holdfast network to trust')
    .option('--nonce <nonce>', 'the nonce the presentation must be bound to')
    .option('--audience <audience>', 'the audience it must be made for')
    .option('--at <time>', 'judge as of this time', parseMoment)
    .action(run<Options>(verify));
}

async function verify(output: Output, options: Options, file = ''): Promise<number> {
  const text = (await readText(file)).trim();
  const policy = options.trust === undefined ? defaultPolicy() : await readPolicy(options.trust);
  const { nonce, audience, at } = options;
  const request: VerdictRequest = {
    class: 'view',
    freshness: { mode: 'any' },
    ...(nonce === undefined ? {} : { nonce }),
    ...(audience === undefined ? {} : { audience }),
  };
  const verifier = await createStandaloneVerifier(policy);
  const deadlineMs = 5000;
  const { verdict, parse, durationMs } = await verifier.verify(text, request, {
    deadlineMs,
    ...(at === undefined ? {} : { at }),
  });
  output.data({ verdict, durationMs });
  tellVerdict(output, verdict, file);
  if (!parse.ok) output.say(`  ${parse.detail}`);
  return exitCodeOf(verdict);
}

export function exitCodeOf({ outcome }: Verdict): number {
  if (outcome === 'valid') return EXIT.yes;
  return outcome === 'unknown' ? EXIT.unknown : EXIT.no;
}

/** A verdict for people: the answer first, then why, then what to do. */
export function tellVerdict(output: Output, verdict: Verdict, file: string): void {
  output.say(`${verdict.outcome.toUpperCase()}  ${verdict.type ?? file}`);
  for (const { code } of verdict.reasons) {
    const { operator, next } = wordsOfReason(code);
    output.say(`  ${operator}${next === '' ? '' : ` ${next}`}  (${code})`);
  }
  const { issuer } = verdict;
  if (issuer !== undefined) output.say(`  Issuer  ${issuer.id}, by ${issuer.source}, key ${issuer.key}`);
  for (const { name, result, why } of verdict.checks) {
    const mark = { passed: 'yes', failed: 'NO', skipped: '-' }[result];
    output.say(`  ${mark.padEnd(4)} ${name}${why === undefined ? '' : `  ${wordsOfReason(why).operator}`}`);
  }
  if (verdict.ageMs !== undefined) output.say(`  Evidence ${verdict.freshness}, ${formatDuration(verdict.ageMs)} old`);
  output.say(`  Not established: ${verdict.notEstablished.map(wordsOfNotEstablished).join('; ')}`);
  const isStranger = verdict.checks.some((check) => check.name === 'issuer-trust' && check.result === 'failed');
  if (isStranger && issuer !== undefined) {
    output.say();
    output.say('  If you know this issuer, say so in a policy and verify again:');
    output.say(`    echo '${trustingPolicy(issuer)}' > policy.json`);
    output.say(`    npx holdfast verify ${file} --trust policy.json`);
  }
}

function trustingPolicy(issuer: NonNullable<Verdict['issuer']>): string {
  const named = { issuer: issuer.id, key: issuer.key };
  const { fingerprint } = issuer;
  return JSON.stringify(
    fingerprint === undefined ? { id: 'mine', trustedIssuers: [named] } : { id: 'mine', anchors: [fingerprint] },
  );
}

function defaultPolicy(): Policy {
  return parsePolicy({ id: 'nobody', allowLoopback: true });
}

async function readText(file: string): Promise<string> {
  if (file !== '-') return readBounded(file);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    length += (chunk as Buffer).length;
    if (length > MAX_FILE_BYTES) throw tooLarge('standard input');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads a file from outside: bounded, and a sentence when it cannot be read. */
export async function readBounded(file: string): Promise<string> {
  const bytes = await readFile(file).catch((cause) => {
    throw new CodedError('usage.file', `The file ${file} cannot be read.`, { file }, cause);
  });
  if (bytes.length > MAX_FILE_BYTES) throw tooLarge(file);
  return bytes.toString('utf8');
}

function tooLarge(file: string): CodedError {
  return new CodedError('usage.file', `${file} is larger than ${MAX_FILE_BYTES} bytes.`, { file });
}

/** A policy file, certificates, or the certificates that a Holdfast network vouches for. */
async function readPolicy(trust: string): Promise<Policy> {
  const isUrl = /^https?:\/\//.test(trust);
  const text = isUrl ? await fetchAnchors(trust) : await readBounded(trust);
  if (text.trimStart().startsWith('{')) return parsePolicy(parseJson(text, FILE_BOUNDS));
  const anchors = [...text.matchAll(/-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g)].map(
    ([, body = '']) => encodeBase64(parseBase64(body.replace(/\s/g, ''))),
  );
  if (anchors.length === 0) {
    throw new CodedError('usage.trust', `${trust} has neither certificates (PEM) nor a policy (JSON).`);
  }
  return parsePolicy({ id: trust, anchors, allowLoopback: true });
}

async function fetchAnchors(origin: string): Promise<string> {
  try {
    const response = await fetch(new URL('/trust/anchors.pem', origin), {
      signal: AbortSignal.timeout(5000),
      redirect: 'error',
    });
    const text = await response.text();
    if (response.ok && text.length <= MAX_FILE_BYTES) return text;
  } catch (cause) {
    throw new CodedError('network.unreachable', `No Holdfast network answers at ${origin}.`, {}, cause);
  }
  throw new CodedError('network.answer', `${origin} does not say which certificates it vouches for.`);
}
