import { CodedError, type Verdict, type VerdictRequest } from '@holdfast/core';
import { wordsOfReason } from '@holdfast/server/spec';
import type { Verifier } from '@holdfast/verifier';
import { createStandaloneVerifier } from '@holdfast/verifier/node';
import type { Command } from 'commander';
import { askVerifier } from '../ask-verifier.ts';
import { readBounded } from '../bounded-file.ts';
import { openBundleFile } from '../bundle/open.ts';
import { createCommand, run } from '../command.ts';
import { EXIT, formatAge, type Output } from '../output.ts';
import { defaultPolicy, readPolicy } from '../policy-file.ts';
import { dateOf } from '../program/words.ts';
import { DEFAULTS, parseMoment, parseOrigin } from '../settings.ts';

type Options = {
  json?: boolean;
  trust?: string;
  bundle?: string;
  network?: string;
  nonce?: string;
  audience?: string;
  at?: number;
  ask?: string;
  url: string;
};

const DEADLINE_MS = 5000;

/** `holdfast verify FILE`: no server, no database; strangers' keys and lists are fetched with the usual guards. */
export function verifyCommand(): Command {
  return createCommand('verify', "verify a credential or presentation, also a stranger's")
    .argument('<file>', 'a file with the credential, or - for standard input')
    .option('--trust <file-or-url>', 'certificates (PEM), a policy (JSON), or a Holdfast network to trust')
    .option('--bundle <file>', 'what was taken along of a network, for verifying without one: see bundle make')
    .option('--network <digest>', 'the name that the network of the bundle ought to have')
    .option('--nonce <nonce>', 'the nonce the presentation must be bound to')
    .option('--audience <audience>', 'the audience it must be made for')
    .option('--at <time>', 'judge as of this time', parseMoment)
    .option('--ask <verifier>', 'ask this running verifier instead of judging here')
    .option('--url <origin>', 'with --ask: where it answers', parseOrigin, DEFAULTS.url)
    .action(run<Options>(verify));
}

async function verify(output: Output, options: Options, file = ''): Promise<number> {
  const text = (await readBounded(file)).trim();
  if (text === '') throw new CodedError('usage.file', `There is nothing in ${file}.`, { file });
  if (options.ask !== undefined) return askOther(output, { ...options, ask: options.ask }, { file, text });
  const { nonce, audience, at } = options;
  const request: VerdictRequest = {
    class: 'view',
    freshness: { mode: 'any' },
    ...(nonce === undefined ? {} : { nonce }),
    ...(audience === undefined ? {} : { audience }),
  };
  const verifier = await createVerifierFor(options);
  const { verdict, parse, durationMs } = await verifier.verify(text, request, {
    deadlineMs: DEADLINE_MS,
    ...(at === undefined ? {} : { at }),
  });
  output.data({ verdict, durationMs });
  tellVerdict(output, verdict, {
    file,
    ...(parse.ok ? {} : { detail: parse.detail }),
    ...(parse.ok && parse.issuer !== undefined ? { named: parse.issuer } : {}),
  });
  tellNetwork(output, verdict, options);
  return exitCodeOf(verdict);
}

/** Whose network it was is then the file's own word, and whoever may change the file may change that. */
function tellNetwork(output: Output, { basis }: Verdict, { bundle, network }: Options): void {
  const name = basis.rulebook?.network;
  if (bundle === undefined || network !== undefined || name === undefined) return;
  output.say('');
  output.say(`  The bundle says that its network is ${name}. If that is the one you mean, name it:`);
  output.say(`    --network ${name}`);
}

/** With a bundle nothing is fetched: its network as it was, by its policy unless another is given. */
async function createVerifierFor({ trust, bundle, network }: Options): Promise<Verifier> {
  const policy = trust === undefined ? undefined : await readPolicy(trust);
  if (bundle === undefined) return createStandaloneVerifier(policy ?? defaultPolicy());
  const named = network === undefined ? {} : { network };
  return (await openBundleFile(bundle, { ...named, ...(policy === undefined ? {} : { policy }) })).offline;
}

/** Somebody else's answer, told like ours. */
async function askOther(
  output: Output,
  { ask, ...asked }: Options & { readonly ask: string },
  { file, text }: { readonly file: string; readonly text: string },
): Promise<number> {
  const { id, verdict, durationMs } = await askVerifier(text, { ...asked, verifier: ask });
  output.data({ id, verdict, durationMs });
  tellVerdict(output, verdict, { file });
  return exitCodeOf(verdict);
}

function exitCodeOf({ outcome }: Verdict): number {
  if (outcome === 'valid') return EXIT.yes;
  return outcome === 'unknown' ? EXIT.unknown : EXIT.no;
}

type Presented = {
  readonly file: string;
  /** Why the text could not be read. */
  readonly detail?: string;
  /** The issuer as the credential names it, which proves nothing. */
  readonly named?: string;
};

/** A verdict for people: the answer first, then why, then what to do. */
function tellVerdict(output: Output, verdict: Verdict, presented: Presented): void {
  const { file, detail, named } = presented;
  output.say(`${verdict.outcome.toUpperCase()}  ${tame(verdict.type ?? file)}`);
  if (detail !== undefined) output.say(`  ${tame(detail)}`);
  for (const { code } of verdict.reasons) {
    const { operator, next } = wordsOfReason(code);
    output.say(`  ${operator}${next === '' ? '' : ` ${next}`}  (${code})`);
  }
  const { issuer } = verdict;
  if (issuer !== undefined) {
    output.say(`  Issuer  ${tame(issuer.id)}, by ${issuer.source}`);
    output.say(`          key ${issuer.key}`);
    if (issuer.fingerprint !== undefined) output.say(`          vouched for by certificate ${issuer.fingerprint}`);
  } else if (named !== undefined) {
    output.say(`  Issuer  ${tame(named)}, says the credential; nothing has confirmed it`);
  }
  const { recognised } = verdict;
  if (recognised !== undefined) {
    const most = issuer?.assurance === undefined ? '' : `, assurance ${issuer.assurance}`;
    output.say(`  Counts  as ${tame(recognised.as)} until ${dateOf(recognised.until)}${most}`);
    output.say(`          issued in another network, ${issuer?.network ?? ''}`);
  }
  for (const { name, result, why } of verdict.checks) {
    if (why === 'not-reached') continue;
    const mark = { passed: 'yes', failed: 'NO', skipped: '-' }[result];
    output.say(
      `  ${mark.padEnd(4)} ${name.padEnd(16)} ${why === undefined ? '' : wordsOfReason(why).operator}`.trimEnd(),
    );
  }
  const [position] = verdict.basis.positions;
  if (position !== undefined) output.say(`  Seen     up to #${position.size - 1} of ${tame(position.log)}`);
  if (verdict.ageMs !== undefined) output.say(`  Evidence ${verdict.freshness}, ${formatAge(verdict.ageMs)}`);
  output.say('  Not established:');
  for (const code of verdict.notEstablished) output.say(`       ${wordsOfReason(code).operator}`);
  tellHowToTrust(output, verdict, presented);
}

function tellHowToTrust(output: Output, { checks, issuer }: Verdict, { file, named }: Presented): void {
  if (!checks.some(({ name, result }) => name === 'issuer-trust' && result === 'failed')) return;
  if (issuer === undefined && named === undefined) return;
  output.say();
  if (issuer !== undefined) {
    output.say('  If you know this issuer, say so in a policy and verify again:');
    output.say(`    echo ${quote(policyFor(issuer))} > policy.json`);
  } else {
    output.say("  If you have this issuer's key, put it into a policy and verify again:");
    const key = { kty: 'EC', crv: 'P-256', x: '...', y: '...' };
    output.say(
      `    echo ${quote(JSON.stringify({ id: 'mine', trustedIssuers: [{ issuer: named, key }] }))} > policy.json`,
    );
  }
  output.say(`    npx holdfast verify ${quote(file)} --trust policy.json`);
}

function policyFor({ id, key, fingerprint }: NonNullable<Verdict['issuer']>): string {
  return JSON.stringify(
    fingerprint === undefined
      ? { id: 'mine', trustedIssuers: [{ issuer: id, key }] }
      : { id: 'mine', anchors: [fingerprint] },
  );
}

/** A stranger's text on our terminal: without the characters that move its cursor or turn its direction around. */
function tame(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?').slice(0, 1000);
}

/** A word that a shell takes as it is: what a stranger named must not become a command when the line is pasted. */
function quote(word: string): string {
  const safe = tame(word);
  return /^[\w./:@%+=-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", "'\\''")}'`;
}
