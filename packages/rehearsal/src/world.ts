import type { Basis, Outcome, Position, PublicJwk, VerdictRequest } from '@holdfast/core';
import type { DecisionStore, Governor, LogStore, NetworkRole, Signer } from '@holdfast/server/roles';
import type {
  Follower,
  FollowerStore,
  FormerLog,
  FraudStore,
  Policy,
  SuccessorStores,
  Verified,
} from '@holdfast/verifier';
import type { ForeignIssuer } from './foreign-issuer.ts';
import { CIVIC, type Holder, type IssuedCredential, type NetworkPlace } from './holders.ts';
import type { IdealSignatures } from './ideal-signatures.ts';
import type { Crossings } from './lives.ts';
import type { LogTruth } from './log-truth.ts';
import type { Oracles } from './oracles.ts';
import type { Random } from './random.ts';
import type { Tally, Trace } from './report.ts';
import type { Scheduler } from './scheduler.ts';
import type { Wire } from './wire.ts';
import type { WitnessNode } from './witness-node.ts';

/** Of the log of the first network. */
export const ORIGIN = CIVIC.origin;
export const OFFICERS = ['officer-a', 'officer-b'] as const;

export const KEY_NAMES = ['network', 'log', 'governor', 'civic', 'credential', 'verdict', ...OFFICERS] as const;
export type KeyName = (typeof KEY_NAMES)[number];

/** The network as it runs now; the role is undefined while it is down, as those of the other nodes are. */
export type RunningNetwork = {
  readonly store: LogStore;
  readonly role: NetworkRole | undefined;
  /** Codes of what it told its operators of its witnesses. */
  readonly told: readonly string[];
  /** An outage: it dies, and comes back after so long. */
  stayAway(forMs: number): void;
};

/** One of the logs that a network has had. */
export type NetworkLog = { readonly origin: string; readonly node: RunningNetwork; readonly truth: LogTruth };

export type RunningGovernor = {
  readonly wire: Wire;
  readonly store: DecisionStore;
  readonly governor: Governor | undefined;
  readonly follower: Follower | undefined;
  /** Appends that the network has acknowledged: they have to be in the log for ever. */
  readonly acknowledged: readonly { readonly index: number; readonly statements: readonly string[] }[];
};

export type RunningVerifier = {
  readonly name: string;
  readonly wire: Wire;
  readonly store: FollowerStore;
  /** Proofs that it has kept. */
  readonly fraud: FraudStore;
  readonly follower: Follower | undefined;
  /** What it has asked of the network so far is bounded by the ticks that have passed. */
  expectFewCalls(): void;
  /** Follows this network beside its own, over a line that is answered with, beside what it keeps of its lies. */
  follow(other: World): { readonly wire: Wire; readonly fraud: FraudStore };
  /** It dies, and comes back with what it kept. */
  crash(): void;
  /** Somebody throws away what it has read, and starts it again. */
  startFromNothing(): void;
  /** Ends the skew of its clock. */
  setClock(): void;
  /** Undefined while it is down, or when it died before it answered. */
  verify(text: string, request: VerdictRequest): Promise<Verified | undefined>;
};

/** One index of one list: whose credential it is, only its issuer knows. */
export type Place = { readonly list: string; readonly index: number };

/** What officers know at their desk: what was acknowledged to them, and how many of them still wait. */
export type Desk = {
  /** Proposals whose last needed approval was acknowledged. */
  readonly authorised: { readonly id: string; readonly target: Place; readonly power: 'revoke' | 'suspend' }[];
  /** Approvals of each proposal that were acknowledged. */
  readonly approvals: Map<string, number>;
  open: number;
  /** How long this one takes now beside what is usual, milliseconds; nobody takes longer where it is undefined. */
  lateMs?: (officer: string) => number;
};

/** Chances of what goes wrong outside of wires. */
export type Trouble = {
  readonly engine: number;
  readonly foreign: number;
  readonly oldList: number;
  readonly desk: number;
  /** The rehearsal is being brought to its end: nothing new is begun. */
  readonly isOver: boolean;
};

export const CALM: Trouble = { engine: 0, foreign: 0, oldList: 0, desk: 0, isOver: false };

/** Everything that the parts of one rehearsal share. */
export type World = {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly signatures: IdealSignatures;
  readonly signer: Signer;
  readonly keys: Readonly<Record<KeyName, PublicJwk>>;
  /** The network's name. */
  readonly name: string;
  readonly place: NetworkPlace;
  readonly policy: Policy;
  readonly crossings: Crossings;
  /** Of the log that the network is in now. */
  readonly truth: LogTruth;
  /** Of the log of this name, which may be one before. */
  readonly truthOf: (log: string) => LogTruth | undefined;
  /** How far whoever holds these positions has read a log, also of one that came before theirs. */
  readonly reachIn: (log: string, positions: readonly Position[]) => number;
  /** The network goes on in another log: everybody's line leads to it from now on. */
  readonly goOver: (next: NetworkLog) => void;
  /** Where the network's logs are kept that come after its first; nodes follow no other log where it is undefined. */
  readonly createSuccessors: (() => SuccessorStores) | undefined;
  /** Copies of logs that have ended, as they are named to verifiers that start now. */
  readonly copies: FormerLog[];
  readonly oracles: Oracles;
  readonly faults: Tally;
  readonly verdicts: Tally;
  readonly trace: Trace;
  readonly foreign: ForeignIssuer;
  /** Empty where the rulebook names none. */
  readonly witnesses: readonly WitnessNode[];
  readonly network: () => RunningNetwork;
  readonly governor: () => RunningGovernor;
  readonly verifiers: () => readonly RunningVerifier[];
  /** Filled by the founding. */
  readonly holders: Holder[];
  /** Credentials that the issuer role has handed out since. */
  readonly issued: IssuedCredential[];
  /** Who decides, in the order in which they are asked. */
  readonly officers: readonly string[];
  readonly desk: Desk;
  /** Where the log shows a second history to some: what is so there. */
  split: LogTruth | undefined;
  /** Other networks whose credentials are shown here, by what the oracles call these, and what is so of them. */
  readonly recognised: {
    readonly prefix: string;
    readonly origin: string;
    readonly isSplit: () => boolean;
    readonly outcomeAt: (index: number, basis: Basis) => Outcome;
  }[];
  /** How much goes wrong just now. */
  readonly trouble: () => Trouble;
  readonly setTrouble: (trouble: Trouble) => void;
};
