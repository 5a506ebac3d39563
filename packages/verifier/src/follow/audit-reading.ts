import {
  type Auditor,
  type CompactTree,
  createCompactTree,
  createNetworkState,
  type NetworkState,
  type Position,
  type Refusal,
  type StatementParse,
  type Vkey,
} from '@holdfast/core';
import type { SignatureEngine } from '../signatures/engine.ts';
import type { AuditFault } from './audit-faults.ts';
import type { AuditSource } from './audit-source.ts';
import type { LogFounding } from './log-key.ts';
import type { SignedCheckpoint } from './proved-entries.ts';

export type AuditOptions = {
  readonly engine: SignatureEngine;
  /** The name the network ought to have; without it the audit holds for whatever network this is. */
  readonly network?: string;
  /** How far somebody says to have read: what of it is of this log must be in it. */
  readonly seen?: readonly Position[];
  readonly signal: AbortSignal;
  /** Looks at each entry as it is folded: whether every power was rightly used (core/audit). */
  readonly auditor?: Auditor;
};

/** `index` to `until` (exclusive) is where it lies. */
export type FoundFault = { readonly fault: AuditFault & { readonly index: number }; readonly until: number };

/** How far an audit has come, and what it has found. */
export type Reading = {
  readonly source: AuditSource;
  readonly options: AuditOptions;
  readonly checkpoint: SignedCheckpoint;
  state: NetworkState;
  /** Of the entries read. */
  tree: CompactTree;
  /** Of what the tiles of leaves say, while they say anything. */
  said: CompactTree;
  /** Hashes of the complete subtrees of 256, 65,536... entries, by tile level from 1 on: what tiles must say. */
  readonly upper: Map<number, Uint8Array>[];
  /** Root after each epoch, to find where a wrong root began. */
  readonly roots: { readonly size: number; readonly root: Uint8Array }[];
  /** What the first entry founds, once that was read. */
  founding: LogFounding | undefined;
  /** Entries that it went over, because the log no longer answers for them. */
  unseen: { readonly from: number; readonly to: number } | undefined;
  /** Where the log ended that this one goes on from. */
  succeeds: Position | undefined;
  /** Keys that the log has had, in this order. */
  readonly vkeys: Vkey[];
  readonly refused: Partial<Record<Refusal, number>>;
  /** First entry since the last epoch that the fold refused. */
  suspect: { readonly index: number; readonly why: Refusal; readonly parse: StatementParse | undefined } | undefined;
  network: string;
  epochs: number;
  isReading: boolean;
  isFolding: boolean;
  /** Nothing that stands on this checkpoint means anything. */
  fatal: AuditFault | undefined;
  readonly faults: FoundFault[];
};

export function startReading(source: AuditSource, options: AuditOptions, checkpoint: SignedCheckpoint): Reading {
  return {
    source,
    options,
    checkpoint,
    state: createNetworkState(),
    tree: createCompactTree(),
    said: createCompactTree(),
    upper: [],
    roots: [],
    founding: undefined,
    unseen: undefined,
    succeeds: undefined,
    vkeys: [],
    refused: {},
    suspect: undefined,
    network: '',
    epochs: 0,
    isReading: true,
    isFolding: true,
    fatal: undefined,
    faults: [],
  };
}
