import { afterEach, expect, test } from 'vitest';
import { settle } from '../../../../verifier/test/manual-clock.ts';
import { startTestNetwork } from '../../../test/test-network.ts';
import { createDecisionBook } from './decision-book.ts';

const lives: AbortController[] = [];
afterEach(() => {
  for (const life of lives.splice(0)) life.abort(new Error('the test is over'));
});

async function start() {
  const network = await startTestNetwork();
  const life = new AbortController();
  lives.push(life);
  const followers = new Map<string, number>();
  let publishedAsOf: number | undefined;
  const failures: unknown[] = [];
  let asked = 0;
  const told: string[] = [];
  const signals = {
    decisionCosigned: () => void told.push('cosigned'),
    decisionPublished: () => void told.push('published'),
    decisionEffective: ({ verifier }: { readonly verifier: string }) => void told.push(verifier),
  };
  const book = createDecisionBook({
    clock: network.options.clock,
    stream: (from, signal) => network.role.stream(from, signal),
    readEntries: (from, to) => network.role.readEntries(from, to),
    size: () => network.role.health().size,
    verifiers: ['north', 'south'],
    readFollowers: async () => {
      asked += 1;
      return followers;
    },
    publishedAsOf: () => publishedAsOf,
    report: (error) => failures.push(error),
    signals,
  });
  void book.run(life.signal);
  await settle();
  const decide = async () => {
    const { index } = await network.role.append(await network.write.revoke(1));
    await network.tick(1000);
    return index;
  };
  const publish = (asOf: number) => {
    publishedAsOf = asOf;
  };
  return { network, book, followers, decide, publish, failures, told, asked: () => asked };
}

test('a decision has its stamps: received, authorised, logged, and when it took effect where', async () => {
  const { network, book, followers, decide, publish, failures, told, asked } = await start();
  const entry = await decide();
  const [before] = book.latest();
  expect(before).toMatchObject({ entry, power: 'revoke', effects: [] });
  expect(before?.published).toBeUndefined();
  followers.set('north', network.role.health().size);
  publish(before?.logged ?? 0);
  await network.tick(200);
  followers.set('south', network.role.health().size + 9);
  await network.tick(5000);
  const traced = await book.trace(entry);
  expect(traced.effects.map(({ verifier }) => verifier)).toEqual(['north', 'south']);
  const [north, south] = traced.effects;
  expect(north?.lagMs).toBeLessThan(south?.lagMs ?? 0);
  expect(traced.published).toBe(north?.at);
  expect([traced.received <= traced.authorised, traced.authorised <= traced.logged]).toEqual([true, true]);
  // Each is told once.
  expect(told).toEqual(['published', 'north', 'south']);
  const askedUntilThen = asked();
  await network.tick(5000);
  expect([failures, asked()]).toEqual([[], askedUntilThen]);
});

test('of a decision that nobody here saw come, the log says what it says; what is no decision is refused', async () => {
  const { network, book, decide } = await start();
  const entry = await decide();
  const later = createDecisionBook({
    clock: network.options.clock,
    stream: (from, signal) => network.role.stream(from, signal),
    readEntries: (from, to) => network.role.readEntries(from, to),
    size: () => network.role.health().size,
    verifiers: [],
    readFollowers: async () => new Map(),
    publishedAsOf: () => undefined,
    report: () => undefined,
  });
  const { effects, logged } = await later.trace(entry);
  expect([effects, logged]).toEqual([[], (await book.trace(entry)).logged]);
  await expect(book.trace(0)).rejects.toMatchObject({ code: 'trace.no-decision' });
  await expect(book.trace(10_000)).rejects.toMatchObject({ code: 'trace.no-decision' });
});
