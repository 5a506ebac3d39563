import type { Position } from '../log/position.ts';
import { type CompactTree, copyCompactTree, createCompactTree } from '../log/tree.ts';
import type { Reveal } from '../program/beacon.ts';
import type { ProgramEffect } from '../program/compare-versions.ts';
import type { Program } from '../program/program.ts';
import type { Power, Rulebook } from '../rulebook/rulebook.ts';
import { writeStatus } from '../status/packed.ts';
import type { RecognitionRecord } from '../trust/recognition.ts';
import { copyDocket, createDocket, type Docket } from './docket.ts';
import type { Party, StatementOf } from './statement.ts';

export type StatusList = {
  readonly id: string;
  readonly issuer: string;
  readonly bits: 2;
  readonly size: number;
  /** Thumbprint of the credential key that the list belongs to. */
  readonly key: string;
  /** Entry that opened the list. */
  readonly opened: number;
  /** One byte per index. Changed only by the fold, through `setStatus`. */
  readonly values: Uint8Array;
  /** The same values packed, from the first digest on: so that a change costs what it changes. */
  packed?: Uint8Array | undefined;
  /** Digest of the packed bytes; undefined after a change until the next epoch asks for it. */
  digest: string | undefined;
  /** Where its key was declared compromised: every index is 1 from there on. */
  readonly compromised?: ChangeRecord;
};

/** Which entry gave an index its value, and under which decisions: none where its issuer superseded it. */
export type ChangeRecord = { readonly entry: number; readonly decisions: readonly number[] };

export type DecisionRecord = {
  readonly index: number;
  readonly digest: string;
  readonly power: Power;
  readonly count: number;
  readonly class: string;
  /** Whose approvals made its quorum. */
  readonly officers: readonly string[];
  readonly parameters: Readonly<Record<string, string | number>>;
  /** Unix milliseconds, as the governor says. */
  readonly received: number;
};

export type ScheduledRulebook = {
  readonly index: number;
  readonly body: Rulebook;
  readonly effectiveAt: number;
  /** An emergency amendment: when it lapses. */
  readonly lapsesAt?: number;
};

/** The rulebook in force stands in for another one until it lapses. */
export type Emergency = {
  /** Entry that announced it. */
  readonly index: number;
  readonly lapsesAt: number;
  /** What is in force again from then on. */
  readonly base: { readonly index: number; readonly body: Rulebook };
};

type Entered<T extends 'intake' | 'seal' | 'draw'> = Omit<StatementOf<T>, 'type' | 'v' | 'critical' | 'program'> & {
  readonly entry: number;
};

export type EnteredReveal = Reveal & { readonly entry: number };

/** Rules that a program had until the log's time `until`. `entry` announced them. */
export type ProgramVersion = {
  readonly program: Program;
  readonly digest: string;
  readonly entry: number;
  /** Unix milliseconds. */
  readonly until: number;
};

/** The next version of a program, while its notice runs. Only one waits at a time. */
export type ProgramRevision = {
  readonly program: Program;
  readonly digest: string;
  readonly entry: number;
  /** Unix milliseconds of the log's time. */
  readonly effectiveAt: number;
  readonly effect: ProgramEffect;
};

/** A program the log knows, and how far it has come. Never changed in place: each step is a new record. */
export type ProgramRecord = {
  readonly program: Program;
  /** Binding digest of the version in force. */
  readonly digest: string;
  /** Of its release, whatever version is in force. */
  readonly entry: number;
  /** The version in force, where it is not the first: the entry that announced it, and since when it is in force. */
  readonly revised?: { readonly entry: number; readonly at: number; readonly effect: ProgramEffect };
  /** Versions before the one in force, oldest first. */
  readonly earlier?: readonly ProgramVersion[];
  readonly revision?: ProgramRevision;
  readonly intake?: Entered<'intake'>;
  /** Of the first epoch after the intake: where every application is judged. */
  readonly judgedAt?: Position;
  /** Of its issuers those on probation there, where it has a cap for them, and for how many people each was accredited. */
  readonly onProbation?: readonly { readonly issuer: string; readonly maxPeople?: number }[];
  readonly seal?: Entered<'seal'>;
  /** Of the first epoch after the seal: chance counts from here. */
  readonly sealedAt?: Position;
  /** Secrets that stand in the log, where the program wants them there; `at` is the log's time when they came. */
  readonly reveals?: readonly EnteredReveal[];
  readonly draw?: Entered<'draw'>;
};

/**
 * One act that rules alone would not do, by the digest of what it says: on a payment, for an application, or for whoever held
 * a credential that is revoked for good and may be given another, or to open what roles call one credential. `power`: only what that power is for.
 */
export type ExceptionRecord =
  | {
      readonly kind: 'payment' | 'admission';
      readonly program: string;
      readonly entry: number;
      readonly power?: 'return';
    }
  | { readonly kind: 'reinstatement' | 'unsealing'; readonly entry: number };

/** How many credentials an issuer has superseded on one day of the log's time, counted from 1970. */
export type Supersessions = { readonly day: number; readonly count: number };

/** Revocations of one issuer's credentials that came later than the rulebook promised: at least so many by one entry. */
export type LateRevocations = {
  readonly entry: number;
  /** The log's time when they stood in it, unix milliseconds. */
  readonly at: number;
  readonly count: number;
};

/** Since when, by the log's time, an issuer is accredited for a type without a break. */
export type AccreditedSince = { readonly type: string; readonly at: number };

/** Why an entry changed nothing. Counted, because a log full of them is a sign. */
export type Refusal =
  | 'unparsed'
  | 'unknown-type'
  | 'signature'
  | 'unauthorised'
  | 'genesis'
  | 'list-exists'
  | 'list-unknown'
  | 'index-out-of-range'
  | 'already-final'
  | 'decision-repeated'
  | 'decision-expired'
  | 'decision-rulebook'
  | 'decision-power'
  | 'decision-class'
  | 'decision-targets'
  | 'decision-parameters'
  | 'quorum'
  | 'decision-missing'
  | 'counts-differ'
  | 'duration'
  | 'suspended-before'
  | 'notice'
  | 'looser'
  | 'amendment-unknown'
  | 'key-compromised'
  | 'exception-rule'
  | 'epoch-size'
  | 'epoch-time'
  | 'epoch-sections'
  | 'program-exists'
  | 'program-unknown'
  | 'program-organiser'
  | 'program-order'
  | 'program-window'
  | 'program-count'
  | 'program-position'
  | 'program-budget'
  | 'program-beacon'
  | 'reveal-secret'
  | 'reveal-early'
  | 'reveal-late'
  | 'reveal-repeated'
  | 'revision-base'
  | 'revision-waits'
  | 'revision-late'
  | 'revision-fixed'
  | 'revision-bounds'
  | 'exception-repeated'
  | 'recognition-self'
  | 'recognition-until'
  | 'recognition-bounds'
  | 'case-rules'
  | 'case-exists'
  | 'case-open'
  | 'case-full'
  | 'case-unknown'
  | 'case-stage'
  | 'case-officer'
  | 'case-target'
  | 'case-hold'
  | 'case-signature'
  | 'incident-unknown'
  | 'incident-report'
  | 'supersession-denied'
  | 'supersession-held'
  | 'supersession-bounds'
  | 'succession-position'
  | 'succession-log';

/**
 * What a prefix of the log means. Everyone who folds the same entries holds the same state: network, verifier, auditor
 * and rehearsal. Owned by one folder and changed in place by `apply` alone; everybody else only reads it.
 */
export type NetworkState = {
  /** The network's name: base64url SHA-256 of entry 0. Empty before the genesis. */
  name: string;
  readonly tree: CompactTree;
  /** Time of the last epoch, unix milliseconds; 0 before the first. */
  time: number;
  /** Position of the last epoch. */
  position: Position | undefined;
  /** The tree that the last epoch covers: all entries before it. The empty one before the first. */
  covered: CompactTree;
  rulebook: { readonly index: number; readonly body: Rulebook } | undefined;
  scheduled: ScheduledRulebook[];
  /** While an emergency amendment is in force. */
  emergency: Emergency | undefined;
  readonly parties: Map<string, Party>;
  readonly lists: Map<string, StatusList>;
  readonly programs: Map<string, ProgramRecord>;
  /** By the digest of the instruction, or of the salted target. */
  readonly exceptions: Map<string, ExceptionRecord>;
  /** By the name of the other network: the latest word on each. */
  readonly recognitions: Map<string, RecognitionRecord>;
  /** `suspensionKey` to the time at which the suspension lapses. */
  readonly suspensions: Map<string, number>;
  /** Cases and incidents. */
  readonly docket: Docket;
  /** By issuer: how many credentials it has superseded on the last day on which it did. */
  readonly supersessions: Map<string, Supersessions>;
  /** By issuer: its revocations that were late, by the rulebook's deadlines. */
  readonly late: Map<string, readonly LateRevocations[]>;
  /** By issuer: since when it is accredited. One that was before any record was kept is not in it. */
  readonly since: Map<string, readonly AccreditedSince[]>;
  /** Digests of all decisions ever accepted, so that none is accepted twice; the tree commits to them in order. */
  readonly decided: Set<string>;
  readonly decidedTree: CompactTree;
  /** Decisions since the last epoch that no statement has carried out yet. */
  open: DecisionRecord[];
  /** The latest change of every index that is not 0, for those who ask why. */
  readonly changes: Map<string, ChangeRecord>;
  /** What unknown critical statements named: whatever depends on it is unknown here. `*` means everything. */
  readonly critical: Set<string>;
  readonly refused: Map<Refusal, number>;
  /** Of logs that this one succeeded, oldest first: where each ended. Positions up to there count as read. */
  predecessors: readonly Position[];
  /** Only before the first entry of a new log: what it is to name, and the rules by which it may. */
  succeeding: { readonly position: Position; readonly rulebook: NonNullable<NetworkState['rulebook']> } | undefined;
};

/** Sets one index, in both forms that the list is held in. The digest is made anew when an epoch next asks for it. */
export function setStatus(list: StatusList, index: number, value: number): void {
  list.values[index] = value;
  if (list.packed !== undefined) writeStatus(list.packed, list.bits, index, value);
  list.digest = undefined;
}

export function createNetworkState(): NetworkState {
  return {
    name: '',
    tree: createCompactTree(),
    time: 0,
    position: undefined,
    covered: createCompactTree(),
    rulebook: undefined,
    scheduled: [],
    emergency: undefined,
    parties: new Map(),
    lists: new Map(),
    programs: new Map(),
    exceptions: new Map(),
    recognitions: new Map(),
    suspensions: new Map(),
    docket: createDocket(),
    supersessions: new Map(),
    late: new Map(),
    since: new Map(),
    decided: new Set(),
    decidedTree: createCompactTree(),
    open: [],
    changes: new Map(),
    critical: new Set(),
    refused: new Map(),
    predecessors: [],
    succeeding: undefined,
  };
}

/** A state of its own that says the same: whatever either of them folds from here on, the other one does not see it. */
export function copyNetworkState(state: NetworkState): NetworkState {
  return {
    ...state,
    tree: copyCompactTree(state.tree),
    covered: copyCompactTree(state.covered),
    scheduled: [...state.scheduled],
    parties: new Map(state.parties),
    lists: new Map([...state.lists].map(([id, list]) => [id, copyList(list)])),
    programs: new Map(state.programs),
    exceptions: new Map(state.exceptions),
    recognitions: new Map(state.recognitions),
    suspensions: new Map(state.suspensions),
    docket: copyDocket(state.docket),
    supersessions: new Map(state.supersessions),
    late: new Map(state.late),
    since: new Map(state.since),
    decided: new Set(state.decided),
    decidedTree: copyCompactTree(state.decidedTree),
    open: [...state.open],
    changes: new Map(state.changes),
    critical: new Set(state.critical),
    refused: new Map(state.refused),
    predecessors: [...state.predecessors],
  };
}

function copyList({ packed, ...list }: StatusList): StatusList {
  const copy = { ...list, values: list.values.slice() };
  return packed === undefined ? copy : { ...copy, packed: packed.slice() };
}

/** One index of one list, as a map key. List ids are URIs and contain no space. */
export function changeKey(list: string, index: number): string {
  return `${list} ${index}`;
}
