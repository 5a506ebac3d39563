import { readFileSync } from 'node:fs';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { parseBase64url } from '@holdfast/core';
import { afterEach, expect, it, vi } from 'vitest';
import { inflateBounded } from './inflate.ts';

afterEach(() => vi.unstubAllGlobals());

it('inflates one whole zlib stream of any size up to the bound', async () => {
  for (const length of [0, 1, 16_384, 100_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) % 251);
    expect(await inflateBounded(deflateSync(bytes), length)).toEqual(bytes);
    if (length > 0) expect(await inflateBounded(deflateSync(bytes), length - 1)).toBe('too-large');
  }
});

it('stops a bomb after one more piece than the bound: 200 kB would be 200 MB', async () => {
  const bomb = deflateSync(new Uint8Array(200_000_000), { level: 9 });
  let inflated = 0;
  const Platform = DecompressionStream;
  class Counting {
    readonly writable: unknown;
    readonly readable: unknown;
    constructor(format: 'deflate') {
      const { readable, writable } = new Platform(format);
      this.writable = writable;
      this.readable = readable.pipeThrough(
        new TransformStream({
          transform(chunk, controller) {
            inflated += chunk.length;
            controller.enqueue(chunk);
          },
        }),
      );
    }
  }
  vi.stubGlobal('DecompressionStream', Counting);
  expect(await inflateBounded(bomb, 1_000_000)).toBe('too-large');
  expect(inflated).toBeGreaterThan(1_000_000);
  expect(inflated).toBeLessThan(1_500_000);
});

it('takes gzip, raw deflate, truncation, a wrong checksum, or anything after the end for malformed', async () => {
  const zlib = deflateSync(new Uint8Array(1000).fill(5));
  const wrongSum = Uint8Array.from(zlib);
  wrongSum[zlib.length - 1] = (wrongSum[zlib.length - 1] ?? 0) ^ 1;
  const bad = [
    gzipSync('x'),
    deflateRawSync('x'.repeat(100)),
    zlib.subarray(0, -1),
    zlib.subarray(0, 5),
    wrongSum,
    Buffer.concat([zlib, zlib]),
    Buffer.concat([zlib, Buffer.from([0])]),
    new Uint8Array(),
  ];
  for (const bytes of bad) expect(await inflateBounded(bytes, 10_000)).toBe('malformed');
});

it('reads the lists of the Token Status List draft', async () => {
  const folder = new URL('../../../../spec/vectors/status/valid/', import.meta.url);
  const text = readFileSync(new URL('token-status-list.json', folder), 'utf8');
  const vectors = JSON.parse(text) as {
    input: { lst: string; bits: number; idx: number };
    expect: { status: number };
  }[];
  for (const { input, expect: expected } of vectors) {
    const packed = await inflateBounded(parseBase64url(input.lst), 10_000_000);
    const bit = input.idx * input.bits;
    const value = ((packed as Uint8Array)[Math.floor(bit / 8)] ?? 0) >> (bit % 8);
    expect(value & (2 ** input.bits - 1)).toBe(expected.status);
  }
});
