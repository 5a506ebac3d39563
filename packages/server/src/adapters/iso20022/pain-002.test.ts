import { readFileSync } from 'node:fs';
import { isCodedError } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { encodeStatusReport } from '../../../test/status-report.ts';
import { parsePain002, type StatusReport } from './pain-002.ts';
import { MAX_XML_BYTES } from './xml.ts';

type Accepted = { readonly name: string; readonly input: { readonly xml: string }; readonly expect: StatusReport };
type Refused = {
  readonly name: string;
  readonly input: { readonly xml: string; readonly encoding?: BufferEncoding };
  readonly expect: { readonly code: string };
};

function vectors<Vector>(file: string): readonly Vector[] {
  const url = new URL(`../../../../../spec/vectors/settlement/${file}`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as Vector[];
}

function codeOf(bytes: Uint8Array): string | undefined {
  try {
    parsePain002(bytes);
    return undefined;
  } catch (error) {
    return isCodedError(error) ? error.code : String(error);
  }
}

describe('pain.002.001.10', () => {
  test.each(vectors<Accepted>('valid/pain-002.json'))('$name is read', ({ input, expect: report }) => {
    expect(parsePain002(Buffer.from(input.xml))).toEqual(report);
  });

  test.each(vectors<Refused>('invalid/pain-002.json'))('$name is refused', ({ input, expect: { code } }) => {
    expect(codeOf(Buffer.from(input.xml, input.encoding))).toBe(code);
  });

  test('is refused beyond its bounds of bytes, tags and transactions', () => {
    const large = 'settlement.report-too-large';
    expect(codeOf(new Uint8Array(MAX_XML_BYTES + 1))).toBe(large);
    expect(codeOf(Buffer.from(`<a>${'<b/>'.repeat(400_000)}</a>`))).toBe(large);
    const transactions = Array.from({ length: 2001 }, () => ({ line: 'a-1', status: 'ACSC' }));
    expect(codeOf(Buffer.from(encodeStatusReport({ about: 'b1', instructions: [{ transactions }] })))).toBe(large);
    const most = encodeStatusReport({ about: 'b1', instructions: [{ transactions: transactions.slice(1) }] });
    expect(codeOf(Buffer.from(most))).toBeUndefined();
  });

  test('is not quoted by what is said about it', () => {
    const xml = encodeStatusReport({ about: 'Ada Lovelace'.repeat(4), status: 'ACSC' });
    expect(() => parsePain002(Buffer.from(xml))).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('Ada') }),
    );
    expect(() => parsePain002(Buffer.from(xml))).toThrow(/\(line \d+\)/);
  });
});
