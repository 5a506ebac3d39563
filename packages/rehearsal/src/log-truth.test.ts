import { expect, test } from 'vitest';
import { LogTruth } from './log-truth.ts';

const LIST = 'list';

/** One entry of a log, as far as statuses are concerned. */
function entry(value: number, until?: number): string {
  const change = { list: LIST, index: 0, value, ...(until === undefined ? {} : { until }) };
  const payload = Buffer.from(JSON.stringify({ type: 'status', changes: [change] })).toString('base64url');
  return `e30.${payload}.`;
}

function statusAt(time: number, ...entries: readonly string[]): string {
  const truth = new LogTruth();
  truth.read(entries);
  return truth.statusAt(LIST, 0, { positions: [{ log: 'log', size: entries.length, root: '', time }] });
}

test('a suspension approved after one that ends later does not end it early', () => {
  const [longer, shorter] = [entry(2, 110), entry(2, 90)];
  expect(statusAt(95, longer, shorter)).toBe('suspended');
  expect(statusAt(95, shorter, longer)).toBe('suspended');
  expect(statusAt(110, longer, shorter)).toBe('valid');
});

test('a lift ends every suspension before it, and none after it', () => {
  expect(statusAt(50, entry(2, 110), entry(2, 90), entry(0))).toBe('valid');
  expect(statusAt(50, entry(2, 110), entry(0), entry(2, 90))).toBe('suspended');
});

test('a revocation is final, whatever is suspended or over', () => {
  expect(statusAt(50, entry(2, 110), entry(1))).toBe('revoked');
  expect(statusAt(200, entry(2, 110), entry(1))).toBe('revoked');
});

test('what stands behind the position has not been read', () => {
  const truth = new LogTruth();
  truth.read([entry(2, 110), entry(1)]);
  expect(truth.statusAt(LIST, 0, { positions: [{ log: 'log', size: 1, root: '', time: 50 }] })).toBe('suspended');
});
