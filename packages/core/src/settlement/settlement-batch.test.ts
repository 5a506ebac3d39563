import { expect, test } from 'vitest';
import { type SettlementBatch, type SettlementLine, settlementBatchDigest } from './settlement-batch.ts';

const line: SettlementLine = {
  lineId: 'a-1',
  transferId: 't1',
  destination: { kind: 'iban', iban: 'GB82WEST12345698765432', name: 'Ada' },
  amount: 12_50n,
  asset: { code: 'EUR', decimals: 2 },
  reference: 'winter relief',
};
const batch: SettlementBatch = { id: 'b1', createdAt: 1, lines: [line, { ...line, lineId: 'b-1' }] };

test('a batch has the digest of a repeat of it', () => {
  expect(settlementBatchDigest(structuredClone(batch))).toBe(settlementBatchDigest(batch));
});

const changes: readonly (readonly [string, Partial<SettlementLine>])[] = [
  ['line', { lineId: 'c-1' }],
  ['transfer', { transferId: 't2' }],
  ['name', { destination: { kind: 'iban', iban: 'GB82WEST12345698765432' } }],
  ['account', { destination: { kind: 'internal', account: 'a' } }],
  ['amount', { amount: 12_51n }],
  ['currency', { asset: { code: 'USD', decimals: 2 } }],
  ['decimals', { asset: { code: 'EUR', decimals: 3 } }],
  ['reference', { reference: 'winter  relief' }],
];
const others: readonly (readonly [string, SettlementBatch])[] = [
  ['id', { ...batch, id: 'b2' }],
  ['time', { ...batch, createdAt: 2 }],
  ['order', { ...batch, lines: batch.lines.toReversed() }],
  ['number of lines', { ...batch, lines: [line] }],
  ...changes.map(
    ([what, change]) => [what, { ...batch, lines: [line, { ...line, lineId: 'b-1', ...change }] }] as const,
  ),
];

test.each(others)('a batch with another %s has another digest', (_, other) => {
  expect(settlementBatchDigest(other)).not.toBe(settlementBatchDigest(batch));
});
