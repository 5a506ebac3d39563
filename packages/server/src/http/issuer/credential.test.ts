import { canonicalJson, encodeBase64url, encodeUtf8, parseCredential, thumbprint } from '@holdfast/core';
import { afterAll, describe, expect, it } from 'vitest';
import { createIssuerClient, credentialsOf, newKey, type ProofChanges } from '../../../test/issuer-client.ts';
import { ADA, createIssuerWorld, RESIDENCE } from '../../../test/issuer-world.ts';
import { createIssuerStoreMemory } from '../../adapters/memory/issuer-store.ts';

const DAY_S = 86_400;
const world = await createIssuerWorld({
  tenants: ['civic', 'other'],
  types: [RESIDENCE, { ...RESIDENCE, id: 'licence' }],
});
afterAll(() => world[Symbol.asyncDispose]());
const client = createIssuerClient(world);
const other = createIssuerClient(world, 'other');

const freshToken = async () => client.tokenOf((await world.offer()).offerUri);

/** One proof spoilt in some way, in a request that is good otherwise. */
async function tryProof(changes: ProofChanges, spoil: (proof: string) => unknown = (proof) => proof) {
  const token = await freshToken();
  return client.credential(token, client.requestOf([spoil(client.proof(await client.nonce(), changes))]));
}

describe('a credential', () => {
  it('is bound to the key that was proved, hides every claim, and says nothing finer than a day', async () => {
    const key = newKey();
    const answer = await client.request(await freshToken(), key);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const [text = ''] = credentialsOf(answer);
    const parsed = parseCredential(text);
    if (!parsed.ok) throw new Error(parsed.detail);
    expect(parsed.cnf).toEqual(key.jwk);
    expect(parsed.claims).toMatchObject(ADA);
    for (const name of Object.keys(ADA)) expect(parsed.payload).not.toHaveProperty(name);
    expect(parsed.header).toMatchObject({ alg: 'ES256', typ: 'dc+sd-jwt', kid: thumbprint(world.chain.leafKey.jwk) });
    expect(parsed.header.x5c).toEqual(world.chain.x5c);
    expect(parsed.header.x5c).not.toContain(world.chain.anchor);
    const [iat = 1, exp = 1] = [parsed.iat, parsed.exp];
    expect([iat % DAY_S, exp % DAY_S, (exp - iat) / DAY_S]).toEqual([0, 0, 91]);
    const [list] = world.issuer.readLists('civic').lists;
    expect(parsed.status?.uri).toBe(list?.uri);
    const opened = world.log.state.lists.get(list?.uri ?? '')?.opened ?? -1;
    expect(parsed.network).toEqual({ log: 'log.example/test', size: opened + 1 });
  });

  it('comes in up to ten copies that share nothing of their own, and not in eleven', async () => {
    const keys = Array.from({ length: 10 }, newKey);
    const copies = credentialsOf(await client.request(await freshToken(), ...keys)).map((text) =>
      parseCredential(text),
    );
    const bound = copies.map((copy) => (copy.ok && copy.cnf !== undefined ? thumbprint(copy.cnf) : ''));
    expect(bound).toEqual(keys.map(({ kid }) => kid));
    expect(new Set(copies.map((copy) => copy.ok && copy.status?.index)).size).toBe(10);
    const digests = copies.flatMap((copy) => (copy.ok ? (copy.payload._sd as string[]) : []));
    expect(new Set(digests).size).toBe(30);
    const eleven = await client.request(await freshToken(), ...Array.from({ length: 11 }, newKey));
    expect(eleven).toMatchObject({ status: 400, body: { error: 'invalid_credential_request' } });
  });

  it('takes an index that tells nothing of its turn', async () => {
    const indices = new Set<number>();
    for (let i = 0; i < 5; i += 1) {
      const [text = ''] = credentialsOf(await client.request(await freshToken()));
      const parsed = parseCredential(text);
      if (parsed.ok && parsed.status !== undefined) indices.add(parsed.status.index);
    }
    expect(indices.size).toBe(5);
    expect(Math.max(...indices) - Math.min(...indices)).toBeGreaterThan(100);
  });

  it('is given for a key named by did:jwk too', async () => {
    const key = newKey();
    const did = `did:jwk:${encodeBase64url(encodeUtf8(canonicalJson(key.jwk)))}#0`;
    const answer = await tryProof({ key, header: { jwk: undefined, kid: did } });
    const parsed = parseCredential(credentialsOf(answer)[0] ?? '');
    expect(parsed).toMatchObject({ ok: true, cnf: key.jwk });
  });
});

describe('a key proof', () => {
  const jwk = newKey().jwk;
  const now = () => Math.floor(world.clock.now() / 1000);
  const long = 'x'.repeat(5000);

  it.each<[string, ProofChanges]>([
    ['of another audience', { payload: { aud: 'https://evil.example' } }],
    ['for another tenant', { payload: { aud: other.issuer } }],
    ['for several audiences', { payload: { aud: [client.issuer, 'https://evil.example'] } }],
    ['without audience', { payload: { aud: undefined } }],
    ['without nonce', { payload: { nonce: undefined } }],
    ['without iat', { payload: { iat: undefined } }],
    ['with iat as text', { payload: { iat: String(now()) } }],
    ['made too long ago', { payload: { iat: now() - 361 } }],
    ['made in the future', { payload: { iat: now() + 61 } }],
    ['that has expired', { payload: { exp: now() - 61 } }],
    ['signed with none', { header: { alg: 'none' } }],
    ['signed with HS256', { header: { alg: 'HS256' } }],
    ['of another typ', { header: { typ: 'JWT' } }],
    ['that is a key binding', { header: { typ: 'kb+jwt' } }],
    ['without key', { header: { jwk: undefined } }],
    ['naming its key twice', { header: { kid: 'did:jwk:e30' } }],
    ['with a did of another method', { header: { jwk: undefined, kid: 'did:key:z6Mk' } }],
    ['with a did:jwk that is no key', { header: { jwk: undefined, kid: 'did:jwk:e30' } }],
    ['with a certificate', { header: { jwk: undefined, x5c: ['TEFG'] } }],
    ['with a private key', { header: { jwk: { ...jwk, d: 'A'.repeat(43) } } }],
    ['with a key of another curve', { header: { jwk: { kty: 'EC', crv: 'P-384', x: 'A', y: 'A' } } }],
    ['with an Ed25519 key', { header: { jwk: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) } } }],
    ['signed by another key than it names', { header: { jwk } }],
    ['with critical members', { header: { crit: ['exp'] } }],
    ['longer than a proof can be', { payload: { extra: long } }],
  ])('%s is refused as invalid_proof', async (_name, changes) => {
    expect(await tryProof(changes)).toMatchObject({ status: 400, body: { error: 'invalid_proof' } });
  });

  it.each<[string, (proof: string) => unknown]>([
    ['without signature', (proof) => `${proof.split('.').slice(0, 2).join('.')}.`],
    ['that is changed', (proof) => proof.replace(/.{4}$/, 'AAAA')],
    ['cut short', (proof) => proof.slice(0, 40)],
    ['that is a number', () => 7],
    ['that is an object', (proof) => ({ jwt: proof })],
    ['that is nothing', () => ''],
  ])('%s is refused as invalid_proof', async (_name, spoil) => {
    expect(await tryProof({}, spoil)).toMatchObject({ status: 400, body: { error: 'invalid_proof' } });
  });

  it('that fails uses nothing up: the same token and nonce work with a good one', async () => {
    const [token, nonce, key] = [await freshToken(), await client.nonce(), newKey()];
    const bad = client.proof(nonce, { key, payload: { aud: 'https://evil.example' } });
    expect((await client.credential(token, client.requestOf([bad]))).status).toBe(400);
    const good = client.proof(nonce, { key });
    expect((await client.credential(token, client.requestOf([good]))).status).toBe(200);
  });

  it('of a key that another proof of the request is for is refused', async () => {
    const [token, nonce, key] = [await freshToken(), await client.nonce(), newKey()];
    const proofs = [client.proof(nonce, { key }), client.proof(await client.nonce(), { key })];
    expect((await client.credential(token, client.requestOf(proofs))).body.error).toBe('invalid_proof');
  });

  it('is there, of one kind, in one array', async () => {
    const token = await freshToken();
    const proof = client.proof(await client.nonce());
    for (const proofs of [undefined, {}, { jwt: [] }, { jwt: [proof], di_vp: [{}] }, { di_vp: [{}] }]) {
      const answer = await client.credential(token, client.requestOf([], { proofs }));
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_proof' } });
    }
  });
});

describe('a nonce', () => {
  it('is used once: replayed with another key and token it is refused', async () => {
    const nonce = await client.nonce();
    const first = await client.credential(await freshToken(), client.requestOf([client.proof(nonce)]));
    expect(first.status).toBe(200);
    const replay = await client.credential(await freshToken(), client.requestOf([client.proof(nonce)]));
    expect(replay).toMatchObject({ status: 400, body: { error: 'invalid_nonce' } });
  });

  it('is used once also by requests at the same moment', async () => {
    const nonce = await client.nonce();
    const tokens = await Promise.all(Array.from({ length: 6 }, freshToken));
    const answers = await Promise.all(
      tokens.map((token) => client.credential(token, client.requestOf([client.proof(nonce)]))),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.error === 'invalid_nonce')).toHaveLength(5);
  });

  it.each<[string, () => Promise<string>]>([
    ['of another tenant', () => other.nonce()],
    ['made up', async () => encodeBase64url(new Uint8Array(38))],
    ['changed', async () => (await client.nonce()).replace(/^.{4}/, 'AAAA')],
    ['cut short', async () => (await client.nonce()).slice(0, -4)],
    ['endless', async () => 'A'.repeat(1000)],
  ])('that is %s is refused', async (_name, make) => {
    const proof = client.proof(await make());
    const answer = await client.credential(await freshToken(), client.requestOf([proof]));
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_nonce' } });
  });

  it('ends, and whoever changes the time in it has no nonce any more', async () => {
    const nonce = await client.nonce();
    world.clock.jump(300_000);
    const answer = await client.credential(await freshToken(), client.requestOf([client.proof(nonce)]));
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_nonce' } });
  });

  it('is never cached, and what is sent with the request for it is not read', async () => {
    const answer = await client.post('nonce', '{broken', { 'content-type': 'application/json' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect((await client.post('nonce', 'x'.repeat(2000), { 'content-type': 'text/plain' })).status).toBe(413);
  });
});

describe('an access token', () => {
  it('is asked for, and one that is not ours is called invalid', async () => {
    const missing = await client.credential(undefined, {});
    expect(missing.status).toBe(401);
    expect(missing.headers.get('www-authenticate')).toBe('Bearer');
    const wrong = await client.credential('x'.repeat(43), {});
    expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    expect(wrong.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });

  it('of another tenant does not work, and stays good where it is from', async () => {
    const token = await freshToken();
    const answer = await other.request(token);
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    expect((await client.request(token)).status).toBe(200);
  });

  it('ends', async () => {
    const token = await freshToken();
    world.clock.jump(300_000);
    expect(await client.request(token)).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
  });

  it('is for the credential that was offered', async () => {
    const token = await freshToken();
    const proof = client.proof(await client.nonce());
    const ask = async (id: unknown) =>
      (await client.credential(token, client.requestOf([proof], { credential_configuration_id: id }))).body.error;
    expect(await ask('unknown')).toBe('unknown_credential_configuration');
    expect(await ask('licence')).toBe('credential_request_denied');
    expect(await ask(undefined)).toBe('invalid_credential_request');
    expect(await ask(7)).toBe('invalid_credential_request');
    expect(await ask('residence')).toBeUndefined();
  });
});

describe('a credential request that cannot be answered', () => {
  it.each([
    ['no JSON', '{'],
    ['an array', '[]'],
    ['a member twice', '{"credential_configuration_id":"a","credential_configuration_id":"residence"}'],
    ['an abyss', `{"proofs":${'['.repeat(50)}${']'.repeat(50)}}`],
    ['a prototype', '{"__proto__":{"credential_configuration_id":"residence"}}'],
    ['nothing', ''],
    ['other kinds of members', '{"credential_configuration_id":"residence","proofs":"x"}'],
  ])('because it is %s is refused as such', async (_name, body) => {
    const answer = await client.credential(await freshToken(), body);
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_credential_request' } });
  });

  it('because it is too large, or asks for what is not offered', async () => {
    const token = await freshToken();
    expect((await client.credential(token, 'x'.repeat(70_000))).status).toBe(413);
    const identifier = { credential_configuration_id: undefined, credential_identifier: 'x' };
    expect((await client.credential(token, client.requestOf([], identifier))).body.error).toBe(
      'unknown_credential_identifier',
    );
    const encrypted = { credential_response_encryption: { jwk: {}, enc: 'A128GCM' } };
    expect((await client.credential(token, client.requestOf([], encrypted))).body.error).toBe(
      'invalid_encryption_parameters',
    );
  });

  it('describes errors in the characters that OAuth allows', async () => {
    const { body } = await tryProof({ payload: { aud: 'x' } });
    expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  });
});

describe('a lost answer', () => {
  const indexOf = (text: string | undefined) => {
    const parsed = parseCredential(text ?? '');
    return parsed.ok ? parsed.status?.index : undefined;
  };

  it('is repeated for the same keys: same indices, nothing new issued', async () => {
    const { offerUri } = await world.offer({ type: 'residence', claims: ADA, label: 'lost' });
    const [token, keys] = [await client.tokenOf(offerUri), [newKey(), newKey()]];
    const first = credentialsOf(await client.request(token, ...keys));
    const again = credentialsOf(await client.request(token, ...keys));
    expect(again.map(indexOf)).toEqual(first.map(indexOf));
    expect(await world.issuer.readIssued('civic', 'lost')).toHaveLength(2);
  });

  it('is not repeated for another key', async () => {
    const token = await freshToken();
    expect((await client.request(token)).status).toBe(200);
    expect(await client.request(token)).toMatchObject({ status: 400, body: { error: 'credential_request_denied' } });
  });

  it('is not repeated once the wallet has reported receipt, nor after the token has ended', async () => {
    const [token, key] = [await freshToken(), newKey()];
    const { body } = await client.request(token, key);
    const report = { notification_id: body.notification_id, event: 'credential_accepted' };
    expect((await client.notification(token, report)).status).toBe(204);
    expect((await client.notification(token, report)).status).toBe(204);
    expect((await client.request(token, key)).body.error).toBe('credential_request_denied');
    world.clock.jump(300_000);
    expect((await client.request(token, key)).status).toBe(401);
  });

  it('two requests at the same moment issue one credential', async () => {
    const { offerUri } = await world.offer({ type: 'residence', claims: ADA, label: 'twice' });
    const [token, key] = [await client.tokenOf(offerUri), newKey()];
    const answers = await Promise.all([client.request(token, key), client.request(token, key)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(new Set(answers.map((answer) => indexOf(credentialsOf(answer)[0]))).size).toBe(1);
    expect(await world.issuer.readIssued('civic', 'twice')).toHaveLength(1);
  });
});

describe('a notification', () => {
  it('of a failure leaves the wallet its second try', async () => {
    const [token, key] = [await freshToken(), newKey()];
    const { body } = await client.request(token, key);
    const report = { notification_id: body.notification_id, event: 'credential_failure' };
    expect((await client.notification(token, report)).status).toBe(204);
    expect((await client.request(token, key)).status).toBe(200);
  });

  it('is refused when it names no issuing of this token, or no event', async () => {
    const token = await freshToken();
    const { body } = await client.request(token);
    const { body: stranger } = await client.request(await freshToken());
    const event = 'credential_accepted';
    const send = async (report: object, bearer: string | undefined = token) =>
      (await client.notification(bearer, report)).body.error;
    expect(await send({ notification_id: stranger.notification_id, event })).toBe('invalid_notification_id');
    expect(await send({ notification_id: 'x', event })).toBe('invalid_notification_id');
    expect(await send({ notification_id: body.notification_id, event: 'other' })).toBe('invalid_notification_request');
    expect(await send({ event })).toBe('invalid_notification_request');
    expect(await send({ notification_id: body.notification_id, event }, 'x'.repeat(43))).toBe('invalid_token');
  });
});

it('keeps no claim, link, code, token or label that can be read, and no claims once the wallet has them', async () => {
  const store = createIssuerStoreMemory();
  const written: string[] = [];
  const recording = new Proxy(store, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...given: unknown[]) => unknown;
      return (...given: unknown[]) => {
        written.push(
          JSON.stringify(given, (_, value) =>
            value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
          ),
        );
        return method.apply(target, given);
      };
    },
  });
  await using apart = await createIssuerWorld({ store: recording });
  const wallet = createIssuerClient(apart);
  const made = await apart.offer({ type: 'residence', claims: ADA, txCode: true, label: 'ada-of-the-register' });
  const link = decodeURIComponent(made.offerUri).split('/').at(-1) ?? '';
  const code = await wallet.codeOf(made.offerUri);
  const { body } = await wallet.token({ 'pre-authorized_code': code, tx_code: made.txCode ?? '' });
  const token = String(body.access_token);
  const issued = await wallet.request(token);
  const all = written.join();
  for (const secret of ['Lovelace', link, code, token, made.txCode ?? '', 'ada-of-the-register'])
    expect(all).not.toContain(secret);
  const [offer] = JSON.parse(written.find((call) => call.includes('"seed"')) ?? '[]') as { link: string }[];
  const kept = () => store.readOffer('civic', { link: offer?.link ?? '' });
  expect(await kept()).toHaveProperty('claims');
  await wallet.notification(token, { notification_id: issued.body.notification_id, event: 'credential_accepted' });
  expect(await kept()).toMatchObject({ state: 'closed' });
  expect(await kept()).not.toHaveProperty('claims');
});

it('erases the claims of offers that nobody took up, and of those whose wallet never reported', async () => {
  await using apart = await createIssuerWorld();
  const wallet = createIssuerClient(apart);
  await apart.offer();
  const token = await wallet.tokenOf((await apart.offer()).offerUri);
  await wallet.request(token);
  await apart.clock.advance(900_000);
  // The issuer's own rounds have done it: nothing is left for a sweep of ours.
  expect(await apart.store.sweep(apart.clock.now(), 1000)).toBe(0);
});
