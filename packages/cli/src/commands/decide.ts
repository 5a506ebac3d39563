import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  CodedError,
  type DecisionTarget,
  grantOf,
  isJsonObject,
  PARTY_POWERS,
  type PartyPower,
  type Power,
  type Rulebook,
} from '@holdfast/core';
import { createKeyFilesSigner, type Signer } from '@holdfast/server/client';
import { refusalWords } from '@holdfast/verifier';
import type { Command } from 'commander';
import { againFlags, USUAL_ISSUER } from '../again.ts';
import { type AmendmentReview, amendAs, cancelAs } from '../amendment-desk.ts';
import { type BulkRequest, decideBulkAs, readPlaces } from '../bulk-desk.ts';
import { createCommand, run } from '../command.ts';
import { fetchHandles, handleLines } from '../handles-of.ts';
import { rotateLogKey } from '../log-key-desk.ts';
import { parseLogSource } from '../log-source.ts';
import { createNetworkClient, findAdminKey, type NetworkClient } from '../network-client.ts';
import { joinOrPropose, type Proposal } from '../officer-desk.ts';
import { EXIT, formatDuration, type Output } from '../output.ts';
import { decidePartyAs, type PartyOptions } from '../party-desk.ts';
import { dateOf } from '../program/words.ts';
import { type RecogniseOptions, recogniseAs } from '../recognise.ts';
import { changeLines } from '../rulebook/change-words.ts';
import { findingLines } from '../rulebook/check.ts';
import { DEFAULTS, parseDuration, parseMoment, parseOrigin, placeFlags } from '../settings.ts';
import { type SuccessionOptions, succeed } from '../succession-desk.ts';
import { nameWitnesses, parseQuorum, parseWitnessFlag, witnessesFrom } from '../witness-desk.ts';

type Options = {
  json?: boolean;
  url: string;
  data: string;
  issuer: string;
  as: string;
  class?: string;
  reason?: string;
  for?: number;
  overlap: number;
  compromised?: boolean;
  witness?: string[];
  quorum?: number;
  emergency?: boolean;
  look?: boolean;
  despiteErrors?: boolean;
  places?: string;
} & RecogniseOptions &
  PartyOptions &
  Pick<SuccessionOptions, 'from' | 'logName'>;

/** `holdfast revoke LABEL --as OFFICER`: one officer's signature; the rulebook says how many it takes. */
export function revokeCommand(): Command {
  return officerOptions(createCommand('revoke', 'revoke the credentials issued under a label, as one officer'))
    .argument('<label>', 'the label only the issuer knows')
    .action(run<Options>((output, options, label = '') => decide(output, options, 'revoke', label)));
}

const WEEK_MS = 604_800_000;

/** `holdfast decide POWER LABEL --as OFFICER`: powers over credentials, and over the key of the log. */
export function decideCommand(): Command {
  return officerOptions(createCommand('decide', 'use a power of the rulebook, as one officer'))
    .argument('<power>', POWER_WORDS)
    .argument('[subject]', 'the label only the issuer knows; for other powers see below')
    .option('--type <theirs=ours...>', 'recognise: types of that network, and the types they count as here')
    .option('--level <assurance>', 'recognise: what they count for at most: low, substantial or high')
    .option('--until <time>', 'recognise: when that ends', parseMoment)
    .option('--end', 'recognise: take nothing of it any more')
    .option('--for <duration>', 'how long a suspension lasts at most, like 7d', parseDuration)
    .option('--overlap <duration>', 'how long the old key of the log signs as well, like 7d', parseDuration, WEEK_MS)
    .option('--compromised', 'a thief may have the old key of the log: it stops at once')
    .option('--witness <witness>', 'with name-witnesses: "VKEY URL" of one; may be repeated', parseWitnessFlag)
    .option('--quorum <count>', 'with name-witnesses: how many of them it takes; default more than half', parseQuorum)
    .option('--emergency', 'amend: at once, only what tightens, and it lapses; --for how long')
    .option('--look', 'amend: say what would change, and sign nothing')
    .option('--despite-errors', 'amend: sign although the check of the rulebook finds errors in it')
    .option('--places <file>', 'revoke, suspend, lift: many at once, a line LIST INDEX for each')
    .option('--accreditation <type...>', 'withdraw: only for these types')
    .option('--rule <id>', 'except: which exception of the rulebook; with --accreditation and --for')
    .option('--key <file>', 'rotate: the new public key, as a JWK')
    .option(
      '--use <use>',
      'rotate: what it signs: credential, statement, approval, verdict or acceptance',
      'credential',
    )
    .option('--retire <thumbprint>', 'rotate: the key that is taken out')
    .option(
      '--from <copy>',
      'succeed: a copy of the old log; of several the furthest counts: a folder, an address, a follower’s database',
      (text, before: readonly string[] = []) => [...before, parseLogSource(text)],
    )
    .option('--log-name <name>', 'succeed: what the new log is called; default the old name with the next number')
    .addHelpText('after', SUBJECT_WORDS)
    .action(
      run<Options>(async (output, options, power = '', subject) => {
        if (power === 'rotate-log-key') return rotate(output, options);
        if (power === 'name-witnesses') return witnesses(output, options);
        if ((power === 'amend' || power === 'cancel') && subject !== undefined)
          return amend(output, options, power, subject);
        if (power === 'succeed' && subject !== undefined) {
          return succeed(output, options, { file: subject, officer: await openOfficer(options.data, options.as) });
        }
        if (options.places !== undefined) return decideBulk(output, options, power);
        if (subject === undefined) throw new CodedError('usage.power', `Whose credentials? ${power} LABEL`);
        if (power === 'recognise' || isPartyPower(power)) return decideOther(output, options, power, subject);
        return decide(output, options, parsePower(power), subject);
      }),
    );
}

const POWER_WORDS = `revoke, suspend, lift, reinstate, unseal, ${PARTY_POWERS.join(', ')}, amend, cancel, recognise, rotate-log-key, name-witnesses or succeed`;

/** What each power is used on. */
const SUBJECT_WORDS = `
Subjects:
  revoke, suspend, lift   LABEL             the label only the issuer knows
  reinstate               LABEL             its holder may be given another credential; this one stays revoked
  unseal                  LABEL             the roles say which of what they told is about this credential
  accredit, enrol         FILE              the entry that the party or the officer will have
  withdraw                PARTY             its accreditations end now; --accreditation TYPE for some of them
  rotate                  PARTY             --key FILE for another key, --retire THUMBPRINT for one that ends
  compromise              KEY|CREDENTIAL|PARTY
                                            a thumbprint, a file with a credential that it signed, or whose key it is:
                                            everything it signed is revoked with the next epoch
  except                  PARTY             an accreditation that has ended counts for a while: --rule, --accreditation, --for
  amend                   FILE              the rulebook that will be in force; --emergency: at once, for a while
  cancel                  ENTRY             the entry that announced an amendment, or a program's next version
  recognise               URL               where the other network answers
  succeed                 FILE              where approvals are collected for a new log; --from a copy of the old one
`;

async function amend(output: Output, options: Options, power: 'amend' | 'cancel', subject: string): Promise<number> {
  const client = createNetworkClient({ url: options.url, adminKey: await findAdminKey(options.data) });
  const officer = { signer: (await openOfficer(options.data, options.as)).signer, name: 'approval' };
  let seen: AmendmentReview | undefined;
  const review = (found: AmendmentReview) => {
    seen = found;
    for (const line of changeLines(found.changes)) output.say(line);
    if (found.findings.length > 0) for (const line of findingLines(found.findings)) output.say(line);
  };
  const proposal =
    power === 'amend'
      ? await amendAs(client, officer, subject, options, review)
      : await cancelAs(client, officer, subject, options);
  output.data({ ...proposal?.json, ...seen });
  if (proposal === undefined) return EXIT.yes;
  const flags = `${options.emergency === true ? ' --emergency' : ''}${options.despiteErrors === true ? ' --despite-errors' : ''}`;
  const again = `decide ${power} ${subject}${flags}`;
  return tellProposal(output, proposal, { power, label: subject, officer: options.as, again, place: options });
}

function isPartyPower(power: string): power is PartyPower {
  return PARTY_POWERS.some((known) => known === power);
}

async function rotate(output: Output, options: Options): Promise<number> {
  const client = createNetworkClient({ url: options.url, adminKey: await findAdminKey(options.data) });
  const officer = await openOfficer(options.data, options.as);
  const rotation = {
    overlapMs: options.overlap,
    isCompromised: options.compromised === true,
    class: options.class ?? USUAL_CLASS,
  };
  const { proposal, log } = await rotateLogKey(client, rotation, { signer: officer.signer, name: 'approval' });
  output.data({ ...proposal.json, log });
  output.say(`The key of the log ${log.origin} becomes ${log.vkey}`);
  if (log.previous !== undefined)
    output.say(`  ${log.previous.vkey} signs as well until ${dateOf(log.previous.until)}`);
  for (const key of log.compromised ?? []) output.say(`  ${key.vkey} counts for nothing from size ${key.from} on`);
  const again = 'decide rotate-log-key';
  return tellProposal(output, proposal, {
    power: 'amend',
    label: 'the key of the log',
    officer: options.as,
    again,
    place: options,
  });
}

/** All witnesses of the network from then on: those it has and are not named here are no more. */
async function witnesses(output: Output, options: Options): Promise<number> {
  const client = createNetworkClient({ url: options.url, adminKey: await findAdminKey(options.data) });
  const officer = await openOfficer(options.data, options.as);
  const named = witnessesFrom(options.witness ?? [], options.quorum);
  const asked = { witnesses: named, class: options.class };
  const proposal = await nameWitnesses(client, asked, { signer: officer.signer, name: 'approval' });
  output.data({ ...proposal.json, witnesses: named });
  output.say(`Of these witnesses ${named.quorum} must confirm what the log says:`);
  for (const { vkey, url } of named.members) output.say(`  ${vkey}${url === undefined ? '' : ` at ${url}`}`);
  const flags = (options.witness ?? []).map((text) => `--witness "${text}"`).join(' ');
  const again = `decide name-witnesses ${flags}${options.quorum === undefined ? '' : ` --quorum ${options.quorum}`}`;
  const told = { power: 'amend' as const, label: 'the witnesses', officer: options.as, again, place: options };
  const exit = tellProposal(output, proposal, told);
  if (exit === EXIT.yes)
    output.say('  It takes effect when the notice of the rulebook is over: see GET /rulebook, scheduled.');
  return exit;
}

function officerOptions(command: Command): Command {
  return command
    .requiredOption('--as <officer>', 'who signs; the key lies in the data folder of this machine')
    .option('--class <class>', 'the public class of reason')
    .option('--reason <words>', 'private words, for officers and for the person concerned')
    .option('--issuer <id>', 'the issuer', USUAL_ISSUER)
    .option('--url <origin>', 'the network', parseOrigin, DEFAULTS.url)
    .option('--data <folder>', 'where the keys lie', DEFAULTS.data);
}

const STATUS_POWERS = ['revoke', 'suspend', 'lift', 'reinstate', 'unseal'] as const;
type StatusPower = (typeof STATUS_POWERS)[number];

function parsePower(power: string): StatusPower {
  const known = STATUS_POWERS.find((one) => one === power);
  if (known !== undefined) return known;
  throw new CodedError('usage.power', `There is no power ${power} here: ${POWER_WORDS}.`);
}

async function decide(output: Output, options: Options, power: StatusPower, label: string): Promise<number> {
  const client = createNetworkClient({ url: options.url, adminKey: await findAdminKey(options.data) });
  const officer = await openOfficer(options.data, options.as);
  const reasonClass = await classFor(client, power, options.class);
  const proposal = await decideAs(client, { power, label, officer, ...options, class: reasonClass });
  const handles = power === 'unseal' ? await fetchHandles(client, proposal) : undefined;
  output.data(handles === undefined ? proposal.json : { ...proposal.json, handles });
  for (const line of handleLines(handles ?? [])) output.say(line);
  const again = `${power === 'revoke' ? 'revoke' : `decide ${power}`} ${label}${againFlags(options)}`;
  return tellProposal(output, proposal, { power, label, officer: options.as, again, place: options });
}

/** Why, as the public reads it. A reason is never guessed where the rules know none that is usual. Throws `usage.class`. */
async function classFor(client: NetworkClient, power: Power, asked: string | undefined): Promise<string> {
  if (asked !== undefined) return asked;
  const { rulebook } = (await client.get('/rulebook')) as unknown as { readonly rulebook: Rulebook };
  const classes = grantOf(rulebook, power)?.classes ?? [USUAL_CLASS];
  if (classes.includes(USUAL_CLASS)) return USUAL_CLASS;
  throw new CodedError('usage.class', `Say why, as the rules have it: --class, one of ${classes.join(', ')}.`, {
    classes,
  });
}

const USUAL_CLASS = 'residence-ended';

/** Exit 0 when all parts are carried out. Whoever repeats it goes on where it broke off. */
async function decideBulk(output: Output, options: Options, named: string): Promise<number> {
  const power = parsePower(named);
  if (options.places === undefined || power === 'reinstate' || power === 'unseal') {
    throw new CodedError('usage.power', 'Many are revoked, suspended or lifted at once, and nothing else.');
  }
  const places = await readPlaces(options.places);
  const client = createNetworkClient({ url: options.url, adminKey: await findAdminKey(options.data) });
  const officer = { signer: (await openOfficer(options.data, options.as)).signer, name: 'approval' };
  const asked: BulkRequest = {
    power,
    class: await classFor(client, power, options.class),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.for === undefined || power !== 'suspend' ? {} : { durationMs: options.for }),
  };
  const parts = await decideBulkAs(client, officer, asked, places, (done, total) => {
    output.say(`  ${done} of ${total} decisions signed`);
  });
  const open = parts.filter(({ state }) => state !== 'carried-out').length;
  output.data({ places: places.length, decisions: parts.map(({ id, state }) => ({ id, state })), open });
  if (open === 0) output.say(`Done: ${power} ${places.length} credentials, in ${parts.length} decisions.`);
  else
    output.say(
      `${options.as} has signed all ${parts.length} decisions; ${open} need another officer, by this command.`,
    );
  return open === 0 ? EXIT.yes : EXIT.unknown;
}

/** Another network, or a party of ours: named by where it answers, or by the file that describes it. */
async function decideOther(
  output: Output,
  options: Options,
  power: 'recognise' | PartyPower,
  subject: string,
): Promise<number> {
  const client = createNetworkClient({ url: options.url, adminKey: await findAdminKey(options.data) });
  const officer = await openOfficer(options.data, options.as);
  const proposal =
    power === 'recognise'
      ? await recogniseAs(client, officer, parseOrigin(subject), options)
      : await decidePartyAs(client, { signer: officer.signer, name: 'approval' }, { power, subject }, options);
  output.data(proposal.json);
  const again = `decide ${power} ${subject}${againFlags(options)}`;
  return tellProposal(output, proposal, { power, label: subject, officer: options.as, again, place: options });
}

export type Officer = { readonly id: string; readonly signer: Signer };

/** An officer's key on this machine. Throws `officer.unknown`. */
export async function openOfficer(data: string, id: string): Promise<Officer> {
  const keys = join(data, 'keys');
  const isThere = /^[a-z0-9-]{1,64}$/.test(id) && existsSync(join(keys, id));
  // Opening a folder of keys would make it.
  const isElsewhere = () =>
    new CodedError('officer.unknown', `The key of ${id} does not lie in ${keys}; say with --data where it does.`);
  if (!isThere) throw isElsewhere();
  const signer = await createKeyFilesSigner({
    directory: join(keys, id),
    passphrasePath: join(keys, `${id}.passphrase`),
  });
  if (!(await signer.readNames()).includes('approval')) throw isElsewhere();
  return { id, signer };
}

/** Finds or opens the decision on a label, checks what it says, and approves it as this officer. */
export async function decideAs(
  client: NetworkClient,
  asked: {
    readonly power: StatusPower;
    readonly label: string;
    readonly officer: Officer;
    readonly issuer: string;
    readonly class: string;
    readonly reason?: string;
    readonly for?: number;
  },
): Promise<Proposal> {
  const { power, label, officer, issuer, reason } = asked;
  const found = await findTargets(client, issuer, label);
  // Of the copies that somebody was given one stands for all: they are given another credential, not these back. And each
  // copy is joined by a decision of its own.
  const targets = power === 'reinstate' || power === 'unseal' ? found.slice(0, 1) : found;
  const { network } = await client.get('/rulebook');
  const request = {
    power,
    targets,
    class: asked.class,
    ...(reason === undefined ? {} : { reason }),
    ...(asked.for === undefined ? {} : { durationMs: asked.for }),
  };
  const expected = { genesis: String(network), power: power as Power, targets };
  return joinOrPropose(client, expected, request, { signer: officer.signer, name: 'approval' });
}

export async function findTargets(client: NetworkClient, issuer: string, label: string): Promise<DecisionTarget[]> {
  const path = `/i/${encodeURIComponent(issuer)}/credentials?label=${encodeURIComponent(label)}`;
  const found: unknown = await client.getList(path);
  const targets = (found as readonly unknown[])
    .filter(isJsonObject)
    .map(({ list, index }) => ({ list: String(list), index: Number(index) }));
  if (targets.length === 0) {
    const words = `No credential was issued under the label ${label}: an offer that no wallet has taken up is none yet.`;
    throw new CodedError('revoke.nobody', words, { label });
  }
  return targets;
}

export function tellProposal(
  output: Output,
  proposal: Proposal,
  asked: {
    power: Power;
    label: string;
    officer: string;
    place: { readonly url: string; readonly data: string };
    /** What another officer has to type. */
    again: string;
  },
): number {
  const signed = proposal.approvals.map(({ officer }) => officer).join(' and ');
  if (proposal.state === 'carried-out') {
    const position = proposal.json.position;
    const seen = isJsonObject(position) ? ` Whoever has seen #${Number(position.size) - 1} knows.` : '';
    output.say(`Done: ${asked.power} ${asked.label}, signed by ${signed}.${seen}`);
    return EXIT.yes;
  }
  if (proposal.state === 'collecting' || proposal.state === 'authorised') {
    const missing = proposal.needed - proposal.approvals.length;
    const left = formatDuration(proposal.dueAt - Date.now());
    output.say(
      `${signed} signed. One officer is not enough: ${missing} more of ${proposal.needed} must sign before anything changes.`,
    );
    output.say(`  Without that it lapses in ${left}, on ${dateOf(proposal.dueAt)}, and nothing has changed.`);
    output.say(`  npx holdfast ${asked.again} --as ANOTHER-OFFICER${placeFlags(asked.place)}`);
    return EXIT.unknown;
  }
  const { why } = proposal.json;
  output.say(`Not done: the decision is ${proposal.state}${typeof why === 'string' ? `: ${refusalWords(why)}` : ''}.`);
  return EXIT.no;
}
