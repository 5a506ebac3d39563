import {
  apply,
  approvalSigningInput,
  CodedError,
  encodeJws,
  type NetworkState,
  type Party,
  type Position,
  parseStatement,
  parseUtf8,
  restorePoint,
  type StatementBody,
  statementChecks,
} from '@holdfast/core';
import { createNetworkState } from '../../core/src/fold/state.ts';
import { buildLog, foldEntry, LIST_URI, type LogBuilder, type LogOptions } from '../../core/test/log-builder.ts';
import type { TestSignatures } from '../../core/test/test-keys.ts';
import { createManualClock, type ManualClock, settle } from '../../verifier/test/manual-clock.ts';
import { createDecisionStoreMemory } from '../src/adapters/memory/decision-store.ts';
import type { DecisionStore } from '../src/ports/decision-store.ts';
import type { Entropy } from '../src/ports/entropy.ts';
import type { Network } from '../src/ports/network.ts';
import {
  createGovernor,
  type Governor,
  type GovernorBounds,
  type GovernorPorts,
} from '../src/roles/governor/governor.ts';
import type { Proposal } from '../src/roles/governor/proposal.ts';
import type { ProposalRequest, StatusRequest } from '../src/roles/governor/request.ts';

/** What goes wrong with one append: nothing reaches the log, or it does and the answer is lost, or it takes until told. */
type Fault = 'unreachable' | 'answer-lost' | Promise<void>;

/** A governor with a small network around it: the log and its one follower, which reads on at each epoch. */
export type GovernorWorld = {
  readonly log: LogBuilder;
  readonly clock: ManualClock;
  readonly store: DecisionStore;
  readonly signatures: TestSignatures;
  readonly governor: Governor;
  readonly follower: GovernorPorts['follower'];
  readonly ports: GovernorPorts;
  /** Appends that reached the log, each as its statements. */
  readonly appended: (readonly string[])[];
  /** How often an append was asked for. */
  readonly asked: () => number;
  /** The next appends go wrong in these ways, in this order. */
  readonly fail: (...faults: readonly Fault[]) => void;
  readonly epoch: (time?: number) => void;
  /** An officer signs a digest without looking. */
  readonly approval: (digest: string, officer: string) => string;
  /** Another governor on the same store, as after a crash; the first one is not asked to stop. */
  readonly restart: (bounds?: Partial<GovernorBounds>) => Promise<Governor>;
  readonly value: (index: number) => number | undefined;
};

export type WorldOptions = LogOptions & { readonly store?: DecisionStore; readonly bounds?: Partial<GovernorBounds> };

export async function createGovernorWorld(options: WorldOptions = {}): Promise<GovernorWorld> {
  const log = buildLog(options);
  const { signatures } = log;
  const store = options.store ?? createDecisionStoreMemory();
  const clock = createManualClock(log.state.time);
  const reader = createReader(log);
  const { network, appended, faults, asked } = createNetwork(log);
  const key = signatures.key('governor');
  const ports: GovernorPorts = {
    clock,
    entropy: createTestEntropy(),
    signer: {
      readPublicKey: async () => key.jwk,
      sign: async (_name, bytes) => key.sign(parseUtf8(bytes)),
    },
    store,
    network,
    follower: reader.follower,
    engine: { verify: async (checks) => checks.map(signatures.verify) },
  };
  const governor = createGovernor(ports, options.bounds);
  await governor.start();
  return {
    log,
    clock,
    store,
    signatures,
    governor,
    follower: reader.follower,
    ports,
    appended,
    asked,
    fail: (...next) => void faults.push(...next),
    epoch: (time) => {
      const applied = log.epoch(time);
      if (!applied.ok) throw new Error(`the epoch was refused: ${applied.why}`);
      reader.readOn();
    },
    approval: (digest, officer) => {
      const { jwk, sign } = signatures.key(officer);
      const input = approvalSigningInput(digest, jwk);
      return encodeJws(input, sign(input));
    },
    restart: async (bounds) => {
      const next = createGovernor(ports, bounds ?? options.bounds);
      await next.start();
      return next;
    },
    value: (index) => [...log.state.lists.values()][0]?.values[index],
  };
}

/** Follows the builder's log epoch by epoch, as a follower does. */
function createReader(log: LogBuilder) {
  const state = createNetworkState();
  const listeners = new Set<() => void>();
  const readOn = () => {
    for (const entry of log.entries.slice(state.tree.size)) foldEntry(state, entry, log.signatures);
    for (const listener of [...listeners]) listener();
  };
  readOn();
  const follower = {
    state: state as Readonly<NetworkState>,
    get position(): Position | undefined {
      return state.position;
    },
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    awaitSize: async (size: number) => (state.position?.size ?? 0) >= size,
  };
  return { follower, readOn };
}

/** Takes statements as the network does: all in order or none; the same statements again give the same receipt. */
function createNetwork(log: LogBuilder) {
  const appended: (readonly string[])[] = [];
  const faults: Fault[] = [];
  let count = 0;
  const append: Network['append'] = async (statements) => {
    count += 1;
    const fault = faults.shift();
    if (fault === 'unreachable') throw new CodedError('network.unreachable', 'no answer');
    if (fault instanceof Promise) await fault;
    const index = appendOnce(log, statements, appended);
    if (fault === 'answer-lost') throw new CodedError('network.unreachable', 'no answer');
    return { index, count: statements.length };
  };
  const network = {
    append,
    fetchEntries: async (from: number, to: number) => log.entries.slice(from, to),
  };
  return { network, appended, faults, asked: () => count };
}

function appendOnce(log: LogBuilder, statements: readonly string[], appended: (readonly string[])[]): number {
  const known = log.entries.findIndex((_, i) => statements.every((statement, j) => log.entries[i + j] === statement));
  if (known !== -1) return known;
  const parses = statements.map(parseStatement);
  const restore = restorePoint(log.state, parses);
  for (const parse of parses) {
    const applied = apply(log.state, parse, statementChecks(log.state, parse).map(log.signatures.verify));
    if (applied.ok) continue;
    restore();
    throw new CodedError('statement.refused', 'the fold refuses it', { why: applied.why });
  }
  appended.push(statements);
  return log.entries.push(...statements) - statements.length;
}

/** Bytes that repeat from run to run and never within one. */
export function createTestEntropy(): Entropy {
  let counter = 0;
  return {
    bytes: (count) => {
      counter += 1;
      return Uint8Array.from({ length: count }, (_, i) => (i < 4 ? counter >> (8 * i) : i * 37 + counter));
    },
  };
}

export function officerParty(signatures: TestSignatures, id: string, changes: Partial<Party> = {}): Party {
  const keys: Party['keys'] = [{ use: 'approval', key: signatures.key(id).jwk }];
  return { id, kind: 'officer', roles: ['revoker'], keys, accreditations: [], ...changes };
}

export const target = (index: number) => ({ list: LIST_URI, index });
export const revoke = (...indices: number[]): StatusRequest => ({
  power: 'revoke',
  class: 'residence-ended',
  targets: indices.map(target),
  reason: 'moved away',
});
export const suspend = (index: number, durationMs?: number): StatusRequest => ({
  power: 'suspend',
  class: 'residence-ended',
  targets: [target(index)],
  ...(durationMs === undefined ? {} : { durationMs }),
});

/** Approves and lets the network mint its epoch, so that nobody waits for time to pass. */
export async function approve(world: GovernorWorld, proposal: Proposal, officer: string, governor = world.governor) {
  const answer = governor.approve(proposal.id, world.approval(proposal.digest, officer));
  answer.catch(() => undefined);
  await settle();
  if (world.log.state.position?.size !== world.log.state.tree.size) world.epoch();
  await settle();
  return answer;
}

export async function decided(world: GovernorWorld, request: ProposalRequest, key: string): Promise<Proposal> {
  const proposal = await world.governor.propose(request, key);
  await approve(world, proposal, 'officer-a');
  return proposal.needed === 1 ? world.governor.find(proposal.id) : approve(world, proposal, 'officer-b');
}

/** What these statements say; undefined for one of an unknown type. */
export function bodies(statements: readonly string[] = []): (StatementBody | undefined)[] {
  return statements.map((statement) => {
    const parse = parseStatement(statement);
    return parse.ok && parse.statement.body.type !== 'unknown' ? parse.statement.body : undefined;
  });
}

export { settle };
