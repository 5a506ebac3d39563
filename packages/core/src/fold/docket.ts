import { type CaseRecord, isOpen } from '../cases/case-record.ts';
import type { Incident } from '../cases/incident.ts';
import { canonicalJson } from '../encoding/json.ts';
import { encodeBase64url, encodeUtf8 } from '../encoding/text.ts';
import {
  appendLeaf,
  type CompactTree,
  compactRoot,
  copyCompactTree,
  createCompactTree,
  leafHash,
} from '../log/tree.ts';
import type { BarredSubject } from '../rulebook/case-rules.ts';

const DAY_MS = 86_400_000;

/** For how many days the state knows who took a decision: complaints about older ones find nobody to keep out. */
export const DECIDERS_KEPT_DAYS = 92;

/** Who took each decision of one day, in the order of the log; the tree commits to them. */
export type Deciders = { readonly tree: CompactTree; readonly of: Map<number, readonly string[]> };

/** Officers who suspended, and when: whether a lift contradicts them, and they alone may do it again. */
export type Suspenders = {
  readonly at: number;
  readonly officers: readonly string[];
  /** When it ended; kept only where the rulebook lets some time pass before the same officers do it again. */
  readonly endedAt?: number;
};

/** Officers who had a hand in making something what it is, and when each of them had it last: sorted by officer. */
export type Hands = readonly (readonly [officer: string, at: number])[];

/** Parties and programs by their ids, payments by the digests of their instructions. */
export function handsKey(subject: BarredSubject, id: string): string {
  return `${subject} ${id}`;
}

/** Everything about cases in the state. Changed in place by the fold alone. */
export type Docket = {
  /** Open cases, and for a while those that have ended. */
  readonly cases: Map<string, CaseRecord>;
  /** By subject: its one open case. */
  readonly open: Map<string, string>;
  /** By index of a list (`changeKey`): the case on whose account it is suspended. */
  readonly held: Map<string, string>;
  readonly incidents: Map<string, Incident>;
  /** By day since the epoch of Unix. */
  readonly deciders: Map<number, Deciders>;
  readonly suspenders: Map<string, Suspenders>;
  /** By `handsKey`: who decided on parties, programs and payments, where the rulebook wants it known. */
  readonly hands: Map<string, Hands>;
  /** Cases in which somebody has done something since the last epoch, which is when it takes effect. */
  readonly touched: Set<string>;
};

export function createDocket(): Docket {
  return {
    cases: new Map(),
    open: new Map(),
    held: new Map(),
    incidents: new Map(),
    deciders: new Map(),
    suspenders: new Map(),
    hands: new Map(),
    touched: new Set(),
  };
}

export function copyDocket(docket: Docket): Docket {
  return {
    cases: new Map(docket.cases),
    open: new Map(docket.open),
    held: new Map(docket.held),
    incidents: new Map(docket.incidents),
    deciders: new Map(
      [...docket.deciders].map(([day, { tree, of }]) => [day, { tree: copyCompactTree(tree), of: new Map(of) }]),
    ),
    suspenders: new Map(docket.suspenders),
    hands: new Map(docket.hands),
    touched: new Set(docket.touched),
  };
}

/** Sets a case, and what is found by it. */
export function setCase(docket: Docket, record: CaseRecord): void {
  docket.cases.set(record.id, record);
  docket.touched.add(record.id);
  if (isOpen(record)) docket.open.set(record.subject, record.id);
  else if (docket.open.get(record.subject) === record.id) docket.open.delete(record.subject);
}

export function dayOf(time: number): number {
  return Math.floor(time / DAY_MS);
}

export function recordDeciders(docket: Docket, entry: number, officers: readonly string[], time: number): void {
  const day = dayOf(time);
  const today = docket.deciders.get(day) ?? { tree: createCompactTree(), of: new Map() };
  appendLeaf(today.tree, leafHash(deciderLeaf(entry, officers)));
  today.of.set(entry, officers);
  docket.deciders.set(day, today);
}

export function deciderLeaf(entry: number, officers: readonly string[]): Uint8Array {
  return encodeUtf8(canonicalJson([entry, officers]));
}

export function decidersOf(docket: Docket, entry: number): readonly string[] {
  for (const { of } of docket.deciders.values()) {
    const officers = of.get(entry);
    if (officers !== undefined) return officers;
  }
  return [];
}

const LEAVES = new WeakMap<object, Uint8Array>();

function leafOf(subject: object, write: () => unknown): Uint8Array {
  const known = LEAVES.get(subject);
  if (known !== undefined) return known;
  const leaf = encodeUtf8(canonicalJson(write()));
  LEAVES.set(subject, leaf);
  return leaf;
}

/** Leaves of the section `cases`: a case starts with its id, so that one can be proved without the others. */
export function caseLeaves({ cases, suspenders, hands, deciders }: Docket): Uint8Array[] {
  return [
    ...[...cases.values()].map((record) => leafOf(record, () => ['case', record.id, record])),
    ...[...suspenders].map(([key, who]) => leafOf(who, () => ['suspended', key, who])),
    ...[...hands].map(([key, who]) => leafOf(who, () => ['hands', key, who])),
    ...[...deciders].map(([day, { tree }]) => deciderDayLeaf(day, tree)),
  ];
}

const DAYS = new WeakMap<CompactTree, { readonly size: number; readonly leaf: Uint8Array }>();

function deciderDayLeaf(day: number, tree: CompactTree): Uint8Array {
  const known = DAYS.get(tree);
  if (known?.size === tree.size) return known.leaf;
  const leaf = encodeUtf8(canonicalJson(['decided', day, tree.size, encodeBase64url(compactRoot(tree))]));
  DAYS.set(tree, { size: tree.size, leaf });
  return leaf;
}

export function incidentLeaves({ incidents }: Docket): Uint8Array[] {
  return [...incidents.values()].map((incident) => leafOf(incident, () => [incident.id, incident]));
}
