import { expect, test } from 'vitest';
import { CodedError } from '../errors.ts';
import { keyOfRow, type OfferRows, type OffersMade, offerToList, type RowOutcome } from './offer-list.ts';

const people = (count: number) => Array.from({ length: count }, (_, i) => ({ row: i + 2, claims: { name: `P${i}` } }));
const terms = { type: 'residence', txCode: false };

/** An issuer that offers once by each key. */
function createDoor() {
  const offers = new Map<string, string>();
  const calls: number[] = [];
  const send = async ({ rows }: OfferRows): Promise<OffersMade> => {
    calls.push(rows.length);
    return {
      rows: rows.map(({ key }) => {
        const isRepeat = offers.has(key);
        const id = offers.get(key) ?? `${offers.size}`;
        offers.set(key, id);
        return { key, isRepeat, offer: { id, offerUri: `offer:${id}`, me: `/me/${id}` } };
      }),
    };
  };
  return { offers, calls, send };
}

function createRun(send: (body: OfferRows) => Promise<OffersMade>) {
  const told: RowOutcome[] = [];
  const stop = new AbortController();
  const run = {
    ...{ terms, round: '', send, signal: stop.signal, pause: async () => undefined },
    tell: (outcomes: readonly RowOutcome[]) => void told.push(...outcomes),
  };
  return { told, stop, run };
}

test('a list is offered in parts, and each row is told what became of it, in order', async () => {
  const door = createDoor();
  const { told, run } = createRun(door.send);
  await offerToList(people(45), run);
  expect(door.calls).toEqual([20, 20, 5]);
  expect(told.map(({ row, state }) => [row, state])).toEqual(people(45).map(({ row }) => [row, 'offered']));
});

test('the same list again offers nothing again, also when rows were moved, and says the same links', async () => {
  const door = createDoor();
  const first = createRun(door.send);
  await offerToList(people(30), first.run);
  const moved = people(30)
    .reverse()
    .map((person, i) => ({ ...person, row: i + 2 }));
  const again = createRun(door.send);
  await offerToList(moved, again.run);
  expect(door.offers.size).toBe(30);
  expect(again.told.every(({ state }) => state === 'offered before')).toBe(true);
  expect(new Set(again.told.map(({ offerUri }) => offerUri))).toEqual(
    new Set(first.told.map(({ offerUri }) => offerUri)),
  );
});

test('a list that was stopped goes on where it stopped, and who was offered is not offered twice', async () => {
  const door = createDoor();
  const { told, stop, run } = createRun(door.send);
  const tell = (outcomes: readonly RowOutcome[]) => {
    told.push(...outcomes);
    stop.abort();
  };
  await offerToList(people(50), { ...run, tell });
  expect(told).toHaveLength(20);
  const next = createRun(door.send);
  await offerToList(people(50), next.run);
  expect(next.told.filter(({ state }) => state === 'offered')).toHaveLength(30);
  expect(door.offers.size).toBe(50);
});

test('what passes is asked again under the same keys; what does not stops the list and is told', async () => {
  const door = createDoor();
  let failures = 2;
  const flaky = async (body: OfferRows) => {
    const answer = await door.send(body);
    failures -= 1;
    // Done, and the answer was lost on its way.
    if (failures >= 0) throw new CodedError('network.unreachable', 'gone');
    return answer;
  };
  const { told, run } = createRun(flaky);
  await offerToList(people(5), run);
  expect(told.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'offered before'));
  expect(door.offers.size).toBe(5);
  const full = createRun(async () => {
    throw new CodedError('offer.too-many', 'full');
  });
  await expect(offerToList(people(5), full.run)).rejects.toMatchObject({ code: 'offer.too-many' });
});

test('a row is named by what it says, by its type and by the round', () => {
  const [row] = people(1) as [ReturnType<typeof people>[number]];
  const key = keyOfRow(row, 'residence', '');
  expect(keyOfRow({ ...row, row: 99 }, 'residence', '')).toBe(key);
  const others = [
    keyOfRow(row, 'license', ''),
    keyOfRow(row, 'residence', '2'),
    keyOfRow({ ...row, label: 'x' }, 'residence', ''),
  ];
  expect(new Set([key, ...others]).size).toBe(4);
});
