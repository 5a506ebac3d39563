import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LOG_TIME, programCard, sealedCard } from '../../../test/money-card.ts';
import {
  describeDue,
  describeShares,
  describeStanding,
  describeWaiting,
  formatMoney,
  type StandingContext,
  splitBudget,
} from './money-words.ts';

const EUR = { code: 'EUR', decimals: 2 };
const context: StandingContext = { logTime: LOG_TIME, verifier: 'South', waiting: [] };
const HOUR_MS = 3_600_000;
const reserved = { reserved: { count: 2, total: 200n } };
const carried = { carried: { count: 3, total: 300n } };

test.each([
  [0n, EUR, 'EUR 0.00'],
  [5n, EUR, 'EUR 0.05'],
  [123_456_789n, EUR, 'EUR 1,234,567.89'],
  [1_000_000n, { code: 'JPY', decimals: 0 }, 'JPY 1,000,000'],
  [1_500_000_000_000_000_000n, { code: 'TOK', decimals: 18 }, 'TOK 1.5'],
  [2n ** 100n, EUR, 'EUR 12,676,506,002,282,294,014,967,032,053.76'],
])('%s minor units of %o are %s', (amount, asset, words) => {
  expect(formatMoney(amount, asset)).toBe(words);
});

test('the four parts of a budget are all of it, whatever has happened', () => {
  const sum = fc.option(fc.record({ count: fc.nat(), total: fc.bigInt(0n, 10n ** 30n) }), { nil: undefined });
  const states = fc.record({ planned: sum, reserved: sum, posted: sum, voided: sum, carried: sum });
  fc.assert(
    fc.property(states, (sums) => {
      const payments = Object.fromEntries(Object.entries(sums).filter(([, value]) => value !== undefined));
      const card = programCard({ payments, program: { budget: (10n ** 40n).toString() } });
      const { paid, aside, planned, left } = splitBudget(card);
      expect(paid + aside + planned + left).toBe(BigInt(card.program.budget));
      expect(left).toBeGreaterThanOrEqual(0n);
    }),
  );
});

test('what is due today is told by the hour, another day by its date, and what is past without how long', () => {
  expect(describeDue(LOG_TIME + 12_000, LOG_TIME)).toMatch(/^\d\d:\d\d:\d\d \(in\u00a012\u00a0s\)$/);
  expect(describeDue(LOG_TIME + 90 * 24 * HOUR_MS, LOG_TIME)).toMatch(
    /^[A-Z][a-z]{2}\u00a0\d\d,\u00a0\d\d:\d\d \(in\u00a090\u00a0d\)$/,
  );
  expect(describeDue(LOG_TIME - 1, LOG_TIME)).not.toContain('in');
});

describe('where a program is and what comes next', () => {
  const drawing = { phase: 'drawing', lottery: true } as const;
  test.each([
    ['not open yet', 'it opens for applications', programCard({ phase: 'announced' })],
    ['open for applications', 'applications close at', programCard()],
    ['closed, being counted', 'how many applied is written into the log, by', programCard({ phase: 'closing' })],
    ['being judged', 'as of one point of the log, #9', sealedCard({ phase: 'judging' })],
    ['shares being worked out', 'within a moment', sealedCard({ phase: 'drawing' })],
    ['being drawn', 'north each reveal a secret', sealedCard(drawing)],
    ['being drawn', 'until', sealedCard(drawing, LOG_TIME - HOUR_MS)],
    ['no draw', 'officers decide', sealedCard(drawing, LOG_TIME - 2 * HOUR_MS)],
    ['money set aside', 'South reads on', sealedCard({ payments: { ...reserved, ...carried } })],
    [
      'being paid',
      'the money of 1 person is set aside',
      sealedCard({ payments: { planned: { count: 1, total: 1n } } }),
    ],
    ['nothing to pay', 'Nobody was entitled', sealedCard({ program: { appealMs: HOUR_MS } })],
    ['paid', 'the program ends', sealedCard({ payments: carried, program: { appealMs: HOUR_MS } })],
    ['over', 'has gone back', sealedCard({ payments: carried })],
  ] as const)('%s: %s', (word, next, card) => {
    const standing = describeStanding(card, context);
    expect(standing.word).toBe(word);
    expect(standing.next).toContain(next);
  });

  test('silence about what is set aside ends as its program promised', () => {
    const next = (otherwise: 'post' | 'return') =>
      describeStanding(
        sealedCard({ payments: reserved, program: { confirm: { withinMs: HOUR_MS, otherwise } } }),
        context,
      ).next;
    expect(next('return')).toMatch(/confirmed by .* goes back to the program\./);
    expect(next('post')).toMatch(/confirmed by .* is paid\./);
  });

  test('a program with something set aside is not over, however late it is', () => {
    const later = { ...context, logTime: LOG_TIME + 1000 * HOUR_MS };
    expect(describeStanding(sealedCard({ payments: reserved }), later).word).toBe('money set aside');
  });

  test('paid here is not yet paid by a bank, and says so', () => {
    const waiting = [
      { what: 'settlement', program: 'relief', owner: 'The bank', next: 'answered', count: 1, isMore: false, since: 0 },
    ];
    const card = sealedCard({ payments: carried, program: { appealMs: HOUR_MS } });
    expect(describeStanding(card, { ...context, waiting }).next).toContain('a bank has yet to answer');
    expect(describeStanding(card, context).next).not.toContain('bank');
  });
});

test('who gets how much is told for each rule', () => {
  const shares = (allocation: Parameters<typeof programCard>[0] & object) => describeShares(programCard(allocation));
  expect(shares({})).toContain('at most EUR 1.00 each');
  expect(shares({ lottery: true })).toContain('EUR 0.10 each');
  expect(shares({ program: { allocation: { mode: 'sealed', rule: 'pro-rata', weight: '1' } } })).toContain(
    'by a published weight',
  );
  expect(shares({ program: { allocation: { mode: 'instant', amount: '100', maxRecipients: 2 } } })).toBe(
    'EUR 1.00 each, paid at once',
  );
});

test('what waits is counted, and one is told as one', () => {
  const waiting = { what: 'transfer', owner: 'South', next: 'confirmed', isMore: false, since: 0 };
  const amount = { total: 120_000n, asset: EUR };
  expect(describeWaiting({ ...waiting, program: 'relief', count: 12, amount })).toBe(
    '12 payments of relief, EUR 1,200.00, wait to be confirmed',
  );
  expect(describeWaiting({ ...waiting, what: 'decision', next: 'approved', count: 1 })).toBe(
    '1 decision waits for more officers to sign',
  );
  expect(describeWaiting({ ...waiting, what: 'settlement', count: 1000, isMore: true, next: 'answered' })).toBe(
    'at least 1,000 payments wait for the bank’s answer',
  );
});
