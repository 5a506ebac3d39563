import { describe, expect, test } from 'vitest';
import {
  credential,
  ISSUER_ID,
  issuerParty,
  judgement,
  NOW,
  networkEvidence,
  networkView,
  TYPE,
} from '../../test/judgement.ts';
import { buildLog, civicParty, DAY_MS, testRulebook } from '../../test/log-builder.ts';
import { createIdealSignatures } from '../../test/test-keys.ts';
import type { Party } from '../fold/statement.ts';
import type { IssuerTerms } from '../trust/issuer-terms.ts';
import { encodeVerdict } from './envelope.ts';
import type { NetworkView } from './evidence.ts';
import { explain } from './explain.ts';
import { judge } from './judge.ts';
import { proveIncidents, proveNetwork } from './prove-network.ts';
import { openNetwork } from './replay.ts';

const [ACCREDITED] = issuerParty().accreditations;

function withIssuer(changes: Partial<Party['accreditations'][number]>, view: Partial<NetworkView> = {}): NetworkView {
  const accreditations = ACCREDITED === undefined ? [] : [{ ...ACCREDITED, ...changes }];
  return networkView(0, { parties: new Map([[ISSUER_ID, issuerParty({ accreditations })]]), ...view });
}

function verdictOf(view: NetworkView, issuerTerms?: IssuerTerms, claims = {}) {
  const parse = credential({ claims: { ...credential().claims, ...claims } });
  const asked = issuerTerms === undefined ? {} : { issuerTerms };
  return judge(judgement({ parse, evidence: networkEvidence(parse, view), ...asked }));
}

function answer(...args: Parameters<typeof verdictOf>) {
  const { outcome, reasons } = verdictOf(...args);
  return [outcome, ...reasons.map(({ code }) => code)];
}

const late = (at: number, count: number) => ({ late: new Map([[ISSUER_ID, [{ entry: 4, at, count }]]]) });
const since = (at: number) => ({ since: new Map([[ISSUER_ID, [{ type: TYPE, at }]]]) });
const probation = { until: NOW + 1 };

describe('what a policy asks of issuers', () => {
  test.each<[string, NetworkView, IssuerTerms, string]>([
    ['one on probation', withIssuer({ probation }), { notOnProbation: true }, 'trust.on_probation'],
    [
      'one accredited since yesterday',
      withIssuer({ from: NOW - DAY_MS + 1 }, { since: new Map() }),
      { minAgeMs: DAY_MS },
      'trust.too_new',
    ],
    ['one whose entry says more than the log', withIssuer({}, since(NOW - 1)), { minAgeMs: 2 }, 'trust.too_new'],
    ['one for other regions', withIssuer({ regions: ['N', 'S'] }), { region: 'E' }, 'trust.other_region'],
    [
      'one that was late too often',
      withIssuer({}, late(NOW - DAY_MS + 1, 3)),
      { maxMissedDeadlines: { count: 2, windowMs: DAY_MS } },
      'trust.deadlines_missed',
    ],
  ])('%s is not relied on, by whoever asks, and by whoever does not it is', (_, view, terms, code) => {
    expect(answer(view, terms)).toEqual(['invalid', code]);
    expect(answer(view)).toEqual(['valid']);
    expect(verdictOf(view, terms).basis.issuers).toEqual(terms);
    expect('issuers' in verdictOf(view).basis).toBe(false);
  });

  test.each<[string, NetworkView, IssuerTerms]>([
    ['whose probation is over', withIssuer({ probation: { until: NOW } }), { notOnProbation: true }],
    ['accredited for a day', withIssuer({ from: NOW - DAY_MS }, { since: new Map() }), { minAgeMs: DAY_MS }],
    ['on record for long enough', withIssuer({}, since(NOW - 2)), { minAgeMs: 2 }],
    ['of this region among others', withIssuer({ regions: ['E', 'N'] }), { region: 'E' }],
    ['of all regions', withIssuer({}), { region: 'E' }],
    ['late no more than allowed', withIssuer({}, late(NOW - 1, 2)), { maxMissedDeadlines: { count: 2, windowMs: 9 } }],
    ['late long ago', withIssuer({}, late(NOW - 9, 5)), { maxMissedDeadlines: { count: 0, windowMs: 9 } }],
    ['never late', withIssuer({}, { late: new Map() }), { maxMissedDeadlines: { count: 0, windowMs: 9 } }],
  ])('one %s is', (_, view, terms) => {
    expect(answer(view, terms)).toEqual(['valid']);
  });

  test('a record that was not read is no good record', () => {
    for (const terms of [{ maxMissedDeadlines: { count: 9, windowMs: 9 } }, { minAgeMs: 1 }]) {
      expect(answer(withIssuer({}), terms)).toEqual(['unknown', 'trust.record_unread']);
    }
  });

  test('an accreditation beside the one on probation is none on probation', () => {
    const view = withIssuer({ probation });
    const party = issuerParty({ accreditations: ACCREDITED ? [{ ...ACCREDITED, probation }, ACCREDITED] : [] });
    expect(answer({ ...view, parties: new Map([[ISSUER_ID, party]]) }, { notOnProbation: true })).toEqual(['valid']);
  });

  test('that two verifiers differ by it is what explains them', () => {
    const view = withIssuer({ probation });
    const sides = [
      { name: 'north', verdict: verdictOf(view, { notOnProbation: true }) },
      { name: 'south', verdict: verdictOf(view) },
    ] as const;
    expect(explain(...sides)).toMatchObject({
      agree: false,
      cause: { kind: 'issuer-record', code: 'trust.on_probation' },
      next: { action: 'none' },
    });
  });
});

describe('a claim beyond what an issuer may attest', () => {
  test('is not relied on, and without it the rest is', () => {
    const view = withIssuer({ claims: ['given_name'] });
    expect(answer(view, undefined, { given_name: 'Ada' })).toEqual(['valid']);
    expect(answer(view, undefined, { given_name: 'Ada', income: 5 })).toEqual([
      'invalid',
      'trust.claim_not_authorized',
    ]);
    expect(answer(withIssuer({}), undefined, { income: 5 })).toEqual(['valid']);
  });
});

test('the record is proved under the position: another one, or a part of it, is noticed', () => {
  const signatures = createIdealSignatures();
  const log = buildLog({ signatures, rulebook: testRulebook(signatures) });
  log.state.late.set(civicParty(signatures).id, [{ entry: 3, at: log.state.time, count: 2 }]);
  const epoch = log.epoch();
  expect(epoch.ok).toBe(true);
  const [genesis = '', last = ''] = [log.entries[0], log.entries.at(-1)];
  const network = proveNetwork({ state: log.state, genesis, epoch: last });
  const place = { position: log.state.position ?? networkView().position, name: log.state.name };
  const proved = openNetwork({ ...network, incidents: proveIncidents(log.state) }, [], place);
  expect(proved.view.late).toEqual(log.state.late);
  expect(openNetwork(network, [], place).view.late).toBeUndefined();
  for (const incidents of [[], ['["late","https://civic.example",[]]']]) {
    expect(() => openNetwork({ ...network, incidents }, [], place)).toThrow(
      expect.objectContaining({ details: { what: 'incidents' } }),
    );
  }
});

test('verdicts by policies that ask nothing of issuers are what they were', () => {
  expect(encodeVerdict(verdictOf(withIssuer({}, { late: new Map() })))).toBe(encodeVerdict(verdictOf(withIssuer({}))));
});
