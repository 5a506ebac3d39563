import { describe, expect, test } from 'vitest';
import { civicParty, testRulebook } from '../../../../core/test/log-builder.ts';
import { createIdealSignatures } from '../../../../core/test/test-keys.ts';
import { createGovernorWorld, decided } from '../../../test/governor-world.ts';

const signatures = createIdealSignatures();
const rules = testRulebook(signatures);
const [grant] = rules.powers;
const withdraw = { ...(grant ?? expect.fail('granted')), power: 'withdraw' as const, quorum: 1 };
const rulebook = { ...rules, powers: [...rules.powers, withdraw] };
const request = { class: 'founding' } as const;

describe('a proposal about a party', () => {
  test('is refused with the name of the power that the change takes', async () => {
    const { governor } = await createGovernorWorld({ signatures, rulebook });
    const ended = { ...request, power: 'accredit', party: civicParty(signatures, { accreditations: [] }) } as const;
    const refused = { code: 'decision.party-power', details: { needed: 'withdraw' } };
    await expect(governor.propose(ended, 'key-1')).rejects.toMatchObject(refused);
    const another = { ...request, power: 'withdraw', party: civicParty(signatures, { name: 'Another' }) } as const;
    await expect(governor.propose(another, 'key-2')).rejects.toMatchObject({ details: { needed: 'accredit' } });
  });

  test('takes the quorum of that power, and is carried out by it', async () => {
    const world = await createGovernorWorld({ signatures, rulebook });
    const party = civicParty(signatures, { accreditations: [] });
    const done = await decided(world, { ...request, power: 'withdraw', party }, 'key-1');
    expect(done).toMatchObject({ state: 'carried-out', needed: 1 });
    expect(await world.governor.parties(party.id)).toMatchObject({ parties: [party] });
  });

  test('never takes back a key that was declared compromised', async () => {
    const world = await createGovernorWorld({ signatures, rulebook });
    const party = civicParty(signatures);
    const keys = party.keys.map((key) => ({ ...key, compromised: 1 }));
    const marked = { ...request, power: 'accredit', party: { ...party, keys } } as const;
    expect(await decided(world, marked, 'key-1')).toMatchObject({ state: 'carried-out' });
    const back = { ...request, power: 'accredit', party } as const;
    await expect(world.governor.propose(back, 'key-2')).rejects.toMatchObject({ code: 'decision.key-compromised' });
    const beside = { ...party, keys: [...keys, ...party.keys] };
    await expect(
      world.governor.propose({ ...request, power: 'accredit', party: beside }, 'key-3'),
    ).rejects.toMatchObject({ code: 'decision.key-compromised' });
  });
});
