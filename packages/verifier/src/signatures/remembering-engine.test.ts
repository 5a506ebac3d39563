import { generateKeyPairSync, sign } from 'node:crypto';
import { CodedError, parsePublicJwk, type SignatureCheck } from '@holdfast/core';
import { expect, it } from 'vitest';
import { describeSignatureEngine } from './engine.contract.ts';
import { createNodeEngine } from './node-engine.ts';
import { createRememberingEngine } from './remembering-engine.ts';

const shared = createRememberingEngine(createNodeEngine());
describeSignatureEngine('the engine that remembers', () => shared);

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = parsePublicJwk(publicKey.export({ format: 'jwk' }));

function checkOf(text: string): SignatureCheck {
  const data = new TextEncoder().encode(text);
  return { alg: 'ES256', key, data, signature: sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }) };
}

/** Says what it was asked. */
function counting(most?: number) {
  const asked: SignatureCheck[] = [];
  const node = createNodeEngine();
  const engine = createRememberingEngine(
    {
      verify: (checks) => {
        asked.push(...checks);
        return node.verify(checks);
      },
    },
    most,
  );
  return { engine, asked };
}

it('asks once for what held, and again for what did not', async () => {
  const { engine, asked } = counting();
  const [good, other] = [checkOf('a'), checkOf('b')];
  const forged = { ...good, data: other.data };
  expect(await engine.verify([good, forged])).toEqual([true, false]);
  expect(await engine.verify([forged, other, good])).toEqual([false, true, true]);
  expect(asked).toEqual([good, forged, forged, other]);
});

it('asks anew for what differs in a bit from what held: signature, data or key', async () => {
  const { engine, asked } = counting();
  const good = checkOf('a');
  expect(await engine.verify([good])).toEqual([true]);
  const flipped = good.signature.slice();
  flipped[63] = (flipped[63] ?? 0) ^ 1;
  const mirrored = key.kty === 'EC' ? { ...key, y: key.x } : key;
  const data = new TextEncoder().encode('a ');
  const others = [
    { ...good, signature: flipped },
    { ...good, data },
    { ...good, key: mirrored },
  ];
  expect(await engine.verify(others)).toEqual([false, false, false]);
  expect(asked).toHaveLength(4);
});

it('remembers no more than twice what it was given, the latest first', async () => {
  const { engine, asked } = counting(2);
  const checks = ['a', 'b', 'c', 'd', 'e'].map(checkOf);
  for (const check of checks) await engine.verify([check]);
  asked.length = 0;
  expect(await engine.verify([checks[4] as SignatureCheck, checks[0] as SignatureCheck])).toEqual([true, true]);
  expect(asked).toEqual([checks[0]]);
});

it('remembers nothing of an engine that could not work', async () => {
  const node = createNodeEngine();
  let isBroken = true;
  const engine = createRememberingEngine({
    async verify(checks) {
      if (isBroken) throw new CodedError('signature.interrupted', 'A thread ended while it verified signatures.');
      return node.verify(checks);
    },
  });
  const check = checkOf('a');
  await expect(engine.verify([check])).rejects.toMatchObject({ code: 'signature.interrupted' });
  isBroken = false;
  expect(await engine.verify([check, { ...check, data: new Uint8Array() }])).toEqual([true, false]);
});
