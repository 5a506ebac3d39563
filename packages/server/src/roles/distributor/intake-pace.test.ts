import { parseAcknowledgement } from '@holdfast/core';
import { expect, test } from 'vitest';
import { createDistributorWorld } from '../../../test/distributor-world.ts';

test('an acknowledgement says where it stands and, once a pace was measured, by when it is looked at; a repeat says the same', async () => {
  let pass: (ms: number) => void = () => {};
  await using world = await createDistributorWorld({
    program: (program) => ({ ...program, allocation: { mode: 'instant', amount: '100', maxRecipients: 10 } }),
    verification: (verification) => ({
      ...verification,
      verify: (question) => {
        pass(2000);
        return verification.verify(question);
      },
    }),
  });
  const { distributor } = world;
  const { clock } = world.verifiers;
  pass = clock.jump;
  const apply = async (sent = world.sent(world.person())) => {
    const { acknowledgement, isRepeat } = await distributor.apply('relief', sent);
    return { sent, acknowledgement, isRepeat, says: parseAcknowledgement(acknowledgement).acknowledgement };
  };
  const first = await apply();
  expect(first.says).toMatchObject({ place: 1 });
  expect(first.says.promisedBy).toBeUndefined();
  expect((await apply()).says).toMatchObject({ place: 2 });
  const [backlog] = await distributor.backlogs();
  expect(backlog).toEqual({ program: 'relief', waiting: 2, taken: 2, maxApplications: expect.any(Number) });
  // Two are looked at in four seconds.
  await distributor.step();
  const later = await apply();
  expect(await distributor.backlogs()).toMatchObject([{ waiting: 1, taken: 3 }]);
  expect(await apply(first.sent)).toMatchObject({ acknowledgement: first.acknowledgement, isRepeat: true });
  expect(later.says.place).toBe(3);
  const [{ perSecond = 0 } = {}] = await distributor.backlogs();
  expect(perSecond).toBe(0.5);
  expect(later.says.promisedBy).toBe(clock.now() + 2 * 2000 + 60_000);
});

test('a program says when whom is expected', async () => {
  await using world = await createDistributorWorld();
  const { program, slots } = await world.distributor.find('relief');
  expect(slots?.from).toBe(program.window.opensAt);
  expect(slots?.until).toBeLessThanOrEqual(program.window.closesAt);
  expect((slots?.count ?? 0) * (slots?.each ?? 0)).toBeGreaterThanOrEqual(program.maxApplications);
});
