import { assert, encodeAddCheckpoint } from '@holdfast/core';
import { runUntilDone } from '../founding.ts';
import type { World } from '../world.ts';
import type { Ended, Following } from './ending.ts';
import type { LyingLog } from './liars.ts';

/** By then all of them are well and have been asked again. */
const CONFIRMED_MS = 40_000;
const ANY_SIZE = Number.MAX_SAFE_INTEGER;

const soundOf = ({ witnesses }: World) => witnesses.filter(({ habit }) => habit !== 'liar');

/** A log that no quorum has opened gets no cosignature, not even from whoever answers for the network just then. */
export async function expectNotWitnessed(world: World, { kind, role }: LyingLog): Promise<void> {
  const note = await role.fetchCheckpoint(new AbortController().signal);
  for (const witness of soundOf(world)) {
    witness.shownBy = () => role;
    const isSigned = await runUntilDone(world, witness.signs(encodeAddCheckpoint(0, [], note)));
    witness.shownBy = undefined;
    const what = () => `${witness.name} signs a log that ${kind} has opened`;
    world.oracles.expect('witnesses-follow-the-quorum', !isSigned, world.scheduler.now, what);
  }
}

/** What the log that ended has signed is as old as it was: nobody makes it young again who has gone over. */
export async function expectLeftBehind(world: World, { copy }: Ended, successor: string): Promise<void> {
  for (const witness of soundOf(world)) {
    const size = witness.largest(world.place.origin);
    const note = await copy.readCheckpoint(size);
    assert(note !== undefined, 'a log has an epoch before anybody signs it');
    if (witness.signedAt(successor, ANY_SIZE) === 0) continue;
    const asked = encodeAddCheckpoint(size, [], note);
    const isSigned = await runUntilDone(world, witness.signs(asked));
    const what = () => `${witness.name} signs the log that has ended`;
    world.oracles.expect('ended-log-gets-no-cosignature', !isSigned, world.scheduler.now, what);
  }
}

/** Those who have gone over count what witnesses say of the new log, however they had been lied to; and it is young. */
export function expectConfirmed(world: World, following: readonly Following[], successor: string): void {
  const { scheduler, oracles, witnesses } = world;
  for (const { name, follower } of following) {
    const view = follower()?.view();
    if (witnesses.length === 0 || view?.position.log !== successor) continue;
    const { time = 0, by = [] } = view.witnessed ?? {};
    const ageMs = scheduler.now - time;
    const what = () => `${name} at ${view.position.size} has the word of ${by.length}, ${ageMs} ms old`;
    oracles.expect('confirmed-again-in-the-next-log', ageMs <= CONFIRMED_MS, scheduler.now, what);
  }
}
