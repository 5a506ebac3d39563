import { createHash, createPublicKey, type JsonWebKey, type KeyObject, verify, X509Certificate } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setGlobalConfig } from '@openid4vc/oauth2';
import {
  createOpenid4vpAuthorizationRequest,
  type Openid4vpAuthorizationRequest,
  parseOpenid4vpAuthorizationResponse,
} from '@openid4vc/openid4vp';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { afterAll, expect, it } from 'vitest';
import { createChain } from '../../verifier/test/verify-world.ts';
import { createOutside, createSmallIssuer, createTestWallet, LIST, VCT } from '../test/outside.ts';

// The verifier here is other people's code and `node:crypto`, over real HTTP: only the wallet is ours.
setGlobalConfig({ allowInsecureUrls: true });

const requests = new Map<string, string>();
const posted: Record<string, string>[] = [];
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const jar = requests.get(request.url ?? '');
    if (request.method === 'GET' && jar !== undefined) {
      response.setHeader('content-type', 'application/oauth-authz-req+jwt').end(jar);
      return;
    }
    posted.push(Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString())));
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ redirect_uri: `${origin()}/done` }));
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function createLibraryRequest(nonce: string) {
  const { leafKey, x5c } = await createChain('127.0.0.1', origin());
  const hash = createHash('sha256')
    .update(Buffer.from(x5c[0] ?? '', 'base64'))
    .digest('base64url');
  const payload: Openid4vpAuthorizationRequest = {
    response_type: 'vp_token',
    response_mode: 'direct_post',
    client_id: `x509_hash:${hash}`,
    response_uri: `${origin()}/response`,
    nonce,
    state: 'some-state',
    dcql_query: {
      credentials: [
        { id: 'residence', format: 'dc+sd-jwt', meta: { vct_values: [VCT] }, claims: [{ path: ['birthdate'] }] },
      ],
    },
  };
  const made = await createOpenid4vpAuthorizationRequest({
    authorizationRequestPayload: payload,
    jar: {
      requestUri: `${origin()}/request`,
      jwtSigner: { method: 'x5c', x5c: [...x5c], alg: 'ES256' },
      expiresInSeconds: 300,
      additionalJwtPayload: { aud: 'https://self-issued.me/v2' },
    },
    callbacks: {
      encryptJwe: () => expect.fail('nothing is encrypted here'),
      signJwt: async (_signer, { header, payload: claims }) => {
        const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
        const input = `${part(header)}.${part(claims)}`;
        const signature = Buffer.from(leafKey.sign(input)).toString('base64url');
        return { jwt: `${input}.${signature}`, signerJwk: leafKey.jwk };
      },
    },
  });
  requests.set('/request', made.jar?.authorizationRequestJwt ?? '');
  return { link: made.authorizationRequest, payload };
}

/** Signature of the issuer's certificate, key binding, disclosures and status, as the library checks them. */
function verifyPresentation(presentation: string, nonce: string, readList: () => Promise<string>) {
  const [encoded = ''] = presentation.split('.');
  const { x5c } = JSON.parse(Buffer.from(encoded, 'base64url').toString()) as { x5c: [string] };
  const issuer = new X509Certificate(Buffer.from(x5c[0], 'base64')).publicKey;
  const isSigned = (key: KeyObject, data: string, signature: string) =>
    verify('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  return new SDJwtVcInstance({
    hashAlg: 'sha-256',
    hasher: (data) =>
      new Uint8Array(
        createHash('sha256')
          .update(typeof data === 'string' ? data : new Uint8Array(data))
          .digest(),
      ),
    verifier: (data, signature) => isSigned(issuer, data, signature),
    kbVerifier: (data, signature, { cnf }) =>
      isSigned(createPublicKey({ key: cnf?.jwk as JsonWebKey, format: 'jwk' }), data, signature),
    statusListFetcher: readList,
  }).verify(presentation, { keyBindingNonce: nonce });
}

it('answers a verifier of @openid4vc/openid4vp, which accepts signature, binding, disclosure and status', async () => {
  const outside = createOutside();
  const nowMs = Date.now();
  const issuer = await createSmallIssuer(outside, nowMs);
  const fetchBoth: typeof fetch = (input, init) =>
    String(input).startsWith(origin()) ? fetch(input, init) : outside.fetch(input, init);
  const { wallet } = createTestWallet(outside, { fetch: fetchBoth, allowLoopback: true, now: () => nowMs });
  await wallet.receive(issuer.offerUri);

  const { link, payload } = await createLibraryRequest('a-fresh-nonce');
  expect(await wallet.present(link)).toMatchObject({ redirectUri: `${origin()}/done` });

  const parsed = await parseOpenid4vpAuthorizationResponse({
    authorizationResponse: posted[0] ?? {},
    authorizationRequestPayload: payload,
    callbacks: {
      decryptJwe: () => expect.fail('nothing is encrypted here'),
      verifyJwt: () => expect.fail('the library does not look into presentations'),
    },
  });
  const presentations = ('dcql' in parsed ? parsed.dcql?.presentations : undefined) as
    | Record<string, string[]>
    | undefined;
  const [presentation = ''] = presentations?.residence ?? [];
  const readList = async () => (await outside.fetch(LIST)).text();
  const { payload: claims, kb } = await verifyPresentation(presentation, 'a-fresh-nonce', readList);
  expect(claims).toMatchObject({ birthdate: '1815-12-10' });
  expect(claims).not.toHaveProperty('given_name');
  expect(kb?.payload).toMatchObject({ aud: payload.client_id, nonce: 'a-fresh-nonce' });
});
