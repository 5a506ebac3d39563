import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rulebook } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { DAY_MS, testRulebook } from '../../core/test/log-builder.ts';
import { createIdealSignatures } from '../../core/test/test-keys.ts';
import { createGovernorWorld } from '../../server/test/governor-world.ts';
import { createGovernorClient, officerOf } from '../test/governor-client.ts';
import { type AmendmentReview, amendAs, cancelAs } from './amendment-desk.ts';
import { withPresentOfficers } from './rulebook/read-rulebook.ts';

const signatures = createIdealSignatures();

async function openWorld() {
  const rulebook = testRulebook(signatures);
  const [grant = expect.fail('granted')] = rulebook.powers;
  const powers = [...rulebook.powers, { ...grant, power: 'cancel' as const, quorum: 1 }];
  const notice = { amendMs: 7 * DAY_MS, emergencyMs: 10 * DAY_MS };
  const world = await createGovernorWorld({ signatures, rulebook: { ...rulebook, powers, notice } });
  return { world, client: createGovernorClient(world) };
}

function fileWith(value: unknown): string {
  const file = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'rulebook.json');
  writeFileSync(file, JSON.stringify(value));
  return file;
}

const withNotice = (rulebook: Rulebook, days: number): Rulebook => ({
  ...rulebook,
  notice: { ...rulebook.notice, amendMs: days * DAY_MS },
});

describe('officers change the rules', () => {
  test('at once and for a while, where that only tightens', async () => {
    const { world, client } = await openWorld();
    const file = fileWith(withNotice(world.log.rulebook, 9));
    const options = { emergency: true, for: 3 * DAY_MS };
    expect(await amendAs(client, officerOf(world, 'officer-a'), file, options)).toMatchObject({ state: 'collecting' });
    // The same file without the word is another decision: nobody is made to sign what takes effect at once.
    const noticed = await amendAs(client, officerOf(world, 'officer-b'), file, {});
    expect(noticed).toMatchObject({ state: 'collecting' });
    const done = await amendAs(client, officerOf(world, 'officer-b'), file, options);
    expect(done).toMatchObject({ state: 'carried-out' });
    expect(world.log.state.rulebook?.body.notice.amendMs).toBe(9 * DAY_MS);
    expect(world.log.state.emergency).toBeDefined();
    const looser = amendAs(client, officerOf(world, 'officer-a'), fileWith(withNotice(world.log.rulebook, 1)), options);
    await expect(looser).rejects.toMatchObject({ code: 'decision.looser' });
  });

  test('once they have seen what changes, and nothing that leaves somebody with nobody unless they say so', async () => {
    const { world, client } = await openWorld();
    const [officer, seen] = [officerOf(world, 'officer-a'), [] as AmendmentReview[]];
    const file = fileWith(withNotice(world.log.rulebook, 0));
    const looked = await amendAs(client, officer, file, { look: true }, (review) => seen.push(review));
    expect(looked).toBeUndefined();
    expect(seen[0]?.changes).toMatchObject([{ path: 'notice.amendMs', effect: 'looser' }]);
    await expect(amendAs(client, officer, file, {})).rejects.toMatchObject({ code: 'rulebook.errors' });
    expect(await client.get('/decisions')).toMatchObject({ decisions: [] });
    const wanted = await amendAs(client, officer, file, { despiteErrors: true });
    expect(wanted).toMatchObject({ state: 'collecting' });
  });

  test('and they are looked at with the officers that there are, whoever the file names', async () => {
    const { world, client } = await openWorld();
    const nobody = { ...world.log.rulebook, officers: world.log.rulebook.officers.slice(0, 1) };
    const present = await withPresentOfficers(nobody, client);
    expect(present.officers).toEqual(world.log.rulebook.officers);
  });

  test('and the guardian takes back alone what was announced', async () => {
    const { world, client } = await openWorld();
    const file = fileWith(withNotice(world.log.rulebook, 1));
    for (const id of ['officer-a', 'officer-b']) await amendAs(client, officerOf(world, id), file, {});
    const [announced = expect.fail('it is announced')] = world.log.state.scheduled;
    const guardian = officerOf(world, 'officer-a');
    await expect(cancelAs(client, guardian, '#99', {})).rejects.toMatchObject({ code: 'usage.rulebook' });
    expect(await cancelAs(client, guardian, `#${announced.index}`, {})).toMatchObject({ state: 'carried-out' });
    expect(world.log.state.scheduled).toEqual([]);
  });
});
