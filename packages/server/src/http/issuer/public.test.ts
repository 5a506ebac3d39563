import { createHash, verify, X509Certificate } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { encodeBase64url, packStatuses, parseJws, parseStatusToken, thumbprint } from '@holdfast/core';
import { afterAll, describe, expect, it } from 'vitest';
import { createIssuerClient } from '../../../test/issuer-client.ts';
import { createIssuerWorld } from '../../../test/issuer-world.ts';

const world = await createIssuerWorld({ tenants: ['civic', 'other'] });
afterAll(() => world[Symbol.asyncDispose]());
const client = createIssuerClient(world);
const get = (path: string, headers: Record<string, string> = {}) => client.call(`${world.origin}${path}`, { headers });
const listUri = () => world.issuer.readLists('civic').lists[0]?.uri ?? '';

describe('metadata', () => {
  it('stands under the origin, with the issuer inserted after the well-known name', async () => {
    const { body, headers } = await get('/.well-known/openid-credential-issuer/i/civic');
    expect(body).toMatchObject({
      credential_issuer: client.issuer,
      credential_endpoint: `${client.issuer}/credential`,
      nonce_endpoint: `${client.issuer}/nonce`,
      notification_endpoint: `${client.issuer}/notification`,
      batch_credential_issuance: { batch_size: 10 },
      credential_configurations_supported: {
        residence: {
          format: 'dc+sd-jwt',
          vct: `${world.origin}/vct/civic/residence/1`,
          credential_metadata: { display: [{ name: 'Residence' }] },
        },
      },
    });
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect((await get('/.well-known/oauth-authorization-server/i/civic')).body).toMatchObject({
      issuer: client.issuer,
      token_endpoint: `${client.issuer}/token`,
      'pre-authorized_grant_anonymous_access_supported': true,
      status_list_aggregation_endpoint: `${world.origin}/status/civic`,
    });
  });

  it('names the keys of credentials, by thumbprint, and nothing private', async () => {
    const { body } = await get('/.well-known/jwt-vc-issuer/i/civic');
    const { jwk } = world.chain.leafKey;
    expect(body).toEqual({
      issuer: client.issuer,
      jwks: { keys: [{ ...jwk, kid: thumbprint(jwk), use: 'sig', alg: 'ES256' }] },
    });
  });

  it('describes each version of a type at the address that its vct is', async () => {
    const { body } = await get('/vct/civic/residence/1');
    expect(body).toMatchObject({ vct: `${world.origin}/vct/civic/residence/1`, name: 'Residence' });
    expect((await get('/vct/civic/residence/2')).body.code).toBe('issuer.type-unknown');
    expect((await get('/vct/civic/passport/1')).status).toBe(404);
  });

  it('of no tenant is a plain 404', async () => {
    for (const name of ['openid-credential-issuer', 'oauth-authorization-server', 'jwt-vc-issuer']) {
      const answer = await get(`/.well-known/${name}/i/nobody`);
      expect(answer).toMatchObject({ status: 404, body: { code: 'issuer.tenant-unknown' } });
    }
    expect((await get('/.well-known/openid-credential-issuer')).status).toBe(404);
  });

  it('shows the anchors that the network knows, as certificates', async () => {
    const { body, headers } = await get('/trust/anchors.pem');
    expect(headers.get('content-type')).toBe('application/pem-certificate-chain');
    const certificate = new X509Certificate(String(body.text));
    expect(certificate.raw.toString('base64')).toBe(world.chain.anchor);
    expect(String(body.text).match(/BEGIN/g)).toHaveLength(1);
  });
});

describe('a status list', () => {
  it('is a token over exactly the bytes of the fold, signed by the key of its credentials', async () => {
    const { status, headers, body } = await client.call(listUri());
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/statuslist+jwt');
    expect(headers.get('cache-control')).toBe('public, max-age=150');
    expect(headers.get('access-control-allow-origin')).toBe('*');
    const token = parseStatusToken(String(body.text));
    if (!token.ok) throw new Error(token.detail);
    expect(token).toMatchObject({ uri: listUri(), ttl: 300, bits: 2, aggregationUri: `${world.origin}/status/civic` });
    expect((token.exp ?? 0) - token.iat).toBe(86_400);
    const list = world.log.state.lists.get(listUri());
    expect(new Uint8Array(inflateSync(token.compressed))).toEqual(packStatuses(list?.values ?? new Uint8Array(), 2));
    const leaf = new X509Certificate(Buffer.from(token.header.x5c?.[0] ?? '', 'base64'));
    const { signingInput, signature } = token.jws;
    expect(
      verify('sha256', Buffer.from(signingInput), { key: leaf.publicKey, dsaEncoding: 'ieee-p1363' }, signature),
    ).toBe(true);
    expect(token.header.kid).toBe(list?.key);
  });

  it('is as old as the epoch it was read at, not as its signature', async () => {
    const { body } = await client.call(listUri());
    const { payload } = parseJws(String(body.text), { maxLength: 100_000, maxDepth: 8 });
    expect(payload.iat).toBe(Math.floor((world.log.state.position?.time ?? 0) / 1000));
    expect(Number(payload.iat) * 1000).toBeLessThan(world.clock.now());
  });

  it('has a strong tag: the same bytes are not sent twice', async () => {
    const first = await client.call(listUri());
    const etag = first.headers.get('etag') ?? '';
    const digest = createHash('sha256').update(String(first.body.text)).digest();
    expect(etag).toBe(`"${encodeBase64url(new Uint8Array(digest))}"`);
    const again = await client.call(listUri(), { headers: { 'if-none-match': `"x", ${etag}` } });
    expect(again).toMatchObject({ status: 304, body: { text: '' } });
    expect((await client.call(listUri(), { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
  });

  it('comes in one format, as of now', async () => {
    for (const accept of [
      'application/statuslist+jwt',
      'application/*',
      '*/*',
      'text/html, application/statuslist+jwt;q=0.5',
    ]) {
      expect((await client.call(listUri(), { headers: { accept } })).status).toBe(200);
    }
    const cwt = await client.call(listUri(), { headers: { accept: 'application/statuslist+cwt' } });
    expect(cwt).toMatchObject({ status: 406, body: { code: 'status.not-acceptable' } });
    const past = await client.call(`${listUri()}?time=1700000000`);
    expect(past).toMatchObject({ status: 501, body: { code: 'status.history-unsupported' } });
  });

  it('is found through the aggregation of its tenant', async () => {
    expect((await get('/status/civic')).body).toEqual({ status_lists: [listUri()] });
    expect((await get('/status/nobody')).status).toBe(404);
  });

  it.each(['2', '0', '01', '-1', '1e3', 'x', '99999999999'])('number %s does not exist', async (number) => {
    expect(await get(`/status/civic/${number}`)).toMatchObject({ status: 404, body: { code: 'issuer.list-unknown' } });
  });
});

it('lets pages of other origins call what a wallet calls', async () => {
  for (const path of ['token', 'nonce', 'credential', 'notification']) {
    const answer = await client.call(`${client.issuer}/${path}`, { method: 'OPTIONS' });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-headers')).toContain('authorization');
  }
  expect((await client.call(`${client.issuer}/offers`, { method: 'OPTIONS' })).status).toBe(404);
});
