import { describe, expect, it } from 'vitest';
import { RESIDENCE } from '../../../test/issuer-world.ts';
import { assertIssuerConfig, type IssuerConfig, type TenantConfig } from './config.ts';

const tenant: TenantConfig = {
  id: 'civic',
  name: 'Civic office',
  types: [RESIDENCE],
  x5c: ['TEFG'],
  credentialKey: 'civic-credential',
  statementKey: 'civic-statement',
};
const config: IssuerConfig = { origin: 'https://issuer.example', tenants: [tenant] };
const [claim = { name: '', mandatory: true, display: '' }] = RESIDENCE.claims;
const withClaim = (name: string) => ({
  ...config,
  tenants: [{ ...tenant, types: [{ ...RESIDENCE, claims: [{ ...claim, name }] }] }],
});

describe('the configuration of an issuer', () => {
  it('that is good is taken', () => {
    expect(() => assertIssuerConfig(config)).not.toThrow();
    expect(() => assertIssuerConfig({ ...config, origin: 'http://localhost:4600' })).not.toThrow();
  });

  it.each<[string, IssuerConfig, RegExp]>([
    ['has an origin with a path', { ...config, origin: 'https://issuer.example/' }, /origin/],
    ['has no origin', { ...config, origin: 'issuer.example' }, /origin/],
    ['has no tenant', { ...config, tenants: [] }, /tenants/],
    ['has a tenant that is no path', { ...config, tenants: [{ ...tenant, id: '../x' }] }, /tenants.0.id/],
    ['has a tenant twice', { ...config, tenants: [tenant, tenant] }, /twice/],
    ['has a type twice', { ...config, tenants: [{ ...tenant, types: [RESIDENCE, RESIDENCE] }] }, /civic.types/],
    [
      'has a type that ends before it begins',
      { ...config, tenants: [{ ...tenant, types: [{ ...RESIDENCE, ttlDays: -1 }] }] },
      /ttlDays/,
    ],
    [
      'has a claim twice',
      { ...config, tenants: [{ ...tenant, types: [{ ...RESIDENCE, claims: [claim, claim] }] }] },
      /residence.claims/,
    ],
    ['has no certificate', { ...config, tenants: [{ ...tenant, x5c: [] }] }, /x5c/],
    ['hides the expiry', withClaim('exp'), /claims.0.name/],
    ['hides the status', withClaim('status'), /claims.0.name/],
    ['writes digests', withClaim('_sd'), /claims.0.name/],
    ['writes a prototype', withClaim('__proto__'), /claims.0.name/],
  ])('that %s is refused, and says where', (_name, wrong, where) => {
    expect(() => assertIssuerConfig(wrong)).toThrow(expect.objectContaining({ code: 'issuer.config' }));
    expect(() => assertIssuerConfig(wrong)).toThrow(where);
  });
});
