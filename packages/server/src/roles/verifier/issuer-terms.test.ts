import { judgeReplay, prepareReplay } from '@holdfast/core';
import { EMPTY_POLICY } from '@holdfast/verifier';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createVerifierWorld, type VerifierWorld } from '../../../test/verifier-world.ts';
import { createVerifierRole } from './verifier-role.ts';

let world: VerifierWorld;
beforeEach(async () => {
  world = await createVerifierWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

test('a verdict by a policy that asks for the record of issuers is replayed from what it stood on alone', async () => {
  const issuers = { minAgeMs: 1, maxMissedDeadlines: { count: 0, windowMs: 86_400_000 } };
  const north = createVerifierRole(await world.role('north', { policy: { ...EMPTY_POLICY, issuers } }));
  const given = await north.verify({ credential: world.credential() });
  expect(given.verdict).toMatchObject({ outcome: 'valid', basis: { issuers } });
  const bundle = await north.replayBundle(given.id);
  const plan = prepareReplay(bundle);
  const results = await world.engine.verify(plan.checks.map(({ check }) => check));
  expect(judgeReplay(plan, results)).toMatchObject({ same: true, broken: [] });
  // Without the record the verdict would be another: it cannot be left out in silence.
  const { incidents, ...network } = bundle.network ?? { incidents: undefined };
  expect(incidents).toEqual([]);
  const bare = prepareReplay({ ...bundle, network: network as NonNullable<typeof bundle.network> });
  expect(judgeReplay(bare, results)).toMatchObject({ same: false, recomputed: { outcome: 'unknown' } });
});
