import { describe, expect, test } from 'vitest';
import { issuerParty, NOW, networkView } from '../../test/judgement.ts';
import { civicParty, DAY_MS, testRulebook } from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { OTHER_ISSUER, OTHER_NAME, OTHER_TYPE, twoNetworks } from '../../test/two-networks.ts';
import type { Profile } from '../rulebook/rulebook.ts';
import type { NetworkView } from '../verdict/evidence.ts';
import { judge } from '../verdict/judge.ts';
import { MAX_MATRIX_ROWS, trustMatrix } from './trust-matrix.ts';

const LOW: Profile = { id: 'low', appliesTo: ['*'], minAssurance: 'low' };
const HIGH: Profile = { id: 'high', appliesTo: [], minAssurance: 'high' };
const verifiers = [{ id: 'north' }, { id: 'south', profile: 'high' }, { id: 'east', profile: 'nowhere' }];

function matrixOf(options: Parameters<typeof twoNetworks>[0] = {}) {
  const { evidence } = twoNetworks({ profiles: [LOW, HIGH], ...options });
  const home = evidence.network as NetworkView;
  const other = evidence.recognised?.network as NetworkView;
  return { evidence, ...trustMatrix({ home, others: [other], verifiers, now: NOW }) };
}

describe('who accepts whom', () => {
  test('is told for each issuer, type and verifier: level, end, or why not', () => {
    const { rows } = matrixOf();
    expect(rows.map(({ network, type, as }) => [network, type, as])).toEqual([
      [networkView().name, issuerParty().accreditations[0]?.type, undefined],
      [OTHER_NAME, OTHER_TYPE, 'residence'],
    ]);
    expect(rows[0]?.acceptances).toEqual([
      { verifier: 'north', profile: 'low', accepted: true, assurance: 'substantial' },
      { verifier: 'south', profile: 'high', accepted: false, assurance: 'substantial', why: 'trust.assurance_too_low' },
      { verifier: 'east', profile: 'nowhere', accepted: false, assurance: 'substantial', why: 'profile.unknown' },
    ]);
    const until = NOW + 30 * DAY_MS;
    expect(rows[1]).toMatchObject({
      issuer: OTHER_ISSUER,
      acceptances: [
        { verifier: 'north', accepted: true, assurance: 'substantial', until },
        { verifier: 'south', accepted: false, why: 'recognition.assurance_too_low' },
        { verifier: 'east', accepted: false },
      ],
    });
  });

  test('agrees with the verdict on a good credential, whatever is said of the issuer', () => {
    const changes: Parameters<typeof twoNetworks>[0][] = [
      {},
      { recognition: undefined },
      { recognition: { until: NOW } },
      { recognition: { types: [] } },
      {
        party: { accreditations: [{ action: 'issue', type: OTHER_TYPE, assurance: 'high', from: 0, until: NOW - 1 }] },
      },
      { otherAssurance: 'low' },
    ];
    for (const change of changes) {
      const { rows } = matrixOf(change);
      const verdict = judge(twoNetworks({ profiles: [LOW, HIGH], ...change }));
      const [north] = rows.find(({ network }) => network === OTHER_NAME)?.acceptances ?? [];
      expect(north?.accepted, JSON.stringify(change)).toBe(verdict.outcome === 'valid');
      expect(north?.why).toBe(verdict.reasons[0]?.code);
    }
  });

  test('names the first end: of the accreditation, the key, or the recognition', () => {
    const ends = { action: 'issue', type: OTHER_TYPE, assurance: 'high', from: 0, until: NOW + DAY_MS } as const;
    const { rows } = matrixOf({ party: { accreditations: [ends] } });
    expect(rows[1]?.acceptances[0]?.until).toBe(NOW + DAY_MS);
  });

  test('is bounded, and says what it leaves out', () => {
    const signatures = createIdealSignatures();
    const parties = Array.from({ length: MAX_MATRIX_ROWS / 64 + 1 }, (_, i) => {
      const accreditations = Array.from({ length: 64 }, (__, j) => {
        return { action: 'issue' as const, type: `type-${j}`, assurance: 'low' as const, from: 0 };
      });
      return civicParty(signatures, { id: `https://${i}.example`, accreditations });
    });
    const rulebook = { index: 0, body: testRulebook(signatures) };
    const home = networkView(0, { rulebook, parties: new Map(parties.map((party) => [party.id, party])) });
    const { rows, omitted } = trustMatrix({ home, others: [], verifiers: [], now: NOW });
    expect([rows.length, rows.length + omitted]).toEqual([MAX_MATRIX_ROWS, parties.length * 64]);
  });
});
