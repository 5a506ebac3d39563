import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Answer } from './push-back.ts';
import {
  type Asked,
  applyAnswer,
  judgeSend,
  MAX_ATTEMPTS,
  MAX_TOKENS,
  type RetryTarget,
  UNKNOWN_TARGET,
} from './retry-target.ts';

const NOW = 1_800_000_000_000;
const DEADLINE_MS = 30_000;
/** What a full budget allows before it has earned anything. */
const BURST = 5;

/** A small generator of its own, so that one number fixes a history. */
function createChance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

type Life = { readonly seed: number; readonly failing: number; readonly requests: number; readonly perSecond: number };

/** One client and one target that fails this part of what reaches it: what was sent first, and again. */
function live({ seed, failing, requests, perSecond }: Life) {
  const random = createChance(seed);
  let target: RetryTarget = UNKNOWN_TARGET;
  const sent = { first: 0, again: 0 };
  for (let i = 0; i < requests; i += 1) {
    let now = NOW + (i * 1000) / perSecond;
    const asked: Asked = { door: '/apply', handle: '', deadline: now + DEADLINE_MS };
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const judged = judgeSend(target, asked, { now, random: random() });
      target = judged.target;
      if (judged.judgement.kind !== 'send') break;
      sent[attempt === 0 ? 'first' : 'again'] += 1;
      const answer: Answer = random() < failing ? { kind: 'failed' } : { kind: 'answered' };
      const ended = applyAnswer(target, asked, { answer, attempt, isRepeatable: true }, { now, random: random() });
      target = ended.target;
      if (ended.retryAt === undefined) break;
      now = ended.retryAt;
    }
  }
  return { ...sent, target };
}

const life = fc.record({
  seed: fc.nat(),
  failing: fc.double({ min: 0, max: 1, noNaN: true }),
  requests: fc.integer({ min: 1, max: 1500 }),
  perSecond: fc.integer({ min: 1, max: 500 }),
});

describe('a client whose requests fail', () => {
  test('offers at most a tenth more than it would without retries, beyond its first five, at any rate of failure', () => {
    fc.assert(
      fc.property(life, (lived) => {
        const { first, again, target } = live(lived);
        expect(again).toBeLessThanOrEqual(first / 10 + BURST);
        expect(target.tokens).toBeGreaterThanOrEqual(0);
        expect(target.tokens).toBeLessThanOrEqual(MAX_TOKENS);
      }),
      { numRuns: 60 },
    );
  });

  test.each([0, 0.01, 0.1, 0.5, 0.9, 1])('does so over a long time when this part fails: %d', (failing) => {
    const { first, again } = live({ seed: 7, failing, requests: 5000, perSecond: 20 });
    expect((first + again - BURST) / first).toBeLessThanOrEqual(1.1);
    // A law that holds because nobody ever retries is none.
    if (failing > 0) expect(again).toBeGreaterThanOrEqual(BURST);
  });

  test('is not sent before the moment it was told, nor after its deadline, and tries at most three times', () => {
    const answers = fc.array(
      fc.record({
        inMs: fc.integer({ min: -1000, max: 60_000 }),
        isOwn: fc.boolean(),
        random: fc.double({ min: 0, max: 0.999, noNaN: true }),
      }),
      { minLength: 3, maxLength: 3 },
    );
    fc.assert(
      fc.property(answers, (told) => {
        let target: RetryTarget = UNKNOWN_TARGET;
        let now = NOW;
        const asked: Asked = { door: '/apply', handle: 'ada', deadline: NOW + DEADLINE_MS };
        for (const [attempt, { inMs, isOwn, random }] of told.entries()) {
          const notBefore = Math.max(now, now + inMs);
          const answer: Answer = { kind: 'held', notBefore, isOwn };
          const ended = applyAnswer(target, asked, { answer, attempt, isRepeatable: true }, { now, random });
          target = ended.target;
          const { retryAt } = ended;
          if (attempt === MAX_ATTEMPTS - 1) expect(retryAt).toBeUndefined();
          if (retryAt === undefined) return;
          expect(retryAt).toBeGreaterThanOrEqual(notBefore);
          expect(retryAt).toBeLessThan(asked.deadline);
          now = retryAt;
        }
      }),
      { numRuns: 60 },
    );
  });

  test('never sends again what would count twice, nor what was refused for good', () => {
    const asked: Asked = { door: '/apply', handle: '', deadline: NOW + DEADLINE_MS };
    const moment = { now: NOW, random: 0.5 };
    const failed: Answer = { kind: 'failed' };
    expect(
      applyAnswer(UNKNOWN_TARGET, asked, { answer: failed, attempt: 0, isRepeatable: false }, moment).retryAt,
    ).toBeUndefined();
    const final: Answer = { kind: 'final' };
    expect(
      applyAnswer(UNKNOWN_TARGET, asked, { answer: final, attempt: 0, isRepeatable: true }, moment).retryAt,
    ).toBeUndefined();
  });
});

describe('somebody who was told when to come', () => {
  const asked: Asked = { door: '/apply', handle: 'ada', deadline: NOW + DEADLINE_MS };
  const tell = (notBefore: number, isOwn: boolean) =>
    applyAnswer(
      UNKNOWN_TARGET,
      asked,
      { answer: { kind: 'held', notBefore, isOwn, shed: { class: 'apply' } }, attempt: 2, isRepeatable: true },
      { now: NOW, random: 0 },
    ).target;
  const judge = (target: RetryTarget, other: Partial<Asked>, now = NOW) =>
    judgeSend(target, { ...asked, ...other }, { now, random: 0.999 }).judgement;

  test('waits for it while the answer would still be of use', () => {
    expect(judge(tell(NOW + 5000, true), {})).toEqual({ kind: 'wait', until: NOW + 5000 });
    expect(judge(tell(NOW + 5000, true), {}, NOW + 5000)).toEqual({ kind: 'send' });
  });

  test('is refused here, without a request, when it would not be', () => {
    const judgement = judge(tell(NOW + 40_000, true), {});
    expect(judgement).toEqual({ kind: 'refuse', why: 'held', notBefore: NOW + 40_000, shed: { class: 'apply' } });
  });

  test('keeps nobody else from the door, unless everybody was told', () => {
    expect(judge(tell(NOW + 5000, true), { handle: 'bob' })).toEqual({ kind: 'send' });
    expect(judge(tell(NOW + 5000, true), { door: '/verify' })).toEqual({ kind: 'send' });
    expect(judge(tell(NOW + 5000, false), { handle: 'bob' })).toMatchObject({ kind: 'wait' });
  });

  test('is remembered among so many and no more', () => {
    let target = UNKNOWN_TARGET;
    for (let i = 0; i < 1000; i += 1) {
      const who = { ...asked, handle: `h${i}` };
      const answer: Answer = { kind: 'held', notBefore: NOW + 1000, isOwn: true };
      target = applyAnswer(target, who, { answer, attempt: 0, isRepeatable: false }, { now: NOW, random: 0 }).target;
    }
    expect(target.holds.size).toBe(256);
  });
});
