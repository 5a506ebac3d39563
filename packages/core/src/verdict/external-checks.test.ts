import { describe, expect, test } from 'vitest';
import { credential, judgement, NOW, networkEvidence, networkView, statusList, TYPE } from '../../test/judgement.ts';
import type { CheckEvidence, CheckFinding } from './check-evidence.ts';
import { encodeVerdict } from './envelope.ts';
import type { NetworkView } from './evidence.ts';
import { explain } from './explain.ts';
import { DEFAULT_FRESHNESS } from './freshness.ts';
import { judge } from './judge.ts';
import type { Judgement } from './judgement.ts';
import type { VerdictRequest } from './verdict.ts';

const PASSED: CheckFinding = { ok: true, result: 'passed', asOf: NOW - 1000, source: 'https://register.example' };
const FAILED: CheckFinding = { ...PASSED, result: 'failed' };
const SILENT: CheckFinding = { ok: false, why: 'check.silent' };
const PAY: VerdictRequest = { class: 'pay', freshness: { mode: 'any' }, amount: '500' };

function licence(found: CheckFinding, changes: Partial<CheckEvidence> = {}): CheckEvidence {
  return { id: 'licence', maxAgeMs: 60_000, onSilence: 'unknown', found, ...changes };
}

function judged(checks: readonly CheckEvidence[], changes: Partial<Judgement> = {}) {
  return judge(judgement({ evidence: { ...networkEvidence(credential(), networkView()), checks }, ...changes }));
}

const external = ({ checks }: ReturnType<typeof judge>) => checks.filter(({ name }) => name.startsWith('check:'));

describe('an external check', () => {
  test('that passed is listed after our own, and how long it may be used bounds the verdict', () => {
    const verdict = judged([licence(PASSED, { maxAgeMs: 5000 })]);
    expect(verdict).toMatchObject({ outcome: 'valid', allows: { effect: 'final' }, usableUntil: NOW - 1000 + 5000 });
    expect(verdict.checks.at(-1)).toEqual({ name: 'check:licence', result: 'passed' });
    expect(verdict.basis.checks).toEqual([
      {
        id: 'licence',
        digest: expect.stringMatching(/^[\w-]{43}$/),
        source: 'https://register.example',
        asOf: NOW - 1000,
      },
    ]);
  });

  test('that failed makes it invalid, however long ago, and whatever silence would have allowed', () => {
    for (const asOf of [NOW, NOW - 10 * 86_400_000]) {
      const verdict = judged([licence({ ...FAILED, asOf }, { onSilence: 'reserve' })]);
      expect(verdict).toMatchObject({ outcome: 'invalid', allows: { effect: 'none' }, usableUntil: 0 });
      expect(verdict.reasons).toEqual([{ code: 'check.failed', path: '/checks/licence' }]);
    }
  });

  test('is listed beside others in an order of its own, so that how they came in changes no byte', () => {
    const [a, b] = [licence(PASSED), licence(FAILED, { id: 'abroad' })];
    expect(encodeVerdict(judged([a, b]))).toBe(encodeVerdict(judged([b, a])));
    expect(external(judged([a, b])).map(({ name }) => name)).toEqual(['check:abroad', 'check:licence']);
  });

  test('is not judged where the credential is refused without it, and not one byte tells how it would have gone', () => {
    const revoked = networkView(0, { lists: new Map([[statusList().id, statusList({ 7: 1 })]]) });
    const evidence = { ...networkEvidence(credential(), revoked), checks: [licence(FAILED)] };
    const verdict = judge(judgement({ evidence }));
    expect(verdict.reasons.map(({ code }) => code)).toEqual(['status.revoked']);
    expect(external(verdict)).toEqual([{ name: 'check:licence', result: 'skipped', why: 'not-reached' }]);
  });

  test('leaves a verdict without checks as it was, byte for byte', () => {
    const plain = judge(judgement({ evidence: networkEvidence(credential(), networkView()) }));
    expect(encodeVerdict(judged([]))).toBe(encodeVerdict(plain));
    expect(Object.keys(plain.basis)).not.toContain('checks');
  });
});

describe('silence', () => {
  test.each(['check.silent', 'check.busy', 'check.open', 'check.unreachable', 'check.pending'])(
    '%s is unknown where the policy says so, and money keeps its place',
    (why) => {
      const verdict = judged([licence({ ok: false, why })], { request: PAY });
      expect(verdict).toMatchObject({ outcome: 'unknown', allows: { effect: 'queue' }, usableUntil: 0 });
      expect(verdict.reasons).toEqual([{ code: why, path: '/checks/licence' }]);
    },
  );

  test('reserves where the policy says so: valid, and no more is allowed', () => {
    const verdict = judged([licence(SILENT, { onSilence: 'reserve' })], { request: PAY });
    expect(verdict).toMatchObject({ outcome: 'valid', reasons: [], allows: { effect: 'reserve', maxAmount: '500' } });
    expect(external(verdict)).toEqual([{ name: 'check:licence', result: 'skipped', why: 'check.silent' }]);
  });

  test('advances no money without a bound to it', () => {
    const silent = [licence(SILENT, { onSilence: 'advance' })];
    expect(DEFAULT_FRESHNESS.network.pay.advanceMax).toBeUndefined();
    expect(judged(silent, { request: PAY }).allows.effect).toBe('reserve');
    expect(judged(silent).allows.effect).toBe('advance');
  });

  test('is what a result comes to that is too old, by its own age and no other', () => {
    const old = { ...PASSED, asOf: NOW - 60_001 } as const;
    expect(judged([licence({ ...PASSED, asOf: NOW - 60_000 })]).outcome).toBe('valid');
    expect(judged([licence(old)]).reasons).toEqual([{ code: 'check.too_old', path: '/checks/licence' }]);
    expect(judged([licence(old, { onSilence: 'reserve' })], { request: PAY }).allows.effect).toBe('reserve');
  });

  test('of one check is not made good by another that passed', () => {
    const checks = [licence(PASSED, { id: 'a' }), licence(SILENT, { onSilence: 'reserve' })];
    expect(judged(checks, { request: PAY }).allows.effect).toBe('reserve');
  });
});

describe('a check that a profile of the rulebook requires', () => {
  const profiled = (checks: readonly CheckEvidence[]) => {
    const view = networkView();
    const profile = { id: 'here', appliesTo: [TYPE], minAssurance: 'low' as const, requiredChecks: ['licence'] };
    // Of a rulebook, a verdict reads no more than this.
    const body = { freshness: DEFAULT_FRESHNESS, profiles: [profile] };
    const network = { ...view, rulebook: { index: 0, body } } as unknown as NetworkView;
    return judge(judgement({ evidence: { ...networkEvidence(credential(), network), checks } }));
  };

  test('and that the verifier cannot make is unknown, never passed', () => {
    const verdict = profiled([licence(PASSED, { id: 'other' })]);
    expect(verdict).toMatchObject({ outcome: 'unknown', allows: { effect: 'none' } });
    expect(verdict.reasons).toEqual([{ code: 'check.not_configured', path: '/checks/licence' }]);
  });

  test('and that it makes counts like any other', () => {
    expect(profiled([licence(PASSED)]).outcome).toBe('valid');
    expect(profiled([licence(FAILED)]).outcome).toBe('invalid');
  });
});

describe('two verdicts that differ by a check', () => {
  const side = (name: string, ...checks: CheckEvidence[]) => ({ name, verdict: judged(checks) });

  test('are explained by it, with what each had', () => {
    expect(explain(side('north', licence(PASSED)), side('south', licence(FAILED)))).toMatchObject({
      agree: false,
      cause: { kind: 'check', check: 'licence', said: ['passed', 'check.failed'] },
    });
    expect(explain(side('north', licence(SILENT)), side('south', licence(PASSED))).cause).toEqual({
      kind: 'check',
      check: 'licence',
      said: ['check.silent', 'passed'],
    });
  });

  test('are explained by the policies when only one asks for it', () => {
    expect(explain(side('north'), side('south', licence(FAILED))).cause).toEqual({ kind: 'policy' });
  });

  test('are not explained by one that passed', () => {
    const revoked = networkView(0, { lists: new Map([[statusList().id, statusList({ 7: 1 })]]) });
    const other = { name: 'south', verdict: judge(judgement({ evidence: networkEvidence(credential(), revoked) })) };
    expect(explain(side('north', licence(PASSED)), other).cause.kind).not.toBe('policy');
  });
});
