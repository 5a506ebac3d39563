import { describe, expect, test } from 'vitest';
import { changedRulebook } from '../../test/changed-rulebook.ts';
import { describeRulebook } from './describe-rulebook.ts';
import { rulebookSchema } from './rulebook.ts';

const partsOf = (of: string, changes = {}) => {
  const parts = describeRulebook(rulebookSchema.parse(changedRulebook(of, changes)));
  return new Map(parts.map(({ title, lines }) => [title, lines]));
};

describe('a rulebook in words', () => {
  test('says of each power how many of whom it takes, and for what', () => {
    const powers = partsOf('single-organisation').get('Powers') ?? [];
    expect(powers).toContain(
      'suspend: 1 of 3 (revoker), at most 100 at once, for at most 14 days, and not again by the same alone for 30 days; approved within 7 days; for key-compromise, holder-request, misuse, under-review',
    );
    expect(powers).toContain('cancel: 1 of 2 (guardian); approved within 7 days; for rules-cancelled');
  });

  test('says how a complaint goes, and what each silence means', () => {
    const parts = partsOf('consortium');
    expect(parts.get('Complaints')).toContain('key-compromise (credential): revoke; within 1 day, track urgent');
    expect(parts.get('How a complaint goes')?.slice(0, 6)).toEqual([
      'urgent:',
      '  looked at within 12 hours, or it passes to the steward',
      '  a first finding within 12 hours, or it is upheld if vouched for',
      '  reviewed by 2 drawn of reviewer within 2 days, then 1 more times by others, or it is dismissed',
      '  10 days to appeal; 2 of reviewer hear it within 14 days, or the finding stands',
      '  a credential may be held meanwhile, for at most 14 days',
    ]);
    expect(parts.get('The longest that one can take')?.[0]).toBe(
      '65 days, for standing-lost (withdraw); longer only by as long as the network is away',
    );
    expect(partsOf('consortium', { cases: null }).get('Complaints')).toEqual(['Nothing can be complained about.']);
  });

  test('is no longer than a screen in any part, however many officers there are', () => {
    const key = (name: string) => ({ kty: 'EC', crv: 'P-256', x: name.padEnd(43, 'A'), y: 'A'.repeat(43) });
    const officers = Array.from({ length: 64 }, (_, i) => ({
      id: `officer-${i}`,
      roles: ['revoker'],
      key: key(`x${String(i).padStart(2, '0')}`),
    }));
    const parts = partsOf('consortium', { officers });
    for (const lines of parts.values()) expect(lines.length).toBeLessThanOrEqual(40);
    expect(parts.get('Who')?.at(-1)).toBe('and 25 more');
  });
});
