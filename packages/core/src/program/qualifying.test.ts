import { describe, expect, test } from 'vitest';
import { buildLog } from '../../test/log-builder.ts';
import { testProgram } from '../../test/test-program.ts';
import type { Credential } from '../credential/parsed-credential.ts';
import type { Check, Verdict } from '../verdict/verdict.ts';
import type { Application } from './application.ts';
import { confirmationOf, defaultOf } from './confirming.ts';
import { type QualifyingInput, qualify, qualifyByException } from './qualifying.ts';

const log = buildLog();
const civic = { id: 'https://civic.example', key: 'k', source: 'network', assurance: 'substantial' } as const;
const passed = (name: Check['name']): Check => ({ name, result: 'passed' });
const PROVED = (['issuer-signature', 'holder-binding', 'issuer-trust'] as const).map(passed);

function verdictOf(changes: Partial<Verdict> = {}): Verdict {
  const read = { log: 'log.example/test', size: 50, root: 'r'.repeat(43), time: 1 };
  const request = { class: 'pay', freshness: { mode: 'any' } } as const;
  const basis = { positions: [read], presented: 'p', foreign: [], policy: 'p', request, tick: 1 };
  return {
    v: 1,
    outcome: 'valid',
    reasons: [],
    freshness: 'live',
    conflict: false,
    allows: { effect: 'final' },
    issuer: civic,
    checks: PROVED,
    notEstablished: [],
    usableUntil: 1,
    basis,
    ...changes,
  };
}

function inputOf(changes: Partial<QualifyingInput> = {}): QualifyingInput {
  return {
    program: testProgram(log),
    rules: { eligibility: () => ({ ok: true, value: true }) },
    application: { destination: { kind: 'internal', account: 'a' } } as Application,
    credential: { claims: { resident_id: 'R-1' }, vct: 'residence' } as unknown as Credential,
    verdict: verdictOf(),
    at: 1,
    nullifierOf: (value) => `n ${value}`,
    ...changes,
  };
}

describe('an application qualifies', () => {
  test('with its issuer, its person and the most it may want', () => {
    expect(qualify(inputOf())).toEqual({
      ok: true,
      qualification: { issuer: civic.id, nullifier: 'n R-1', held: false, want: '100' },
    });
  });

  test.each([
    ['150', '100'],
    ['100', '100'],
    ['7', '7'],
    ['0', '0'],
  ])('wanting %s, with at most the cap: %s', (want, expected) => {
    const application = { destination: { kind: 'internal', account: 'a' }, want } as Application;
    expect(qualify(inputOf({ application }))).toMatchObject({ qualification: { want: expected } });
  });

  test('in doubt, when all was proved that keeps others from taking its place', () => {
    expect(qualify(inputOf({ verdict: verdictOf({ outcome: 'unknown' }) }))).toMatchObject({
      qualification: { held: true },
    });
  });
});

describe('an application is refused, with the first reason that applies', () => {
  const failed = (name: Check['name']) =>
    PROVED.map((check) => (check.name === name ? { ...check, result: 'skipped' as const } : check));
  const cases: readonly (readonly [string, string, Partial<QualifyingInput>])[] = [
    ['a revoked credential', 'application.credential_revoked', { verdict: verdictOf({ outcome: 'revoked' }) }],
    ['a forged or borrowed one', 'application.credential_invalid', { verdict: verdictOf({ outcome: 'invalid' }) }],
    ...(['issuer-signature', 'holder-binding', 'issuer-trust'] as const).map(
      (name) =>
        [
          `doubt about the ${name}`,
          'application.unproved',
          { verdict: verdictOf({ outcome: 'unknown', checks: failed(name) }) },
        ] as const,
    ),
    [
      'an issuer that the program does not name',
      'application.issuer_unlisted',
      { verdict: verdictOf({ issuer: { ...civic, id: 'https://other.example' } }) },
    ],
    ['an issuer of less assurance', 'application.assurance_low', { program: testProgram(log, { assurance: 'high' }) }],
    [
      'a stranger, whom nobody rates',
      'application.assurance_low',
      { verdict: verdictOf({ issuer: { id: civic.id, key: 'k', source: 'did:web' } }) },
    ],
    [
      'a kind of destination that is not paid',
      'application.destination_kind',
      { application: { destination: { kind: 'msisdn', msisdn: '+49301234567' } } as Application },
    ],
    ['nobody', 'application.person_missing', { credential: { claims: {}, vct: 'residence' } as unknown as Credential }],
    ['a rule that finds no answer', 'application.rule_unanswered', { rules: { eligibility: () => ({ ok: false }) } }],
    ['a rule that says no', 'application.not_eligible', { rules: { eligibility: () => ({ ok: true, value: false }) } }],
    [
      'a weight that finds no answer',
      'application.weight_unanswered',
      { rules: { eligibility: () => ({ ok: true, value: true }), weight: () => ({ ok: false }) } },
    ],
  ];
  test.each(cases)('%s: %s', (_, code, changes) => {
    expect(qualify(inputOf(changes))).toEqual({ ok: false, code });
  });
});

/** Of a network in its first log. */
const FIRST_LOG = { position: undefined, predecessors: [] };

describe('money that is set aside', () => {
  const at = (size: number, log = 'log.example/test') => ({ log, size, root: 'r', time: 1 });

  test('is paid on a final yes at or after the seal, and on nothing else', () => {
    expect(confirmationOf(verdictOf(), at(50), FIRST_LOG)).toBe('post');
    expect(confirmationOf(verdictOf(), at(51), FIRST_LOG)).toBe('wait');
    for (const effect of ['reserve', 'queue', 'advance', 'none'] as const) {
      expect(confirmationOf(verdictOf({ allows: { effect } }), at(50), FIRST_LOG)).toBe('wait');
    }
    expect(confirmationOf(verdictOf(), at(1, 'another.example/log'), FIRST_LOG)).toBe('wait');
  });

  test('is paid on a final yes of a later log that goes on from the seal or from after it, and of no other', () => {
    const verdict = verdictOf();
    const [{ log = '' } = {}] = verdict.basis.positions;
    const sealed = at(60, 'first.example/log');
    const ends = (size: number) => [at(size, 'first.example/log')];
    expect(confirmationOf(verdict, sealed, { position: at(3, log), predecessors: ends(60) })).toBe('post');
    expect(confirmationOf(verdict, sealed, { position: at(3, log), predecessors: ends(59) })).toBe('wait');
    expect(confirmationOf(verdict, sealed, { position: at(3, 'other.example/log'), predecessors: ends(60) })).toBe(
      'wait',
    );
    // The verifier lags by a log, and the seal stood in the one before.
    const chain = [...ends(60), at(7, log)];
    expect(confirmationOf(verdict, sealed, { position: at(3, 'third.example/log'), predecessors: chain })).toBe('post');
    expect(
      confirmationOf(verdict, at(8, 'third.example/log'), {
        position: at(9, 'third.example/log'),
        predecessors: chain,
      }),
    ).toBe('wait');
  });

  test('is given back on a revocation alone: silence, doubt, suspension and expiry take nothing from anybody', () => {
    expect(confirmationOf(verdictOf({ outcome: 'revoked' }), at(50), FIRST_LOG)).toBe('void');
    expect(confirmationOf(verdictOf({ outcome: 'revoked' }), at(51), FIRST_LOG)).toBe('wait');
    for (const outcome of ['unknown', 'suspended', 'expired', 'invalid', 'not-yet-valid'] as const) {
      expect(confirmationOf(verdictOf({ outcome }), at(50), FIRST_LOG)).toBe('wait');
    }
  });

  test('goes the way the program states when nobody confirms it, and never pays by default what was in doubt', () => {
    const post = { confirm: { withinMs: 1000, otherwise: 'post' as const } };
    const back = { confirm: { withinMs: 1000, otherwise: 'return' as const } };
    expect([defaultOf(post, false), defaultOf(post, true), defaultOf(back, false)]).toEqual(['post', 'void', 'void']);
  });
});

describe('an application that was admitted by a ruling', () => {
  const never = { eligibility: () => ({ ok: true, value: false }) } as const;

  test.each(['revoked', 'suspended', 'expired', 'not-yet-valid', 'unknown'] as const)(
    'counts although its credential is %s and no rule would have it, and waits for nobody',
    (outcome) => {
      const issuer = { id: 'https://unlisted.example', key: 'k', source: 'network' };
      const verdict = verdictOf({ outcome, issuer });
      expect(qualifyByException(inputOf({ rules: never, verdict }))).toEqual({
        ok: true,
        qualification: { issuer: issuer.id, nullifier: 'n R-1', held: false, want: '100' },
      });
    },
  );

  test.each([
    ['credential_invalid', { verdict: verdictOf({ outcome: 'invalid' }) }],
    ['unproved', { verdict: verdictOf({ checks: [passed('holder-binding')] }) }],
    ['unproved', { verdict: verdictOf({ checks: [passed('issuer-signature')] }) }],
    ['destination_kind', { application: { destination: { kind: 'iban', iban: 'x' } } as Application }],
    ['person_missing', { credential: { claims: {}, vct: 'residence' } as unknown as Credential }],
    ['weight_unanswered', { rules: { ...never, weight: () => ({ ok: false }) as const } }],
  ] as const)('does not count where no ruling can stand in: %s', (code, changes) => {
    expect(qualifyByException(inputOf(changes))).toEqual({ ok: false, code: `application.${code}` });
  });

  test('of an issuer that nobody can name has no one whose cap would bound it', () => {
    const { issuer: _, ...verdict } = verdictOf();
    expect(qualifyByException(inputOf({ verdict }))).toEqual({ ok: false, code: 'application.issuer_unlisted' });
  });
});
