import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isCodedError } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { createRandom, type Random } from '../../src/random.ts';
import { mutateBytes, mutateText, mutateValue } from './mutate.ts';
import { DOORS, type Door, NO_DOORS } from './parsers.ts';
import { json } from './seeds.ts';

/** HOLDFAST_FUZZ=100000 for a long one, HOLDFAST_FUZZ_SEED for another. */
const TRIES = Number(process.env.HOLDFAST_FUZZ ?? 400);
const SEED = Number(process.env.HOLDFAST_FUZZ_SEED ?? 1);

const PROBLEMS = new Set((json('spec/problems.json') as { code: string }[]).map(({ code }) => code));

describe(`whatever a stranger sends (seed ${SEED}, ${TRIES} tries each)`, () => {
  test.for(DOORS)('$name takes what is valid, and answers all else with a value or a listed code', async (door) => {
    for (const seed of door.seeds) expect(await attempt(door, seed), 'the seed').toBeUndefined();
    const random = createRandom(SEED, door.name);
    for (let i = 0; i < TRIES; i += 1) {
      const input = mutate(random, random.pick(door.seeds), random.pick(door.seeds));
      const fault = await attempt(door, input);
      if (fault !== undefined && !isListed(fault)) expect.fail(`${String(fault)}\non ${shown(input)}`);
    }
  });

  test('no door is left out', async () => {
    const exported: string[] = [];
    for await (const file of glob(resolve(import.meta.dirname, '../../../{core,verifier,wallet,server}/src/**/*.ts'))) {
      if (file.endsWith('.test.ts')) continue;
      const found = readFileSync(file, 'utf8').matchAll(/^export (?:async )?function (parse[A-Z]\w*)/gm);
      exported.push(...[...found].map(([, name]) => name ?? ''));
    }
    const known = new Set([...DOORS.map(({ name }) => name), ...NO_DOORS]);
    expect(exported.length).toBeGreaterThan(40);
    expect([...new Set(exported)].filter((name) => !known.has(name)).sort()).toEqual([]);
  });
});

/** What it threw; undefined when it answered. */
async function attempt({ parse }: Door, input: unknown): Promise<unknown> {
  try {
    await parse(structuredClone(input) as never);
    return undefined;
  } catch (error) {
    return error;
  }
}

function mutate(random: Random, seed: Door['seeds'][number], other: Door['seeds'][number]): unknown {
  if (typeof seed === 'string') return mutateText(random, seed, String(other));
  if (seed instanceof Uint8Array) return mutateBytes(random, seed, other as Uint8Array);
  let changed: unknown = seed;
  for (let i = random.below(4); i >= 0; i -= 1) changed = mutateValue(random, changed);
  return changed;
}

function isListed(error: unknown): boolean {
  return isCodedError(error) && PROBLEMS.has(error.code);
}

function shown(input: unknown): string {
  const text = input instanceof Uint8Array ? `bytes ${Buffer.from(input).toString('hex')}` : JSON.stringify(input);
  return text === undefined ? String(input) : text.slice(0, 2000);
}
