import { type CodedError, parseCredential, signatureCheck } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { judgeKeyBinding } from '../../core/src/credential/key-binding.ts';
import { jwt } from '../../core/test/sample-credential.ts';
import { createRealSignatures } from '../../core/test/test-keys.ts';
import { createOutside, createSmallIssuer, createTestWallet, json, NOW, VCT } from '../test/outside.ts';
import { createSmallVerifier, QUERY, RESPONSE, type RequestChanges } from '../test/small-verifier.ts';
import type { Question } from './answering.ts';
import type { WalletOptions } from './wallet.ts';

const signatures = createRealSignatures();
const stranger = signatures.key('stranger');

async function createWorld(options: WalletOptions & { readonly copies?: number } = {}) {
  const outside = createOutside();
  const issuer = await createSmallIssuer(outside);
  const verifier = await createSmallVerifier(outside);
  const made = createTestWallet(outside, options);
  const held = await made.wallet.receive(issuer.offerUri, { copies: options.copies ?? 1 });
  return { outside, issuer, verifier, held, ...made };
}

async function failure(work: Promise<unknown>): Promise<CodedError> {
  return work.then(
    () => expect.fail('this should have been refused'),
    (reason: unknown) => reason as CodedError,
  );
}

function tokenOf(form: URLSearchParams | undefined): Record<string, string[]> {
  return JSON.parse(form?.get('vp_token') ?? '{}') as Record<string, string[]>;
}

describe('an answer', () => {
  it('discloses what was asked and nothing else, bound to this verifier and this request', async () => {
    const { verifier, wallet } = await createWorld();
    const { shown } = await wallet.present(verifier.link());
    expect(shown).toMatchObject([{ query: 'residence', claims: ['family_name'] }]);
    const [form] = verifier.answers();
    expect(form?.get('state')).toBe('the-state');
    const { residence: [text = ''] = [] } = tokenOf(form);
    const parsed = parseCredential(text);
    if (!parsed.ok) throw new Error(parsed.detail);
    expect(parsed.claims).toMatchObject({ family_name: 'Lovelace' });
    expect(parsed.claims).not.toHaveProperty('given_name');
    expect(parsed.disclosures).toHaveLength(1);
    const request = { nonce: 'the-nonce', audience: verifier.clientId, now: NOW / 1000, maxAgeS: 60, skewS: 0 };
    expect(judgeKeyBinding(parsed, request)).toEqual([]);
    const { keyBinding, cnf } = parsed;
    if (keyBinding === undefined || cnf === undefined) throw new Error('no key binding');
    expect(signatures.verify(signatureCheck(keyBinding.jws, cnf))).toBe(true);
  });

  it('discloses nothing when only the type is asked for', async () => {
    const { verifier, wallet } = await createWorld();
    const [{ claims: _, ...bare }] = QUERY.credentials as [(typeof QUERY.credentials)[0]];
    verifier.ask({ payload: { dcql_query: { credentials: [bare] } } });
    await wallet.present(verifier.link());
    const parsed = parseCredential(tokenOf(verifier.answers()[0]).residence?.[0] ?? '');
    expect(parsed).toMatchObject({ ok: true, disclosures: [] });
  });

  it('shows a W3C credential as it is, and says beforehand that all of it is shown', async () => {
    const { verifier, wallet, store } = await createWorld();
    const credential = jwt(
      { alg: 'ES256', typ: 'vc+jwt', kid: 'k' },
      {
        '@context': ['https://www.w3.org/ns/credentials/v2'],
        ...{ type: ['VerifiableCredential', 'Degree'], issuer: 'https://school.example', credentialSubject: {} },
      },
    );
    const [held] = await wallet.readAll();
    if (held === undefined) throw new Error('it has received one');
    await store.append([{ ...held, id: 'degree', batch: 'degree', credential }]);
    const asked = { id: 'd', format: 'jwt_vc_json', meta: { type_values: [['Degree']] } };
    const credentials = [{ ...asked, require_cryptographic_holder_binding: false }];
    verifier.ask({ payload: { dcql_query: { credentials } } });
    const { shown } = await wallet.present(verifier.link());
    expect(shown).toEqual([
      { query: 'd', credential: 'degree', claims: ['@context', 'type', 'issuer', 'credentialSubject'] },
    ]);
    expect(tokenOf(verifier.answers()[0])).toEqual({ d: [credential] });
  });

  it('says where the verifier sends the person next', async () => {
    const { outside, verifier, wallet } = await createWorld();
    outside.on(RESPONSE, () => json({ redirect_uri: 'https://verifier.example/done?response_code=1' }));
    const { redirectUri } = await wallet.present(verifier.link());
    expect(redirectUri).toBe('https://verifier.example/done?response_code=1');
  });

  it('follows a redirect_uri to no address that is not https', async () => {
    const { outside, verifier, wallet } = await createWorld();
    outside.on(RESPONSE, () => json({ redirect_uri: 'javascript:alert(1)' }));
    expect((await failure(wallet.present(verifier.link()))).code).toBe('wallet.url-refused');
  });

  it('shows another copy each time, the least used first', async () => {
    const { verifier, wallet } = await createWorld({ copies: 3 });
    const shown = new Set<string | undefined>();
    for (let i = 0; i < 3; i += 1) shown.add((await wallet.present(verifier.link())).shown[0]?.credential);
    expect(shown.size).toBe(3);
    await wallet.present(verifier.link());
    expect((await wallet.readAll()).map(({ uses }) => uses).sort()).toEqual([1, 1, 2]);
  });

  it('by POST gives the verifier a nonce of the wallet, and takes only a request that returns it', async () => {
    const { outside, verifier, wallet } = await createWorld();
    await wallet.present(verifier.link('post'));
    const [asked] = outside.asked.filter(({ url }) => url.endsWith('/vp/request'));
    expect(asked?.method).toBe('POST');
    verifier.ask({ payload: { wallet_nonce: 'of-another-wallet' } });
    expect((await failure(wallet.present(verifier.link('post')))).code).toBe('wallet.request-malformed');
    expect(verifier.answers()).toHaveLength(1);
  });

  it('that the verifier does not accept is an error with its word, and counts as no use', async () => {
    const { outside, verifier, wallet } = await createWorld();
    outside.on(RESPONSE, () => json({ error: 'invalid_request', error_description: 'no' }, 400));
    expect(await failure(wallet.present(verifier.link()))).toMatchObject({
      code: 'wallet.refused',
      details: { status: 400, error: 'invalid_request', description: 'no' },
    });
    expect((await wallet.readAll())[0]?.uses).toBe(0);
  });
});

describe('the holder', () => {
  it('is asked who asks, and what they would read', async () => {
    const { verifier, wallet, held } = await createWorld();
    let asked: Question | undefined;
    await wallet.present(verifier.link(), {
      choose: (question) => {
        asked = question;
        return { residence: held[0]?.id ?? '' };
      },
    });
    const { clientId } = verifier;
    const fingerprint = clientId.slice('x509_hash:'.length);
    expect(asked?.verifier).toEqual({ clientId, fingerprint, name: 'North desk' });
    expect(asked?.parts).toMatchObject([
      { query: 'residence', candidates: [{ claims: ['family_name'], credential: { vct: VCT } }] },
    ]);
  });

  it('may refuse, and the verifier cannot tell that from having no such credential', async () => {
    const { verifier, wallet } = await createWorld();
    const refused = await failure(wallet.present(verifier.link(), { choose: () => undefined }));
    expect(refused).toMatchObject({ code: 'wallet.not-answered', details: { why: 'holder-refused' } });
    verifier.ask({
      payload: {
        dcql_query: { credentials: [{ ...QUERY.credentials[0], meta: { vct_values: ['https://x.example'] } }] },
      },
    });
    const missing = await failure(wallet.present(verifier.link()));
    expect(missing.details).toMatchObject({ why: 'no-credential' });
    const [one, other] = verifier.answers();
    expect(Object.fromEntries(one ?? [])).toEqual({ error: 'access_denied', state: 'the-state' });
    expect(other?.toString()).toBe(one?.toString());
  });

  it('cannot choose what does not answer', async () => {
    const { verifier, wallet } = await createWorld();
    for (const choice of [{ residence: 'unknown' }, { other: 'x' }]) {
      expect((await failure(wallet.present(verifier.link(), { choose: () => choice }))).code).toBe('wallet.choice');
    }
    expect(verifier.answers()).toEqual([]);
  });

  it('is not offered a credential that has expired', async () => {
    let now = NOW;
    const { verifier, wallet } = await createWorld({ now: () => now });
    now += 40 * 86_400_000;
    verifier.ask({ payload: { iat: now / 1000, exp: now / 1000 + 60 } });
    expect((await failure(wallet.present(verifier.link()))).details).toMatchObject({ why: 'no-credential' });
  });

  it('is never asked to sign transaction data that a wallet cannot show', async () => {
    const { verifier, wallet } = await createWorld();
    verifier.ask({ payload: { transaction_data: ['eyJ0eXBlIjoicGF5In0'] } });
    expect((await failure(wallet.present(verifier.link()))).code).toBe('wallet.not-answered');
    expect(verifier.answers()[0]?.get('error')).toBe('invalid_transaction_data');
  });
});

describe('a request that is not proved', () => {
  const seconds = NOW / 1000;

  it.each<[string, RequestChanges, string]>([
    ['under another certificate than its link names', { header: { x5c: ['TEFG'] } }, 'wallet.certificate'],
    ['by a link to another certificate', { clientId: `x509_hash:${'A'.repeat(43)}` }, 'wallet.request-forged'],
    ['by a link that names no certificate', { clientId: 'https://verifier.example' }, 'wallet.request-unsupported'],
    ['by a link in another prefix', { clientId: 'x509_san_dns:verifier.example' }, 'wallet.request-unsupported'],
    ['signed by another key', { signer: stranger }, 'wallet.request-forged'],
    ['signed with none', { header: { alg: 'none' } }, 'wallet.request-malformed'],
    ['signed with HS256', { header: { alg: 'HS256' } }, 'wallet.request-malformed'],
    ['of another typ', { header: { typ: 'JWT' } }, 'wallet.request-malformed'],
    ['without certificate', { header: { x5c: undefined } }, 'wallet.request-malformed'],
    ['that is no JWS', { spoil: () => 'hello' }, 'wallet.request-malformed'],
    [
      'that is changed',
      { spoil: (text) => text.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')) },
      'wallet.request-forged',
    ],
    ['of another verifier than its link', { payload: { client_id: 'x509_hash:other' } }, 'wallet.request-malformed'],
    ['for another audience', { payload: { aud: 'https://wallet.example' } }, 'wallet.request-malformed'],
    ['that has ended', { payload: { exp: seconds - 60 } }, 'wallet.request-malformed'],
    ['of yesterday', { payload: { iat: seconds - 86_400 } }, 'wallet.request-malformed'],
    ['of the future', { payload: { iat: seconds + 61 } }, 'wallet.request-malformed'],
    ['with a time that is text', { payload: { exp: 'soon' } }, 'wallet.request-malformed'],
    ['for another response type', { payload: { response_type: 'id_token' } }, 'wallet.request-unsupported'],
    ['for another response mode', { payload: { response_mode: 'fragment' } }, 'wallet.request-unsupported'],
    ['with a redirect_uri', { payload: { redirect_uri: 'https://verifier.example' } }, 'wallet.request-malformed'],
    ['without nonce', { payload: { nonce: undefined } }, 'wallet.request-malformed'],
    ['with a nonce without end', { payload: { nonce: 'x'.repeat(600) } }, 'wallet.request-malformed'],
    ['with a state that is no text', { payload: { state: {} } }, 'wallet.request-malformed'],
    [
      'to be answered over plain http',
      { payload: { response_uri: 'http://verifier.example/vp' } },
      'wallet.url-refused',
    ],
    ['to be answered at this machine', { payload: { response_uri: 'http://127.0.0.1/vp' } }, 'wallet.url-refused'],
    ['without query', { payload: { dcql_query: undefined } }, 'query.malformed'],
    [
      'with a query without end',
      { payload: { dcql_query: { credentials: Array(40).fill(QUERY.credentials[0]) } } },
      'query.malformed',
    ],
    [
      'for another format',
      { payload: { dcql_query: { credentials: [{ id: 'a', format: 'mso_mdoc', meta: { doctype_value: 'x' } }] } } },
      'query.unsupported',
    ],
  ])('%s is told nothing', async (_name, changes, code) => {
    const { verifier, wallet } = await createWorld();
    verifier.ask(changes);
    expect((await failure(wallet.present(verifier.link()))).code).toBe(code);
    expect(verifier.answers()).toEqual([]);
  });

  it('under a certificate that has ended is told nothing', async () => {
    let now = NOW;
    const { verifier, wallet } = await createWorld({ now: () => now });
    now = Date.UTC(2041, 0);
    verifier.ask({ payload: { iat: now / 1000, exp: now / 1000 + 60 } });
    expect((await failure(wallet.present(verifier.link()))).code).toBe('wallet.request-forged');
    expect(verifier.answers()).toEqual([]);
  });

  it.each([
    ['no link', 'hello', 'wallet.request-malformed'],
    ['a link without request', 'openid4vp://?client_id=x509_hash%3Ax', 'wallet.request-unsupported'],
    [
      'a request in the link itself',
      'openid4vp://?client_id=x509_hash%3Ax&request=a.b.c',
      'wallet.request-unsupported',
    ],
    [
      'a link with two clients',
      'openid4vp://?client_id=a&client_id=b&request_uri=https%3A%2F%2Fx.example',
      'wallet.request-malformed',
    ],
    [
      'a link to plain http',
      'openid4vp://?client_id=x509_hash%3Ax&request_uri=http%3A%2F%2Fx.example',
      'wallet.url-refused',
    ],
    [
      'a link to nothing',
      'openid4vp://?client_id=x509_hash%3Ax&request_uri=https%3A%2F%2Fx.example%2F',
      'wallet.request-gone',
    ],
  ])('%s is refused', async (_name, link, code) => {
    const { wallet } = await createWorld();
    expect((await failure(wallet.present(link))).code).toBe(code);
  });
});
