import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LIST_URI } from '../../core/test/log-builder.ts';
import { createGovernorWorld } from '../../server/test/governor-world.ts';
import { createGovernorClient, officerOf } from '../test/governor-client.ts';
import { decideBulkAs, readPlaces } from './bulk-desk.ts';
import type { NetworkClient } from './network-client.ts';

const ASKED = { power: 'revoke', class: 'residence-ended' } as const;
const places = Array.from({ length: 250 }, (_, i) => ({ list: LIST_URI, index: i * 7 }));

function fileWith(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'places.txt');
  writeFileSync(file, text);
  return file;
}

describe('many credentials', () => {
  test('are decided in parts, the same for each officer whatever the order of their files', async () => {
    const world = await createGovernorWorld();
    const client = createGovernorClient(world);
    const told: string[] = [];
    const first = await decideBulkAs(client, officerOf(world, 'officer-a'), ASKED, places, (...now) =>
      told.push(now.join(' of ')),
    );
    expect(first.map(({ state }) => state)).toEqual(['collecting', 'collecting', 'collecting']);
    expect(told).toEqual(['1 of 3', '2 of 3', '3 of 3']);
    const second = await decideBulkAs(client, officerOf(world, 'officer-b'), ASKED, [...places, ...places].reverse());
    expect(second.map(({ state }) => state)).toEqual(['carried-out', 'carried-out', 'carried-out']);
    expect(places.every(({ index }) => world.value(index) === 1)).toBe(true);
  });

  test('broken off half-way go on with the rest when it is repeated', async () => {
    const world = await createGovernorWorld();
    const client = createGovernorClient(world);
    await decideBulkAs(client, officerOf(world, 'officer-a'), ASKED, places);
    let left = 1;
    const breaking: NetworkClient = {
      ...client,
      post: async (path, body, headers) => {
        if (path.endsWith('/approvals') && left-- <= 0) throw new Error('gone');
        return client.post(path, body, headers);
      },
    };
    const officer = officerOf(world, 'officer-b');
    await expect(decideBulkAs(breaking, officer, ASKED, places)).rejects.toThrow('gone');
    expect(places.filter(({ index }) => world.value(index) === 1)).toHaveLength(100);
    const done = await decideBulkAs(client, officer, ASKED, places);
    expect(done.map(({ state }) => state)).toEqual(['carried-out', 'carried-out', 'carried-out']);
    expect((await world.governor.list()).length).toBe(3);
  });

  test('are read line by line, and a line that is no place is named', async () => {
    expect(await readPlaces(fileWith('# places\nhttps://a.example/1 7\n\nhttps://a.example/1,8\n'))).toEqual([
      { list: 'https://a.example/1', index: 7 },
      { list: 'https://a.example/1', index: 8 },
    ]);
    for (const line of ['https://a.example/1', 'https://a.example/1 x', '7', 'https://a.example/1 1.5']) {
      await expect(readPlaces(fileWith(`https://a.example/1 7\n${line}`))).rejects.toMatchObject({
        details: { line: 2 },
      });
    }
  });
});
