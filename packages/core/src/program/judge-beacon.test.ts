import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../encoding/bytes.ts';
import { encodeHex, parseHex } from '../encoding/text.ts';
import { type BeaconEvidence, commitmentOf, drandRoundOf, drandRoundTime } from './beacon.ts';
import { judgeBeacon, verifyDrand } from './judge-beacon.ts';
import type { BeaconTerms } from './program.ts';

type Round = { name: string; publicKey: string; round: number; signature: string; randomness: string };
const rounds = (file: string) =>
  JSON.parse(readFileSync(new URL(`../../../../spec/vectors/drand/${file}`, import.meta.url), 'utf8')) as Round[];
const genuine = rounds('valid/rounds.json');

test.each(genuine)('$name is signed by drand', ({ publicKey, round, signature, randomness }) => {
  expect(verifyDrand(publicKey, round, signature)).toBe(true);
  expect(encodeHex(sha256(parseHex(signature)))).toBe(randomness);
});

test.each(rounds('invalid/rounds.json'))('$name is not', ({ publicKey, round, signature }) => {
  expect(verifyDrand(publicKey, round, signature)).toBe(false);
});

const [quicknet] = genuine;
const DRAND: Extract<BeaconTerms, { kind: 'drand' }> = {
  kind: 'drand',
  chain: '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971',
  publicKey: quicknet?.publicKey ?? '',
  genesisTime: 1_692_803_367,
  periodS: 3,
  stepMs: 60_000,
};
const seal = (sealedAt: number, root = 'r'.repeat(43)) => ({ program: 'p'.repeat(43), root, sealedAt });

describe('the round of drand that is drawn', () => {
  test.each([0, 1, 2999, 3000, 3001, 123_456_789])('is the first after the step, %d ms into the chain', (sinceMs) => {
    const sealed = seal(DRAND.genesisTime * 1000 + sinceMs);
    const round = drandRoundOf(DRAND, sealed);
    expect(drandRoundTime(DRAND, round)).toBeGreaterThanOrEqual(sealed.sealedAt + DRAND.stepMs);
    expect(drandRoundTime(DRAND, round - 1)).toBeLessThan(sealed.sealedAt + DRAND.stepMs);
  });

  test('is the first there is for a chain that begins later', () => {
    expect(drandRoundOf(DRAND, seal(0))).toBe(1);
  });
});

describe('the seed of a draw by drand', () => {
  const sealed = seal(drandRoundTime(DRAND, 123) - DRAND.stepMs);
  const evidence = { kind: 'drand', round: 123, signature: quicknet?.signature ?? '' } as const;

  test('is made again by anybody, and is of one seal only', () => {
    const judged = judgeBeacon(DRAND, sealed, evidence);
    const other = judgeBeacon(DRAND, { ...sealed, root: 'q'.repeat(43) }, evidence);
    expect(judged).toMatchObject({ ok: true, seed: expect.stringMatching(/^[\w-]{43}$/) });
    expect(other).not.toEqual(judged);
    expect(judgeBeacon(DRAND, { ...sealed, program: 'q'.repeat(43) }, evidence)).not.toEqual(judged);
  });

  test.each<[string, number, BeaconEvidence, string]>([
    ['a round that was known when the seal was made', 1000, evidence, 'round'],
    ['a later round, by whoever likes it better', 0, { ...evidence, round: 657_413 }, 'round'],
    ['a signature of another round', 0, { ...evidence, signature: genuine[1]?.signature ?? '' }, 'signature'],
    ['secrets', 0, { kind: 'commit-reveal', round: 0, secrets: [] }, 'kind'],
  ])('is none for %s', (_name, laterMs, given, why) => {
    expect(judgeBeacon(DRAND, { ...sealed, sealedAt: sealed.sealedAt + laterMs }, given)).toEqual({ ok: false, why });
  });
});

describe('the seed of a draw by secrets', () => {
  const secrets = ['a', 'b'].map((letter) => letter.repeat(43));
  const terms: BeaconTerms = {
    kind: 'commit-reveal',
    parties: secrets.map((secret, i) => ({ id: `${i}`, commitments: [commitmentOf(secret), commitmentOf(`${i}`)] })),
    revealWithinMs: 1000,
    exhausted: 'cancel',
  };
  const judge = (given: BeaconEvidence) => judgeBeacon(terms, seal(0), given);

  test('is made again by anybody, and depends on every secret and on the seal', () => {
    const first = judge({ kind: 'commit-reveal', round: 0, secrets });
    const second = judge({ kind: 'commit-reveal', round: 1, secrets: ['0', '1'] });
    expect([first.ok, second.ok]).toEqual([true, true]);
    expect(first).not.toEqual(second);
    const elsewhere = judgeBeacon(terms, seal(0, 'q'.repeat(43)), { kind: 'commit-reveal', round: 0, secrets });
    expect(elsewhere).not.toEqual(first);
  });

  test.each<[string, BeaconEvidence, string]>([
    ['a secret that nobody committed to', { kind: 'commit-reveal', round: 0, secrets: ['a', 'b'] }, 'secrets'],
    ['one secret too few', { kind: 'commit-reveal', round: 0, secrets: secrets.slice(1) }, 'secrets'],
    ['one secret too many', { kind: 'commit-reveal', round: 0, secrets: [...secrets, 'c'] }, 'secrets'],
    ['secrets in another order', { kind: 'commit-reveal', round: 0, secrets: secrets.toReversed() }, 'secrets'],
    ['the secrets of another round', { kind: 'commit-reveal', round: 1, secrets }, 'secrets'],
    ['a round that there is not', { kind: 'commit-reveal', round: 2, secrets }, 'round'],
    ['a signature', { kind: 'drand', round: 1, signature: '' }, 'kind'],
  ])('is none for %s', (_name, given, why) => {
    expect(judge(given)).toEqual({ ok: false, why });
  });
});
