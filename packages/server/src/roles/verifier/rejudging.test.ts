import { EMPTY_POLICY } from '@holdfast/verifier';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DAY_MS } from '../../../../core/test/log-builder.ts';
import { createVerifierWorld, type VerifierWorld } from '../../../test/verifier-world.ts';
import { createLaterRules } from './later-rules.ts';
import { createVerifierRole, type VerifierRole } from './verifier-role.ts';

let world: VerifierWorld;
let north: VerifierRole;

beforeEach(async () => {
  world = await createVerifierWorld();
  const { follower, engine, clock } = world;
  const buildVerifier = createLaterRules({ follower, engine, clock, policy: () => EMPTY_POLICY });
  north = createVerifierRole(await world.role('north', { buildVerifier }));
});
afterEach(() => world[Symbol.asyncDispose]());

const forbidding = () => {
  const profile = { id: 'strict', appliesTo: ['*'], minAssurance: 'low' as const, forbiddenClaims: ['religion'] };
  return { ...world.feed.log.rulebook, profiles: [profile] };
};
const ask = (index: number, claims = {}) =>
  north.verify({ credential: world.credential({ status: { uri: 'https://civic.example/lists/1', index }, claims }) });

test('kept verdicts are judged again by the later rules, and who would be refused is told by handles alone', async () => {
  const devout = await ask(1, { religion: 'some' });
  await ask(2);
  // Of one credential the latest verdict stands for all of them.
  const again = await ask(1, { religion: 'some' });
  const found = await north.rejudge({ sinceMs: DAY_MS }, { rulebook: forbidding() });
  expect(found).toEqual({
    ...{ examined: 2, erased: 0, unchanged: 1, accepted: [] },
    refused: [{ id: again.id, answeredAt: world.clock.now(), code: 'profile.claim_forbidden' }],
  });
  expect(JSON.stringify(found)).not.toContain(devout.verdict.basis.presented);
  expect(await north.rejudge({ sinceMs: DAY_MS }, {})).toMatchObject({ examined: 2, unchanged: 2, refused: [] });
});

test('a later policy may accept and refuse, and what lies further back is left alone', async () => {
  await ask(1);
  const policy = { ...EMPTY_POLICY, profile: 'nowhere' };
  expect((await north.rejudge({ sinceMs: DAY_MS }, { policy })).refused).toMatchObject([{ code: 'profile.unknown' }]);
  await world.clock.advance(20);
  expect(await north.rejudge({ sinceMs: 10 }, { policy })).toMatchObject({ examined: 0, refused: [] });
});

test('a period is read in pages, and a credential counts once on whichever page its latest verdict is', async () => {
  const first = await ask(1, { religion: 'some' });
  for (let i = 0; i < 201; i += 1) await north.verify({ credential: `no credential ${i}` });
  await ask(2);
  const page = await north.rejudge({ sinceMs: DAY_MS }, { rulebook: forbidding() });
  expect(page).toMatchObject({ examined: 200, unchanged: 200, refused: [], next: { id: expect.any(String) } });
  const { next: after } = page;
  if (after === undefined) return expect.fail('there is more');
  const rest = await north.rejudge({ sinceMs: DAY_MS, after }, { rulebook: forbidding() });
  expect(rest).toMatchObject({ examined: 3, refused: [{ id: first.id }] });
  expect(rest).not.toHaveProperty('next');
  // Asked about again since, it stands on the first page and no more on the last.
  await ask(1, { religion: 'some' });
  const again = await north.rejudge({ sinceMs: DAY_MS, after }, { rulebook: forbidding() });
  expect(again).toMatchObject({ examined: 2, refused: [] });
});

test('where it cannot be worked out, that is said', async () => {
  const plain = createVerifierRole(await world.role('south'));
  await expect(plain.rejudge({ sinceMs: DAY_MS }, {})).rejects.toMatchObject({ code: 'rejudge.unavailable' });
});
