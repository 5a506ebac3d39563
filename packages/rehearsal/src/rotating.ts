import { encodeNote, encodeSnapshot, noteMessage, parseNote, parseSnapshot, vkeyOf } from '@holdfast/core';
import { createApproval } from '@holdfast/server/roles';
import { keyInForce, logKeyOf, openCheckpoint, openSnapshot } from '@holdfast/verifier';
import { insist } from './deciding.ts';
import { OFFICERS, type RunningVerifier, type World } from './world.ts';

/** Mean time between two changes of the log's key; and how long officers and thieves take, at most. Milliseconds. */
const BETWEEN_MS = 20_000;
const OFFICER_MS = 4000;
const THEFT_MS = 15_000;
const LOOK_MS = 1000;
const LOOKS_PER_STRANGER = 5;

/** The quorum changes the key of the log again and again. */
export function startChangingKey(world: World): void {
  const { scheduler } = world;
  const random = world.random.fork('rotations');
  let rotations = 0;
  const rotate = () => {
    if (world.trouble().isOver) return;
    rotations += 1;
    changeKey(world, `rotation ${rotations}`, random.chance(0.5)).catch(() => undefined);
    scheduler.after(1 + random.below(2 * BETWEEN_MS), rotate);
  };
  scheduler.after(BETWEEN_MS, rotate);
}

/**
 * The quorum changes the key of the log again and again, with an overlap or because a thief has it; and now and then a thief
 * of the first key answers one of the verifiers, showing the true log under the stolen key alone.
 */
export function startRotating(world: World): void {
  const { scheduler } = world;
  const random = world.random.fork('thefts');
  const steal = () => {
    for (const { wire } of world.verifiers()) wire.thief = undefined;
    if (world.trouble().isOver) return;
    const { wire } = random.pick(world.verifiers());
    wire.thief = (note) => signedByFirst(world, note);
    scheduler.after(1 + random.below(THEFT_MS), steal);
  };
  let looks = 0;
  const look = () => {
    for (const node of world.verifiers()) expectKeyInForce(world, node).catch(() => undefined);
    looks += 1;
    if (looks % LOOKS_PER_STRANGER === 0) expectSafeForStrangers(world).catch(() => undefined);
    if (!world.trouble().isOver) scheduler.after(LOOK_MS, look);
  };
  startChangingKey(world);
  scheduler.after(2 * BETWEEN_MS, steal);
  look();
}

/** With an overlap, or because a thief has it; by a key that officers name in time. */
export async function changeKey(world: World, key: string, isStolen: boolean): Promise<void> {
  const { scheduler, network, signer, faults } = world;
  const random = world.random.fork(key);
  const { role } = network();
  const current = role?.state.rulebook?.body;
  if (role === undefined || current === undefined) return;
  const vkey = await role.createLogKey();
  const { log } = current;
  const stolen = [...(log.compromised ?? []), { vkey: log.vkey, from: role.health().size }].slice(-16);
  const next = isStolen
    ? { origin: log.origin, vkey, compromised: stolen }
    : { ...log, vkey, previous: { vkey: log.vkey, until: scheduler.now + random.below(BETWEEN_MS) } };
  const request = { power: 'amend', class: 'rules-revised', rulebook: { ...current, log: next } } as const;
  const proposal = await insist(world, (governor) => governor.propose(request, key));
  for (const officer of OFFICERS.slice(0, proposal?.needed ?? 0)) {
    await scheduler.clock().sleep(random.below(OFFICER_MS));
    if (proposal === undefined) return;
    const approval = await createApproval(signer, officer, proposal.digest);
    await insist(world, (governor) => governor.approve(proposal.id, approval));
  }
  faults.add(isStolen ? 'key of the log stolen' : 'key of the log changed');
}

/** What a thief of the first key can make of any checkpoint. */
async function signedByFirst({ signer, faults, place }: World, note: string): Promise<string> {
  const { text } = parseNote(note);
  const { name, keyId } = vkeyOf(place.origin, await signer.readPublicKey('log'));
  faults.add('checkpoint by a stolen key');
  return encodeNote({ text, signatures: [{ name, keyId, signature: await signer.sign('log', noteMessage(text)) }] });
}

/** What a verifier has kept bears the signature of the key that its own log has in force there. */
async function expectKeyInForce({ oracles, scheduler, signatures }: World, node: RunningVerifier): Promise<void> {
  const { checkpoint, size } = await node.store.readHead();
  const state = node.follower?.state;
  if (checkpoint === undefined || state?.rulebook === undefined || state.tree.size !== size) return;
  const holds = await openCheckpoint(checkpoint, logKeyOf(state.rulebook.body), signatures).then(
    () => true,
    () => false,
  );
  oracles.expect('log-key-in-force', holds, scheduler.now, () => `${node.name} keeps a checkpoint of another key`);
}

/**
 * Whoever comes new, with the name of the network alone, begins at what the network has folded, by the key in force there; and
 * at nothing of what a thief of the first key makes of it once that is given up.
 */
async function expectSafeForStrangers(world: World): Promise<void> {
  const { network, oracles, scheduler, signatures, name, place, keys, signer } = world;
  const bytes = await network().role?.fetchSnapshot?.(new AbortController().signal);
  if (bytes === undefined) return;
  const first = vkeyOf(place.origin, await signer.readPublicKey('log'));
  const founding = {
    network: name,
    origin: place.origin,
    keys: { network: keys.network, governor: keys.governor },
    first,
    entry: '',
  };
  const opens = (shown: Uint8Array) =>
    openSnapshot(shown, { founding, engine: signatures }).then(
      () => true,
      () => false,
    );
  const { state, epoch, checkpoint } = parseSnapshot(bytes);
  const stolen = encodeSnapshot(state, { epoch: epoch.text, checkpoint: await signedByFirst(world, checkpoint) });
  const isGivenUp = keyInForce(state, first).keyId !== first.keyId;
  const isHonestTaken = await opens(bytes);
  const isStolenTaken = isGivenUp && stolen !== undefined && (await opens(stolen));
  const told = () => `a stranger ${isStolenTaken ? 'begins by a stolen key' : 'cannot begin'}`;
  oracles.expect('log-key-in-force', isHonestTaken && !isStolenTaken, scheduler.now, told);
}
