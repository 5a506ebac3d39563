import { describe, expect, test } from 'vitest';
import { MAX_HOLD_MS, readAnswer } from './push-back.ts';

const NOW = 1_800_000_000_000;
const shed = (details: object, retry = 'later') => ({ status: 503, problem: { code: 'request.shed', retry, details } });

describe('what an answer says about asking again', () => {
  test.each([200, 201, 304, 400, 404, 409, 422])('%i was dealt with', (status) => {
    expect(readAnswer({ status, retryAfterMs: 9000 }, NOW)).toEqual({ kind: 'answered' });
  });

  test.each([429, 502, 503, 504])('%i alone says that nobody dealt with it', (status) => {
    expect(readAnswer({ status }, NOW)).toEqual({ kind: 'failed' });
  });

  test.each([500, 501, 505])('%i is the same the next time', (status) => {
    expect(readAnswer({ status, retryAfterMs: 1000 }, NOW)).toEqual({ kind: 'final' });
  });

  test.each(['never', 'after-change'])('retry "%s" is final, whatever else it says', (retry) => {
    expect(readAnswer({ ...shed({ notBefore: NOW + 5 }, retry), retryAfterMs: 1000 }, NOW)).toEqual({ kind: 'final' });
  });

  test('a turn of one’s own goes before what everybody is told', () => {
    const answer = { ...shed({ class: 'apply', cursor: 12, notBefore: NOW + 7000 }), retryAfterMs: 1000 };
    expect(readAnswer(answer, NOW)).toEqual({
      kind: 'held',
      notBefore: NOW + 7000,
      isOwn: true,
      shed: { class: 'apply', cursor: 12 },
    });
  });

  test('what everybody is told counts from now', () => {
    const held = { kind: 'held', notBefore: NOW + 3000, isOwn: false };
    expect(readAnswer({ status: 503, retryAfterMs: 3000 }, NOW)).toEqual(held);
  });

  test('a clock of theirs that is an hour ahead moves nobody’s turn; one that is a second ahead is the way here', () => {
    const answer = shed({ notBefore: NOW + 3_604_000 });
    expect(readAnswer({ ...answer, skewMs: 3_600_000 }, NOW)).toMatchObject({ notBefore: NOW + 4000 });
    expect(readAnswer({ ...shed({ notBefore: NOW + 4000 }), skewMs: 999 }, NOW)).toMatchObject({
      notBefore: NOW + 4000,
    });
  });

  test('nobody is held for ever, nor sent into the past', () => {
    expect(readAnswer(shed({ notBefore: 1e300 }), NOW)).toMatchObject({ notBefore: NOW + MAX_HOLD_MS });
    expect(readAnswer(shed({ notBefore: -5 }), NOW)).toMatchObject({ notBefore: NOW });
    expect(readAnswer({ status: 503, retryAfterMs: 1e300 }, NOW)).toMatchObject({ notBefore: NOW + MAX_HOLD_MS });
  });

  test.each([
    null,
    'soon',
    7,
    { details: 'x' },
    { details: { notBefore: 'soon' } },
    { details: { notBefore: Number.NaN } },
  ])('a problem document that is none (%j) is as if it were not there', (problem) => {
    expect(readAnswer({ status: 503, problem, retryAfterMs: Number.NaN }, NOW)).toEqual({ kind: 'failed' });
  });
});
