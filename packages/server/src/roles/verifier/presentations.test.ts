import { createPublicKey, verify as verifySignature, X509Certificate } from 'node:crypto';
import {
  CodedError,
  encodeBase64url,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  type Json,
  parseJws,
} from '@holdfast/core';
import { EMPTY_POLICY } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { createRealKey, present } from '../../../../verifier/test/verify-world.ts';
import {
  answerRequest,
  createVerifierWorld,
  START,
  VERIFIER_ORIGIN,
  type VerifierWorld,
} from '../../../test/verifier-world.ts';
import { createPresentationStoreMemory } from '../../adapters/memory/presentation-store.ts';
import { createVerifierRole, type VerifierRole } from './verifier-role.ts';

let world: VerifierWorld;
let role: VerifierRole;
beforeEach(async () => {
  world = await createVerifierWorld();
  role = createVerifierRole(await world.role('north'));
});
afterEach(() => world[Symbol.asyncDispose]());

const requestIdOf = (walletLink: string) => {
  const uri = new URL(new URL(walletLink).searchParams.get('request_uri') ?? '');
  return uri.pathname.split('/')[3] ?? '';
};
const query = (changes: object = {}, credential: object = {}): Json =>
  ({
    credentials: [{ id: 'c', format: 'dc+sd-jwt', meta: { vct_values: ['residence'] }, ...credential }],
    ...changes,
  }) as Json;

/** A request, and what an honest wallet would answer to it. */
async function ask(by = role, credential = world.credential()) {
  const asked = await by.presentations.ask({});
  const requestId = requestIdOf(asked.walletLink);
  const request = await by.presentations.requestObject(requestId);
  return { ...asked, requestId, request, form: answerRequest(request, credential, world.holder, world.clock.now()) };
}

describe('a request to a wallet', () => {
  it('is signed by the certificate that its client id is the hash of', async () => {
    const { request, walletLink } = await ask();
    const { header, payload, signature, signingInput } = parseJws(request);
    expect(header).toMatchObject({ alg: 'ES256', typ: 'oauth-authz-req+jwt' });
    const leaf = new X509Certificate(Buffer.from((header.x5c as string[])[0] ?? '', 'base64'));
    const key = createPublicKey(leaf.publicKey.export({ type: 'spki', format: 'pem' }));
    const input = Buffer.from(signingInput);
    expect(verifySignature('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
    const hash = Buffer.from(leaf.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
    expect(payload.client_id).toBe(`x509_hash:${hash}`);
    expect(new URL(walletLink).searchParams.get('client_id')).toBe(payload.client_id);
  });

  it('says everything a wallet needs, and lives no longer than five minutes', async () => {
    const { request, requestId, id, expiresAt } = await ask();
    const { payload } = parseJws(request);
    const now = world.clock.now();
    expect(payload).toMatchObject({
      aud: 'https://self-issued.me/v2',
      response_type: 'vp_token',
      response_mode: 'direct_post',
      response_uri: `${VERIFIER_ORIGIN}/vp/north/${requestId}/response`,
      iat: Math.floor(now / 1000),
      exp: Math.ceil(expiresAt / 1000),
      dcql_query: { credentials: [{ format: 'dc+sd-jwt', meta: { vct_values: ['residence'] } }] },
      client_metadata: { vp_formats_supported: { 'dc+sd-jwt': { 'kb-jwt_alg_values': ['ES256', 'EdDSA'] } } },
    });
    expect(expiresAt - now).toBeLessThanOrEqual(300_000);
    expect(Buffer.from(String(payload.nonce), 'base64url').length).toBeGreaterThanOrEqual(16);
    expect(JSON.stringify(payload)).not.toContain(id);
    expect(payload).not.toHaveProperty('wallet_nonce');
  });

  it('has a nonce and a state of its own, and gives a wallet its nonce back', async () => {
    const [one, two] = [await ask(), await ask()];
    const payloads = [one, two].map(({ request }) => parseJws(request).payload);
    expect(new Set(payloads.flatMap(({ nonce, state }) => [nonce, state])).size).toBe(4);
    const again = await role.presentations.requestObject(one.requestId, 'wallet-1');
    expect(parseJws(again).payload).toMatchObject({ wallet_nonce: 'wallet-1', nonce: payloads[0]?.nonce });
    for (const wrong of ['', 'x'.repeat(513)]) {
      const refused = role.presentations.requestObject(one.requestId, wrong);
      await expect(refused).rejects.toMatchObject({ code: 'presentation.wallet-nonce' });
    }
  });

  it('asks for one credential and its holder, and refuses to ask for anything else', async () => {
    await role.presentations.ask({ query: query() });
    const [credential] = (query() as { credentials: Json[] }).credentials;
    for (const unsupported of [
      query({ credentials: [credential, { ...(credential as object), id: 'd' }] }),
      query({}, { multiple: true }),
      query({}, { require_cryptographic_holder_binding: false }),
      query({ credential_sets: [{ options: [['c']] }] }),
    ]) {
      const refused = role.presentations.ask({ query: unsupported });
      await expect(refused).rejects.toMatchObject({ code: 'presentation.query-unsupported' });
    }
    const mdoc = { format: 'mso_mdoc', meta: { doctype_value: 'x' } };
    await expect(role.presentations.ask({ query: query({}, mdoc) })).rejects.toMatchObject({
      code: 'query.unsupported',
    });
    await expect(role.presentations.ask({ query: {} })).rejects.toMatchObject({ code: 'query.malformed' });
  });

  it('needs a query where no network says what there is to ask for', async () => {
    const alone = createVerifierRole(await world.role('north', { isAlone: true }));
    await expect(alone.presentations.ask({})).rejects.toMatchObject({ code: 'presentation.nothing-accredited' });
    expect(await alone.presentations.ask({ query: query() })).toHaveProperty('walletLink');
  });

  it('is one of a bounded number', async () => {
    const small = createVerifierRole(await world.role('north', { bounds: { maxOpenRequests: 1 } }));
    await small.presentations.ask({});
    await expect(small.presentations.ask({})).rejects.toMatchObject({ code: 'presentation.too-many' });
  });
});

describe('the answer of a wallet', () => {
  it('becomes a verdict that the relying party reads', async () => {
    const { id, requestId, form } = await ask();
    expect(await role.presentations.status(id)).toMatchObject({ state: 'pending' });
    const verdict = await role.presentations.respond(requestId, form);
    expect(verdict?.verdict).toMatchObject({ outcome: 'valid', reasons: [] });
    expect(verdict?.verdict.notEstablished).not.toContain('possession');
    expect(await role.presentations.status(id)).toEqual({ state: 'done', verdictId: verdict?.id });
    expect((await role.verdict(verdict?.id ?? '')).signed).toBe(verdict?.jws);
  });

  it('is taken once: a second one changes nothing, whatever it says', async () => {
    const { id, requestId, form } = await ask();
    const first = await role.presentations.respond(requestId, form);
    for (const second of [form, { state: form.state, error: 'access_denied' }, {}]) {
      await expect(role.presentations.respond(requestId, second)).rejects.toMatchObject({
        code: 'presentation.answered',
      });
    }
    expect(await role.presentations.status(id)).toEqual({ state: 'done', verdictId: first?.id });
    await expect(role.presentations.requestObject(requestId)).rejects.toMatchObject({ code: 'presentation.answered' });
  });

  it('of which several come at once is taken once', async () => {
    const { id, requestId, form } = await ask();
    const settled = await Promise.allSettled([1, 2, 3, 4].map(() => role.presentations.respond(requestId, form)));
    const taken = settled.filter((result) => result.status === 'fulfilled');
    expect(taken).toHaveLength(1);
    const refused = settled.filter((result) => result.status === 'rejected').map(({ reason }) => reason.code);
    expect(refused).toEqual(Array(3).fill('presentation.answered'));
    expect(await role.presentations.status(id)).toEqual({ state: 'done', verdictId: taken[0]?.value?.id });
  });

  it('that says no is an outcome of its own, in plain and few words', async () => {
    const { id, requestId, form } = await ask();
    const no = { state: form.state, error: 'access_denied', error_description: `no\u0007${'o'.repeat(1000)}` };
    expect(await role.presentations.respond(requestId, no)).toBeUndefined();
    const status = await role.presentations.status(id);
    expect(status).toMatchObject({ state: 'failed', code: 'presentation.wallet-error' });
    expect(status).toHaveProperty('detail', expect.stringMatching(/^access_denied: no\?o{1,300}$/));
    await expect(role.presentations.respond(requestId, form)).rejects.toMatchObject({ code: 'presentation.answered' });
  });

  it('without the state of the request neither answers nor ends it', async () => {
    const { id, requestId, form } = await ask();
    const { state: _, ...stateless } = form;
    for (const wrong of [
      stateless,
      { ...form, state: 'guess' },
      { error: 'access_denied' },
      { error: 'x', state: '' },
    ]) {
      await expect(role.presentations.respond(requestId, wrong)).rejects.toMatchObject({ code: 'presentation.state' });
    }
    expect(await role.presentations.status(id)).toMatchObject({ state: 'pending' });
    expect((await role.presentations.respond(requestId, form))?.verdict.outcome).toBe('valid');
  });

  it('that cannot be read writes nothing, and may be sent again', async () => {
    const { id, requestId, form } = await ask();
    const [[queryId = '', presentations = []] = []] = Object.entries<string[]>(JSON.parse(form.vp_token));
    const [presentation = ''] = presentations;
    for (const vpToken of [
      undefined,
      '',
      presentation,
      JSON.stringify(presentation),
      '[]',
      '{}',
      JSON.stringify({ [queryId]: presentation }),
      JSON.stringify({ [queryId]: [] }),
      JSON.stringify({ [queryId]: [presentation, presentation] }),
      JSON.stringify({ [queryId]: [{ presentation }] }),
      JSON.stringify({ other: [presentation] }),
      JSON.stringify({ [queryId]: [presentation], other: [presentation] }),
      `{"${queryId}":["${presentation}"],"${queryId}":["x"]}`,
      `{"__proto__":["x"],"${queryId}":["${presentation}"]}`,
      '['.repeat(10_000),
      JSON.stringify({ [queryId]: ['x'.repeat(200_000)] }),
    ]) {
      const answer = { state: form.state, ...(vpToken === undefined ? {} : { vp_token: vpToken }) };
      await expect(role.presentations.respond(requestId, answer), vpToken?.slice(0, 80)).rejects.toMatchObject({
        code: 'presentation.vp-token',
      });
    }
    expect(await role.presentations.status(id)).toMatchObject({ state: 'pending' });
    expect(await role.latest({ limit: 10 })).toEqual([]);
    expect((await role.presentations.respond(requestId, form))?.verdict.outcome).toBe('valid');
  });

  it('made for another request is somebody’s recording', async () => {
    const [one, two] = [await ask(), await ask()];
    const replayed = { ...one.form, state: two.form.state };
    const answer = await role.presentations.respond(two.requestId, replayed);
    expect(answer?.verdict.reasons).toEqual([{ code: 'holder.nonce', path: '' }]);
    expect(await role.presentations.status(two.id)).toMatchObject({ state: 'done' });
    expect((await role.presentations.respond(one.requestId, one.form))?.verdict.outcome).toBe('valid');
  });

  it('made for another verifier that passes it on is refused', async () => {
    const { requestId, form, request } = await ask();
    const { nonce } = parseJws(request).payload;
    const other = { nonce: String(nonce), audience: 'x509_hash:somebody-else', iat: Math.floor(START / 1000) };
    const passedOn = JSON.stringify({ credential: [present(world.credential(), world.holder, other)] });
    const answer = await role.presentations.respond(requestId, { ...form, vp_token: passedOn });
    expect(answer?.verdict.reasons).toEqual([{ code: 'holder.audience', path: '' }]);
  });

  it('by somebody who does not hold the credential, about a revoked one, or of another type is told as it is', async () => {
    const thief = await ask();
    const stolen = answerRequest(thief.request, world.credential(), createRealKey(), world.clock.now());
    expect((await role.presentations.respond(thief.requestId, stolen))?.verdict.outcome).toBe('invalid');
    const other = await ask(role, world.credential({ claims: { vct: 'licence' } }));
    const codes = (await role.presentations.respond(other.requestId, other.form))?.verdict.reasons.map(
      ({ code }) => code,
    );
    expect(codes).toEqual(['trust.not_authorized', 'query.type_mismatch']);
    world.feed.log.revoke([{ list: LIST_URI, index: 7 }]);
    world.feed.mint();
    await world.follower.pull(new AbortController().signal);
    const revoked = await ask();
    expect((await role.presentations.respond(revoked.requestId, revoked.form))?.verdict.outcome).toBe('revoked');
  });

  it('comes too late after the request has ended, and the relying party is told', async () => {
    const { id, requestId, form } = await ask();
    world.clock.jump(300_000);
    await expect(role.presentations.respond(requestId, form)).rejects.toMatchObject({ code: 'presentation.expired' });
    await expect(role.presentations.requestObject(requestId)).rejects.toMatchObject({ code: 'presentation.expired' });
    expect(await role.presentations.status(id)).toEqual({ state: 'failed', code: 'presentation.expired' });
    world.clock.jump(3_600_001);
    expect(await role.sweep()).toMatchObject({ requests: 1 });
    await expect(role.presentations.status(id)).rejects.toMatchObject({ code: 'presentation.not-found' });
  });

  it('is taken at the door it was asked for at, with the handle that wallets have', async () => {
    const presentations = createPresentationStoreMemory();
    const options = { presentations };
    const here = createVerifierRole(await world.role('north', options));
    // Even over one store, which compose never gives them.
    const south = createVerifierRole(await world.role('south', options));
    const { id, requestId, form } = await ask(here);
    const notFound = { code: 'presentation.not-found' };
    await expect(south.presentations.requestObject(requestId)).rejects.toMatchObject(notFound);
    await expect(south.presentations.respond(requestId, form)).rejects.toMatchObject(notFound);
    await expect(south.presentations.status(id)).rejects.toMatchObject(notFound);
    await expect(here.presentations.respond(id, form)).rejects.toMatchObject(notFound);
    await expect(here.presentations.status(requestId)).rejects.toMatchObject(notFound);
    expect((await here.presentations.respond(requestId, form))?.verdict.outcome).toBe('valid');
  });

  it('may be sent again when it could not be kept', async () => {
    const store = createPresentationStoreMemory();
    let isDown = true;
    const presentations = {
      ...store,
      complete: (...given: Parameters<typeof store.complete>) =>
        isDown ? Promise.reject(new CodedError('database.unreachable', 'down')) : store.complete(...given),
    };
    const flaky = createVerifierRole(await world.role('north', { presentations }));
    const { id, requestId, form } = await ask(flaky);
    await expect(flaky.presentations.respond(requestId, form)).rejects.toMatchObject({ code: 'database.unreachable' });
    expect(await flaky.presentations.status(id)).toMatchObject({ state: 'pending' });
    isDown = false;
    expect((await flaky.presentations.respond(requestId, form))?.verdict.outcome).toBe('valid');
  });
});

describe('a request for a W3C credential', () => {
  const key = createRealKey();
  const issuer = `did:jwk:${encodeBase64url(encodeUtf8(JSON.stringify(key.jwk)))}`;
  const asking = { format: 'jwt_vc_json', meta: { type_values: [['Degree']] } };
  const unbound = { ...asking, require_cryptographic_holder_binding: false };
  const degree = (type = 'Degree') => {
    const payload = {
      '@context': ['https://www.w3.org/ns/credentials/v2'],
      ...{ type: ['VerifiableCredential', type], issuer, credentialSubject: { name: 'Ada' } },
    };
    const input = encodeSigningInput({ alg: 'ES256', typ: 'vc+jwt', kid: `${issuer}#0` }, payload);
    return encodeJws(input, key.sign(input));
  };

  async function answer(text: string) {
    const policy = { ...EMPTY_POLICY, trustedIssuers: [{ issuer }] };
    const engine = createNodeEngine();
    const by = createVerifierRole(await world.role('north', { policy, foreign: world.outside.sources, engine }));
    const asked = await by.presentations.ask({ query: query({}, unbound) });
    const requestId = requestIdOf(asked.walletLink);
    const { payload } = parseJws(await by.presentations.requestObject(requestId));
    const form = { state: String(payload.state), vp_token: JSON.stringify({ c: [text] }) };
    return { payload, given: await by.presentations.respond(requestId, form) };
  }

  it('names its format, takes it as it is, and says that nobody proved to hold it', async () => {
    const { payload, given } = await answer(degree());
    expect(payload.client_metadata).toMatchObject({
      vp_formats_supported: { jwt_vc_json: { alg_values: ['ES256', 'EdDSA'] } },
    });
    expect(given?.verdict).toMatchObject({ outcome: 'valid', type: 'Degree', issuer: { id: issuer } });
    expect(given?.verdict.notEstablished).toContain('possession');
  });

  it('is not answered by another type, nor by a presentation that nothing here understands', async () => {
    const codesOf = async (text: string) => (await answer(text)).given?.verdict.reasons.map(({ code }) => code);
    expect(await codesOf(degree('Licence'))).toEqual(['query.type_mismatch']);
    const input = encodeSigningInput({ alg: 'ES256', typ: 'vp+jwt', kid: 'k' }, { vp: {} });
    expect(await codesOf(encodeJws(input, key.sign(input)))).toEqual(['format.unsupported']);
  });

  it.each([
    ['to prove possession', asking, {}, 'query.unsupported'],
    [
      'to be paid by',
      unbound,
      { want: { class: 'pay', freshness: { mode: 'any' } } as const },
      'presentation.query-unsupported',
    ],
  ])('is refused when it is %s', async (_, credential, more, code) => {
    await expect(role.presentations.ask({ query: query({}, credential), ...more })).rejects.toMatchObject({ code });
  });
});
