import { parseProgram } from '@holdfast/core/program';
import { expect, test } from 'vitest';
import { parseScenario } from './parse-scenario.ts';
import { rehearseScenario } from './rehearse-scenario.ts';

const CIVIC = 'https://civic.example';

/** Everybody the same, at most 50.00, from enough for eight of them; two minutes and a little. */
const PROGRAM = parseProgram({
  ...{ v: 1, id: 'relief', title: 'Relief', organiser: 'https://organiser.example' },
  ...{ asset: { code: 'EUR', decimals: 2 }, budget: '40000', maxApplications: 100, intakeWithinMs: 60_000 },
  window: { opensAt: 1_796_083_200_000, closesAt: 1_797_292_800_000 },
  query: {
    credentials: [
      {
        ...{ id: 'r', format: 'dc+sd-jwt', meta: { vct_values: [`${CIVIC}/residence`] } },
        claims: [{ path: ['resident_id'] }, { path: ['birthdate'] }],
      },
    ],
  },
  eligibility: "claims.birthdate <= '2008-12-01'",
  uniqueness: { claim: ['resident_id'], issuers: [CIVIC], key: 'F_USx5M0fqevbFaaPThgv2UzHTzTN6t0lLX5xLtrYCc' },
  assurance: 'substantial',
  allocation: { mode: 'sealed', rule: 'equal-capped', cap: '5000' },
  ...{ issuerCaps: [], destinations: ['internal'], publication: 'none', appealMs: 1_209_600_000 },
  confirm: { withinMs: 604_800_000, otherwise: 'return' },
  ...{ reserveMax: '40000', returned: 'budget', lossBorneBy: 'organiser', renounced: [] },
});

const TIME = { window: '20s', confirm: '10s', appeal: '15s' };

function rehearse(
  wrong: readonly object[],
  people: readonly object[] = [{ count: 6, claims: { birthdate: '1990-01-01' } }],
) {
  const scenario = parseScenario(JSON.stringify({ title: 'A try', program: 'relief.json', time: TIME, people, wrong }));
  return rehearseScenario({ scenario, program: PROGRAM, seed: 7 });
}

test('the same seed gives the same report, byte for byte, and what is harmless costs nobody anything', async () => {
  const harmless = [
    { what: 'asked-again', times: 3, from: 'open', for: '30s' },
    { what: 'cut-off', part: 'verifier', from: 'close - 5s', for: '20s' },
    { what: 'late-officers', by: '1m', from: 'open', for: '5m' },
  ];
  const people = [
    { count: 4, claims: { birthdate: '1990-01-01' }, arrive: 'burst', within: '5s' },
    { count: 2, claims: { birthdate: ['2015-01-01'] } },
  ];
  const [first, again] = [await rehearse(harmless, people), await rehearse(harmless, people)];
  expect(JSON.stringify(again)).toBe(JSON.stringify(first));
  const { scenario, calm } = first;
  expect([scenario.broken, calm.broken]).toEqual([[], []]);
  expect(calm).toMatchObject({
    applied: 6,
    acknowledged: 6,
    admitted: 4,
    paid: { people: 4, amount: '20000' },
    wrong: {},
  });
  expect(calm.refused).toEqual({ 'application.not_eligible': 2 });
  expect(scenario).toMatchObject({ paid: calm.paid, refused: calm.refused, wrong: {}, promises: { unanswered: 0 } });
  expect(scenario.paidAfterMs?.p50).toBeGreaterThan(calm.paidAfterMs?.p50 ?? 0);
});

test('what is lost is said to the cent, with who bears it by the rulebook', async () => {
  const { scenario, calm } = await rehearse([
    { what: 'two-credentials', people: 2 },
    { what: 'invented-people', people: 1 },
  ]);
  // Nine share what was enough for eight: 44.44 each.
  expect(scenario).toMatchObject({ applied: 9, admitted: 9, paid: { people: 9, amount: '39996' }, broken: [] });
  expect(calm.paid).toEqual({ people: 6, amount: '30000' });
  expect(scenario.wrong).toEqual({
    'twice-to-one-person': { people: 2, amount: '8888', borneBy: { issuer: '8888' } },
    'to-nobody': { people: 1, amount: '4444', borneBy: { issuer: '4444' } },
  });
});

test('who is revoked before anybody is judged gets nothing, and the others as much as there is', async () => {
  const { scenario } = await rehearse([{ what: 'revoked', people: '50 %', from: '5s' }]);
  expect(scenario).toMatchObject({ admitted: 3, refused: { 'application.credential_revoked': 3 }, broken: [] });
  expect(scenario).toMatchObject({ paid: { people: 3, amount: '15000' }, wrong: {} });
  expect(scenario.hands).toMatchObject({ revocations: 3, signatures: 2 });
});

test('people who are not there, or lack what the program asks for, are refused by name', async () => {
  const people = [{ count: 2, claims: { birthdate: '1990-01-01' } }];
  const refused = (path: string) => ({ code: 'scenario.malformed', details: { path } });
  await expect(rehearse([{ what: 'two-credentials', people: 3 }], people)).rejects.toMatchObject(
    refused('wrong.0.people'),
  );
  await expect(rehearse([], [{ count: 2 }])).rejects.toMatchObject(refused('people.0.claims'));
  await expect(rehearse([], [{ ...people[0], issuer: 'https://x.example' }])).rejects.toMatchObject(
    refused('people.0.issuer'),
  );
  const many = rehearse([{ what: 'invented-people', people: 999 }], people);
  await expect(many).rejects.toMatchObject({ code: 'scenario.people', details: { people: 1001 } });
});
