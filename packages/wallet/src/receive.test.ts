import { deflateSync } from 'node:zlib';
import {
  type CodedError,
  createPresentationDraft,
  encodeBase64url,
  encodePresentation,
  parseCredential,
  parseJws,
} from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { createRealSignatures } from '../../core/test/test-keys.ts';
import {
  type CredentialChanges,
  createOutside,
  createSmallIssuer,
  createTestWallet,
  GRANT,
  ISSUER,
  json,
  LIST,
  type ListChanges,
  NOW,
  offerLink,
  VCT,
} from '../test/outside.ts';

const stranger = createRealSignatures().key('stranger');

async function createWorld() {
  const outside = createOutside();
  const issuer = await createSmallIssuer(outside);
  return { outside, issuer, ...createTestWallet(outside) };
}

/** The code and the details of what went wrong. */
async function failure(work: Promise<unknown>): Promise<{ code: string; message: string; details: object }> {
  const error = await work.then(
    () => expect.fail('this should have been refused'),
    (reason: unknown) => reason as CodedError,
  );
  return { code: error.code, message: error.message, details: error.details };
}

describe('an offer that is good', () => {
  it('becomes a credential that is kept with its key, and the issuer is told', async () => {
    const { outside, issuer, wallet, keys } = await createWorld();
    const [held] = await wallet.receive(issuer.offerUri);
    expect(held).toMatchObject({ issuer: ISSUER, vct: VCT, uses: 0, name: 'Residence', issuerName: 'Civic office' });
    expect(await wallet.readAll()).toEqual([held]);
    expect(keys.held()).toBe(1);
    const [told] = outside.asksOf(`${ISSUER}/notification`);
    expect(JSON.parse(told?.body ?? '')).toEqual({ notification_id: 'n-1', event: 'credential_accepted' });
  });

  it('by reference is fetched', async () => {
    const { outside, issuer, wallet } = await createWorld();
    outside.on('https://issuer.example/offers/1', issuer.offer);
    const link = `openid-credential-offer://?credential_offer_uri=${encodeURIComponent('https://issuer.example/offers/1')}`;
    await expect(wallet.receive(link)).resolves.toHaveLength(1);
  });

  it('is proved with one fresh key for each copy, for this issuer, by its nonce', async () => {
    const { outside, issuer, wallet } = await createWorld();
    const held = await wallet.receive(issuer.offerUri, { copies: 3 });
    const { proofs } = JSON.parse(outside.asksOf(`${ISSUER}/credential`)[0]?.body ?? '') as {
      proofs: { jwt: string[] };
    };
    const parsed = proofs.jwt.map((proof) => parseJws(proof));
    for (const { header, payload } of parsed) {
      expect(header).toMatchObject({ alg: 'ES256', typ: 'openid4vci-proof+jwt' });
      expect(header.jwk).not.toHaveProperty('d');
      expect(payload).toEqual({ aud: ISSUER, iat: NOW / 1000, nonce: 'a-nonce' });
    }
    expect(new Set(parsed.map(({ header }) => JSON.stringify(header.jwk))).size).toBe(3);
    expect(new Set(held.map(({ batch }) => batch)).size).toBe(1);
    expect(new Set(held.map(({ keyId }) => keyId)).size).toBe(3);
  });

  it('asks for no more copies than the issuer gives', async () => {
    const { issuer, wallet } = await createWorld();
    await expect(wallet.receive(issuer.offerUri, { copies: 50 })).resolves.toHaveLength(5);
  });

  it('forgets keys for which the issuer gave no copy', async () => {
    const { outside, issuer, wallet, keys } = await createWorld();
    outside.on(`${ISSUER}/credential`, ({ body }) => {
      const { proofs } = JSON.parse(body) as { proofs: { jwt: string[] } };
      const jwk = parseJws(proofs.jwt[1] ?? '').header.jwk;
      return json({ credentials: [{ credential: issuer.credential(jwk as never) }] });
    });
    await expect(wallet.receive(issuer.offerUri, { copies: 3 })).resolves.toHaveLength(1);
    expect(keys.held()).toBe(1);
  });

  it('with a transaction code asks for it before anything is used up', async () => {
    const { outside, issuer, wallet } = await createWorld();
    const grants = {
      [GRANT]: { 'pre-authorized_code': 'c', tx_code: { input_mode: 'numeric', length: 6, description: 'By mail' } },
    };
    const link = offerLink({ ...issuer.offer, grants });
    expect(await failure(wallet.receive(link))).toMatchObject({
      code: 'wallet.tx-code-needed',
      details: { inputMode: 'numeric', length: 6, description: 'By mail' },
    });
    expect(outside.asked).toEqual([]);
    await wallet.receive(link, { txCode: '493536' });
    expect(new URLSearchParams(outside.asksOf(`${ISSUER}/token`)[0]?.body).get('tx_code')).toBe('493536');
  });
});

describe('an offer that is not', () => {
  it.each<[string, string, string]>([
    ['no link', 'hello', 'wallet.offer-malformed'],
    ['a link without offer', 'openid-credential-offer://?x=1', 'wallet.offer-malformed'],
    ['a link with two', 'openid-credential-offer://?credential_offer={}&credential_offer={}', 'wallet.offer-malformed'],
    ['no JSON', 'openid-credential-offer://?credential_offer=%7B', 'wallet.offer-malformed'],
    ['without issuer', offerLink({ credential_configuration_ids: ['x'] }), 'wallet.offer-malformed'],
    [
      'of no credential',
      offerLink({ credential_issuer: ISSUER, credential_configuration_ids: [] }),
      'wallet.offer-malformed',
    ],
    [
      'of a log-in',
      offerLink({
        credential_issuer: ISSUER,
        credential_configuration_ids: ['residence'],
        grants: { authorization_code: {} },
      }),
      'wallet.offer-unsupported',
    ],
    [
      'of plain http',
      'openid-credential-offer://?credential_offer_uri=http%3A%2F%2Fissuer.example%2Fo',
      'wallet.url-refused',
    ],
    [
      'of this machine',
      'openid-credential-offer://?credential_offer_uri=http%3A%2F%2F127.0.0.1%2Fo',
      'wallet.url-refused',
    ],
    ['of a file', 'openid-credential-offer://?credential_offer_uri=file%3A%2F%2F%2Fetc%2Fpasswd', 'wallet.url-refused'],
    [
      'of a name in front of the host',
      'openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fissuer.example%40evil.example%2F',
      'wallet.url-refused',
    ],
    [
      'of nothing there',
      'openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fissuer.example%2Fnone',
      'wallet.answer-unexpected',
    ],
    ['too long', `openid-credential-offer://?credential_offer=${'x'.repeat(9000)}`, 'wallet.offer-malformed'],
  ])('%s is refused', async (_name, link, code) => {
    const { wallet } = await createWorld();
    expect((await failure(wallet.receive(link))).code).toBe(code);
  });
});

describe('an issuer that does not do what the standard says', () => {
  const WELL_KNOWN = 'https://issuer.example/.well-known';

  it.each<[string, string, object, string]>([
    [
      'names itself otherwise',
      'openid-credential-issuer',
      { credential_issuer: 'https://evil.example' },
      'wallet.issuer-metadata',
    ],
    [
      'has no credential endpoint',
      'openid-credential-issuer',
      { credential_endpoint: undefined },
      'wallet.issuer-metadata',
    ],
    [
      'has an endpoint over plain http',
      'openid-credential-issuer',
      { credential_endpoint: 'http://issuer.example/c' },
      'wallet.url-refused',
    ],
    [
      'does not make what it offers',
      'openid-credential-issuer',
      { credential_configurations_supported: {} },
      'wallet.offer-unsupported',
    ],
    [
      'makes it in another format',
      'openid-credential-issuer',
      { credential_configurations_supported: { residence: { format: 'mso_mdoc', vct: VCT } } },
      'wallet.offer-unsupported',
    ],
    [
      'wants other proofs',
      'openid-credential-issuer',
      {
        credential_configurations_supported: {
          residence: { format: 'dc+sd-jwt', vct: VCT, proof_types_supported: { attestation: {} } },
        },
      },
      'wallet.offer-unsupported',
    ],
    [
      'has a server of another name',
      'oauth-authorization-server',
      { issuer: 'https://evil.example' },
      'wallet.issuer-metadata',
    ],
    ['has no token endpoint', 'oauth-authorization-server', { token_endpoint: undefined }, 'wallet.issuer-metadata'],
  ])('%s', async (_name, document, changes, code) => {
    const { outside, issuer, wallet } = await createWorld();
    const server = { issuer: ISSUER, token_endpoint: `${ISSUER}/token` };
    const good = document === 'oauth-authorization-server' ? server : issuer.metadata;
    outside.on(`${WELL_KNOWN}/${document}/i/civic`, { ...good, ...changes } as never);
    expect((await failure(wallet.receive(issuer.offerUri))).code).toBe(code);
    expect(outside.asksOf(`${ISSUER}/token`)).toEqual([]);
  });

  it('is not asked to hand the code to a server that only the offer names', async () => {
    const { outside, issuer, wallet } = await createWorld();
    const grants = { [GRANT]: { 'pre-authorized_code': 'c', authorization_server: 'https://evil.example' } };
    const error = await failure(wallet.receive(offerLink({ ...issuer.offer, grants })));
    expect(error.code).toBe('wallet.issuer-metadata');
    expect(outside.asked.some(({ url }) => url.includes('evil'))).toBe(false);
  });

  it('refuses with its own word, which is passed on', async () => {
    const { outside, issuer, wallet, keys } = await createWorld();
    outside.on(`${ISSUER}/token`, () => json({ error: 'invalid_grant', error_description: 'used' }, 400));
    expect(await failure(wallet.receive(issuer.offerUri))).toMatchObject({
      code: 'wallet.refused',
      details: { status: 400, error: 'invalid_grant', description: 'used' },
    });
    expect(keys.held()).toBe(0);
  });

  it.each<[string, () => Response, string]>([
    [
      'endless',
      () => new Response(new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(65_536)) })),
      'wallet.answer-too-large',
    ],
    [
      'a redirect',
      () => new Response(null, { status: 302, headers: { location: 'http://169.254.169.254/' } }),
      'wallet.answer-unexpected',
    ],
    ['no JSON', () => new Response('<html>'), 'wallet.answer-unexpected'],
    ['a list', () => json([]), 'wallet.answer-unexpected'],
    ['an abyss', () => new Response('['.repeat(200_000)), 'wallet.answer-unexpected'],
    ['no bearer token', () => json({ access_token: 't', token_type: 'DPoP' }), 'wallet.answer-unexpected'],
  ])('whose answer is %s is left alone', async (_name, answer, code) => {
    const { outside, issuer, wallet } = await createWorld();
    outside.on(`${ISSUER}/token`, answer);
    expect((await failure(wallet.receive(issuer.offerUri))).code).toBe(code);
  });

  it('that hangs is given up', async () => {
    const { outside, issuer } = await createWorld();
    outside.on(`${ISSUER}/token`, () => new Promise<never>(() => undefined));
    const fetch: typeof outside.fetch = (input, init) =>
      Promise.race([
        outside.fetch(input, init),
        new Promise<never>((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))),
      ]);
    const { wallet } = createTestWallet(outside, { fetch, bounds: { timeoutMs: 20 } });
    expect((await failure(wallet.receive(issuer.offerUri))).code).toBe('wallet.unreachable');
  });
});

describe('a credential that is not good', () => {
  const day = Math.floor(NOW / 86_400_000) * 86_400;
  const flip = (text: string) =>
    text.replace(/\.[^.~]{86}~/, (signature) => `.${'A'.repeat(86)}~${signature.slice(-0, 0)}`);

  it.each<[string, CredentialChanges, string]>([
    ['of another issuer', { claims: { iss: 'https://evil.example' } }, 'wallet.credential'],
    ['of another type', { claims: { vct: 'https://issuer.example/vct/other' } }, 'wallet.credential'],
    ['that has expired', { claims: { exp: day } }, 'wallet.credential'],
    ['of tomorrow', { claims: { iat: day + 2 * 86_400 } }, 'wallet.credential'],
    ['bound to another key', { holderKey: stranger.jwk }, 'wallet.credential'],
    ['signed by somebody else', { signer: stranger }, 'wallet.credential'],
    ['under a certificate that is none', { header: { x5c: ['TEFG'] } }, 'wallet.certificate'],
    [
      'on a list that is not there',
      { status: { uri: 'https://issuer.example/status/civic/9', index: 1 } },
      'wallet.status',
    ],
    ['at an index that is not there', { status: { uri: LIST, index: 9999 } }, 'wallet.status'],
    ['on a list of this machine', { status: { uri: 'http://localhost/list', index: 1 } }, 'wallet.url-refused'],
  ])('%s is not kept, nor its key, and the issuer is told', async (_name, changes, code) => {
    const { outside, issuer, wallet, keys } = await createWorld();
    issuer.give((key) => issuer.credential(key, changes));
    expect((await failure(wallet.receive(issuer.offerUri))).code).toBe(code);
    expect(await wallet.readAll()).toEqual([]);
    expect(keys.held()).toBe(0);
    const [told] = outside.asksOf(`${ISSUER}/notification`);
    expect(JSON.parse(told?.body ?? '{}')).toMatchObject({ event: 'credential_failure' });
  });

  it.each<[string, (text: string) => string]>([
    ['without signature', flip],
    [
      'with a disclosure that nobody signed',
      (text) => `${text}${Buffer.from('["s","admin",true]').toString('base64url')}~`,
    ],
    ['with a key binding already', (text) => `${text}eyJhbGciOiJFUzI1NiJ9.e30.AA`],
    ['that is a plain JWT', (text) => text.split('~')[0] ?? ''],
    ['that is nothing', () => ''],
  ])('%s is not kept', async (_name, spoil) => {
    const { issuer, wallet } = await createWorld();
    issuer.give((key) => spoil(issuer.credential(key)));
    expect((await failure(wallet.receive(issuer.offerUri))).code).toBe('wallet.credential');
  });

  it('under a certificate that has ended is not kept', async () => {
    const outside = createOutside();
    const after = Date.UTC(2041, 0);
    const issuer = await createSmallIssuer(outside, after);
    const { wallet } = createTestWallet(outside, { now: () => after });
    expect((await failure(wallet.receive(issuer.offerUri))).code).toBe('wallet.issuer-key');
  });

  it('that somebody else has presented already is not kept', async () => {
    const { issuer, wallet } = await createWorld();
    const holder = createRealSignatures().key('holder');
    issuer.give((key) => {
      const text = issuer.credential(key);
      const request = { nonce: 'n', audience: 'a', iat: NOW / 1000 };
      const draft = createPresentationDraft(text, ['given_name', 'family_name', 'birthdate'], request);
      return encodePresentation(draft, holder.sign(draft.signingInput));
    });
    expect((await failure(wallet.receive(issuer.offerUri))).message).toContain('key binding');
  });

  it('whose certificate is of the same authority, but not the issuer its keys speak of, is not kept', async () => {
    const { issuer, wallet } = await createWorld();
    const { key: signer, x5c } = await issuer.chain.another();
    issuer.give((key) => issuer.credential(key, { signer, header: { x5c } }));
    expect((await failure(wallet.receive(issuer.offerUri))).code).toBe('wallet.issuer-key');
  });

  it('without certificate is checked under the key that the issuer publishes', async () => {
    const { outside, issuer, wallet } = await createWorld();
    const plain = (key: Parameters<typeof issuer.credential>[0]) => {
      const { kid } = issuer.chain.leafKey;
      return issuer.credential(key, { header: { kid, x5c: undefined as never } });
    };
    issuer.give(plain);
    await expect(wallet.receive(issuer.offerUri)).resolves.toHaveLength(1);
    outside.on('https://issuer.example/.well-known/jwt-vc-issuer/i/civic', () => new Response('', { status: 404 }));
    expect((await failure(wallet.receive(issuer.offerUri))).code).toBe('wallet.issuer-key');
  });

  it.each<[string, ListChanges]>([
    ['signed by another key', { signer: stranger }],
    ['of another typ', { header: { typ: 'JWT' } }],
    ['signed with none', { header: { alg: 'none' } }],
    ['about another list', { payload: { sub: 'https://issuer.example/status/civic/2' } }],
    ['that has ended', { payload: { exp: NOW / 1000 } }],
    ['of the future', { payload: { iat: NOW / 1000 + 120 } }],
    ['that says revoked', { values: new Uint8Array(64).fill(1) }],
    ['that says suspended', { values: new Uint8Array(64).fill(2) }],
    ['that is no zlib', { lst: encodeBase64url(new Uint8Array(100)) }],
    ['that is a bomb', { lst: encodeBase64url(new Uint8Array(deflateSync(new Uint8Array(64 * 1024 * 1024)))) }],
  ])('with a status list %s is not kept', async (_name, changes) => {
    const { issuer, wallet } = await createWorld();
    issuer.publish(changes);
    expect((await failure(wallet.receive(issuer.offerUri))).code).toBe('wallet.status');
    expect(await wallet.readAll()).toEqual([]);
  });

  it('twice for one key, or more than were asked for, is not kept', async () => {
    const { outside, issuer, wallet } = await createWorld();
    let first: Parameters<typeof issuer.credential>[0] | undefined;
    issuer.give((key) => {
      first ??= key;
      return issuer.credential(first);
    });
    expect((await failure(wallet.receive(issuer.offerUri, { copies: 2 }))).code).toBe('wallet.credential');
    for (const credentials of [[], ['x'], [{ credential: 'x' }, { credential: 'y' }], 'x', undefined]) {
      outside.on(`${ISSUER}/credential`, () => json({ credentials }));
      expect((await failure(wallet.receive(issuer.offerUri))).code).toBe('wallet.credential');
    }
  });
});

describe('an answer that was lost', () => {
  const keysOf = (body: string) =>
    (JSON.parse(body) as { proofs: { jwt: string[] } }).proofs.jwt.map((proof) =>
      JSON.stringify(parseJws(proof).header.jwk),
    );

  it('is asked for again as it was, and with a new nonce where the issuer has seen that one', async () => {
    const { outside, issuer, wallet } = await createWorld();
    const asks = () => outside.asksOf(`${ISSUER}/nonce`).length;
    outside.on(`${ISSUER}/nonce`, () => json({ c_nonce: `nonce-${asks()}` }));
    let calls = 0;
    outside.on(`${ISSUER}/credential`, ({ body }) => {
      calls += 1;
      if (calls === 1) throw new TypeError('the connection was reset');
      if (calls === 2) return json({ error: 'invalid_nonce' }, 400);
      const jwk = parseJws((JSON.parse(body) as { proofs: { jwt: string[] } }).proofs.jwt[0] ?? '').header.jwk;
      return json({ credentials: [{ credential: issuer.credential(jwk as never) }] });
    });
    await expect(wallet.receive(issuer.offerUri)).resolves.toHaveLength(1);
    const [first, second, third] = outside.asksOf(`${ISSUER}/credential`).map(({ body }) => body);
    expect(second).toBe(first);
    expect(keysOf(third ?? '')).toEqual(keysOf(first ?? ''));
    expect(third).not.toBe(first);
  });

  it('is asked for again after a nonce that had ended, and no third time', async () => {
    const { outside, issuer, wallet, keys } = await createWorld();
    outside.on(`${ISSUER}/credential`, () => json({ error: 'invalid_nonce' }, 400));
    expect(await failure(wallet.receive(issuer.offerUri))).toMatchObject({
      code: 'wallet.refused',
      details: { error: 'invalid_nonce' },
    });
    expect(outside.asksOf(`${ISSUER}/credential`)).toHaveLength(2);
    expect(keys.held()).toBe(0);
  });

  it('is not asked for again when the issuer has said no', async () => {
    const { outside, issuer, wallet } = await createWorld();
    outside.on(`${ISSUER}/credential`, () => json({ error: 'credential_request_denied' }, 400));
    await failure(wallet.receive(issuer.offerUri));
    expect(outside.asksOf(`${ISSUER}/credential`)).toHaveLength(1);
  });
});

it('a wallet that is full keeps nothing of the batch, and its keys neither', async () => {
  const outside = createOutside();
  const issuer = await createSmallIssuer(outside);
  const { createWalletStoreMemory } = await import('./wallet-store-memory.ts');
  const { wallet, keys } = createTestWallet(outside, { store: createWalletStoreMemory(2) });
  expect((await failure(wallet.receive(issuer.offerUri, { copies: 3 }))).code).toBe('wallet.full');
  expect(await wallet.readAll()).toEqual([]);
  expect(keys.held()).toBe(0);
});

it('forgetting a credential forgets its key', async () => {
  const { issuer, wallet, keys } = await createWorld();
  const [held] = await wallet.receive(issuer.offerUri);
  await wallet.remove(held?.id ?? '');
  await wallet.remove('unknown');
  expect([await wallet.readAll(), keys.held()]).toEqual([[], 0]);
  expect(parseCredential(held?.credential ?? '').ok).toBe(true);
});
