import { expect, test } from 'vitest';
import { createIdealSignatures } from '../../test/test-keys.ts';
import { thumbprint } from '../encoding/jwk.ts';
import { signingKeys } from './issuing-keys.ts';
import { pastKey } from './past-key.ts';

const signatures = createIdealSignatures();
const [old, young, stolen] = ['old', 'young', 'stolen'].map((name) => signatures.key(name).jwk);
if (old === undefined || young === undefined || stolen === undefined) throw new Error('there are three');
const party = {
  keys: [
    { use: 'statement' as const, key: old, until: 100 },
    { use: 'statement' as const, key: young, from: 50 },
    { use: 'statement' as const, key: stolen, compromised: 40 },
    { use: 'acceptance' as const, key: old },
  ],
};
const at = (key: typeof old, signedAt: number, use: 'statement' | 'acceptance' = 'statement') =>
  pastKey(party, { use, kid: thumbprint(key), signedAt });

test('what a key signed before it ended stays signed, and nothing that is dated later', () => {
  expect(at(old, 99)).toEqual({ key: old, isStolen: false });
  expect(at(old, 100)).toBeUndefined();
  expect(at(old, 100, 'acceptance')).toMatchObject({ isStolen: false });
  expect([at(young, 49), at(young, 50)?.isStolen]).toEqual([undefined, false]);
});

test('a stolen key is named as one, whatever the date: its thief writes any', () => {
  expect([at(stolen, 1)?.isStolen, at(stolen, 41)?.isStolen]).toEqual([true, true]);
});

test('the key that signs next is the last of the entry that is in force', () => {
  const names = (time: number) => signingKeys(party, 'statement', time);
  expect(names(10)).toEqual([thumbprint(old)]);
  expect(names(60)).toEqual([thumbprint(young), thumbprint(old)]);
  expect(names(100)).toEqual([thumbprint(young)]);
  expect(signingKeys(undefined, 'statement', 1)).toEqual([]);
});
