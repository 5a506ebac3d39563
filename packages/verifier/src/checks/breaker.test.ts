import { describe, expect, it } from 'vitest';
import { admit, afterAnswer, afterFailure, type Breaker, CLOSED, FAILURES_TO_OPEN } from './breaker.ts';

function failTimes(times: number, from: Breaker = CLOSED, spread = 0): Breaker {
  return Array.from({ length: times }).reduce<Breaker>((breaker) => afterFailure(breaker, 0, spread), from);
}

describe('a breaker', () => {
  it('lets everybody through until so many have failed in a row', () => {
    expect(admit(failTimes(FAILURES_TO_OPEN - 1), 0).isAdmitted).toBe(true);
    expect(admit(failTimes(FAILURES_TO_OPEN), 0).isAdmitted).toBe(false);
    expect(failTimes(FAILURES_TO_OPEN - 1, afterAnswer(failTimes(FAILURES_TO_OPEN - 1))).state).toBe('closed');
  });

  it('lets one through when its time is over, and nobody beside that one', () => {
    const opened = failTimes(FAILURES_TO_OPEN);
    expect(admit(opened, 999).isAdmitted).toBe(false);
    const probe = admit(opened, 1000);
    expect(probe).toEqual({ breaker: { state: 'half-open', trips: 1 }, isAdmitted: true });
    expect(admit(probe.breaker, 1_000_000).isAdmitted).toBe(false);
  });

  it('closes when the probe is answered, and opens for longer each time it is not, up to a minute', () => {
    const { breaker } = admit(failTimes(FAILURES_TO_OPEN), 1000);
    expect(afterAnswer(breaker)).toEqual(CLOSED);
    const lengths: number[] = [];
    let now = 0;
    let current = failTimes(FAILURES_TO_OPEN, CLOSED, 1);
    for (let i = 0; i < 8; i += 1) {
      if (current.state !== 'open') throw new Error('it was to be open');
      lengths.push(current.until - now);
      now = current.until;
      current = afterFailure(admit(current, now).breaker, now, 1);
    }
    expect(lengths).toEqual([4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
  });

  it('spreads when it tries again, never earlier than a second', () => {
    const until = (spread: number) => {
      const opened = failTimes(FAILURES_TO_OPEN, CLOSED, spread);
      return opened.state === 'open' ? opened.until : undefined;
    };
    expect([until(0), until(0.5), until(1)]).toEqual([1000, 2500, 4000]);
  });

  it('is not closed by an old answer that arrives while it is open', () => {
    expect(afterAnswer(failTimes(FAILURES_TO_OPEN)).state).toBe('open');
    expect(afterFailure(failTimes(FAILURES_TO_OPEN), 500, 0)).toEqual(failTimes(FAILURES_TO_OPEN));
  });
});
