import { createHash, createPublicKey, randomBytes, verify as verifySignature, X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Openid4vpClient } from '@openid4vc/openid4vp';
import { SDJwtInstance } from '@sd-jwt/core';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { civicParty } from '../../../../core/test/log-builder.ts';
import { createRealKey, issue } from '../../../../verifier/test/verify-world.ts';
import { createVerifierWorld, VERIFIER_ORIGIN, type VerifierWorld } from '../../../test/verifier-world.ts';
import { createVerifierRole } from '../../roles/verifier/verifier-role.ts';
import { createHttpServer } from '../server.ts';
import { verifierRoutes } from './verifier-routes.ts';

let world: VerifierWorld;
let app: FastifyInstance;
let credential: string;

/** Other people's verifier of other people's requests: real sockets, real keys, the true time. */
beforeEach(async () => {
  world = await createVerifierWorld(Date.now());
  const { log } = world.feed;
  const key = createRealKey();
  log.accredit(civicParty(log.signatures, { keys: [{ use: 'credential', key: key.jwk }] }));
  await world.clock.advance(1);
  log.epoch(world.clock.now());
  await world.follower.pull(new AbortController().signal);
  const iat = Math.floor(world.clock.now() / 1000);
  const claims = { iss: 'https://civic.example', vct: 'residence', iat, exp: iat + 3600 };
  credential = issue({ key, header: { kid: key.kid }, holder: world.holder.jwk, claims });
  app = await createHttpServer(false);
  const north = createVerifierRole(await world.role('north'));
  await app.register(async (scope) => verifierRoutes(scope, { verifiers: [north], operators: { admin: [] } }));
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  await app.close();
  await world[Symbol.asyncDispose]();
});

const sha256 = (data: Uint8Array) => new Uint8Array(createHash('sha256').update(data).digest());

/** The verifier's public address leads to this machine, as a proxy's would. */
const fetchThroughProxy: typeof fetch = (input, init) => {
  const { port } = app.server.address() as AddressInfo;
  const url = String(input instanceof Request ? input.url : input);
  return fetch(url.replace(VERIFIER_ORIGIN, `http://127.0.0.1:${port}`), init);
};

/** A wallet made of other people's libraries. It trusts whatever certificate signed the request, as a demonstrator does. */
function createWallet() {
  const client = new Openid4vpClient({
    callbacks: {
      fetch: fetchThroughProxy,
      hash: (data) => sha256(data),
      verifyJwt: (signer, { header, compact }) => {
        if (signer.method !== 'x5c') return { verified: false };
        const leaf = new X509Certificate(Buffer.from(signer.x5c[0] ?? '', 'base64'));
        const [head, payload, signature = ''] = compact.split('.');
        const key = createPublicKey(leaf.publicKey.export({ type: 'spki', format: 'pem' }));
        const verified = verifySignature(
          'sha256',
          Buffer.from(`${head}.${payload}`),
          { key, dsaEncoding: 'ieee-p1363' },
          Buffer.from(signature, 'base64url'),
        );
        const signerJwk = { ...key.export({ format: 'jwk' }), kty: 'EC' };
        return header.alg === 'ES256' && verified ? { verified, signerJwk } : { verified: false };
      },
      getX509CertificateMetadata: () => ({ sanDnsNames: ['verify.example'], sanUriNames: [] }),
      signJwt: () => Promise.reject(new Error('this wallet signs no response')),
      decryptJwe: () => Promise.reject(new Error('this wallet decrypts nothing')),
      encryptJwe: () => Promise.reject(new Error('this wallet encrypts nothing')),
    },
  });
  const sdJwt = new SDJwtInstance({
    hasher: (data, alg) => {
      expect(alg).toBe('sha-256');
      return sha256(typeof data === 'string' ? Buffer.from(data) : new Uint8Array(data));
    },
    hashAlg: 'sha-256',
    saltGenerator: (length) => randomBytes(length).toString('base64url'),
    kbSigner: (data) => Buffer.from(world.holder.sign(data)).toString('base64url'),
    kbSignAlg: 'ES256',
  });

  async function open(walletLink: string) {
    const parsed = client.parseOpenid4vpAuthorizationRequest({ authorizationRequest: walletLink });
    return await client.resolveOpenId4vpAuthorizationRequest({
      authorizationRequestPayload: parsed.params as never,
    });
  }

  async function presentTo(
    request: Awaited<ReturnType<typeof open>>,
    nonce = String(request.authorizationRequestPayload.nonce),
  ) {
    const query = request.dcql?.query as { credentials: { id: string }[] } | undefined;
    const payload = { iat: Math.floor(Date.now() / 1000), aud: request.client.effective, nonce };
    const presentation = await sdJwt.present(credential, { given_name: true } as never, { kb: { payload } });
    const created = await client.createOpenid4vpAuthorizationResponse({
      authorizationRequestPayload: request.authorizationRequestPayload,
      authorizationResponsePayload: { vp_token: { [query?.credentials[0]?.id ?? '']: [presentation] } },
    });
    const { response } = await client.submitOpenid4vpAuthorizationResponse({
      authorizationRequestPayload: request.authorizationRequestPayload as never,
      authorizationResponsePayload: created.authorizationResponsePayload,
    });
    return response;
  }

  return { open, presentTo };
}

async function ask() {
  const { id, walletLink } = (await app.inject({ method: 'POST', url: '/presentations' })).json();
  const status = async () => (await app.inject({ method: 'GET', url: `/presentations/${id}` })).json();
  return { walletLink, status };
}

it('an independent wallet takes our request and presents a credential', async () => {
  const { walletLink, status } = await ask();
  const wallet = createWallet();
  const request = await wallet.open(walletLink);
  expect(request.version).toBe(100);
  expect(request.client).toMatchObject({ prefix: 'x509_hash' });
  const response = await wallet.presentTo(request);
  expect([response.status, await response.json()]).toEqual([200, {}]);
  expect(await status()).toMatchObject({
    state: 'done',
    verdict: { outcome: 'valid', issuer: { id: 'https://civic.example', source: 'network' } },
  });
});

it('the same wallet cannot present twice, nor with a nonce of its own choice', async () => {
  const wallet = createWallet();
  const first = await ask();
  const request = await wallet.open(first.walletLink);
  expect((await wallet.presentTo(request)).status).toBe(200);
  const again = await wallet.presentTo(request);
  expect([again.status, ((await again.json()) as { error: string }).error]).toEqual([400, 'invalid_request']);
  const second = await ask();
  const refused = await wallet.presentTo(await wallet.open(second.walletLink), 'a-nonce-of-mine');
  expect(refused.status).toBe(400);
  expect((await second.status()).verdict.reasons).toEqual([{ code: 'holder.nonce', path: '' }]);
});
