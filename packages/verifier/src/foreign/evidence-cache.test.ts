import { CodedError } from '@holdfast/core';
import { expect, it } from 'vitest';
import { createEvidenceCache, type EvidenceCacheOptions, type Loaded, type NotLoaded } from './evidence-cache.ts';

const URI = 'https://issuer.example/list';

function createWorld(changes: Partial<EvidenceCacheOptions<string>> = {}) {
  let time = 1_000_000;
  const world = {
    loads: [] as string[],
    reports: [] as unknown[],
    answer: (uri: string): Promise<Loaded<string> | NotLoaded> => Promise.resolve(world.loaded(`${uri} at ${time}`)),
    loaded: (value: string): Loaded<string> => ({
      ok: true,
      value,
      freshUntil: time + 60_000,
      usableUntil: time + 600_000,
    }),
    pass: (ms: number) => {
      time += ms;
    },
    now: () => time,
  };
  const cache = createEvidenceCache<string>({
    load: (uri) => {
      world.loads.push(uri);
      return world.answer(uri);
    },
    unavailable: 'status.unavailable',
    now: world.now,
    entropy: (length) => new Uint8Array(length),
    maxEntries: 3,
    report: (_, error) => world.reports.push(error),
    ...changes,
  });
  return { world, cache };
}

const failing = () => Promise.reject(new CodedError('fetch.timeout', 'slow'));

it('asks once for all who ask at the same time, and not again while the copy is fresh', async () => {
  const { world, cache } = createWorld();
  const answers = await Promise.all([1, 2, 3].map(() => cache.read(URI)));
  world.pass(59_999);
  answers.push(await cache.read(URI));
  expect(new Set(answers.map((answer) => answer.ok && answer.value)).size).toBe(1);
  expect(world.loads).toEqual([URI]);
  world.pass(1);
  await cache.read(URI);
  expect(world.loads).toHaveLength(2);
});

it('gives the older copy while the source is away, as long as that is usable and no longer', async () => {
  const { world, cache } = createWorld();
  const first = await cache.read(URI);
  world.answer = failing;
  world.pass(60_000);
  expect(await cache.read(URI)).toBe(first);
  world.pass(540_000);
  expect(await cache.read(URI)).toEqual({ ok: false, why: 'status.unavailable', because: 'fetch.timeout' });
  expect(world.reports).toHaveLength(2);
});

it('leaves a failing source alone for 5 to 30 seconds, spread by entropy', async () => {
  for (const [byte, waits] of [
    [0, 5000],
    [255, 29_999],
  ] as const) {
    const { world, cache } = createWorld({ entropy: (length) => new Uint8Array(length).fill(byte) });
    world.answer = failing;
    await cache.read(URI);
    world.pass(waits - 1);
    expect(await cache.read(URI)).toMatchObject({ because: 'fetch.timeout' });
    expect(world.loads).toHaveLength(1);
    world.pass(1);
    await cache.read(URI);
    expect(world.loads).toHaveLength(2);
  }
});

it('asks again for a caller who wants it younger, but never in a hurry', async () => {
  const { world, cache } = createWorld();
  await cache.read(URI);
  world.pass(999);
  await cache.read(URI, { maxAgeMs: 0 });
  expect(world.loads).toHaveLength(1);
  world.pass(1);
  await cache.read(URI, { maxAgeMs: 1000 });
  expect(world.loads).toHaveLength(1);
  await cache.read(URI, { maxAgeMs: 999 });
  expect(world.loads).toHaveLength(2);
});

it('does not keep a caller longer than they would wait; what arrives late serves the next one', async () => {
  const { world, cache } = createWorld();
  const first = await cache.read(URI);
  world.pass(60_000);
  let arrive: (loaded: Loaded<string>) => void = () => {};
  world.answer = () =>
    new Promise((resolve) => {
      arrive = resolve;
    });
  expect(await cache.read(URI, { waitMs: 5 })).toBe(first);
  expect(await cache.read('https://other.example/', { waitMs: 5 })).toEqual({
    ok: false,
    why: 'status.unavailable',
    because: 'fetch.timeout',
  });
  const patient = cache.read('https://other.example/');
  arrive(world.loaded('late'));
  expect(await patient).toMatchObject({ value: 'late' });
  expect(await cache.read('https://other.example/')).toMatchObject({ value: 'late' });
  expect(world.loads).toEqual([URI, URI, 'https://other.example/']);
});

it('takes an error of ours for a source that is not available, and reports it', async () => {
  const { world, cache } = createWorld();
  world.answer = () => Promise.reject(new TypeError('x is undefined'));
  expect(await cache.read(URI)).toEqual({ ok: false, why: 'status.unavailable' });
  expect(world.reports).toEqual([new TypeError('x is undefined')]);
});

it('fetches no more than 32 strangers at once, and forgets the least used copies', async () => {
  const { world, cache } = createWorld();
  const usual = world.answer;
  world.answer = () => new Promise(() => {});
  for (let i = 0; i < 32; i += 1) void cache.read(`${URI}/${i}`);
  expect(await cache.read(URI)).toEqual({ ok: false, why: 'status.unavailable', because: 'fetch.overloaded' });
  const { world: other, cache: small } = createWorld();
  other.answer = usual;
  for (const name of ['a', 'b', 'c', 'd', 'a']) await small.read(name);
  expect(other.loads).toEqual(['a', 'b', 'c', 'd', 'a']);
});
