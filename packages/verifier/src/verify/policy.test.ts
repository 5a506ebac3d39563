import { encodeBase64, encodeBase64url, sha256, thumbprint } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { createRealKey } from '../../test/verify-world.ts';
import { anchorsDigest, anchorsOf, EMPTY_POLICY, isTrustedByName, parsePolicy, policyDigest } from './policy.ts';

const der = new Uint8Array(300).fill(7);
const certificate = encodeBase64(der);
const pin = encodeBase64url(sha256(der));
const { jwk } = createRealKey();

describe('a policy from outside', () => {
  it('is read with its defaults', () => {
    expect(parsePolicy({ id: 'desk' })).toEqual({ ...EMPTY_POLICY, id: 'desk' });
    const full = {
      id: 'desk',
      anchors: [certificate, pin],
      trustedIssuers: [{ issuer: 'did:web:a.example', key: jwk, types: ['licence'] }],
      allowLoopback: true,
    };
    const key = thumbprint(jwk);
    expect(parsePolicy(full)).toEqual({ ...full, trustedIssuers: [{ ...full.trustedIssuers[0], key, jwk }] });
  });

  it('is refused with the member that is wrong, also when that member is one it does not know', () => {
    const wrong: readonly [unknown, string][] = [
      [null, 'policy'],
      [[], 'policy'],
      [{}, 'id'],
      [{ id: '' }, 'id'],
      [{ id: 'a', anchor: [] }, 'policy'],
      [{ id: 'a', anchors: 'all' }, 'anchors'],
      [{ id: 'a', anchors: [''] }, 'anchors'],
      [{ id: 'a', anchors: ['not base64!'] }, 'anchors'],
      [{ id: 'a', anchors: [7] }, 'anchors'],
      [{ id: 'a', anchors: Array(65).fill(pin) }, 'anchors'],
      [{ id: 'a', trustedIssuers: ['x'] }, 'trustedIssuers'],
      [{ id: 'a', trustedIssuers: [{ issuer: 7 }] }, 'trustedIssuers.issuer'],
      [{ id: 'a', trustedIssuers: [{ issuer: 'x', key: 'short' }] }, 'trustedIssuers.key'],
      [{ id: 'a', trustedIssuers: [{ issuer: 'x', key: { ...jwk, d: 'secret' } }] }, 'trustedIssuers.key'],
      [{ id: 'a', trustedIssuers: [{ issuer: 'x', types: [''] }] }, 'trustedIssuers.types'],
      [{ id: 'a', trustedIssuers: [{ issuer: 'x', type: 'licence' }] }, 'trustedIssuers'],
      [{ id: 'a', allowLoopback: 'yes' }, 'allowLoopback'],
    ];
    for (const [value, member] of wrong) {
      const refused = expect.objectContaining({ code: 'policy.malformed', details: { member } });
      expect(() => parsePolicy(value), JSON.stringify(value)).toThrow(refused);
    }
  });
});

describe('the digests of a policy', () => {
  it('are the same for the same trust, however it is written', () => {
    const issuers = [{ issuer: 'a' }, { issuer: 'b', types: ['x'] }];
    const [one, other] = [
      { ...EMPTY_POLICY, anchors: [certificate], trustedIssuers: issuers },
      { ...EMPTY_POLICY, anchors: [pin, certificate], trustedIssuers: [...issuers].reverse() },
    ];
    expect(policyDigest(one)).toBe(policyDigest(other));
    expect(anchorsDigest(one)).toBe(anchorsDigest(other));
    expect(anchorsDigest({ ...one, id: 'another desk' })).toBe(anchorsDigest(one));
  });

  it('differ with everything that may change a verdict', () => {
    const policies = [
      EMPTY_POLICY,
      { ...EMPTY_POLICY, id: 'other' },
      { ...EMPTY_POLICY, anchors: [pin] },
      { ...EMPTY_POLICY, trustedIssuers: [{ issuer: 'a' }] },
      { ...EMPTY_POLICY, trustedIssuers: [{ issuer: 'a', types: ['x'] }] },
      { ...EMPTY_POLICY, allowLoopback: true },
    ];
    expect(new Set(policies.map(policyDigest)).size).toBe(policies.length);
    expect(anchorsDigest(EMPTY_POLICY)).toBeUndefined();
    expect(new Set(policies.slice(2, 5).map(anchorsDigest)).size).toBe(3);
  });
});

describe('what a policy trusts', () => {
  it('gives anchors as path validation takes them', () => {
    expect(anchorsOf({ ...EMPTY_POLICY, anchors: [certificate, pin] })).toEqual([der, pin]);
  });

  it('is an issuer by name only where the issuer itself publishes its key, else by name and key', () => {
    const issuer = { id: 'did:web:a.example', key: jwk, isSelfPublished: true };
    const named = { ...EMPTY_POLICY, trustedIssuers: [{ issuer: 'did:web:a.example' }] };
    expect(isTrustedByName(named, issuer, 'licence')).toBe(true);
    expect(isTrustedByName(named, { ...issuer, isSelfPublished: false }, 'licence')).toBe(false);
    expect(isTrustedByName(named, { ...issuer, id: 'did:web:b.example' }, 'licence')).toBe(false);
    const pinned = {
      ...EMPTY_POLICY,
      trustedIssuers: [{ issuer: issuer.id, key: thumbprint(jwk), types: ['licence'] }],
    };
    expect(isTrustedByName(pinned, { ...issuer, isSelfPublished: false }, 'licence')).toBe(true);
    expect(isTrustedByName(pinned, issuer, 'degree')).toBe(false);
    expect(isTrustedByName(pinned, { ...issuer, key: createRealKey().jwk }, 'licence')).toBe(false);
  });
});
