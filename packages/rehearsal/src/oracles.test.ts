import type { Outcome, Position, Verdict } from '@holdfast/core';
import { expect, test } from 'vitest';
import { type Observation, Oracles } from './oracles.ts';

const POSITION: Position = { log: 'log', size: 10, root: 'root', time: 1000 };

function verdict(changes: Partial<Verdict> = {}, basis: Partial<Verdict['basis']> = {}): Verdict {
  return {
    ...{ v: 1, outcome: 'valid', reasons: [], freshness: 'live', conflict: false, allows: { effect: 'final' } },
    ...{ checks: [], notEstablished: [], usableUntil: 0, ...changes },
    basis: {
      ...{ positions: [POSITION], presented: 'text', credential: 'credential', foreign: [], policy: '' },
      ...{ request: { class: 'view', freshness: { mode: 'any' } }, tick: 1, ...basis },
    },
  };
}

/** The oracles that fail when these are observed in this order. */
function failing(truth: Outcome, ...observations: readonly (Partial<Observation> & { verdict: Verdict })[]): string[] {
  const oracles = new Oracles({ outcomeAt: () => truth });
  for (const observation of observations) {
    oracles.observe({ verifier: 'north', credential: 'ada', isForged: false, at: 0, ...observation });
  }
  return [...new Set(oracles.violations.map(({ oracle }) => oracle))];
}

test('nothing fails when all is well', () => {
  expect(failing('valid', { verdict: verdict() }, { verdict: verdict(), verifier: 'south' })).toEqual([]);
});

test('two verdicts on one basis that differ in a byte', () => {
  expect(failing('valid', { verdict: verdict() }, { verdict: verdict({ usableUntil: 5 }) })).toEqual([
    'equal-basis-equal-bytes',
  ]);
});

test('two verifiers that differ with nothing to explain it', () => {
  const other = verdict({ outcome: 'unknown', allows: { effect: 'none' } });
  expect(failing('valid', { verdict: verdict() }, { verdict: other, verifier: 'south' })).toContain(
    'no-unexplained-disagreement',
  );
});

test('a verifier that has read less than before, or another log of the same size', () => {
  const smaller = verdict({}, { positions: [{ ...POSITION, size: 9 }] });
  const other = verdict({}, { positions: [{ ...POSITION, root: 'other' }] });
  expect(failing('valid', { verdict: verdict() }, { verdict: smaller })).toEqual(['positions-monotone']);
  expect(failing('valid', { verdict: verdict() }, { verdict: other })).toEqual(['positions-monotone']);
});

test('a list of a stranger that is older than one seen before', () => {
  const seen = (asOf: number) => verdict({}, { foreign: [{ kind: 'status', source: 'uri', digest: `${asOf}`, asOf }] });
  expect(failing('valid', { verdict: seen(2000) }, { verdict: seen(1000) })).toEqual(['foreign-lists-monotone']);
});

test('a yes after the revocation was read', () => {
  expect(failing('revoked', { verdict: verdict() })).toContain('never-accepted-after-reading-revocation');
});

test('a yes with a reason against it, or on evidence that is cut off', () => {
  const reasons = [{ code: 'status.unavailable', path: '' }];
  expect(failing('valid', { verdict: verdict({ reasons }) })).toEqual(['never-valid-without-evidence']);
  expect(failing('valid', { verdict: verdict({ freshness: 'cut-off' }) })).toEqual(['never-valid-without-evidence']);
});

test('a yes from someone who has not read as far as was asked', () => {
  const freshness = { mode: 'at-least', positions: [{ ...POSITION, size: 11 }] } as const;
  expect(failing('valid', { verdict: verdict({}, { request: { class: 'view', freshness } }) })).toEqual([
    'never-valid-behind-what-was-asked',
  ]);
});

test('a forgery that is called anything but invalid', () => {
  expect(failing('valid', { verdict: verdict({ outcome: 'revoked' }), isForged: true })).toEqual(['forged-is-invalid']);
  const unlooked = [{ name: 'issuer-signature', result: 'skipped', why: 'signature.unavailable' }] as const;
  const unknown = verdict({ outcome: 'unknown', checks: unlooked });
  expect(failing('valid', { verdict: unknown, isForged: true })).toEqual([]);
});

test('a refusal for a reason that is not so', () => {
  expect(failing('valid', { verdict: verdict({ outcome: 'suspended' }) })).toEqual(['refused-for-the-right-reason']);
});

test('older evidence that allows more than younger does', () => {
  const aged = (ageMs: number, effect: 'final' | 'reserve') => verdict({ ageMs, allows: { effect } }, { tick: ageMs });
  const young = { verdict: aged(1000, 'reserve') };
  expect(failing('valid', young, { verdict: aged(9000, 'final') })).toEqual(['weaker-evidence-never-allows-more']);
  expect(failing('valid', { verdict: aged(9000, 'final') }, young)).toEqual(['weaker-evidence-never-allows-more']);
  expect(failing('valid', { verdict: aged(1000, 'final') }, { verdict: aged(9000, 'reserve') })).toEqual([]);
});

test('an answer that comes after its deadline', () => {
  expect(failing('valid', { verdict: verdict(), waitedMs: 300 })).toEqual([]);
  expect(failing('valid', { verdict: verdict(), waitedMs: 301 })).toEqual(['answered-within-its-deadline']);
});
