import {
  DEFAULT_FRESHNESS,
  type Judgement,
  judge,
  type NetworkView,
  type PublicJwk,
  thumbprint,
  type Verdict,
} from '@holdfast/core';
import { expect, test } from 'vitest';
import { type CanaryFinding, createCanary } from './canary.ts';

const NOW = 1_700_000_100_000;
type Rules = typeof DEFAULT_FRESHNESS;
const KEY: PublicJwk = { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) };

/** A credential that is well, and how much of it a network at this moment says. */
function judgement(value = 0, freshness: Rules = DEFAULT_FRESHNESS): Judgement {
  const list = { id: 'list', issuer: 'civic', key: thumbprint(KEY), values: Uint8Array.of(value) };
  const network = {
    ...{ name: 'net', parties: new Map(), lists: new Map([['list', list]]), critical: new Set() },
    position: { log: 'log.example', size: 9, root: 'A'.repeat(43), time: NOW },
    rulebook: { index: 0, body: { freshness, profiles: [] } },
  } as unknown as NetworkView;
  const parse = {
    ...{ ok: true, format: 'dc+sd-jwt', vct: 'residence', issuer: 'civic', status: { uri: 'list', index: 0 } },
    ...{ header: {}, payload: {}, claims: {}, disclosures: [], presentedDigest: 'presented', issuerSigned: '' },
    issuerJwt: { header: {}, payload: {}, signingInput: 'a.b', signature: new Uint8Array(64) },
  } as unknown as Judgement['parse'];
  return {
    parse,
    signatures: { issuer: true, holder: undefined },
    evidence: { network, issuerKey: { source: 'network', id: 'civic', key: KEY, trust: 'yes', asOf: NOW } },
    request: { class: 'view', freshness: { mode: 'any' } },
    policy: '',
    tick: NOW / 5000,
  };
}

function watch(times: number, { verdict, ...of }: { judged: Judgement; verdict?: Verdict }): CanaryFinding[] {
  const found: CanaryFinding[] = [];
  const canary = createCanary({ every: 2, tell: (finding) => found.push(finding) });
  for (let i = 0; i < times; i += 1) canary(of.judged, verdict ?? judge(of.judged));
  return found;
}

test('every so many verdicts one is given again on evidence older than each band in turn, and is weaker', () => {
  const found = watch(7, { judged: judgement() });
  expect(found.map(({ aged }) => aged.freshness)).toEqual(['stale', 'cut-off', 'recent']);
  expect(found.map(({ aged }) => aged.allows.effect)).toEqual(['advance', 'none', 'final']);
  expect(found.map(({ fault }) => fault)).toEqual([undefined, undefined, undefined]);
});

test('a revocation is found again in evidence of any age', () => {
  const found = watch(6, { judged: judgement(1) });
  expect(found.map(({ aged, fault }) => [aged.outcome, fault])).toEqual(Array(3).fill(['revoked', undefined]));
});

test('older evidence that allows more is told, and so is an answer that is not what the evidence gives', () => {
  const { view } = DEFAULT_FRESHNESS.network;
  const effects = { live: 'none', recent: 'none', stale: 'final', 'cut-off': 'none' } as const;
  const upside = { ...DEFAULT_FRESHNESS, network: { ...DEFAULT_FRESHNESS.network, view: { ...view, effects } } };
  expect(watch(2, { judged: judgement(0, upside) }).map(({ fault }) => fault)).toEqual(['allows-more']);
  const remembered = judge(judgement(0));
  expect(watch(2, { judged: judgement(1), verdict: remembered }).map(({ fault }) => fault)).toEqual(['not-repeatable']);
});

test('a question about one position is left alone: its answer does not age', () => {
  const judged = judgement();
  const position = (judged.evidence.network as NetworkView).position;
  expect(watch(4, { judged: { ...judged, request: { class: 'view', freshness: { mode: 'at', position } } } })).toEqual(
    [],
  );
});
