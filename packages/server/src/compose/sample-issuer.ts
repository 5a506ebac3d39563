import type { TenantConfig } from '../roles/issuer/config.ts';

/** The sample's issuer in its own words. */
export function sampleIssuerDescription(): Pick<TenantConfig, 'id' | 'name' | 'types'> {
  return {
    id: 'civic',
    name: 'City of Sampletown',
    types: [
      {
        id: 'residence',
        version: '1',
        name: 'Residence',
        description: 'The city says that a person lives there.',
        ttlDays: 365,
        claims: [
          { name: 'given_name', mandatory: true, display: 'Given name' },
          { name: 'family_name', mandatory: true, display: 'Family name' },
          { name: 'birthdate', mandatory: true, display: 'Date of birth' },
          { name: 'resident_id', mandatory: true, display: 'Resident number' },
        ],
      },
      {
        id: 'visitor-pass',
        version: '1',
        name: 'Visitor pass',
        description: 'Good for a few seconds: to see what an expired credential looks like.',
        ttlDays: 0,
        ttlSeconds: 3,
        claims: [{ name: 'resident_id', mandatory: true, display: 'Visitor number' }],
      },
    ],
  };
}
