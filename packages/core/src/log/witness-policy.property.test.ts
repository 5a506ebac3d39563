import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeBase64url } from '../encoding/text.ts';
import { encodeVkey, keyRef, vkeyOf } from './note.ts';
import { type Cosigned, quorumWord, witnessPolicyOf } from './witness-policy.ts';

const vkeys = Array.from({ length: 7 }, (_, i) =>
  vkeyOf(`witness.example/${i}`, { kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(new Uint8Array(32).fill(i)) }, 4),
);
const refs = vkeys.map(keyRef);

const quorums = fc
  .record({ n: fc.integer({ min: 1, max: 7 }), k: fc.integer({ min: 1, max: 7 }) })
  .filter(({ n, k }) => k <= n);
const times = fc.array(fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }), { minLength: 7, maxLength: 7 });

function wordOf({ n, k }: { n: number; k: number }, at: readonly (number | undefined)[]) {
  const quorum = { threshold: k, members: vkeys.slice(0, n) };
  return quorumWord(quorum, (witness): Cosigned | undefined => {
    const time = at[refs.indexOf(witness)];
    return time === undefined ? undefined : { witness, size: 1, time };
  });
}

test('as many as the quorum asks for stand behind its time, and are named', () => {
  fc.assert(
    fc.property(quorums, times, (quorum, at) => {
      const said = at.slice(0, quorum.n).filter((time) => time !== undefined);
      const word = wordOf(quorum, at);
      expect(word === undefined).toBe(said.length < quorum.k);
      if (word === undefined) return;
      expect(said.filter((time) => time >= word.time).length).toBeGreaterThanOrEqual(quorum.k);
      expect(said.filter((time) => time > word.time).length).toBeLessThan(quorum.k);
      expect(new Set(word.by.map(({ witness }) => witness)).size).toBe(quorum.k);
      expect(Math.min(...word.by.map(({ time }) => time))).toBe(word.time);
    }),
  );
});

test('fewer liars than the quorum make nothing younger than some honest witness saw it', () => {
  fc.assert(
    fc.property(quorums, times, fc.array(fc.nat(6), { maxLength: 3 }), (quorum, at, lying) => {
      const liars = new Set(lying.filter((i) => i < quorum.n));
      if (liars.size >= quorum.k) return;
      const lied = at.map((time, i) => (liars.has(i) ? 1_000_000 : time));
      const word = wordOf(quorum, lied);
      const honest = at.slice(0, quorum.n).filter((time, i) => time !== undefined && !liars.has(i)) as number[];
      if (word !== undefined) expect(word.time).toBeLessThanOrEqual(Math.max(...honest));
    }),
  );
});

test('as long as a quorum of honest witnesses is left, liars make nothing older than the oldest of them saw it', () => {
  fc.assert(
    fc.property(quorums, times, fc.array(fc.nat(6), { maxLength: 3 }), (quorum, at, lying) => {
      const liars = new Set(lying.filter((i) => i < quorum.n));
      const lied = at.map((time, i) => (liars.has(i) ? 0 : time));
      const honest = at.slice(0, quorum.n).filter((time, i) => time !== undefined && !liars.has(i)) as number[];
      if (honest.length < quorum.k) return;
      expect(wordOf(quorum, lied)?.time).toBeGreaterThanOrEqual(Math.min(...honest));
    }),
  );
});

test('a rulebook without witnesses asks for none, and one with them for its quorum', () => {
  expect(witnessPolicyOf({})).toBeUndefined();
  const witnesses = { quorum: 2, members: vkeys.slice(0, 3).map((vkey) => ({ vkey: encodeVkey(vkey) })) };
  expect(witnessPolicyOf({ witnesses })).toMatchObject({ quorum: { threshold: 2, members: vkeys.slice(0, 3) } });
  expect(witnessPolicyOf({ witnesses })).toBe(witnessPolicyOf({ witnesses }));
});
