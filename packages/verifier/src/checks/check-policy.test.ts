import { readFileSync } from 'node:fs';
import { isCodedError } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { createRealKey } from '../../test/verify-world.ts';
import { encodePolicy, parsePolicy, policyDigest } from '../verify/policy.ts';
import { type CheckConfig, isRequired, parseChecks } from './check-policy.ts';

const { jwk } = createRealKey();
const LICENCE = { id: 'licence', kind: 'http', url: 'https://register.example/', maxAgeMs: 1000, onSilence: 'unknown' };
const REVIEW = {
  id: 'look',
  kind: 'review',
  owner: 'desk',
  dueMs: 60_000,
  default: 'failed',
  maxAgeMs: 1,
  onSilence: 'reserve',
};

describe('the checks of a policy', () => {
  it('have bounds where none are given', () => {
    expect(parseChecks([LICENCE])).toEqual([
      { ...LICENCE, claims: [], timeoutMs: 2000, maxConcurrent: 8, queue: 32, requiredFor: {} },
    ]);
  });

  it.each<[string, object]>([
    ['checks', [LICENCE, LICENCE]],
    ['checks', Array.from({ length: 17 }, (_, i) => ({ ...LICENCE, id: `c${i}` }))],
    ['checks', ['licence']],
    ['checks.id', [{ ...LICENCE, id: 'Licence Register' }]],
    ['checks.kind', [{ ...LICENCE, kind: 'telepathy' }]],
    ['checks.url', [{ ...LICENCE, url: 'file:///etc/passwd' }]],
    ['checks.url', [{ ...LICENCE, url: 'https://name:word@register.example/' }]],
    ['checks.key', [{ ...LICENCE, key: 'a key' }]],
    ['checks.onSilence', [{ ...LICENCE, onSilence: 'final' }]],
    ['checks.maxAgeMs', [{ ...LICENCE, maxAgeMs: undefined }]],
    ['checks.timeoutMs', [{ ...LICENCE, timeoutMs: 60_001 }]],
    ['checks.maxConcurrent', [{ ...LICENCE, maxConcurrent: 0 }]],
    ['checks.queue', [{ ...LICENCE, queue: 1e9 }]],
    ['checks.owner', [{ ...REVIEW, owner: '' }]],
    ['checks.dueMs', [{ ...REVIEW, dueMs: undefined }]],
    ['checks.default', [{ ...REVIEW, default: 'maybe' }]],
    ['a check of kind review', [{ ...REVIEW, url: 'https://register.example/' }]],
    ['requiredFor', [{ ...LICENCE, requiredFor: { type: ['residence'] } }]],
    ['checks.requiredFor.classes', [{ ...LICENCE, requiredFor: { classes: ['look'] } }]],
  ])('are refused naming %s', (member, checks) => {
    const error: unknown = (() => {
      try {
        return parsePolicy({ id: 'desk', checks });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(isCodedError(error) && [error.code, error.details.member]).toEqual(['policy.malformed', member]);
  });

  it('are those of the examples, as the how-to has them', () => {
    const read = (name: string) =>
      JSON.parse(readFileSync(new URL(`../../../../examples/${name}`, import.meta.url), 'utf8'));
    const checks = parseChecks(['residence-register.json', 'front-desk-review.json'].map(read));
    expect(checks.map(({ id, kind }) => [id, kind])).toEqual([
      ['residence-register', 'http'],
      ['front-desk', 'review'],
    ]);
  });

  it('are the same policy when it is written and read again', () => {
    const acceptFrom = [{ party: 'bank', key: jwk, checks: ['licence'], maxAgeMs: 5 }];
    const policy = parsePolicy({ id: 'desk', checks: [{ ...LICENCE, key: jwk }, REVIEW], acceptFrom });
    expect(policyDigest(parsePolicy(JSON.parse(JSON.stringify(encodePolicy(policy)))))).toBe(policyDigest(policy));
  });

  it('are asked for where the policy or a profile says so', () => {
    const asks = (requiredFor: object, byProfile: readonly string[] = []) => {
      const [config] = parseChecks([{ ...LICENCE, requiredFor } as never]) as [CheckConfig];
      return isRequired(config, { type: 'residence', class: 'view', byProfile });
    };
    expect([{}, { types: ['residence'] }, { classes: ['view', 'pay'] }].map((when) => asks(when))).toEqual([
      true,
      true,
      true,
    ]);
    expect([{ types: ['degree'] }, { classes: ['pay'] }, { onlyByProfile: true }].map((when) => asks(when))).toEqual([
      false,
      false,
      false,
    ]);
    expect(asks({ onlyByProfile: true, types: ['degree'] }, ['licence'])).toBe(true);
  });
});
