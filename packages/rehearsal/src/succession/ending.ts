import { assert, parseStatement } from '@holdfast/core';
import { createApproval, type LogStore } from '@holdfast/server/roles';
import type { Follower } from '@holdfast/verifier';
import { runUntilDone } from '../founding.ts';
import type { LogTruth } from '../log-truth.ts';
import type { Money } from '../money/money.ts';
import { NetworkNode } from '../network-node.ts';
import { showSecond, startSecondHistory } from '../split/second-history.ts';
import { HEALTHY, type Wire } from '../wire.ts';
import { OFFICERS, type Place, type World } from '../world.ts';

/**
 * `lost`: the log is gone, and its copy ends before a decision that one verifier has read; `sealed`: the same, just when a program was
 * sealed and nobody can be asked to confirm it; `forked`: it has shown two histories.
 */
export type Ending = 'lost' | 'sealed' | 'forked';

/** Somebody who follows the network, and the line over which they do. */
export type Following = { readonly name: string; readonly wire: Wire; readonly follower: () => Follower | undefined };

/** The log that has ended, and what its end has done to whom. */
export type Ended = {
  readonly truth: LogTruth;
  readonly copy: LogStore;
  /** Where the officers' copy ends, in entries; the new log goes on from there. */
  readonly size: number;
  /** How far the verifier had read that was away for the last part of it; `size` where none was. */
  readonly away: number;
  /** Who cannot go over, because they have read what the copy does not have, and by which code they are told. */
  readonly stranded: ReadonlyMap<string, string>;
  /** What was revoked in the old log after the copy's end, and who has read that. */
  readonly dropped: (Place & { readonly reader: string }) | undefined;
  /** Those who halted at two histories, and have read the one that the copy is of. */
  readonly halted: ReadonlySet<string>;
};

/** What everybody has read who is not cut off. */
const READ_MS = 20_000;
const STEP_MS = 50;
/** Decision, epoch and push. */
const DECIDED_MS = 3000;
/** How long one verifier is away before the log ends. */
const AWAY_MS = 15_000;
/** How long some are shown another history; and by when whoever is shown both has pulled, and found out. */
const APART_MS = 20_000;
const FOUND_OUT_MS = 40_000;
/** Who is away before a log is lost, and is shown another history of one that lies. */
const AWAY = 'cut-off';
const CUT = { ...HEALTHY, isRequestCut: true, isAnswerCut: true };

export function followingOf(world: World, { distributor, north }: Money): Following[] {
  const nodes = [
    ...world.verifiers().map((node) => ({ name: node.name, node })),
    { name: 'governor', node: world.governor() },
    { name: 'distributor', node: distributor },
    { name: 'north', node: north },
  ];
  return nodes.map(({ name, node }) => ({ name, wire: node.wire, follower: () => node.follower }));
}

export async function endLog(world: World, following: readonly Following[], ending: Ending): Promise<Ended> {
  const ended = ending === 'forked' ? await forkLog(world, following) : await loseLog(world, following);
  const node = world.network();
  assert(node instanceof NetworkNode, 'what runs is one of ours');
  node.end();
  for (const { wire } of following) {
    wire.shownBy = undefined;
    wire.conditions = HEALTHY;
    wire.hangUp();
  }
  world.faults.add(`log ${ending}`);
  return ended;
}

/** Nothing comes through to one of them from now on, while the log goes on. How far it has read. */
async function goAway({ scheduler }: World, following: readonly Following[]): Promise<number> {
  const gone = following.find(({ name }) => name === AWAY);
  assert(gone !== undefined, 'one of the verifiers is often away');
  gone.wire.conditions = CUT;
  gone.wire.hangUp();
  await scheduler.run(scheduler.now + AWAY_MS);
  return gone.follower()?.position?.size ?? 0;
}

/** The size of the log once all of these have read all of it. */
async function readByAll({ scheduler, network }: World, following: readonly Following[]): Promise<number> {
  for (let waited = 0; waited < READ_MS; waited += STEP_MS) {
    const size = network().role?.health().size ?? 0;
    if (size > 0 && following.every(({ follower }) => follower()?.position?.size === size)) return size;
    await scheduler.run(scheduler.now + STEP_MS);
  }
  throw new Error('In calm weather everybody reads the log.');
}

/** The last that anybody else has of it is an epoch before a revocation, which one verifier has read; one has been away for longer. */
async function loseLog(world: World, following: readonly Following[]): Promise<Ended> {
  const { scheduler, truth, holders, place } = world;
  const [reader] = following;
  const away = await goAway(world, following);
  const present = following.filter(({ name }) => name !== AWAY);
  const { governor } = world.governor();
  assert(governor !== undefined && reader !== undefined, 'the governor runs while all is calm');
  const open = holders.findLast(({ index }) => reader.follower()?.state.lists.get(place.list)?.values[index] === 0);
  const target = { list: place.list, index: open?.index ?? 0 };
  const request = { power: 'revoke', class: 'residence-ended', targets: [target], reason: 'the last one' } as const;
  const { id, digest } = await runUntilDone(world, governor.propose(request, 'the last one'));
  const size = await readByAll(world, present);
  // The network hears the governor, and nobody but one verifier hears the network.
  for (const { name, wire } of following) {
    if (name === reader.name) continue;
    wire.conditions = name === 'governor' ? { ...CUT, isRequestCut: false } : CUT;
    wire.hangUp();
  }
  for (const officer of OFFICERS) {
    governor.approve(id, await createApproval(world.signer, officer, digest)).catch(() => undefined);
  }
  await scheduler.run(scheduler.now + DECIDED_MS);
  const isRead = reader.follower()?.state.lists.get(place.list)?.values[target.index] === 1;
  const read = truth.entries.slice(size, reader.follower()?.position?.size ?? 0);
  // Where the governor waited for its last answer, another decision than ours may be what nobody else has read, or none.
  const isBehind = read.some((entry) => !isEpoch(entry));
  return {
    ...{ truth, size, away, copy: world.network().store, halted: new Set<string>() },
    stranded: new Map(isBehind ? [[reader.name, 'feed.succession-behind']] : []),
    dropped: isRead ? { ...target, reader: reader.name } : undefined,
  };
}

export function isEpoch(entry: string): boolean {
  const parse = parseStatement(entry);
  return parse.ok && parse.statement.body.type === 'epoch';
}

/** Most have read the history that the officers go on from, and halted when they saw the other; one has read that other one. */
async function forkLog(world: World, following: readonly Following[]): Promise<Ended> {
  const { scheduler, truth } = world;
  const second = await startSecondHistory(world);
  const bringTogether = divideWitnesses(world, second.node);
  const deceived = following.filter(({ name }) => name === AWAY);
  const honest = following.filter(({ name }) => name !== AWAY);
  const halting = honest.filter(({ name }) => !['pulled', 'governor'].includes(name));
  for (const { wire } of deceived) showSecond(wire, second);
  await scheduler.run(scheduler.now + APART_MS);
  const size = await readByAll(world, honest);
  for (const { wire } of honest) {
    wire.conditions = CUT;
    wire.hangUp();
  }
  for (const { wire } of halting) {
    wire.conditions = HEALTHY;
    showSecond(wire, second);
  }
  for (const { wire } of deceived) {
    wire.shownBy = undefined;
    wire.hangUp();
  }
  await scheduler.run(scheduler.now + FOUND_OUT_MS);
  bringTogether();
  second.node.end();
  return {
    ...{ truth, size, away: size, copy: world.network().store, dropped: undefined },
    halted: new Set(halting.map(({ name }) => name)),
    stranded: new Map(deceived.map(({ name }) => [name, 'feed.succession-unknown'])),
  };
}

/** While a log shows two histories, each of the two witnesses that are sound is asked for one of them alone, and signs that. */
function divideWitnesses({ witnesses, network }: World, second: object): () => void {
  for (const witness of witnesses) {
    if (witness.habit === 'sound') witness.onlyFor = network();
    if (witness.habit === 'late') witness.onlyFor = second;
  }
  return () => {
    for (const witness of witnesses) witness.onlyFor = undefined;
  };
}
