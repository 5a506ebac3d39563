import { expect, test } from 'vitest';
import { createGovernorWorld, decided, revoke } from '../../test/governor-world.ts';
import { isOfficersWord } from './admitting.ts';

test('only the signature of an officer in force, under what is not decided yet, lets a request ride with the officers', async () => {
  const world = await createGovernorWorld();
  let verified = 0;
  const engine: typeof world.ports.engine = {
    verify: (checks) => {
      verified += checks.length;
      return world.ports.engine.verify(checks);
    },
  };
  const isWord = (body: unknown) => isOfficersWord(body, world.follower.state, engine);
  const proposal = await world.governor.propose(revoke(7), 'key-1');
  const approval = world.approval(proposal.digest, 'officer-a');
  for (const body of [undefined, null, 'x', {}, { approval: 7 }, { approval: 'no jws' }]) {
    expect(await isWord(body)).toBe(false);
  }
  expect(await isWord({ approval: world.approval(proposal.digest, 'stranger') })).toBe(false);
  expect(verified).toBe(0);
  expect(await isWord({ approval: `${approval.slice(0, -4)}AAAA` })).toBe(false);
  expect(await isWord({ approval })).toBe(true);
  await decided(world, revoke(7), 'key-1');
  // What stands in the log anybody can send again.
  expect(await isWord({ approval })).toBe(false);
  const [decision = []] = world.appended;
  expect(await isWord({ statements: decision })).toBe(false);
});

test('a decision that a governor in another process brings to the log rides with the officers, until it stands there', async () => {
  const world = await createGovernorWorld();
  const before = { ...world.follower.state, decided: new Set(world.follower.state.decided) };
  await decided(world, revoke(7), 'key-1');
  const [statements = []] = world.appended;
  const isWord = (body: unknown) => isOfficersWord(body, before, world.ports.engine);
  expect(await isWord({ statements })).toBe(true);
  expect(await isWord({ statements: ['garbage', 7] })).toBe(false);
  const forged = statements.map((text) => `${text.slice(0, -4)}AAAA`);
  expect(await isWord({ statements: forged })).toBe(false);
});
