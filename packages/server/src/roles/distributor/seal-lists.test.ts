import { expect, test } from 'vitest';
import { createDistributorWorld } from '../../../test/distributor-world.ts';
import { readSealLists, readSealListsPage } from './seal-lists.ts';

test('the pages of the lists are together the lists, whatever their length, and end', async () => {
  await using world = await createDistributorWorld();
  const people = [1, 2, 3].map(() => world.person());
  for (const person of [...people, ...people.slice(0, 1)]) await world.distributor.apply('relief', world.sent(person));
  await world.close();
  await world.work();
  const whole = await readSealLists(world.store, 'relief');
  expect([whole.admitted.length, whole.refused.length]).toEqual([3, 1]);
  for (const limit of [1, 2, 3, 4, 5]) {
    const pages = [];
    let after: string | undefined;
    do {
      const page = await readSealListsPage(world.store, 'relief', after, limit);
      expect(page.admitted.length + page.refused.length).toBeLessThanOrEqual(limit);
      pages.push(page);
      after = page.next;
    } while (after !== undefined && pages.length < 10);
    expect(pages.flatMap(({ admitted }) => admitted)).toEqual(whole.admitted);
    expect(pages.flatMap(({ refused }) => refused)).toEqual(whole.refused);
    expect(after).toBeUndefined();
  }
});
