import { CodedError, encodePositions, parsePositions, parseVerdictEnvelope } from '@holdfast/core';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { settle } from '../../../../verifier/test/manual-clock.ts';
import { present } from '../../../../verifier/test/verify-world.ts';
import { answerRequest, createVerifierWorld, replay, type VerifierWorld } from '../../../test/verifier-world.ts';
import { createVerdictStoreMemory } from '../../adapters/memory/verdict-store.ts';
import type { VerdictStore } from '../../ports/verdict-store.ts';
import { createVerifierRole } from '../../roles/verifier/verifier-role.ts';
import { hashOperatorKey } from '../operators.ts';
import { createHttpServer } from '../server.ts';
import { verifierRoutes } from './verifier-routes.ts';

const KEY = 'operator-key-of-this-test';
const authorized = { authorization: `Bearer ${KEY}` };

let world: VerifierWorld;
let store: VerdictStore;
let app: FastifyInstance;
beforeEach(async () => {
  world = await createVerifierWorld();
  store = createVerdictStoreMemory();
  app = await createApp(store);
});
afterEach(async () => {
  await app.close();
  await world[Symbol.asyncDispose]();
});

async function createApp(northStore: VerdictStore): Promise<FastifyInstance> {
  const made = await createHttpServer(false);
  const north = createVerifierRole(await world.role('north', { store: northStore }));
  const south = createVerifierRole(await world.role('south'));
  const operators = { admin: [hashOperatorKey(KEY)] };
  await made.register(async (scope) => verifierRoutes(scope, { verifiers: [north, south], operators }));
  return made;
}

const post = (url: string, payload: object, headers = {}) => app.inject({ method: 'POST', url, payload, headers });
const get = (url: string, headers = {}) => app.inject({ method: 'GET', url, headers });
const verify = (payload: object, headers = {}) => post('/v/north/verify', payload, headers);

describe('POST /v/{verifier}/verify', () => {
  it('answers 200 with a signed verdict, whatever the outcome', async () => {
    const expired = world.credential({ claims: { exp: 1_600_000_000 } });
    for (const [credential, outcome] of [
      [world.credential(), 'valid'],
      [expired, 'expired'],
      ['not a credential', 'invalid'],
      ['', 'invalid'],
      ['x'.repeat(100_000), 'invalid'],
    ]) {
      const response = await verify({ credential });
      expect(response.statusCode).toBe(200);
      const { id, verdict, signed, durationMs } = response.json();
      expect(verdict.outcome).toBe(outcome);
      expect(parseVerdictEnvelope(signed).envelope).toMatchObject({ jti: id, verdict, durationMs });
      expect(response.headers['cache-control']).toBe('no-store');
    }
  });

  it('answers though nothing can be kept, and says so; whoever goes by what is kept is told that it is not', async () => {
    const full = () => Promise.reject(new CodedError('database.full', 'full'));
    await app.close();
    app = await createApp({ ...store, append: full });
    const given = await verify({ credential: world.credential() }, { 'idempotency-key': 'once' });
    expect([given.statusCode, given.json().verdict.outcome, given.json().shed]).toEqual([200, 'valid', true]);
    const asked = await verify({ credential: world.credential() }, authorized);
    expect(asked.json()).toMatchObject({ status: 503, code: 'database.full' });
  });

  it('answers who is shed from what is at hand, signed, marked, and kept nowhere', async () => {
    const made = await createHttpServer(false);
    const full = { ...store, append: () => Promise.reject(new Error('this store takes nothing')) };
    const north = createVerifierRole(await world.role('north', { store: full }));
    const operators = { admin: [hashOperatorKey(KEY)] };
    await made.register(async (scope) => verifierRoutes(scope, { verifiers: [north], operators, isShed: () => true }));
    const credential = world.credential();
    const response = await made.inject({ method: 'POST', url: '/verify', payload: { credential } });
    const { verdict, signed, shed, id } = response.json();
    expect([response.statusCode, verdict.outcome, shed]).toEqual([200, 'valid', true]);
    expect(parseVerdictEnvelope(signed).envelope).toMatchObject({ jti: id, verdict, shed: true });
    const keeping = { credential, want: { class: 'pay' }, keepStanding: true };
    const kept = await made.inject({ method: 'POST', url: '/verify', payload: keeping, headers: authorized });
    expect(kept.json()).toMatchObject({ status: 503, code: 'request.shed' });
    await made.close();
  });

  it('is also the door without a name, which means the first verifier', async () => {
    const response = await post('/verify', { credential: world.credential() });
    expect(parseVerdictEnvelope(response.json().signed).envelope.iss).toBe('north');
    const south = await post('/v/south/verify', { credential: world.credential() });
    expect(parseVerdictEnvelope(south.json().signed).envelope.iss).toBe('south');
  });

  it('passes on what is asked: binding, class, freshness, amount, query', async () => {
    const iat = Math.floor(world.clock.now() / 1000);
    const asked = { nonce: 'n-1', audience: 'desk' };
    const presentation = present(world.credential(), world.holder, { ...asked, iat });
    const query = { credentials: [{ id: 'c', format: 'dc+sd-jwt', meta: { vct_values: ['residence'] } }] };
    const want = { class: 'pay', freshness: { maxAgeMs: 60_000 }, amount: '1200' };
    const response = await verify({ presentation, ...asked, want, query });
    expect(response.json().verdict).toMatchObject({
      outcome: 'valid',
      basis: {
        request: { ...asked, class: 'pay', freshness: { mode: 'max-age', maxAgeMs: 60_000 }, amount: '1200', query },
      },
    });
    const replayed = await verify({ presentation, nonce: 'n-2', audience: 'desk' });
    expect(replayed.json().verdict.reasons).toEqual([{ code: 'holder.nonce', path: '' }]);
  });

  it('says how far it had read, and reads on to what the asker has seen, but no further back', async () => {
    const response = await verify({ credential: world.credential() });
    const position = world.follower.position ?? expect.fail('it has read');
    expect(parsePositions(String(response.headers['holdfast-position']))).toEqual([position]);
    world.feed.log.revoke([{ list: LIST_URI, index: 7 }]);
    world.feed.log.epoch();
    const ahead = world.feed.log.state.position ?? expect.fail('there is an epoch');
    const seen = verify({ credential: world.credential() }, { 'holdfast-position': encodePositions([ahead]) });
    await world.clock.advance(200);
    expect((await seen).json().verdict.outcome).toBe('revoked');
    const old = { ...position, size: 1, time: 1 };
    const back = await verify({ credential: world.credential() }, { 'holdfast-position': encodePositions([old]) });
    expect(back.json().verdict).toMatchObject({ outcome: 'revoked', basis: { positions: [ahead] } });
  });

  it('judges at a position: the latest for everybody, one of the past for operators', async () => {
    const credential = world.credential();
    const at = world.follower.position ?? expect.fail('it has read');
    const want = { class: 'pay', freshness: { at }, amount: '7' };
    const first = (await verify({ credential, want })).json().verdict;
    expect(first).toMatchObject({
      outcome: 'valid',
      allows: { effect: 'reserve', maxAmount: '7' },
      basis: { positions: [at], request: { freshness: { mode: 'at', position: at } } },
    });
    world.feed.log.revoke([{ list: LIST_URI, index: 7 }]);
    world.feed.mint();
    await settle();
    expect((await verify({ credential })).json().verdict.outcome).toBe('revoked');
    const stranger = (await verify({ credential, want })).json().verdict;
    expect(stranger).toMatchObject({ outcome: 'unknown', reasons: [{ code: 'position.not_ready' }] });
    const answer = (await verify({ credential, want }, authorized)).json();
    expect(answer.verdict).toEqual(first);
    const replayed = await get(`/v/north/verdicts/${answer.id}/bundle`, authorized);
    expect(await replay(replayed.json(), world.engine)).toMatchObject({ same: true, broken: [] });
  });

  it('refuses what is not documented, with a code and nothing written', async () => {
    const credential = world.credential();
    const cases: readonly [object | string, number, string][] = [
      [{}, 400, 'request.malformed'],
      [{ credential, presentation: credential }, 400, 'request.malformed'],
      [{ credential: 7 }, 400, 'request.malformed'],
      [{ credential, surprise: true }, 400, 'request.malformed'],
      [{ credential, deadlineMs: -1 }, 400, 'request.malformed'],
      [{ credential, deadlineMs: 1e9 }, 400, 'request.malformed'],
      [{ credential, want: { class: 'steal' } }, 400, 'request.malformed'],
      [{ credential, want: { freshness: { maxAgeMs: 1, atLeast: [] } } }, 400, 'request.malformed'],
      [{ credential, want: { freshness: { atLeast: [{ log: 'x', size: 0 }] } } }, 400, 'position.malformed'],
      [{ credential, want: { freshness: { at: { log: 'x', size: 1 } } } }, 400, 'position.malformed'],
      [{ credential, want: { freshness: { at: [] } } }, 400, 'position.malformed'],
      [{ credential, want: { amount: '1.5' } }, 400, 'request.malformed'],
      [{ credential, query: { credentials: [] } }, 400, 'query.malformed'],
      ['{"credential":', 400, 'json.malformed'],
      [`{"credential":"x","__proto__":{"class":"pay"}}`, 400, 'json.forbidden-member'],
      [`{"credential":"x","constructor":{"prototype":{}}}`, 400, 'request.malformed'],
      [{ credential: 'x'.repeat(200_000) }, 413, 'request.too-large'],
    ];
    for (const [payload, status, code] of cases) {
      const response = await app.inject({
        method: 'POST',
        url: '/v/north/verify',
        payload: payload as InjectOptions['payload'],
        headers: { 'content-type': 'application/json' },
      } as InjectOptions);
      expect([response.statusCode, response.json().code], JSON.stringify(payload).slice(0, 100)).toEqual([
        status,
        code,
      ]);
      expect(response.headers['content-type']).toContain('application/problem+json');
    }
    const xml = await app.inject({
      method: 'POST',
      url: '/v/north/verify',
      payload: '<x/>',
      headers: { 'content-type': 'application/xml' },
    });
    expect(xml.json().code).toBe('request.media-type');
    const header = await verify({ credential }, { 'holdfast-position': 'AAAA' });
    expect(header.json().code).toBe('position.malformed');
    expect((await post('/v/east/verify', { credential })).json().code).toBe('verifier.not-found');
    expect(({} as { class?: string }).class).toBeUndefined();
    expect(await store.readLatest({ limit: 10 })).toEqual([]);
  });

  it('is a problem of ours, not a verdict, when the verdict cannot be kept', async () => {
    const down: VerdictStore = { ...store, append: () => Promise.reject(new CodedError('verify.overloaded', 'down')) };
    const broken = await createApp(down);
    const response = await broken.inject({
      method: 'POST',
      url: '/v/north/verify',
      payload: { credential: world.credential() },
    });
    expect([response.statusCode, response.headers['retry-after'], response.json().retry]).toEqual([503, '1', 'later']);
    expect(response.json()).not.toHaveProperty('verdict');
    await broken.close();
  });
});

describe('what has been answered', () => {
  it('is read by whoever has its id, listed for operators, and replayed from a bundle only they get', async () => {
    const { id, verdict, signed } = (await verify({ credential: world.credential() })).json();
    const kept = (await get(`/v/north/verdicts/${id}`)).json();
    expect(kept).toMatchObject({ id, verdict, signed, isReplayable: true });
    expect((await get(`/v/south/verdicts/${id}`)).json().code).toBe('verdict.not-found');
    for (const url of ['/v/north/verdicts', `/v/north/verdicts/${id}/bundle`, `/v/north/verdicts/${id}/deciding`]) {
      for (const headers of [{}, { authorization: 'Bearer wrong-key-of-this-test' }]) {
        const refused = await get(url, headers);
        expect([refused.statusCode, refused.json().code]).toEqual([401, 'operator.unauthorized']);
      }
    }
    await verify({ credential: 'another' });
    const list = async (query: string) => (await get(`/v/north/verdicts?${query}`, authorized)).json().verdicts;
    expect((await list('limit=1')).map((entry: { id: string }) => entry.id)).not.toContain(id);
    expect(await list(`subject=${kept.subject}`)).toEqual([kept]);
    expect(await list(`credential=${verdict.basis.credential}`)).toEqual([kept]);
    expect((await get('/v/north/verdicts?limit=201', authorized)).json().code).toBe('request.malformed');
    expect((await get(`/v/north/verdicts/${id}/deciding`, authorized)).json()).toEqual({ deciding: null });
    const bundle = await get(`/v/north/verdicts/${id}/bundle`, authorized);
    expect(await replay(bundle.json(), world.engine)).toMatchObject({ same: true, recorded: verdict });
  });

  it('is of a verifier that says who it is and how far it has read', async () => {
    const response = await get('/v/north');
    const { position } = world.follower;
    const key = parseVerdictEnvelope((await verify({ credential: 'x' })).json().signed).kid;
    expect(response.json()).toEqual({
      id: 'north',
      name: 'Verifier north',
      party: 'north',
      key,
      position,
      health: { state: 'live', ageMs: 0 },
    });
    expect(parsePositions(String(response.headers['holdfast-position']))).toEqual([position]);
    expect((await get('/v/east')).statusCode).toBe(404);
  });
});

describe('a standing', () => {
  const PAY = { class: 'pay', amount: '7' };

  it('is kept, confirmed, listed and settled with the operator key, and with nothing else', async () => {
    const question = { presentation: world.credential(), want: PAY, keepStanding: true };
    for (const headers of [{}, { authorization: 'Bearer another-key-of-this-test' }]) {
      expect((await verify(question, headers)).json().code).toBe('operator.unauthorized');
    }
    expect(await store.readLatest({ limit: 10 })).toEqual([]);
    const { id } = (await verify(question, authorized)).json();
    const atLeast = world.follower.position;
    const confirm = (headers = {}) => post(`/v/north/verdicts/${id}/confirm`, { atLeast }, headers);
    for (const response of [
      await confirm(),
      await post(`/v/north/verdicts/${id}/settled`, {}),
      await get('/v/north/standings'),
    ]) {
      expect([response.statusCode, response.json().code]).toEqual([401, 'operator.unauthorized']);
    }
    const confirmed = await confirm(authorized);
    expect(confirmed.json().verdict).toMatchObject({ outcome: 'valid', allows: { effect: 'final' } });
    expect((await get(`/v/north/verdicts/${confirmed.json().id}`)).json().confirms).toBe(id);
    expect((await get('/v/north/standings', authorized)).json()).toMatchObject({
      count: 1,
      standings: [{ verdictId: id, ageMs: 0 }],
    });
    for (let i = 0; i < 2; i += 1) {
      const settled = await app.inject({
        method: 'POST',
        url: `/v/north/verdicts/${id}/settled`,
        headers: authorized,
      });
      expect([settled.statusCode, settled.body]).toEqual([204, '']);
    }
    const gone = await confirm(authorized);
    expect([gone.statusCode, gone.json().code]).toEqual([410, 'standing.erased']);
    expect((await get('/v/north/standings', authorized)).json()).toEqual({ count: 0, standings: [] });
  });

  it('refuses what is not documented, with a code', async () => {
    const question = { presentation: world.credential(), want: PAY, keepStanding: true };
    const { id } = (await verify(question, authorized)).json();
    const atLeast = world.follower.position ?? expect.fail('it has read');
    const cases: readonly [string, object, number, string][] = [
      [`/v/north/verdicts/${id}/confirm`, {}, 400, 'request.malformed'],
      [`/v/north/verdicts/${id}/confirm`, { atLeast: [atLeast] }, 400, 'position.malformed'],
      [`/v/north/verdicts/${id}/confirm`, { atLeast, amount: '8' }, 400, 'request.malformed'],
      [`/v/south/verdicts/${id}/confirm`, { atLeast }, 404, 'verdict.not-found'],
      ['/v/north/verdicts/other/confirm', { atLeast }, 404, 'verdict.not-found'],
      ['/v/west/verdicts/other/settled', {}, 404, 'verifier.not-found'],
      ['/v/north/verify', { ...question, want: { class: 'view' } }, 400, 'standing.only-pay'],
      ['/v/north/verify', { ...question, keepStanding: 'yes' }, 400, 'request.malformed'],
    ];
    for (const [url, payload, status, code] of cases) {
      const response = await post(url, payload, authorized);
      expect([response.statusCode, response.json().code], url).toEqual([status, code]);
    }
  });

  it('is one under one Idempotency-Key, which no stranger can take', async () => {
    const question = { presentation: world.credential(), want: PAY, keepStanding: true };
    const key = { 'idempotency-key': 'application-1' };
    const stranger = await verify({ presentation: world.credential() }, key);
    expect(stranger.statusCode).toBe(200);
    const first = (await verify(question, { ...authorized, ...key })).json();
    expect((await verify(question, { ...authorized, ...key })).json()).toEqual(first);
    expect((await get('/v/north/standings', authorized)).json().count).toBe(1);
    const other = await verify({ ...question, nonce: 'n' }, { ...authorized, ...key });
    expect([other.statusCode, other.json().code]).toEqual([409, 'verify.key-conflict']);
    const odd = await verify(question, { ...authorized, 'idempotency-key': 'two words' });
    expect([odd.statusCode, odd.json().code]).toEqual([400, 'request.malformed']);
  });
});

describe('a presentation', () => {
  const ask = async (url = '/v/north/presentations', payload: object = {}) => {
    const { id, walletLink } = (await post(url, payload)).json();
    const link = new URL(new URL(walletLink).searchParams.get('request_uri') ?? '');
    return { id, path: link.pathname, response: link.pathname.replace(/request$/, 'response') };
  };
  const form = (url: string, fields: Record<string, string>) =>
    app.inject({
      method: 'POST',
      url,
      payload: new URLSearchParams(fields).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  const answerTo = async (path: string, credential = world.credential()) =>
    answerRequest((await get(path)).body, credential, world.holder, world.clock.now());

  it('goes from the relying party to the wallet and back', async () => {
    const asked = await post('/presentations', { want: { class: 'pay' } });
    expect(asked.statusCode).toBe(201);
    const { id, path, response } = await ask('/presentations', { want: { class: 'pay' } });
    expect((await get(`/presentations/${id}`)).json()).toMatchObject({ state: 'pending' });
    const request = await get(path);
    expect(request.headers['content-type']).toContain('application/oauth-authz-req+jwt');
    const taken = await form(response, await answerTo(path));
    expect([taken.statusCode, taken.json()]).toEqual([200, {}]);
    const done = (await get(`/v/north/presentations/${id}`)).json();
    expect(done).toMatchObject({ state: 'done', verdict: { outcome: 'valid', basis: { request: { class: 'pay' } } } });
    expect(parseVerdictEnvelope(done.signed).envelope).toMatchObject({ jti: done.verdictId, verdict: done.verdict });
  });

  it('may be asked for without a body', async () => {
    const response = await app.inject({ method: 'POST', url: '/v/north/presentations' });
    expect(response.statusCode).toBe(201);
  });

  it('is fetched by a wallet that posts its own nonce', async () => {
    const { path } = await ask();
    const request = await form(path, { wallet_nonce: 'wallet-1', wallet_metadata: '{}' });
    const [, payload = ''] = request.body.split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ wallet_nonce: 'wallet-1' });
    const empty = await app.inject({ method: 'POST', url: path });
    expect(empty.statusCode).toBe(200);
  });

  it('that is refused tells the wallet that much, and the relying party why', async () => {
    const { id, path, response } = await ask();
    const forged = world.credential({ key: world.holder, header: {} });
    const refused = await form(response, await answerTo(path, forged));
    expect([refused.statusCode, refused.json()]).toEqual([
      400,
      { error: 'invalid_request', error_description: 'The presentation was not accepted.' },
    ]);
    const { state, verdict } = (await get(`/v/north/presentations/${id}`)).json();
    expect([state, verdict.reasons]).toEqual(['done', [{ code: 'signature.invalid', path: '' }]]);
    const again = await form(response, await answerTo((await ask()).path));
    expect([again.statusCode, again.json().error]).toEqual([400, 'invalid_request']);
    expect((await get(`/v/north/presentations/${id}`)).json().verdict).toEqual(verdict);
  });

  it('that a wallet declines has failed, and says with what', async () => {
    const { id, path, response } = await ask();
    const { state } = await answerTo(path);
    expect((await form(response, { state, error: 'access_denied' })).statusCode).toBe(200);
    expect((await get(`/v/north/presentations/${id}`)).json()).toEqual({
      state: 'failed',
      code: 'presentation.wallet-error',
      detail: 'access_denied',
    });
  });

  it('answers wallets in OAuth’s words, whatever they send, and keeps waiting for the right one', async () => {
    const { id, path, response } = await ask();
    const right = await answerTo(path);
    const wrong: readonly [string, Record<string, string> | string, number][] = [
      [response, {}, 400],
      [response, { ...right, state: 'guess' }, 400],
      [response, { state: right.state, vp_token: 'x' }, 400],
      [response, `state=${right.state}&state=${right.state}`, 400],
      [response, { ...right, vp_token: 'x'.repeat(200_000) }, 413],
      [response.replace('north', 'south'), right, 404],
      [response.replace('north', 'east'), right, 404],
      [response.replace(/[^/]+\/response$/, 'unknown/response'), right, 404],
      [response.replace(/[^/]+\/response$/, `${id}/response`), right, 404],
    ];
    for (const [url, fields, status] of wrong) {
      const payload = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const refused = await app.inject({ method: 'POST', url, payload, headers });
      expect([refused.statusCode, refused.json().error], url).toEqual([status, 'invalid_request']);
      expect(refused.headers['content-type']).toContain('application/json');
    }
    expect((await get(path.replace(/[^/]+\/request$/, 'unknown/request'))).json().error).toBe('invalid_request');
    expect((await get(`/v/north/presentations/${id}`)).json()).toMatchObject({ state: 'pending' });
    expect((await form(response, right)).statusCode).toBe(200);
  });

  it('is nobody else’s: another verifier, or the wallet’s handle, finds nothing', async () => {
    const { id, path } = await ask();
    const requestId = path.split('/')[3];
    for (const url of [
      `/v/south/presentations/${id}`,
      `/v/north/presentations/${requestId}`,
      '/v/north/presentations/x',
    ]) {
      expect((await get(url)).json().code).toBe('presentation.not-found');
    }
  });

  it('refuses a query it cannot ask, as a problem for the relying party', async () => {
    const query = { credentials: [{ id: 'c', format: 'mso_mdoc', meta: { doctype_value: 'x' } }] };
    expect((await post('/v/north/presentations', { query })).json().code).toBe('query.unsupported');
    expect((await post('/v/north/presentations', { surprise: 1 })).json().code).toBe('request.malformed');
  });

  it('tells a wallet to try again when it is our store that is away', async () => {
    const { path, response } = await ask();
    const right = await answerTo(path);
    store.append = () => Promise.reject(new CodedError('verify.overloaded', 'down'));
    const busy = await form(response, right);
    expect([busy.statusCode, busy.json().error]).toEqual([503, 'temporarily_unavailable']);
    store.append = () => Promise.reject(new Error('a defect'));
    const broken = await form(response, right);
    expect([broken.statusCode, broken.json()]).toEqual([
      500,
      { error: 'server_error', error_description: 'The answer could not be taken.' },
    ]);
  });
});
