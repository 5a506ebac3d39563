import type { CaseRecord } from '../cases/case-record.ts';
import type { Incident } from '../cases/incident.ts';
import type { Handoff } from '../program/handoff.ts';

/**
 * What was read of a network at about one moment. What nobody could read is missing, and then its reader is among the
 * `silent`. All times in unix milliseconds.
 */
export type OverviewFacts = {
  /** From one epoch to the next, by the rulebook. */
  readonly tickMs: number;
  /** Who runs the process that looks, and where it answers. */
  readonly host: string;
  readonly origin: string;
  readonly silent: readonly SilentPart[];
  readonly parts: readonly PartFact[];
  readonly database?: { readonly isAnswering: boolean };
  /** Of several machines the fullest; `of`: whose folder that is, where it is not the host's. */
  readonly disk?: DiskFact;
  /** By how much the wall clock has gone otherwise than time has, and since when. */
  readonly clock?: { readonly jumpedMs: number; readonly since: number; readonly takenAt: number };
  readonly log?: LogFact;
  readonly witnesses: readonly WitnessFact[];
  readonly frauds: readonly FraudFact[];
  readonly ledger?: LedgerFact;
  /** Whether all accounts of the ledger add up to nothing. */
  readonly ledgerHolds?: boolean;
  readonly verifiers: readonly VerifierFact[];
  readonly checks: readonly CheckFact[];
  readonly lists: readonly ListFact[];
  /** Issuers whom the network has not let in, as they have read it. */
  readonly unaccredited: readonly UnaccreditedFact[];
  readonly backlogs: readonly BacklogFact[];
  readonly handoffs: readonly Handoff[];
  /** Neighbours that nobody waits for, and that are away. */
  readonly outlets: readonly OutletFact[];
  readonly keys: readonly KeyFact[];
  readonly cases: readonly CaseFact[];
  readonly incidents: readonly Incident[];
  /** By the log's time: what is owed about an incident falls due by it. */
  readonly logTime?: number;
  readonly isTooManual?: boolean;
  /** What that was worked out from, and whose it is. */
  readonly manual?: { readonly steward: string; readonly byHand: number; readonly all: number };
  readonly disagreements?: { readonly compared: number; readonly unexplained: readonly string[] };
};

/** Somebody who was asked and has said nothing in time, or has failed. */
export type SilentPart = {
  readonly part: string;
  readonly owner: string;
  readonly since: number;
  /** What it stands on: while that is away, nothing is wrong with this one. Verifiers stand on a database. */
  readonly needs?: 'database' | 'verifiers';
  /** What goes on without it and what does not, where more is known than that it is silent. */
  readonly affected?: string;
  /** What to type where it runs, to have it back. */
  readonly command?: string;
};

export type DiskFact = { readonly freeBytes: number; readonly leastBytes: number; readonly of?: string };

export type PartFact = { readonly part: string; readonly owner: string; readonly state: string };

export type LogFact = {
  readonly owner: string;
  readonly state: 'starting' | 'running' | 'waiting' | 'stopped';
  /** Code of what it waits for, or was stopped by. */
  readonly why?: string;
  readonly size: number;
  readonly lastEpochAt: number;
  readonly appendsWaiting: number;
};

export type LedgerFact = {
  readonly owner: string;
  readonly state: 'starting' | 'running' | 'waiting' | 'fenced' | 'halted' | 'stopped';
  readonly why?: string;
};

export type WitnessFact = {
  readonly name: string;
  /** Time of its last cosignature; absent before the first. */
  readonly saidAt?: number;
  /** Why it has not cosigned what it was asked last. */
  readonly why?: string;
  /** How many of the named must have signed, for a quorum. */
  readonly quorum: number;
};

/** `channel`: NATS, for epochs; `telemetry`: an OTLP receiver. `part`: whose process has missed it. */
export type OutletFact = { readonly part: string; readonly outlet: 'channel' | 'telemetry'; readonly since: number };

/** A key of its party that the log names last and that a part does not hold; `signs`: by another one in force. */
export type KeyFact = {
  readonly part: string;
  readonly owner: string;
  readonly party: string;
  readonly use: string;
  readonly missing?: string;
  readonly signs: boolean;
};

export type FraudFact = { readonly heldBy: string; readonly digest: string };

export type VerifierFact = {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly isAnswering: boolean;
  /** Time of the last epoch that it has read. */
  readonly readAt?: number;
  /** Why it follows no further. */
  readonly contradiction?: string;
};

export type CheckFact = {
  readonly verifier: string;
  readonly check: string;
  readonly owner: string;
  readonly isOpen: boolean;
  readonly waiting: number;
};

export type ListFact = {
  readonly list: string;
  readonly issuer: string;
  readonly owner: string;
  /** Of what was published: the epoch that it was read at, and when it ends. */
  readonly asOf: number;
  readonly endsAt: number;
  /** How old a published list is when it should have been signed anew. */
  readonly renewedWithinMs: number;
  /** What is published does not say yet what the network has decided. */
  readonly isBehind?: boolean;
};

export type UnaccreditedFact = { readonly issuer: string; readonly owner: string };

export type BacklogFact = {
  readonly program: string;
  readonly owner: string;
  readonly waiting: number;
  /** When the one who waits longest came. */
  readonly since: number;
  /** By then the one who waits longest was to have been looked at. */
  readonly promisedBy: number;
  readonly clearsInMs?: number;
};

export type CaseFact = Pick<CaseRecord, 'id' | 'class' | 'dueAt'> & { readonly owner: string };
