import type { Profile } from '@holdfast/core';
import { createPastLog, createVerifier, EMPTY_POLICY } from '@holdfast/verifier';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DAY_MS } from '../../../../core/test/log-builder.ts';
import { settle } from '../../../../verifier/test/manual-clock.ts';
import { createVerifierWorld, type VerifierWorld } from '../../../test/verifier-world.ts';
import { createVerifierRole, type VerifierRole } from './verifier-role.ts';

const NORTH: Profile = { id: 'north', appliesTo: ['*'], minAssurance: 'low' };
const SOUTH: Profile = { ...NORTH, id: 'south', appliesTo: [], forbiddenClaims: ['religion'], language: 'de-AT' };

let world: VerifierWorld;
let passedMs = 0;

beforeEach(async () => {
  world = await createVerifierWorld();
  passedMs = 0;
});
afterEach(() => world[Symbol.asyncDispose]());

async function start(profiles: readonly Profile[], profile?: string): Promise<VerifierRole> {
  const { follower, store, engine, clock, feed } = world;
  const { log } = feed;
  log.amend({ ...log.rulebook, profiles: [...profiles] }, log.state.time + 7 * DAY_MS);
  log.epoch(log.state.time + 7 * DAY_MS);
  feed.mint();
  await settle();
  const past = createPastLog(store, engine);
  const policy = { ...EMPTY_POLICY, ...(profile === undefined ? {} : { profile }) };
  const verifier = createVerifier({ follower, past, engine, policy, clock });
  // Days go by for the role alone: nobody follows meanwhile.
  const later = { ...clock, now: () => clock.now() + passedMs };
  return createVerifierRole({ ...(await world.role('north', { verifier })), clock: later });
}

const credential = () => world.credential({ claims: { religion: 'none', exp: 1_800_000_000 } });

test('of a presentation that a jurisdiction may not receive, nothing is kept but the signed refusal', async () => {
  const south = await start([NORTH, SOUTH], 'south');
  const refused = await south.verify({
    credential: credential(),
    want: { class: 'pay', freshness: { mode: 'any' } },
    keepStanding: true,
  });
  expect(refused.verdict).toMatchObject({ outcome: 'invalid', basis: { profile: 'south' } });
  expect(await south.verdict(refused.id)).toMatchObject({ isReplayable: false });
  await expect(south.replayBundle(refused.id)).rejects.toMatchObject({ code: 'verdict.erased' });
  expect((await south.openStandings()).standings).toEqual([]);
  expect(south.jurisdiction.languageOf(refused.verdict)).toBe('de-AT');
});

test('the same presentation is kept where it may be received', async () => {
  const north = await start([NORTH, SOUTH]);
  const given = await north.verify({ credential: credential() });
  expect(given.verdict.outcome).toBe('valid');
  expect(await north.verdict(given.id)).toMatchObject({ isReplayable: true });
});

test('a rulebook bounds how long what was presented is kept, down to not at all', async () => {
  const north = await start([{ ...NORTH, retentionDays: 2 }]);
  const { id } = await north.verify({ credential: world.credential({ claims: { exp: 1_800_000_000 } }) });
  passedMs = 2 * DAY_MS;
  await north.sweep();
  expect(await north.verdict(id)).toMatchObject({ isReplayable: true });
  passedMs += 1;
  await north.sweep();
  expect(await north.verdict(id)).toMatchObject({ isReplayable: false });
  const none = await start([{ ...NORTH, retentionDays: 0 }]);
  const given = await none.verify({ credential: world.credential({ claims: { exp: 1_800_000_000 } }) });
  expect(await none.verdict(given.id)).toMatchObject({ isReplayable: false });
});
