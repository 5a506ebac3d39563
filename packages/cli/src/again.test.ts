import { expect, test } from 'vitest';
import { againFlags } from './again.ts';

test('another officer is given the flags that say what is decided, and not what goes without saying', () => {
  expect(againFlags({ issuer: 'civic', use: 'credential' })).toBe('');
  expect(againFlags({ issuer: 'city', class: 'holder-request', for: 604_800_000 })).toBe(
    ' --issuer city --class holder-request --for 604800000ms',
  );
  expect(againFlags({ key: 'new key.json', use: 'verdict', retire: 'abc' })).toBe(
    " --key 'new key.json' --use verdict --retire abc",
  );
  expect(againFlags({ type: ['a=b', 'c=d'], until: 1_800_000_000_000 })).toBe(' --type a=b c=d --until 1800000000000');
  expect(againFlags({ end: true })).toBe(' --end');
});

test('a private reason is not handed on, and quotes do not end a word', () => {
  expect(againFlags({ reason: 'what nobody else should read' })).toBe('');
  expect(againFlags({ class: "it's" })).toBe(" --class 'it'\\''s'");
});
