import { canonicalJson } from '../encoding/json.ts';
import { thumbprint } from '../encoding/jwk.ts';
import { revokedByIssuer } from '../fold/lateness.ts';
import type { NetworkState } from '../fold/state.ts';
import type { Party, Statement, StatementOf } from '../fold/statement.ts';
import { decisionDigest } from '../governance/decision.ts';
import type { Position } from '../log/position.ts';
import { deadlineOf } from '../rulebook/deadlines.ts';
import { SUPERSEDED } from '../status/superseded.ts';
import { isOnProbation } from './issuer-terms.ts';

/** Kept of each kind of event for each issuer; of more the oldest are forgotten, and `forgotten` says how many. */
export const MAX_RECORD_EVENTS = 256;
/** Days on which something was revoked, kept for each issuer. */
const MAX_RECORD_DAYS = 400;
const DAY_MS = 86_400_000;

/** What one entry changed about a key, an accreditation or a practice statement. Times in unix milliseconds. */
export type RecordEvent = {
  readonly entry: number;
  /** The log's time when it stood in it. */
  readonly at: number;
  readonly what: 'added' | 'changed' | 'ended' | 'compromised';
  /** What it is about, in words of the entry: `credential key <thumbprint>`, `residence (high)`, `practice 2 <uri>`. */
  readonly subject: string;
  /** The entry's own words for it now; absent when it ended. */
  readonly terms?: unknown;
};

/** How long revocations for one class of reason took. Of those carried out together the slowest counts for all. */
export type Promptness = {
  /** Null: several classes were carried out together, and which was whose is not said. */
  readonly class: string | null;
  readonly deadlineMs: number | null;
  readonly revoked: number;
  /** At least so many came later than the deadline. */
  readonly late: number;
  /** From receipt to authority, and from there to effect. Longest of all, and sums for the mean. */
  readonly slowest: { readonly toAuthorisedMs: number; readonly toEffectMs: number };
  readonly mean: { readonly toAuthorisedMs: number; readonly toEffectMs: number };
};

/** Everything that the log says of one issuer, and nothing else does. */
export type IssuerRecord = {
  readonly issuer: string;
  readonly name?: string;
  readonly asOf: Position;
  readonly accreditedSince?: number;
  readonly onProbation: readonly {
    readonly type: string;
    readonly until: number;
    readonly maxPeople?: number | undefined;
  }[];
  readonly lists: { readonly count: number; readonly places: number };
  /** Credentials by what their lists say now. How many there are is not public. */
  readonly now: { readonly revoked: number; readonly suspended: number; readonly superseded: number };
  /** Lists whose key was declared stolen: everything in them is revoked, whatever it was before. */
  readonly compromisedLists: number;
  readonly promptness: readonly Promptness[];
  readonly missedDeadlines: number;
  /** Suspensions that officers lifted before their time. */
  readonly lifted: number;
  readonly suspensions: number;
  readonly keys: readonly RecordEvent[];
  readonly accreditations: readonly RecordEvent[];
  readonly practices: readonly RecordEvent[];
  /** Revocations by day of the log's time, counted from 1970, oldest first. */
  readonly days: readonly { readonly day: number; readonly revoked: number; readonly late: number }[];
  /** Events and days that are kept no more. */
  readonly forgotten: number;
};

type Tally = { revoked: number; late: number; authorised: [sum: number, most: number]; effect: [number, number] };

type Entry = {
  readonly keys: RecordEvent[];
  readonly accreditations: RecordEvent[];
  readonly practices: RecordEvent[];
  readonly tallies: Map<string, Tally>;
  readonly days: Map<number, { revoked: number; late: number }>;
  lifted: number;
  suspensions: number;
  forgotten: number;
  party: Party | undefined;
};

type Decided = Pick<StatementOf<'decision'>, 'power' | 'class' | 'received' | 'authorised' | 'targets'>;
/** The records of all issuers, folded beside the state from the same entries. Changed by `recordEpoch` alone. */
export type IssuerRecords = Map<string, Entry>;

/** An entry of the log that the fold accepted. */
export type Accepted = { readonly index: number; readonly statement: Pick<Statement, 'body'> };

/**
 * Takes note of what one epoch gave effect to: all entries since the one before it that the fold accepted, in their order.
 * `state` as that epoch left it.
 */
export function recordEpoch(records: IssuerRecords, state: NetworkState, accepted: readonly Accepted[]): void {
  const decided = new Map<string, Decided>();
  for (const { index, statement } of accepted) {
    const { body } = statement;
    if (body.type === 'party') recordParty(records, body.party, { entry: index, at: state.time });
    if (body.type === 'decision') decided.set(decisionDigest({ ...body, genesis: state.name }), body);
    if (body.type === 'status') recordStatus(records, state, { body, decided });
  }
}

function entryOf(records: IssuerRecords, issuer: string): Entry {
  const known = records.get(issuer);
  if (known !== undefined) return known;
  const entry: Entry = {
    ...{ keys: [], accreditations: [], practices: [], tallies: new Map(), days: new Map() },
    ...{ lifted: 0, suspensions: 0, forgotten: 0, party: undefined },
  };
  records.set(issuer, entry);
  return entry;
}

function recordParty(records: IssuerRecords, party: Party, at: Pick<RecordEvent, 'entry' | 'at'>): void {
  if (party.kind !== 'issuer' && !records.has(party.id)) return;
  const entry = entryOf(records, party.id);
  const compare = (events: RecordEvent[], of: (party: Party) => ReadonlyMap<string, unknown>) => {
    const [before, after] = [entry.party === undefined ? new Map<string, unknown>() : of(entry.party), of(party)];
    for (const event of changesOf(before, after)) keep(entry, events, { ...at, ...event });
  };
  compare(entry.keys, keysOf);
  compare(entry.accreditations, accreditationsOf);
  compare(entry.practices, practicesOf);
  entry.party = party;
}

function changesOf(
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): Pick<RecordEvent, 'what' | 'subject' | 'terms'>[] {
  const gained = [...after].flatMap(([subject, terms]) => {
    if (canonicalJson(before.get(subject) ?? null) === canonicalJson(terms ?? null)) return [];
    const isStolen = isCompromised(terms) && !isCompromised(before.get(subject));
    return [{ subject, terms, what: isStolen ? 'compromised' : before.has(subject) ? 'changed' : 'added' } as const];
  });
  const lost = [...before.keys()].filter((subject) => !after.has(subject));
  return [...gained, ...lost.map((subject) => ({ subject, what: 'ended' }) as const)];
}

function isCompromised(terms: unknown): boolean {
  return typeof terms === 'object' && terms !== null && 'compromised' in terms;
}

function keysOf({ keys }: Party): ReadonlyMap<string, unknown> {
  return new Map(keys.map(({ key, use, ...terms }) => [`${use} key ${thumbprint(key)}`, terms]));
}

function accreditationsOf({ accreditations }: Party): ReadonlyMap<string, unknown> {
  return new Map(
    accreditations.map(({ type, assurance, from, action: _, ...terms }) => [
      `${type} (${assurance}, from ${from})`,
      terms,
    ]),
  );
}

function practicesOf({ practices = [] }: Party): ReadonlyMap<string, unknown> {
  return new Map(practices.map(({ uri, version, ...terms }) => [`${version} ${uri}`, terms]));
}

function keep(entry: Entry, events: RecordEvent[], event: RecordEvent): void {
  events.push(event);
  if (events.length <= MAX_RECORD_EVENTS) return;
  events.shift();
  entry.forgotten += 1;
}

type Carried = { readonly body: StatementOf<'status'>; readonly decided: ReadonlyMap<string, Decided> };

function recordStatus(records: IssuerRecords, state: NetworkState, { body, decided }: Carried): void {
  for (const { list, value } of body.changes) {
    const issuer = state.lists.get(list)?.issuer;
    if (issuer === undefined || value === 1) continue;
    if (value === 2) entryOf(records, issuer).suspensions += 1;
    else entryOf(records, issuer).lifted += 1;
  }
  const decisions = body.decisions.flatMap((digest) => decided.get(digest) ?? []);
  const revoking = decisions.filter(({ power }) => power === 'revoke');
  for (const [issuer, revoked] of revokedByIssuer(state, body.changes)) {
    countRevoked(entryOf(records, issuer), state, revoked, revoking);
  }
}

/** What is carried out together counts as what is certain of it. */
function countRevoked(entry: Entry, state: NetworkState, revoked: number, decisions: readonly Decided[]): void {
  const { rulebook, time } = state;
  const isLate = ({ received, class: reason }: Decided) =>
    time > received + ((rulebook && deadlineOf(rulebook.body, reason)) ?? Number.MAX_SAFE_INTEGER);
  const inTime = decisions.filter((one) => !isLate(one)).reduce((sum, { targets }) => sum + targets.count, 0);
  const late = Math.max(0, revoked - inTime);
  const classes = [...new Set(decisions.map((decision) => decision.class))];
  const authorisedMs = Math.max(0, ...decisions.map(({ received, authorised }) => authorised - received));
  const effectMs = Math.max(0, ...decisions.map(({ authorised }) => time - authorised));
  const tally = tallyOf(entry, classes.length === 1 ? (classes[0] ?? '') : '');
  tally.revoked += revoked;
  tally.late += late;
  tally.authorised = [tally.authorised[0] + authorisedMs * revoked, Math.max(tally.authorised[1], authorisedMs)];
  tally.effect = [tally.effect[0] + effectMs * revoked, Math.max(tally.effect[1], effectMs)];
  countDay(entry, Math.floor(time / DAY_MS), { revoked, late });
}

function tallyOf({ tallies }: Entry, reason: string): Tally {
  const known = tallies.get(reason) ?? { revoked: 0, late: 0, authorised: [0, 0], effect: [0, 0] };
  tallies.set(reason, known);
  return known;
}

function countDay(entry: Entry, day: number, { revoked, late }: { revoked: number; late: number }): void {
  const known = entry.days.get(day) ?? { revoked: 0, late: 0 };
  entry.days.set(day, { revoked: known.revoked + revoked, late: known.late + late });
  const [oldest] = entry.days.keys();
  if (entry.days.size <= MAX_RECORD_DAYS || oldest === undefined) return;
  entry.days.delete(oldest);
  entry.forgotten += 1;
}

/** The record of one issuer as of the state's last epoch; undefined where the network lists no such issuer. */
export function readIssuerRecord(
  records: IssuerRecords,
  state: NetworkState,
  issuer: string,
): IssuerRecord | undefined {
  const party = state.parties.get(issuer);
  if (party === undefined || party.kind !== 'issuer' || state.position === undefined) return undefined;
  const entry = records.get(issuer) ?? entryOf(new Map(), issuer);
  const lists = [...state.lists.values()].filter((list) => list.issuer === issuer);
  const own = lists.filter(({ compromised }) => compromised === undefined);
  const count = (value: number) => own.reduce((sum, list) => sum + countOf(list.values, value), 0);
  const promptness = [...entry.tallies].map(([reason, tally]) => promptnessOf(state, reason, tally));
  const first = entry.accreditations.find(({ what }) => what === 'added')?.at ?? 0;
  const since = Math.max(first, Math.min(...party.accreditations.map(({ from }) => from)));
  return {
    issuer,
    ...(party.name === undefined ? {} : { name: party.name }),
    asOf: state.position,
    ...(Number.isFinite(since) ? { accreditedSince: since } : {}),
    onProbation: probationsOf(party, state.time),
    lists: { count: lists.length, places: lists.reduce((sum, { size }) => sum + size, 0) },
    now: { revoked: count(1), suspended: count(2), superseded: count(SUPERSEDED) },
    compromisedLists: lists.length - own.length,
    promptness: promptness.sort((a, b) => ((a.class ?? '') < (b.class ?? '') ? -1 : 1)),
    missedDeadlines: promptness.reduce((sum, { late }) => sum + late, 0),
    ...{ lifted: entry.lifted, suspensions: entry.suspensions },
    ...{ keys: entry.keys, accreditations: entry.accreditations, practices: entry.practices },
    days: [...entry.days].map(([day, counts]) => ({ day, ...counts })),
    forgotten: entry.forgotten,
  };
}

function probationsOf(party: Party, time: number): IssuerRecord['onProbation'] {
  return party.accreditations.flatMap(({ type, probation }) =>
    probation !== undefined && time < probation.until && isOnProbation(party, type, time)
      ? [{ type, ...probation }]
      : [],
  );
}

function promptnessOf({ rulebook }: NetworkState, reason: string, tally: Tally): Promptness {
  const deadline = rulebook === undefined ? undefined : deadlineOf(rulebook.body, reason);
  const mean = (sum: number) => Math.round(sum / Math.max(1, tally.revoked));
  return {
    class: reason === '' ? null : reason,
    deadlineMs: deadline ?? null,
    ...{ revoked: tally.revoked, late: tally.late },
    slowest: { toAuthorisedMs: tally.authorised[1], toEffectMs: tally.effect[1] },
    mean: { toAuthorisedMs: mean(tally.authorised[0]), toEffectMs: mean(tally.effect[0]) },
  };
}

function countOf(values: Uint8Array, value: number): number {
  let count = 0;
  for (const one of values) if (one === value) count += 1;
  return count;
}
