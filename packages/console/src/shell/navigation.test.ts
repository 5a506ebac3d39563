import { expect, test } from 'vitest';
import { unansweredAt } from './navigation.tsx';

test('a page for which nobody at an origin answers is told by its name, and the others are there', () => {
  const roles = ['verifier', 'issuer'];
  expect(
    ['/console/decisions', '/console/cases/x', '/console/health', '/console/', '/console/issue'].map((path) =>
      unansweredAt(path, roles),
    ),
  ).toEqual(['Decisions', 'Cases', undefined, undefined, undefined]);
  // Where all of a network runs, every page has somebody.
  expect(unansweredAt('/console/decisions', undefined)).toBeUndefined();
});
