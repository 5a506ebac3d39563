import { describe, expect, test } from 'vitest';
import type { OpenHandoff } from '../api/queries.ts';
import { type Seen, summaryOf, whatIsWrong } from './what-is-wrong.ts';

const NOW = 1_800_000_000_000;
const at = (time: number) => ({ log: 'a', size: 10, root: 'r', time }) as never;
const WELL: Seen = {
  now: NOW,
  tickMs: 5000,
  readiness: { ready: true, parts: { network: 'ready', south: 'ready' } },
  verifiers: [
    { id: 'north', isAsked: false, answer: { id: 'north', name: 'North', position: at(NOW - 2000) } },
    {
      id: 'south',
      isAsked: false,
      answer: { id: 'south', name: 'South', party: 'ops-south', position: at(NOW - 7000) },
    },
  ],
  handoffs: [],
  incidents: [],
  isTooManual: false,
};
const [north, south] = WELL.verifiers;
const handoff: OpenHandoff = {
  ...{ what: 'transfer', of: 'winter-relief', giver: 'distributor', receiver: 'rail', owner: 'the bank' },
  ...{ count: 3, since: NOW - 100_000, dueBy: NOW - 60_000, next: 'taken' },
};

describe('the sentence at the top', () => {
  test('says that nothing is wrong only when something was read', () => {
    expect(summaryOf(WELL)).toMatch(/^Nothing is wrong: 2 parts are ready, 2 verifiers/);
    expect(summaryOf({ ...WELL, readiness: { ready: false, parts: {} } })).toBe('Nothing is known yet.');
  });

  test.each<[string, Partial<Seen>, RegExp]>([
    ['a part that is not ready', { readiness: { ready: false, parts: { south: 'starting' } } }, /part south.*starting/],
    [
      'a verifier that stopped reading',
      {
        verifiers: [
          ...(north === undefined ? [] : [north]),
          {
            id: 'south',
            isAsked: false,
            answer: { id: 'south', name: 'South', party: 'ops-south', position: at(NOW - 60_000) },
          },
        ],
      },
      /^Verifier South stopped reading at .* goes on when it reads again; owner: ops-south\.$/,
    ],
    [
      'a verifier that does not answer',
      { verifiers: [{ id: 'south', isAsked: true }] },
      /Verifier south does not answer/,
    ],
    ['a log that stands still', { now: NOW + 60_000 }, /No epoch was read by anybody since .*1 minute/],
    [
      'payments that are overdue',
      { handoffs: [handoff] },
      /^3 transfers of winter-relief wait .* 1 minute ago; owner: the bank/,
    ],
    ['too much by hand', { isTooManual: true }, /decided by hand/],
  ])('names %s', (_, seen, sentence) => {
    expect(summaryOf({ ...WELL, ...seen })).toMatch(sentence);
    expect(whatIsWrong({ ...WELL, ...seen })).toHaveLength(1);
  });

  test('names the worst, and counts the others', () => {
    const seen = { ...WELL, isTooManual: true, handoffs: [handoff], verifiers: south === undefined ? [] : [south] };
    expect(summaryOf(seen)).toMatch(/owner: the bank\. And 1 more\.$/);
  });
});
