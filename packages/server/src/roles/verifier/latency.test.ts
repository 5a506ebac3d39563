import { expect, it } from 'vitest';
import { BUCKETS_MS, createLatencyBook } from './latency.ts';

const STAGES = { parse: 0.03, evidence: 0.4, signatures: 0.3, judge: 0.01 };

it('counts each stage and each check, and says how long most have taken, never more than the longest', () => {
  const book = createLatencyBook(5);
  for (let i = 0; i < 98; i += 1) book.record(STAGES, 0.8);
  book.record({ ...STAGES, checks: { licence: 300 } }, 301);
  book.record({ ...STAGES, checks: { licence: 60_000 } }, 60_001);
  const { since, stages } = book.read();
  const row = (name: string) => stages.find(({ stage }) => stage === name);
  expect(since).toBe(5);
  expect(stages.map(({ stage }) => stage)).toEqual([
    'parse',
    'evidence',
    'signatures',
    'judge',
    'total',
    'check:licence',
  ]);
  expect(row('evidence')).toMatchObject({ count: 100, p50: 0.4, p99: 0.4, longestMs: 0.4 });
  expect(row('total')).toMatchObject({ count: 100, p50: 1, p90: 1, p99: 500, longestMs: 60_001 });
  expect(row('check:licence')).toMatchObject({ count: 2, p50: 300, p99: 60_000 });
  expect(row('total')?.buckets).toHaveLength(BUCKETS_MS.length + 1);
  expect(row('total')?.buckets.at(-1)).toBe(1);
});

it('keeps no more rows than it may, whatever the checks are called', () => {
  const book = createLatencyBook(0);
  for (let i = 0; i < 200; i += 1) book.record({ ...STAGES, checks: { [`c${i}`]: 1 } }, 1);
  expect(book.read().stages).toHaveLength(64);
});
