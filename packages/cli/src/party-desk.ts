import { stat } from 'node:fs/promises';
import {
  bindingDigest,
  CodedError,
  canonicalJson,
  type DecisionOpenings,
  type ExpectedDecision,
  grantOf,
  isJsonObject,
  type Json,
  type Party,
  type PartyKey,
  type PartyPower,
  parseCredential,
  parsePublicJwk,
  partySchema,
  powerForParty,
  type Rulebook,
  thumbprint,
} from '@holdfast/core';
import { readBounded } from './bounded-file.ts';
import { readJsonObject } from './json-file.ts';
import type { NetworkClient } from './network-client.ts';
import { joinOrPropose, type Proposal } from './officer-desk.ts';

export type PartyOptions = {
  readonly class?: string;
  readonly reason?: string;
  /** withdraw: of these types only. */
  readonly accreditation?: readonly string[];
  /** except: by which exception of the rulebook, and for how long in milliseconds. */
  readonly rule?: string;
  readonly for?: number;
  /** rotate: a file with the new public key, what it signs, and which key ends. */
  readonly key?: string;
  readonly use?: string;
  readonly retire?: string;
};

type Officer = Parameters<typeof joinOrPropose>[3];

/** A change of one party: what it makes of the entry at this time, and whether somebody else's entry means the same. */
type PartyChange = {
  readonly party: string;
  readonly change: (before: Party | undefined, now: number) => Party;
  readonly isMeant: (before: Party | undefined, after: Party) => boolean;
};

/** The powers that change a party's entry, as one officer uses them. */
export async function decidePartyAs(
  client: NetworkClient,
  officer: Officer,
  asked: { readonly power: PartyPower; readonly subject: string },
  options: PartyOptions,
): Promise<Proposal> {
  const { network, rulebook } = (await client.get('/rulebook')) as unknown as { network: string; rulebook: Rulebook };
  const { parties } = (await client.get('/parties')) as unknown as { parties: readonly Party[] };
  const { party: id, change, isMeant } = await readChange(asked, parties, options);
  const before = parties.find((party) => party.id === id);
  const wanted = change(before, Date.now());
  const power = powerForParty(rulebook, before, wanted);
  // Where nobody is granted the narrower power, what anybody accredits with does the same.
  if (power !== asked.power && power !== 'accredit') {
    throw new CodedError('usage.power', `This change of ${id} is one to ${power}: npx holdfast decide ${power}`);
  }
  const target = { genesis: network, power, targets: [{ party: id }] };
  const party = (await findOpen(client, target, (after) => isMeant(before, after))) ?? wanted;
  const request = { power, class: classOf(rulebook, power, options), party, ...reasonOf(options) };
  return joinOrPropose(client, { ...target, party: bindingDigest(party) }, request, officer);
}

function classOf(rulebook: Rulebook, power: PartyPower, options: PartyOptions): string {
  const classes = grantOf(rulebook, power)?.classes ?? [];
  const usual = power === 'compromise' ? 'key-compromise' : 'party-changed';
  return options.class ?? (classes.includes(usual) ? usual : (classes[0] ?? usual));
}

function reasonOf({ reason }: PartyOptions) {
  return reason === undefined ? {} : { reason };
}

/** What another officer has opened: the same change of the same entry, whatever time it names. */
async function findOpen(
  client: NetworkClient,
  { power, targets }: ExpectedDecision,
  isMeant: (after: Party) => boolean,
): Promise<Party | undefined> {
  const { decisions } = await client.get('/decisions');
  for (const json of Array.isArray(decisions) ? (decisions as readonly Json[]) : []) {
    if (!isJsonObject(json) || json.state !== 'collecting' || json.power !== power) continue;
    const opened = await client.get(`/decisions/${String(json.id)}/openings`);
    const { party } = (opened as unknown as { openings: DecisionOpenings }).openings;
    if (party !== undefined && canonicalJson([{ party: party.id }]) === canonicalJson(targets) && isMeant(party)) {
      return party;
    }
  }
  return undefined;
}

async function readChange(
  { power, subject }: { readonly power: PartyPower; readonly subject: string },
  parties: readonly Party[],
  options: PartyOptions,
): Promise<PartyChange> {
  switch (power) {
    case 'accredit':
    case 'enrol':
      return entryOf(await readParty(subject));
    case 'withdraw':
      return withdrawal(subject, options.accreditation ?? []);
    case 'rotate':
      return rotation(subject, options);
    case 'compromise':
      return compromise(await keyMeant(subject, parties));
    case 'except':
      return excepting(subject, options);
    default:
      return power satisfies never;
  }
}

function entryOf(party: Party): PartyChange {
  const isSame = (_: Party | undefined, after: Party) => canonicalJson(after) === canonicalJson(party);
  return { party: party.id, change: () => party, isMeant: isSame };
}

async function readParty(file: string): Promise<Party> {
  const parsed = partySchema.safeParse(await readJsonObject(file));
  if (parsed.success) return parsed.data;
  throw new CodedError('usage.party', `${file} describes no party of a network.`, { file });
}

const NAMED =
  'An issuer is named by its whole address, like http://localhost:4600/i/civic; GET /parties has all names.';

function known(party: string, before: Party | undefined): Party {
  if (before !== undefined) return before;
  throw new CodedError('usage.party', `The network has no party ${party}. ${NAMED}`, { party });
}

/** They end now, rather than never having been: what was issued before is judged by when they ended. */
function withdrawal(party: string, types: readonly string[]): PartyChange {
  const isNamed = (type: string) => types.length === 0 || types.includes(type);
  const change = (before: Party | undefined, now: number): Party => {
    const entry = known(party, before);
    const isOpen = (until: number | undefined) => until === undefined || until > now;
    const ended = entry.accreditations.map((granted) =>
      isNamed(granted.type) && isOpen(granted.until) ? { ...granted, until: Math.max(now, granted.from) } : granted,
    );
    return { ...entry, accreditations: ended };
  };
  const isMeant = (before: Party | undefined, after: Party) => {
    const latest = Math.max(0, ...after.accreditations.map(({ type, until }) => (isNamed(type) ? (until ?? 0) : 0)));
    const at = (time: number) => canonicalJson(timeless(change(before, time), 'accreditations'));
    return latest <= Date.now() && at(latest) === canonicalJson(timeless(after, 'accreditations'));
  };
  return { party, change, isMeant };
}

/** Accreditations of these types count for a while longer than they were given for. */
function excepting(party: string, { rule, accreditation = [], for: durationMs }: PartyOptions): PartyChange {
  const [type, ...more] = accreditation;
  if (rule === undefined || durationMs === undefined || type === undefined || more.length > 0) {
    throw new CodedError(
      'usage.party',
      'Say which exception, of what and for how long: --rule ID --accreditation TYPE --for 7d.',
    );
  }
  const until = (exceptedAt: number) => ({ exception: { rule, until: exceptedAt } });
  const change = (before: Party | undefined, now: number): Party => {
    const entry = known(party, before);
    const last = entry.accreditations.findLastIndex((granted) => granted.type === type && granted.until !== undefined);
    if (last < 0) throw new CodedError('usage.party', `No accreditation of ${party} for ${type} has an end.`);
    const accreditations = entry.accreditations.map((granted, i) =>
      i === last ? { ...granted, ...until(now + durationMs) } : granted,
    );
    return { ...entry, accreditations };
  };
  const isMeant = (before: Party | undefined, after: Party) => {
    const ends = after.accreditations.flatMap(({ exception }) => exception?.until ?? []);
    const latest = Math.max(0, ...ends);
    return (
      latest <= Date.now() + durationMs && canonicalJson(change(before, latest - durationMs)) === canonicalJson(after)
    );
  };
  return { party, change, isMeant };
}

/** The entry without the times that two officers would write differently. */
function timeless(party: Party, member: 'accreditations' | 'keys'): unknown {
  if (member === 'keys') {
    return {
      ...party,
      keys: party.keys.map((key) => (key.compromised === undefined ? key : { ...key, compromised: 0 })),
    };
  }
  return { ...party, accreditations: party.accreditations.map((granted) => ({ ...granted, until: 0 })) };
}

async function rotation(party: string, { key, use = 'credential', retire }: PartyOptions): Promise<PartyChange> {
  if (key === undefined && retire === undefined) {
    throw new CodedError('usage.party', 'Say which key comes, or which one ends: --key FILE, --retire THUMBPRINT.');
  }
  const added: PartyKey[] = key === undefined ? [] : [await readKey(key, use)];
  // Until the new key is in force the old one signs, so it ends no sooner than the decision can be carried out.
  const overlapMs = added.length > 0 ? OVERLAP_MS : 0;
  const change = (before: Party | undefined, now: number): Party => {
    const entry = known(party, before);
    assertNotStolen(entry, added);
    const kept = entry.keys.flatMap((one) => (thumbprint(one.key) === retire ? retired(one, now + overlapMs) : [one]));
    const others = kept.filter((one) => !added.some((key) => key.use === one.use && isSameKey(key, one)));
    return { ...entry, keys: [...others, ...added] };
  };
  const isMeant = (before: Party | undefined, after: Party) => {
    const end = after.keys.find((one) => thumbprint(one.key) === retire)?.until ?? 0;
    const proposedAt = Math.max(0, end - overlapMs);
    return proposedAt <= Date.now() && canonicalJson(change(before, proposedAt)) === canonicalJson(after);
  };
  return { party, change, isMeant };
}

/**
 * What it signed before it ended stays signed where that can be looked up by its date: so its end is entered. Approvals and
 * credentials count by keys that are there, and these keys go.
 */
function retired(key: PartyKey, until: number): readonly PartyKey[] {
  if (key.compromised !== undefined) return [key];
  return key.use === 'approval' || key.use === 'credential' ? [] : [{ ...key, until }];
}

function assertNotStolen({ id, keys }: Party, added: readonly PartyKey[]): void {
  const stolen = keys.find((one) => one.compromised !== undefined && added.some((key) => isSameKey(key, one)));
  if (stolen === undefined) return;
  throw new CodedError('usage.key', `This key of ${id} was declared stolen: nobody can bring it back.`);
}

/** As long as one signature waits for the others. */
const OVERLAP_MS = 7 * 86_400_000;

function isSameKey(a: PartyKey, b: PartyKey): boolean {
  return thumbprint(a.key) === thumbprint(b.key);
}

const USES: readonly string[] = ['statement', 'credential', 'approval', 'verdict', 'acceptance'];

async function readKey(file: string, use: string): Promise<PartyKey> {
  if (!USES.includes(use)) throw new CodedError('usage.party', `A key is for one of these: ${USES.join(', ')}.`);
  return { use: use as PartyKey['use'], key: parsePublicJwk(await readJsonObject(file)) };
}

type KeyMeant = { readonly party: string; readonly key: string };

function compromise({ party, key }: KeyMeant): PartyChange {
  const change = (before: Party | undefined, now: number): Party => {
    const entry = known(party, before);
    const mark = (one: PartyKey) =>
      thumbprint(one.key) === key && one.compromised === undefined ? { ...one, compromised: now } : one;
    return { ...entry, keys: entry.keys.map(mark) };
  };
  const isMeant = (before: Party | undefined, after: Party) =>
    canonicalJson(timeless(change(before, 0), 'keys')) === canonicalJson(timeless(after, 'keys'));
  return { party, change, isMeant };
}

/** By its thumbprint, by a credential that it signed, or by the party that has no other key like it. */
async function keyMeant(subject: string, parties: readonly Party[]): Promise<KeyMeant> {
  const credential = await readCredential(subject);
  const named = parties.find(({ id }) => id === subject);
  const wanted = credential?.key ?? (named === undefined ? subject : onlyKeyOf(named));
  const holders = parties.filter(
    ({ id, keys }) =>
      (credential === undefined || credential.issuer === id) && keys.some(({ key }) => thumbprint(key) === wanted),
  );
  const [party, ...others] = holders;
  if (party === undefined) {
    throw new CodedError('usage.key', 'No party of this network has this key.', { key: wanted });
  }
  if (others.length > 0) {
    const names = holders.map(({ id }) => id);
    throw new CodedError('usage.key', `Several parties have this key: name one of them. ${names.join(', ')}`, {
      names,
    });
  }
  return { party: party.id, key: wanted };
}

/** What one would mean by a party's key: the one that signs its credentials, or its only one. */
function onlyKeyOf({ id, keys }: Party): string {
  const sound = keys.filter(({ compromised }) => compromised === undefined);
  const credential = sound.filter(({ use }) => use === 'credential');
  const [key, ...others] = credential.length > 0 ? credential : sound;
  if (key !== undefined && others.length === 0) return thumbprint(key.key);
  throw new CodedError('usage.key', `${id} has ${others.length + 1} keys of a kind: name one by its thumbprint.`, {
    keys: sound.map((one) => thumbprint(one.key)),
  });
}

async function readCredential(file: string): Promise<{ readonly issuer: string; readonly key: string } | undefined> {
  if (!(await stat(file).catch(() => undefined))?.isFile()) return undefined;
  const parse = parseCredential((await readBounded(file)).trim());
  if (!parse.ok) throw new CodedError('usage.key', `${file} is no credential.`, { file });
  const { issuer, header } = parse;
  if (issuer !== undefined && header.kid !== undefined) return { issuer, key: header.kid };
  throw new CodedError('usage.key', `The credential in ${file} does not name its key: name it by its thumbprint.`);
}
