import { parseProgram } from '@holdfast/core/program';
import { expect, test } from 'vitest';
import { ALLOCATIONS, createDraft, memberOf, minorOf, typedOf, withAllocation, withMember } from './draft.ts';

const setting = {
  ...{ origin: 'https://city.example', now: 1_800_000_000_000, issuer: 'https://city.example/i/civic' },
  ...{ type: 'https://city.example/vct/civic/residence/1', claims: ['given_name', 'resident_id'] },
};
const named = { id: 'relief', title: 'Relief', key: 'A'.repeat(43) };
const draft = withMember(
  withMember(withMember(createDraft(setting), 'id', named.id), 'title', named.title),
  'uniqueness.key',
  named.key,
);

test('a new program lacks a name, a title and a key, and nothing else', () => {
  expect(parseProgram(draft)).toMatchObject({ id: 'relief', uniqueness: { claim: ['resident_id'] } });
});

test.each(Object.keys(ALLOCATIONS))('shared as %s it is a program, and so it is after any other way', (kind) => {
  for (const before of Object.keys(ALLOCATIONS)) {
    const changed = withAllocation(withAllocation(draft, before), kind);
    expect(parseProgram(changed).allocation).toEqual(ALLOCATIONS[kind]?.members.allocation);
  }
});

test('a member is set, taken out and read where a path says, and the others stay', () => {
  const set = withMember(draft, 'allocation.cap', '7');
  expect(memberOf(set, 'allocation.cap')).toBe('7');
  expect(memberOf(set, 'allocation.rule')).toBe('equal-capped');
  expect(memberOf(withMember(set, 'allocation.cap', undefined), 'allocation.cap')).toBeUndefined();
  expect(memberOf(draft, 'id.nothing')).toBeUndefined();
});

test.each([
  ['1', 2, '100'],
  ['25,000.50', 2, '2500050'],
  ['0.05', 2, '5'],
  ['12', 0, '12'],
  ['1.', 2, '100'],
])('%s with %i decimals is %s', (text, decimals, minor) => {
  expect(minorOf(text, decimals)).toBe(minor);
  expect(minorOf(typedOf(minor, decimals), decimals)).toBe(minor);
});

test('what is no amount, or too exact, is left as it was typed, for the check to name', () => {
  for (const text of ['', 'ten', '1.005', '-3', '1e3']) expect(minorOf(text, 2)).toBe(text);
});
