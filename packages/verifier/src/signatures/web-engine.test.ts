import { isCodedError } from '@holdfast/core';
import { expect, it } from 'vitest';
import { describeSignatureEngine } from './engine.contract.ts';
import { createWebEngine } from './web-engine.ts';

const engine = createWebEngine();
describeSignatureEngine('the engine on WebCrypto', () => engine);

const check = {
  alg: 'EdDSA',
  key: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
  data: new Uint8Array(),
  signature: Uint8Array.from(
    Buffer.from(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
      'hex',
    ),
  ),
} as const;

it('says that it cannot look, not that it saw a forgery, where the platform has no Ed25519', async () => {
  expect(await engine.verify([check])).toEqual([true]);
  const subtle = {
    importKey: () => Promise.reject(new DOMException('no such curve', 'NotSupportedError')),
    verify: () => Promise.resolve(true),
  };
  const failure = await createWebEngine({ subtle })
    .verify([check])
    .then(undefined, (error: unknown) => error);
  expect(isCodedError(failure) && failure.code).toBe('signature.unavailable');
});
