import type { Handoff } from '@holdfast/core';
import { expect, test } from 'vitest';
import { groupHandoffs } from './waiting.ts';

const EUR = { code: 'EUR', decimals: 2 };
const NAMES = {
  assetOf: (program: string) => (program === 'relief' ? EUR : undefined),
  programOf: ({ what, of }: Handoff) => (what === 'decision' ? undefined : (of.split('.')[1] ?? of)),
  nameOf: (owner: string) => ({ rail: 'The bank', officers: 'The officers' })[owner] ?? 'An operator',
};
const handoff = (changes: Partial<Handoff>): Handoff => ({
  what: 'settlement',
  of: 'post.relief.application-of-ada',
  giver: 'distributor',
  receiver: 'bank',
  owner: 'rail',
  count: 1,
  amount: 100n,
  since: 20,
  next: 'answered',
  ...changes,
});

test('payments that wait for the same are one line, which names none of them', () => {
  const waiting = groupHandoffs(
    [
      handoff({ dueBy: 90 }),
      handoff({ of: 'post.relief.application-of-bob', since: 10, dueBy: 80 }),
      handoff({ of: 'post.relief.application-of-eve', owner: 'officers', next: 'looked-at', since: 5 }),
    ],
    NAMES,
  );
  expect(waiting).toEqual([
    expect.objectContaining({ owner: 'The officers', count: 1, since: 5, next: 'looked-at' }),
    {
      what: 'settlement',
      program: 'relief',
      owner: 'The bank',
      next: 'answered',
      count: 2,
      isMore: false,
      amount: { total: 200n, asset: EUR },
      since: 10,
      dueBy: 80,
    },
  ]);
  for (const { what, program, owner, next } of waiting) {
    expect([what, program, owner, next].join()).not.toContain('application-of');
  }
});

test('a decision belongs to no program, is not named, and moves no money', () => {
  const [decision] = groupHandoffs(
    [handoff({ what: 'decision', of: 'd-1', owner: 'officers', next: 'approved' })].map(
      ({ amount: _, ...rest }) => rest,
    ),
    NAMES,
  );
  expect(decision).toEqual({
    what: 'decision',
    owner: 'The officers',
    next: 'approved',
    count: 1,
    isMore: false,
    since: 20,
  });
});

test('where a role lists no more, the number is a least', () => {
  const many = Array.from({ length: 1000 }, (_, i) => handoff({ of: `post.relief.${i}` }));
  expect(groupHandoffs(many, NAMES)).toMatchObject([{ count: 1000, isMore: true }]);
});
