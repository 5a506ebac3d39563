import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NOW } from '../../test/judgement.ts';
import { DAY_MS } from '../../test/log-builder.ts';
import { OTHER_TYPE, twoNetworks } from '../../test/two-networks.ts';
import { ASSURANCE_LEVELS, EFFECTS } from '../rulebook/rulebook.ts';
import { encodeVerdict } from './envelope.ts';
import { judge } from './judge.ts';

const ages = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400_000 }), fc.integer({ min: 0, max: 3 * DAY_MS }));
const levels = fc.constantFrom(...ASSURANCE_LEVELS);
const world = fc.record({
  homeAgeMs: ages,
  otherAgeMs: ages,
  value: fc.constantFrom(0, 0, 0, 1, 2),
  otherAssurance: levels,
  maxAssurance: levels,
  minAssurance: levels,
  endsInMs: fc.integer({ min: -DAY_MS, max: DAY_MS }),
  action: fc.constantFrom('pay' as const, 'view' as const),
  isAccredited: fc.boolean(),
});
type World = typeof world extends fc.Arbitrary<infer W> ? W : never;

function judgeWorld(asked: World) {
  const { homeAgeMs, otherAgeMs, value, otherAssurance, maxAssurance, minAssurance } = asked;
  return judge(
    twoNetworks(
      {
        ...{ homeAgeMs, otherAgeMs, value, otherAssurance },
        ...(asked.isAccredited ? {} : { party: { accreditations: [] } }),
        profiles: [{ id: 'p', appliesTo: ['*'], minAssurance }],
        recognition: { types: [{ type: OTHER_TYPE, as: 'residence', maxAssurance }], until: NOW + asked.endsInMs },
      },
      { request: { class: asked.action, freshness: { mode: 'any' } } },
    ),
  );
}

const rank = (asked: World) => EFFECTS.indexOf(judgeWorld(asked).allows.effect);

test('a recognition makes nothing valid that its own network refuses, nor after its end, nor above either level', () => {
  fc.assert(
    fc.property(world, (asked) => {
      const verdict = judgeWorld(asked);
      if (verdict.outcome !== 'valid') return;
      expect([asked.value, asked.isAccredited]).toEqual([0, true]);
      expect(asked.endsInMs).toBeGreaterThan(0);
      const level = ASSURANCE_LEVELS.indexOf(verdict.issuer?.assurance ?? 'high');
      const [own, most] = [asked.otherAssurance, asked.maxAssurance].map((one) => ASSURANCE_LEVELS.indexOf(one));
      expect(level).toBe(Math.min(own ?? -1, most ?? -1));
      expect(level).toBeGreaterThanOrEqual(ASSURANCE_LEVELS.indexOf(asked.minAssurance));
    }),
    { numRuns: 300 },
  );
});

test('weaker evidence of either network never allows more', () => {
  fc.assert(
    fc.property(world, ages, ages, (asked, moreHomeMs, moreOtherMs) => {
      const older = { homeAgeMs: asked.homeAgeMs + moreHomeMs, otherAgeMs: asked.otherAgeMs + moreOtherMs };
      expect(rank({ ...asked, ...older })).toBeLessThanOrEqual(rank(asked));
      const weaker: Partial<World>[] = [{ otherAssurance: 'low' }, { maxAssurance: 'low' }, { endsInMs: 0 }];
      for (const change of weaker) expect(rank({ ...asked, ...change })).toBeLessThanOrEqual(rank(asked));
    }),
    { numRuns: 150 },
  );
});

test('equal bases at two positions give equal bytes', () => {
  fc.assert(
    fc.property(world, (asked) => {
      const [a, b] = [judgeWorld(asked), judgeWorld(asked)];
      expect(a.basis.positions.map(({ log }) => log)).toEqual(a.basis.positions.map(({ log }) => log).sort());
      expect(encodeVerdict(a)).toBe(encodeVerdict(b));
    }),
    { numRuns: 50 },
  );
});
