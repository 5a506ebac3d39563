import { canonicalJson, type Difference } from '@holdfast/core';
import { anchorsDigest, type Policy } from './policy.ts';

/** What one policy accepts, asks or names otherwise than another. */
export function policyDifferences(a: Policy, b: Policy): Difference[] {
  const trusted = ({ trustedIssuers }: Policy) => trustedIssuers.map(({ jwk: _, ...entry }) => canonicalJson(entry));
  const loopback = ({ allowLoopback }: Policy) => (allowLoopback ? ['http on this machine'] : []);
  const checks = ({ checks: asked = [] }: Policy) => asked.map((check) => canonicalJson(check));
  const accepted = ({ acceptFrom = [] }: Policy) => acceptFrom.map((entry) => canonicalJson(entry));
  const terms = ({ issuers = {} }: Policy) => Object.entries(issuers).map((entry) => canonicalJson(entry));
  const anchors = anchorsDigest({ ...a, trustedIssuers: [] }) === anchorsDigest({ ...b, trustedIssuers: [] });
  return [
    ...(anchors ? [] : changed('anchors', a.anchors, b.anchors, 'looser')),
    ...changed('trusted issuer', trusted(a), trusted(b), 'looser'),
    ...changed('check', checks(a), checks(b), 'tighter'),
    ...changed('results accepted from', accepted(a), accepted(b), 'looser'),
    ...changed('asked of issuers', terms(a), terms(b), 'tighter'),
    ...changed('allowed', loopback(a), loopback(b), 'looser'),
    ...(a.profile === b.profile
      ? []
      : [
          {
            what: 'profile',
            before: a.profile ?? 'by type',
            after: b.profile ?? 'by type',
            direction: 'other',
          } as const,
        ]),
  ];
}

function changed(
  what: string,
  before: readonly string[],
  after: readonly string[],
  gained: 'looser' | 'tighter',
): Difference[] {
  const lost = gained === 'looser' ? 'tighter' : 'looser';
  const of = (name: string, isGained: boolean): Difference => ({
    what: `${what} ${name.slice(0, 200)}`,
    before: isGained ? 'no' : 'yes',
    after: isGained ? 'yes' : 'no',
    direction: isGained ? gained : lost,
  });
  return [
    ...after.filter((name) => !before.includes(name)).map((name) => of(name, true)),
    ...before.filter((name) => !after.includes(name)).map((name) => of(name, false)),
  ];
}
