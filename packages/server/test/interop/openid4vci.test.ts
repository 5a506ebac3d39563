import { createHash, generateKeyPairSync, randomBytes, sign, verify, X509Certificate } from 'node:crypto';
import { clientAuthenticationAnonymous, type Jwk, setGlobalConfig } from '@openid4vc/oauth2';
import { Openid4vciClient } from '@openid4vc/openid4vci';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADA, createIssuerWorld, type IssuerWorld } from '../issuer-world.ts';

// Nothing of ours but the issuer under test: keys, proofs and checks are by other people's code and `node:crypto`.
setGlobalConfig({ allowInsecureUrls: true });

let world: IssuerWorld;
beforeAll(async () => {
  world = await createIssuerWorld({ startMs: Date.now() - 60_000 });
});
afterAll(() => world[Symbol.asyncDispose]());

function createHolder() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signText = (text: string) =>
    sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  return { jwk: publicKey.export({ format: 'jwk' }) as Jwk, signText };
}
type Holder = ReturnType<typeof createHolder>;

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function createClient(holders: readonly Holder[]) {
  return new Openid4vciClient({
    callbacks: {
      hash: (data, algorithm) => createHash(algorithm.replace('-', '')).update(data).digest(),
      generateRandom: (count) => randomBytes(count),
      clientAuthentication: clientAuthenticationAnonymous(),
      signJwt: async (signer, { header, payload }) => {
        const jwk = signer.method === 'jwk' ? signer.publicJwk : undefined;
        const holder = holders.find((candidate) => candidate.jwk.x === jwk?.x);
        if (holder === undefined) throw new Error('no key for this signer');
        const input = `${part(header)}.${part(payload)}`;
        return { jwt: `${input}.${holder.signText(input)}`, signerJwk: holder.jwk };
      },
    },
  });
}

async function receive(offerUri: string, holders: readonly Holder[], txCode?: string) {
  const client = createClient(holders);
  const credentialOffer = await client.resolveCredentialOffer(offerUri);
  const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer);
  const { accessTokenResponse } = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
    credentialOffer,
    issuerMetadata,
    ...(txCode === undefined ? {} : { txCode }),
  });
  const accessToken = accessTokenResponse.access_token;
  const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata });
  const credentialConfigurationId = credentialOffer.credential_configuration_ids[0] ?? '';
  const proofs: string[] = [];
  for (const { jwk } of holders) {
    const signer = { method: 'jwk', alg: 'ES256', publicJwk: jwk } as const;
    const options = { issuerMetadata, credentialConfigurationId, nonce, signer };
    proofs.push((await client.createCredentialRequestJwtProof(options)).jwt);
  }
  const [first = '', ...others] = proofs;
  const { credentialResponse } = await client.retrieveCredentials({
    ...{ issuerMetadata, accessToken, credentialConfigurationId, proofs: { jwt: [first, ...others] } },
  });
  const notification = {
    event: 'credential_accepted',
    notificationId: credentialResponse.notification_id ?? '',
  } as const;
  await client.sendNotification({ issuerMetadata, accessToken, notification });
  const credentials = (credentialResponse.credentials ?? []) as readonly { readonly credential: string }[];
  return { credentials: credentials.map(({ credential }) => credential), credentialOffer };
}

/** Checks as an outsider: the certificate in the header signs, and the type metadata and status list are fetched. */
function verifyOutside(credential: string) {
  const [encoded = ''] = credential.split('.');
  const { x5c } = JSON.parse(Buffer.from(encoded, 'base64url').toString()) as { x5c: [string, string] };
  const leaf = new X509Certificate(Buffer.from(x5c[0], 'base64'));
  const verifier = (data: string, signature: string) =>
    verify(
      'sha256',
      Buffer.from(data),
      { key: leaf.publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
  const hasher = (data: string | ArrayBuffer) =>
    new Uint8Array(
      createHash('sha256')
        .update(typeof data === 'string' ? data : new Uint8Array(data))
        .digest(),
    );
  return new SDJwtVcInstance({ verifier, hasher, hashAlg: 'sha-256', loadTypeMetadataFormat: true }).verify(credential);
}

it('an independent wallet receives a credential without a transaction code', async () => {
  const holder = createHolder();
  const { offerUri } = await world.offer();
  const { credentials } = await receive(offerUri, [holder]);
  expect(credentials).toHaveLength(1);
  const { payload } = await verifyOutside(credentials[0] ?? '');
  expect(payload).toMatchObject({ ...ADA, iss: `${world.origin}/i/civic` });
  expect(payload.cnf).toMatchObject({ jwk: { x: holder.jwk.x, y: holder.jwk.y } });
});

it('and with one, which has to be right', async () => {
  const { offerUri, txCode = '' } = await world.offer({ type: 'residence', claims: ADA, txCode: true });
  const wrong = txCode === '000000' ? '000001' : '000000';
  await expect(receive(offerUri, [createHolder()], wrong)).rejects.toThrow();
  const { credentials, credentialOffer } = await receive(offerUri, [createHolder()], txCode);
  expect(JSON.stringify(credentialOffer.grants)).toContain('"input_mode":"numeric"');
  await expect(verifyOutside(credentials[0] ?? '')).resolves.toMatchObject({ payload: ADA });
});

it('and a batch of copies, each with a key and an index of its own', async () => {
  const holders = [createHolder(), createHolder(), createHolder()];
  const { offerUri } = await world.offer();
  const { credentials } = await receive(offerUri, holders);
  const payloads = await Promise.all(credentials.map(async (credential) => (await verifyOutside(credential)).payload));
  expect(new Set(payloads.map(({ status }) => JSON.stringify(status))).size).toBe(3);
  expect(new Set(payloads.map(({ cnf }) => JSON.stringify(cnf))).size).toBe(3);
});

it('and an outsider reads a revocation in the list once the network has decided it', async () => {
  const { offerUri } = await world.offer({ type: 'residence', claims: ADA, label: 'outside' });
  const { credentials } = await receive(offerUri, [createHolder()]);
  await verifyOutside(credentials[0] ?? '');
  const [found] = await world.issuer.readIssued('civic', 'outside');
  await world.revoke([{ list: found?.list ?? '', index: found?.index ?? -1 }]);
  const outcome = () => verifyOutside(credentials[0] ?? '').then(() => 'valid', String);
  await expect.poll(outcome).toMatch(/status/i);
});
