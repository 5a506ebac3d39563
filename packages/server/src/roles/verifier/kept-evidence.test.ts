import { type Evidence, encodeBase64url, encodeUtf8, type ForeignBitstring, type ForeignStatus } from '@holdfast/core';
import { expect, it } from 'vitest';
import { createRealKey } from '../../../../verifier/test/verify-world.ts';
import { createEvidenceArchive } from './kept-evidence.ts';

const archive = createEvidenceArchive();
const packed = new Uint8Array(250_000);
packed[7] = 5;
const status: ForeignStatus = {
  ok: true,
  uri: 'https://a.example/1',
  bits: 2,
  packed,
  asOf: 1,
  digest: 'd',
  reversed: true,
};
const bitstring: ForeignBitstring = { ok: true, uri: 'https://a.example/2', packed, asOf: 1, digest: 'd' };
const issuerKey = {
  source: 'x5c',
  id: 'https://a.example',
  key: createRealKey().jwk,
  trust: 'no',
  why: 'trust.x',
} as const;

it('gives back what strangers said, and what was presented', async () => {
  const cases: readonly Evidence[] = [
    {},
    { issuerKey, status },
    { issuerUnknown: 'trust.key_unavailable', status: { ok: false, uri: 'u', why: 'status.unavailable' } },
    { contradiction: 'feed.fork' },
    { elsewhere: 'position.not_held' },
    { issuerKey, bitstrings: [bitstring, { ok: false, uri: 'u', why: 'status.unavailable' }] },
  ];
  for (const evidence of cases) {
    const kept = await archive.parse(await archive.encode('text~', evidence));
    expect(kept.presented).toBe('text~');
    expect([kept.contradiction, kept.elsewhere]).toEqual([evidence.contradiction, evidence.elsewhere]);
    expect(kept.foreign?.issuerKey).toEqual(evidence.issuerKey);
    expect(kept.foreign?.issuerUnknown).toBe(evidence.issuerUnknown);
    const list = evidence.status?.ok ? { ...evidence.status, packed: encodeBase64url(packed) } : evidence.status;
    expect(kept.foreign?.status).toEqual(list);
    const written = evidence.bitstrings?.map((one) => (one.ok ? { ...one, packed: encodeBase64url(packed) } : one));
    expect(kept.foreign?.bitstrings).toEqual(written);
  }
});

it('keeps nothing that the log tells, and few bytes of a large list', async () => {
  const own = await archive.parse(await archive.encode('text~', { issuerKey: { ...issuerKey, source: 'network' } }));
  expect(own).toEqual({ presented: 'text~' });
  expect((await archive.encode('text~', { issuerKey, status })).length).toBeLessThan(2000);
});

it('names what is not what was kept', async () => {
  const bytes = await archive.encode('text~', { issuerKey, status });
  const bomb = { foreign: { status: { ok: true, packed: encodeBase64url(encodeUtf8('no zlib stream')) } } };
  for (const wrong of [new Uint8Array(), bytes.subarray(0, -1), encodeUtf8(JSON.stringify(bomb))]) {
    await expect(archive.parse(wrong)).rejects.toMatchObject({ code: 'verdict.unreadable' });
  }
});
