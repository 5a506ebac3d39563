import { describe, expect, test } from 'vitest';
import { countAccepted, countAsked, refusalChance, type Throttle } from './throttle.ts';

const NOW = 1_800_000_000_000;

function asking(start: Throttle, { from, seconds, perSecond, accepted }: Record<string, number>): Throttle {
  let throttle = start;
  for (let i = 0; i < (seconds ?? 0) * (perSecond ?? 0); i += 1) {
    const at = NOW + (from ?? 0) * 1000 + (i * 1000) / (perSecond ?? 1);
    throttle = countAsked(throttle, at);
    if (i % 100 < (accepted ?? 0)) throttle = countAccepted(throttle, at);
  }
  return throttle;
}

describe('keeping requests back from a target that takes few', () => {
  test('a target that takes half of what it is asked is asked all of it', () => {
    const throttle = asking([], { from: 0, seconds: 100, perSecond: 20, accepted: 50 });
    expect(refusalChance(throttle, NOW + 100_000)).toBe(0);
  });

  test('one that takes a quarter is asked about twice what it takes', () => {
    const throttle = asking([], { from: 0, seconds: 100, perSecond: 20, accepted: 25 });
    expect(refusalChance(throttle, NOW + 100_000)).toBeCloseTo(0.5, 1);
  });

  test('one that is silent is still asked now and then, and what hangs counts at once', () => {
    const throttle = asking([], { from: 0, seconds: 10, perSecond: 100, accepted: 0 });
    expect(refusalChance(throttle, NOW + 10_000)).toBe(0.8);
  });

  test('one that was well for long and falls silent is spared within seconds', () => {
    const well = asking([], { from: 0, seconds: 120, perSecond: 20, accepted: 100 });
    const silent = asking(well, { from: 120, seconds: 11, perSecond: 20, accepted: 0 });
    expect(refusalChance(silent, NOW + 131_000)).toBe(0.8);
  });

  test('whoever asks rarely is never kept back', () => {
    const throttle = asking([], { from: 0, seconds: 120, perSecond: 1, accepted: 0 });
    expect(refusalChance(throttle, NOW + 120_000)).toBe(0);
  });

  test('two minutes of silence are forgotten within seconds of answers', () => {
    const silent = asking([], { from: 0, seconds: 120, perSecond: 20, accepted: 0 });
    const back = asking(silent, { from: 120, seconds: 12, perSecond: 20, accepted: 100 });
    expect(refusalChance(back, NOW + 132_000)).toBe(0);
  });

  test('a clock that jumps makes nothing grow', () => {
    let throttle: Throttle = [];
    for (let i = 0; i < 1000; i += 1) throttle = countAsked(throttle, NOW + (i % 2 === 0 ? i : -i) * 7000);
    expect(throttle.length).toBeLessThanOrEqual(24);
    expect(refusalChance(throttle, NOW)).toBeLessThanOrEqual(0.8);
  });
});
