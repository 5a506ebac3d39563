import { createNetworkState, parseStatement, sectionsOf } from '@holdfast/core';
import { foldEntries } from '@holdfast/verifier';
import type { World } from './world.ts';

const NONE = new Uint8Array();

/**
 * What an auditor does who believes nobody: reads the log's own bytes from the first entry, and compares what they give with
 * what everybody holds, however they came to it (by streaming, by pulling, by a snapshot after a crash).
 */
export async function auditRehearsed(world: World): Promise<void> {
  const { oracles, scheduler, truth } = world;
  expectDecided(world);
  for (const { name, follower } of world.verifiers()) {
    const position = follower?.position;
    if (follower === undefined || position === undefined) continue;
    const state = createNetworkState();
    await foldEntries(state, truth.entries.slice(0, position.size).map(parseStatement), world.signatures);
    const [ours, theirs] = [sectionsOf(state), sectionsOf(follower.state)].map((sections) => JSON.stringify(sections));
    const [given = NONE, held = NONE] = [state, follower.state].map(({ lists }) => lists.get(world.place.list)?.values);
    const isSame = ours === theirs && Buffer.compare(given, held) === 0;
    const what = () => `${name} at ${position.size} holds ${theirs}, the entries give ${ours}`;
    oracles.expect('kept-state-is-what-the-entries-give', isSame, scheduler.now, what);
  }
}

/** No status has changed without as many officers' approvals as its power takes, in the log before it. */
function expectDecided({ oracles, scheduler, truth }: World): void {
  for (const { entry, decided } of truth.carriedOut) {
    const what = () => `entry ${entry} changes a status and has not been decided`;
    oracles.expect('no-change-without-a-decision', decided, scheduler.now, what);
  }
}
