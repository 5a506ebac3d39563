import { describe, expect, test } from 'vitest';
import { LOG_TIME, programCard, sealedCard } from '../../../test/money-card.ts';
import type { Money } from './money-state.ts';
import { renderMoney } from './money-view.ts';

type Read = Extract<Money, { readonly state: 'read' }>;
const read = (changes: Partial<Read> = {}): string =>
  renderMoney({ state: 'read', logTime: LOG_TIME, verifier: 'South', programs: [], more: 0, waiting: [], ...changes })
    .markup;

const PAYMENTS = {
  reserved: { count: 2, total: 200n },
  carried: { count: 3, total: 300n },
  voided: { count: 1, total: 100n },
};

describe('money on the page', () => {
  test('is said to be nowhere where the rules let nobody release any', () => {
    expect(renderMoney({ state: 'not-granted' }).markup).toContain(
      'the rules of this network let nobody release money',
    );
  });

  test('that cannot be read is not shown as it was', () => {
    expect(renderMoney({ state: 'silent' }).markup).toContain('cannot be read just now');
  });

  test('without a program says how one begins', () => {
    expect(read()).toContain('There is no program yet');
  });

  test('is a bar, the same in words for whoever does not see it, and a table', () => {
    const text = read({ programs: [sealedCard({ payments: PAYMENTS })] });
    expect(text).toContain(
      'role="img" aria-label="Where the EUR 10.00 are: paid EUR 3.00, set aside EUR 2.00, left EUR 5.00"',
    );
    expect(
      [...text.matchAll(/<rect class="fill-[a-z]+" x="([^"]+)%" width="([^"]+)%"/g)].map(([, x, w]) => [x, w]),
    ).toEqual([
      ['0', '30'],
      ['30', '20'],
      ['50', '50'],
    ]);
    const cells = text.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
    expect(cells).toContain(
      'Part For Amount Paid 3 people EUR 3.00 Set aside 2 people EUR 2.00 Left EUR 5.00 Returned 1 person EUR 1.00',
    );
    expect(cells).toContain('12 applications · 10 admitted · 2 refused');
    expect(cells).toContain('it is part of what is left');
  });

  test('says of nobody yet that they are admitted or refused before the seal stands', () => {
    const applications = { all: 1, unjudged: 0, admitted: 1, refused: 0 };
    const text = read({ programs: [programCard({ phase: 'judging', applications })] });
    expect(text).toContain('<b>1</b> application<');
    expect(text).not.toMatch(/admitted<|refused</);
  });

  test('fills the bar exactly, however uneven the parts of however large a budget', () => {
    const program = { budget: '170141183460469231731687303715884105727' };
    const payments = { carried: { count: 1, total: 1n }, reserved: { count: 1, total: 10n ** 38n } };
    const text = read({ programs: [sealedCard({ payments, program })] });
    const widths = [...text.matchAll(/width="([\d.]+)%" height/g)].map(([, width]) => Number(width));
    expect(widths.slice(0, 3).reduce((sum, width) => sum + width, 0)).toBeCloseTo(100);
    for (const width of widths) expect(width).toBeGreaterThanOrEqual(0);
  });

  test('makes no element of what a program calls itself', () => {
    const text = read({ programs: [programCard({ program: { title: '<img src=x onerror=alert(1)>' } })] });
    expect(text).toContain('&lt;img src=x');
    expect(text).not.toContain('<img');
    expect(text).not.toContain(' style=');
  });

  test('tells whose turn it is, the longest waiting first, and how many more there are', () => {
    const one = { what: 'transfer', program: 'relief', owner: 'South', next: 'confirmed', count: 2, isMore: false };
    const waiting = Array.from({ length: 10 }, (_, i) => ({
      ...one,
      since: LOG_TIME - 60_000 + i,
      dueBy: LOG_TIME + 60_000,
    }));
    const text = read({ programs: [programCard()], more: 4, waiting });
    expect(text.match(/<li><b>South<\/b>/g)).toHaveLength(8);
    expect(text).toContain('for 1 min, due by');
    expect(text).toContain('and 2 more matters');
    expect(text).toContain('4 more programs');
    expect(read({ programs: [programCard()] })).toContain('every handover is complete');
  });
});
