import { randomBytes, sign } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import { createStatusTokenPayload, packStatuses, parseStatusToken, readStatus } from '@holdfast/core';
import { createFigure, type Figure, measure, within } from './figure.ts';
import { createSubject, LIST_SIZE } from './presentations.ts';

const LEVEL = 6;
const LOOK_UPS = 100_000;

/** `holdfast bench status`: publishing, loading and looking up in a list of a million, beside zlib alone. */
export async function benchStatus(): Promise<Figure[]> {
  const { issuerKey } = createSubject(1, Date.now());
  const values = new Uint8Array(LIST_SIZE);
  for (let i = 0; i < LIST_SIZE / 100; i += 1) values[randomBytes(4).readUInt32BE() % LIST_SIZE] = 1;
  const packed = packStatuses(values, 2);
  const publish = () => encodeToken(values, issuerKey.private);
  const token = publish();
  const compressed = deflateSync(packed, { level: LEVEL });

  const publishing = await measure([
    { name: 'ours', work: publish },
    { name: 'zlib', work: () => deflateSync(packed, { level: LEVEL }) },
  ]);
  const loading = await measure([
    { name: 'ours', work: () => load(token) },
    { name: 'zlib', work: () => inflateSync(compressed) },
  ]);
  const indices = Uint32Array.from({ length: LOOK_UPS }, () => randomBytes(4).readUInt32BE() % LIST_SIZE);
  const looking = await measure([
    { name: 'ours', work: () => lookUp(packed, indices) },
    { name: 'bare', work: () => lookUpBare(packed, indices) },
  ]);
  const perLookUp = 1000 / LOOK_UPS;
  return [
    createFigure('publish a status list of a million (pack, compress, sign)', 'ms', within(10, 'ms'), {
      ours: (publishing.us[0] ?? 0) / 1000,
      name: 'zlib alone, level 6',
      other: (publishing.us[1] ?? 0) / 1000,
      ratio: publishing.ratios[1] ?? 0,
    }),
    createFigure('load a status list of a million (parse, inflate)', 'ms', within(1, 'ms'), {
      ours: (loading.us[0] ?? 0) / 1000,
      name: 'zlib alone',
      other: (loading.us[1] ?? 0) / 1000,
      ratio: loading.ratios[1] ?? 0,
    }),
    createFigure('look up one index, checked', 'ns', within(50, 'ns'), {
      ours: (looking.us[0] ?? 0) * perLookUp,
      name: 'unchecked shift and mask',
      other: (looking.us[1] ?? 0) * perLookUp,
      ratio: looking.ratios[1] ?? 0,
    }),
  ];
}

function encodeToken(values: Uint8Array, key: Parameters<typeof sign>[2] & object): string {
  const compressed = deflateSync(packStatuses(values, 2), { level: LEVEL });
  const iat = Math.floor(Date.now() / 1000);
  const content = {
    uri: 'https://bench.example/status/civic/1',
    iat,
    exp: iat + 86_400,
    ttl: 300,
    bits: 2,
    compressed,
  } as const;
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ alg: 'ES256', typ: 'statuslist+jwt' })}.${part(createStatusTokenPayload(content))}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' } as never);
  return `${input}.${signature.toString('base64url')}`;
}

function load(token: string): Uint8Array {
  const parsed = parseStatusToken(token);
  if (!parsed.ok) throw new Error(parsed.reason.code);
  return inflateSync(parsed.compressed, { maxOutputLength: 10 * 1024 * 1024 });
}

function lookUp(packed: Uint8Array, indices: Uint32Array): number {
  let sum = 0;
  for (const index of indices) sum += readStatus(packed, 2, index);
  return sum;
}

function lookUpBare(packed: Uint8Array, indices: Uint32Array): number {
  let sum = 0;
  for (const index of indices) sum += ((packed[index >> 2] ?? 0) >> ((index & 3) * 2)) & 3;
  return sum;
}
