import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Party, type Power, type Rulebook, thumbprint } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { civicParty, LIST_URI, testRulebook } from '../../core/test/log-builder.ts';
import { createIdealSignatures } from '../../core/test/test-keys.ts';
import { createGovernorWorld, type GovernorWorld } from '../../server/test/governor-world.ts';
import { createGovernorClient, officerOf } from '../test/governor-client.ts';
import { decidePartyAs, type PartyOptions } from './party-desk.ts';

const CIVIC = 'https://civic.example';
const signatures = createIdealSignatures();

function granting(...powers: readonly Power[]): Rulebook {
  const rulebook = testRulebook(signatures);
  const [grant] = rulebook.powers;
  return {
    ...rulebook,
    powers: [...rulebook.powers, ...powers.map((power) => ({ ...(grant ?? expect.fail('granted')), power }))],
  };
}

async function openWorld(...powers: readonly Power[]) {
  const world = await createGovernorWorld({ signatures, rulebook: granting(...powers) });
  const client = createGovernorClient(world);
  const decide = (officer: string, asked: Parameters<typeof decidePartyAs>[2], options: PartyOptions = {}) =>
    decidePartyAs(client, officerOf(world, officer), asked, options);
  return { world, decide };
}

function civicOf({ log }: GovernorWorld): Party {
  return log.state.parties.get(CIVIC) ?? expect.fail('it is founded');
}

function fileWith(value: unknown): string {
  const file = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'file.json');
  writeFileSync(file, JSON.stringify(value));
  return file;
}

describe('two officers who type the same', () => {
  test('declare a key compromised, each with a clock of their own, and everything it signed is revoked', async () => {
    const { world, decide } = await openWorld('compromise');
    const { kid } = signatures.key('civic credential');
    const asked = { power: 'compromise', subject: kid } as const;
    expect(await decide('officer-a', asked)).toMatchObject({ state: 'collecting', needed: 2 });
    await new Promise((resolve) => setTimeout(resolve, 2));
    expect(await decide('officer-b', asked)).toMatchObject({ state: 'carried-out' });
    expect(world.log.state.lists.get(LIST_URI)?.values.every((value) => value === 1)).toBe(true);
    expect(civicOf(world).keys.map(({ compromised }) => compromised !== undefined)).toEqual([false, true]);
  });

  test('end an issuer’s accreditations, and leave its keys', async () => {
    const { world, decide } = await openWorld('withdraw');
    const asked = { power: 'withdraw', subject: CIVIC } as const;
    await decide('officer-a', asked);
    await new Promise((resolve) => setTimeout(resolve, 2));
    expect(await decide('officer-b', asked)).toMatchObject({ state: 'carried-out' });
    expect(civicOf(world).accreditations.map(({ until }) => until !== undefined)).toEqual([true]);
    expect(civicOf(world).keys).toEqual(civicParty(signatures).keys);
  });

  test('give an issuer another key, which goes by the power to accredit where nobody may rotate', async () => {
    const { world, decide } = await openWorld();
    const key = signatures.key('fresh').jwk;
    const asked = { power: 'rotate', subject: CIVIC } as const;
    const options = { key: fileWith(key) };
    await decide('officer-a', asked, options);
    expect(await decide('officer-b', asked, options)).toMatchObject({
      state: 'carried-out',
      json: { power: 'accredit' },
    });
    expect(civicOf(world).keys.at(-1)).toEqual({ use: 'credential', key });
  });

  test('let a key end with the new one named: what it has signed stays signed', async () => {
    const { world, decide } = await openWorld('rotate');
    const key = signatures.key('fresh statement').jwk;
    const retire = signatures.key('civic statement').kid;
    const asked = { power: 'rotate', subject: CIVIC } as const;
    const options = { key: fileWith(key), use: 'statement', retire };
    await decide('officer-a', asked, options);
    expect(await decide('officer-b', asked, options)).toMatchObject({ state: 'carried-out' });
    const kept = civicOf(world).keys.find((one) => thumbprint(one.key) === retire);
    expect(kept?.until).toBeGreaterThan(Date.now() + 6 * 86_400_000);
    expect(civicOf(world).keys.at(-1)).toEqual({ use: 'statement', key });
    await decide('officer-a', asked, { retire });
    expect(await decide('officer-b', asked, { retire })).toMatchObject({ state: 'carried-out' });
    expect(civicOf(world).keys.find((one) => thumbprint(one.key) === retire)?.until).toBeLessThanOrEqual(Date.now());
  });

  test('sign nothing that one of them means otherwise', async () => {
    const { world, decide } = await openWorld('compromise');
    await decide('officer-a', { power: 'compromise', subject: signatures.key('civic credential').kid });
    const other = await decide('officer-b', { power: 'compromise', subject: signatures.key('civic statement').kid });
    expect(other).toMatchObject({ state: 'collecting' });
    expect(other.approvals).toHaveLength(1);
    expect(civicOf(world).keys.every(({ compromised }) => compromised === undefined)).toBe(true);
  });
});

describe('what an officer may not type', () => {
  test.each<[string, Parameters<typeof decidePartyAs>[2], PartyOptions, string]>([
    ['a key that nobody has', { power: 'compromise', subject: 'x'.repeat(43) }, {}, 'usage.key'],
    ['a party with two keys of a kind', { power: 'compromise', subject: 'https://two.example' }, {}, 'usage.key'],
    ['a party that is not there', { power: 'withdraw', subject: 'nobody' }, {}, 'usage.party'],
    ['a rotation of nothing', { power: 'rotate', subject: CIVIC }, {}, 'usage.party'],
    [
      'a key for an officer as a rotation',
      { power: 'rotate', subject: 'officer-b' },
      { key: fileWith(signatures.key('fresh').jwk), use: 'approval' },
      'usage.power',
    ],
    [
      'a use that is none',
      { power: 'rotate', subject: CIVIC },
      { key: fileWith(signatures.key('fresh').jwk), use: 'all' },
      'usage.party',
    ],
  ])('%s', async (_, asked, options, code) => {
    const { world, decide } = await openWorld('compromise', 'rotate', 'withdraw', 'enrol');
    const two = civicParty(signatures, {
      id: 'https://two.example',
      keys: ['one', 'two'].map((name) => ({ use: 'credential', key: signatures.key(name).jwk })),
    });
    world.log.accredit(two);
    world.epoch();
    await expect(decide('officer-a', asked, options)).rejects.toMatchObject({ code });
  });
});
