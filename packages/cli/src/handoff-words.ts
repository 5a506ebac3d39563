import {
  CodedError,
  HANDOFF_KINDS,
  HANDOFF_NEXT,
  type Handoff,
  isJsonObject,
  type JsonObject,
  type OpenHandoffs,
} from '@holdfast/core';
import type { NetworkClient } from './network-client.ts';
import { formatDuration, formatTime } from './output.ts';
import { moneyIn } from './program/words.ts';

/** What is known to be on its way, and which roles do not say what waits at them. */
export type KnownHandoffs = OpenHandoffs & { readonly silent: readonly string[] };

/** `GET /handoffs`. Throws `network.answer`. */
export async function fetchHandoffs(client: NetworkClient): Promise<KnownHandoffs> {
  const { handoffs, more, silent } = await client.get('/handoffs?silent=named');
  return {
    handoffs: (Array.isArray(handoffs) ? handoffs : []).filter(isJsonObject).map(readHandoff),
    more: typeof more === 'number' ? more : 0,
    silent: (Array.isArray(silent) ? silent : []).map(String),
  };
}

/** Whose crossings are missing in what is told; undefined where nobody's are. */
export function sayMissing(silent: readonly string[]): string | undefined {
  if (silent.length === 0) return undefined;
  const [does, it] = silent.length === 1 ? ['does', 'it'] : ['do', 'them'];
  return `${silent.join(', ')} ${does} not answer: what waits at ${it} is not known. Why: npx holdfast doctor`;
}

function readHandoff(json: JsonObject): Handoff {
  const { amount, dueBy } = json;
  const text = (name: string) => String(json[name] ?? '');
  const what = HANDOFF_KINDS.find((kind) => kind === json.what);
  const next = HANDOFF_NEXT.find((step) => step === json.next);
  if (what === undefined || next === undefined) {
    throw new CodedError('network.answer', 'The network told of a crossing of a kind that is not known here.');
  }
  return {
    what,
    of: text('of'),
    giver: text('giver'),
    receiver: text('receiver'),
    owner: text('owner'),
    count: Number(json.count ?? 1),
    ...(typeof amount === 'string' && /^[0-9]{1,60}$/.test(amount) ? { amount: BigInt(amount) } : {}),
    since: Number(json.since),
    ...(typeof dueBy === 'number' ? { dueBy } : {}),
    ...(typeof json.case === 'string' ? { case: json.case } : {}),
    next,
  };
}

/** The program that a handoff belongs to: transfers are named `post.PROGRAM.APPLICATION`. */
export function programOf({ what, of }: Handoff): string | undefined {
  if (what === 'decision' || what === 'event' || what === 'incident') return undefined;
  return what === 'settlement' ? (of.split('.')[1] ?? of) : of;
}

/** Lines on their way to one rail are told as one: there may be thousands, and each is in `--json`. */
export function groupHandoffs(handoffs: readonly Handoff[]): Handoff[] {
  const groups = new Map<string, Handoff>();
  for (const handoff of handoffs) {
    const of = programOf(handoff) ?? handoff.of;
    const { what, receiver, owner, next } = handoff;
    const key = JSON.stringify([what, of, receiver, owner, next]);
    const known = groups.get(key);
    groups.set(key, known === undefined ? { ...handoff, of } : join(known, handoff));
  }
  return [...groups.values()].sort((a, b) => a.since - b.since);
}

function join(one: Handoff, other: Handoff): Handoff {
  const dueBy = Math.min(one.dueBy ?? Number.POSITIVE_INFINITY, other.dueBy ?? Number.POSITIVE_INFINITY);
  return {
    ...one,
    count: one.count + other.count,
    ...(one.amount === undefined ? {} : { amount: one.amount + (other.amount ?? 0n) }),
    since: Math.min(one.since, other.since),
    ...(Number.isFinite(dueBy) ? { dueBy } : {}),
  };
}

/** What must happen next for the crossing to be complete. */
const NEXT: Readonly<Record<Handoff['next'], string>> = {
  'taken-in': 'taken in: the intake enters the log',
  judged: 'judged, all at the position of the intake',
  sealed: 'sealed: the log says who is admitted and who is refused',
  drawn: 'drawn: the log says what each one gets',
  reserved: 'set aside in the ledger',
  confirmed: 'paid or returned, once the verifier has read far enough',
  returned: 'returned: there is no draw, and the budget goes back at the end of the appeal time',
  'handed-over': 'handed over for settlement',
  answered: 'answered by the rail',
  appended: 'appended to the log',
  approved: 'signed by more officers',
  taken: 'taken by its receiver, which is asked again and again',
  'sent-again': 'sent again, or given up for good: holdfast webhooks',
  'carried-out': 'carried out, as officers or a case have ruled',
  'ruled-otherwise': 'settled otherwise by the organiser: what was ruled came too late here, or fits nothing',
  'taken-up': 'taken up by its holder, who shows the one that was revoked: holdfast case reissue',
  filed: 'filed as a case, which the desk has not taken yet',
  'accounted-for': 'accounted for: holdfast case account ID',
  'looked-at': 'looked at by a person: holdfast program settle says what can be done',
};

const NOUNS: Readonly<Record<string, string>> = {
  application: 'application',
  verification: 'application',
  transfer: 'payment',
  settlement: 'payment',
  event: 'outcome',
  exception: 'exception',
  review: 'review by hand',
  incident: 'incident',
};

export type Naming = {
  /** Ids of parties that run programs. */
  readonly organisers: ReadonlySet<string>;
  readonly assets: ReadonlyMap<string, { readonly code: string; readonly decimals: number }>;
};

/** Two lines: what it is, then who owns it, how long, and what happens next. */
export function wordsOfHandoff(handoff: Handoff, { organisers, assets }: Naming, now: number): string[] {
  const { what, of, giver, receiver, owner, count, amount, since, dueBy } = handoff;
  const asset = assets.get(programOf(handoff) ?? '');
  const money =
    amount === undefined ? '' : `, ${asset === undefined ? `${amount} minor units` : moneyIn(asset)(amount)}`;
  const name = (id: string) => (organisers.has(id) ? 'distributor' : id);
  const responsible = owner === 'rail' ? receiver : owner;
  const subject =
    what === 'decision' || what === 'incident'
      ? `${what} ${of}`
      : `${count} ${NOUNS[what] ?? what}${count === 1 ? '' : 's'} of ${of}`;
  return [
    `${subject}${money}: ${name(giver)} -> ${name(receiver)}`,
    `  ${name(responsible)} owns it for ${formatDuration(now - since)}${dueInWords(dueBy, now)}. Next: ${nextOf(handoff)}`,
  ];
}

function nextOf({ next, count, case: id }: Handoff): string {
  if (id === undefined) return NEXT[next];
  return count === 1
    ? `decided in a case: holdfast case show ${id}`
    : `decided in cases, the first of them: holdfast case show ${id}`;
}

function dueInWords(dueBy: number | undefined, now: number): string {
  if (dueBy === undefined) return '';
  if (dueBy < now) return `, LATE by ${formatDuration(now - dueBy)}`;
  const left = formatDuration(dueBy - now);
  return dueBy - now < 86_400_000 ? `, due by ${formatTime(dueBy)} (in ${left})` : `, due in ${left}`;
}
