import { afterAll, describe, expect, it } from 'vitest';
import { createIssuerClient, newKey } from '../../../test/issuer-client.ts';
import { ADA, ADMIN_KEY, createIssuerWorld } from '../../../test/issuer-world.ts';

const world = await createIssuerWorld({ tenants: ['civic', 'other'], bounds: { maxOpenOffers: 60 } });
afterAll(() => world[Symbol.asyncDispose]());
const client = createIssuerClient(world);
const admin = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' };
const good = { type: 'residence', claims: ADA };

const post = (body: unknown, headers: Record<string, string> = {}) =>
  client.post('offers', typeof body === 'string' ? body : JSON.stringify(body), { ...admin, ...headers });
const readIssued = (label: string, tenant = 'civic', headers: Record<string, string> = admin) =>
  client.call(`${world.origin}/i/${tenant}/credentials?label=${encodeURIComponent(label)}`, { headers });

describe('making an offer', () => {
  it('needs an operator key, and reads nothing of who has none', async () => {
    for (const authorization of ['', 'Bearer wrong-key-of-the-right-length', `Basic ${ADMIN_KEY}`]) {
      const answer = await post('{broken', { authorization });
      expect(answer).toMatchObject({ status: 401, body: { code: 'operator.unauthorized' } });
    }
  });

  it('answers with an id of its own, a link by reference and the code when asked for one', async () => {
    const plain = await post(good);
    expect(plain.status).toBe(201);
    expect(Object.keys(plain.body).sort()).toEqual(['id', 'me', 'offerUri']);
    expect(plain.body.offerUri).toMatch(/^openid-credential-offer:\/\/\?credential_offer_uri=http/);
    const coded = await post({ ...good, txCode: true });
    expect(Object.keys(coded.body).sort()).toEqual(['id', 'me', 'offerUri', 'txCode']);
    expect(plain.headers.get('cache-control')).toBe('no-store');
  });

  it.each<[string, unknown, number, string]>([
    ['a type that is not issued here', { ...good, type: 'passport' }, 404, 'offer.type-unknown'],
    ['a claim that the type does not declare', { ...good, claims: { ...ADA, height: 1 } }, 422, 'offer.claims'],
    ['a mandatory claim left out', { ...good, claims: { given_name: 'Ada' } }, 422, 'offer.claims'],
    ['a digest marker in a claim', { ...good, claims: { ...ADA, birthdate: { _sd: ['x'] } } }, 422, 'offer.claims'],
    ['claims that are too long', { ...good, claims: { ...ADA, given_name: 'x'.repeat(17_000) } }, 422, 'offer.claims'],
    [
      'half a character',
      '{"type":"residence","claims":{"given_name":"\\ud800","family_name":"x"}}',
      400,
      'json.lone-surrogate',
    ],
    ['a member twice', '{"type":"x","type":"residence","claims":{}}', 400, 'json.duplicate-member'],
    ['a member that is not known', { ...good, amount: 1 }, 400, 'request.malformed'],
    ['claims that are a list', { ...good, claims: [] }, 400, 'request.malformed'],
    ['a label without end', { ...good, label: 'x'.repeat(300) }, 400, 'request.malformed'],
    ['no JSON', '{', 400, 'json.malformed'],
    ['nothing', '', 400, 'request.malformed'],
    ['too much', 'x'.repeat(70_000), 413, 'request.too-large'],
  ])('with %s is refused and nothing is written', async (_name, body, status, code) => {
    expect(await post(body, { 'idempotency-key': 'refused' })).toMatchObject({ status, body: { code } });
    // Had anything been kept under this key, another request under it would be refused.
    expect((await post(good, { 'idempotency-key': 'refused' })).status).toBe(201);
  });

  it('names what is wrong, and repeats no claim of the person', async () => {
    const { body } = await post({ ...good, claims: { given_name: 'Augusta', height: 'secret-height' } });
    expect(body).toMatchObject({ details: { known: ['given_name', 'family_name', 'birthdate'] } });
    expect(JSON.stringify(body)).not.toMatch(/Augusta|secret-height/);
  });

  it('of no tenant is refused', async () => {
    const answer = await createIssuerClient(world, 'nobody').post('offers', JSON.stringify(good), admin);
    expect(answer).toMatchObject({ status: 404, body: { code: 'issuer.tenant-unknown' } });
  });
});

describe('offers to many', () => {
  const many = (rows: readonly object[], more: object = {}) =>
    client.post('offers/batch', JSON.stringify({ type: 'residence', rows, ...more }), admin);
  const rows = [
    { key: 'row-1', claims: ADA, label: 'first' },
    { key: 'row-2', claims: { given_name: 'Ada' } },
    { key: 'row-3', claims: { ...ADA, given_name: 'Bea' } },
  ];

  it('are made row by row: a bad row is told and keeps nobody else from theirs', async () => {
    const { status, body } = await many(rows, { txCode: true });
    expect(status).toBe(200);
    expect(body.rows).toMatchObject([
      { key: 'row-1', isRepeat: false, offer: { offerUri: expect.stringMatching(/^openid-credential-offer:/) } },
      { key: 'row-2', refused: { code: 'offer.claims' } },
      { key: 'row-3', isRepeat: false, offer: { txCode: expect.stringMatching(/^[0-9]{6}$/) } },
    ]);
  });

  it('sent again are the same offers, and nothing is offered twice', async () => {
    const send = async () => (await many(rows, { txCode: true })).body.rows as { offer?: object; isRepeat?: boolean }[];
    const [first, second] = [await send(), await send()];
    expect(second.map(({ offer }) => offer)).toEqual(first.map(({ offer }) => offer));
    expect(second.map(({ isRepeat }) => isRepeat)).toEqual([true, undefined, true]);
  });

  it('of a row that says something else under its key are refused for that row alone', async () => {
    const { body } = await many([
      { key: 'row-1', claims: { ...ADA, given_name: 'Eve' } },
      { key: 'row-9', claims: ADA },
    ]);
    expect(body.rows).toMatchObject([{ refused: { code: 'offer.repeated-differently' } }, { isRepeat: false }]);
  });

  it('may be taken up for as long as is said, up to thirty days', async () => {
    const { body } = await many([{ key: 'long', claims: ADA }], { openForMs: 3_600_000 });
    expect(body.rows).toHaveLength(1);
    expect((await many([{ key: 'longer', claims: ADA }], { openForMs: 2_592_000_001 })).status).toBe(400);
  });

  it('need an operator key, a type of this issuer, and no more than fifty rows', async () => {
    expect((await client.post('offers/batch', '{broken', { authorization: '' })).status).toBe(401);
    const none = await client.post('offers/batch', JSON.stringify({ type: 'passport', rows }), admin);
    expect(none).toMatchObject({ status: 404, body: { code: 'offer.type-unknown' } });
    expect((await many([])).status).toBe(400);
    expect((await many(Array.from({ length: 51 }, (_, i) => ({ key: `${i}`, claims: ADA })))).status).toBe(400);
  });
});

describe('an Idempotency-Key', () => {
  it('gives the same answer again, also at the same moment and after a restart', async () => {
    const ask = () => post({ ...good, txCode: true }, { 'idempotency-key': 'once' });
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    const restarted = await world.restart();
    const again = await restarted.createOffer('civic', { ...good, txCode: true }, 'once');
    const { person, ...made } = again;
    expect({ ...made, me: `/me/${person}` }).toEqual(answers[0]?.body);
  });

  it('says nothing new once the offer was taken up, and never gives it twice', async () => {
    const ask = () => post(good, { 'idempotency-key': 'taken' });
    const { body } = await ask();
    await client.request(await client.tokenOf(String(body.offerUri)));
    const again = await ask();
    expect(again.body).toEqual(body);
    expect((await client.readOffer(String(again.body.offerUri))).status).toBe(404);
  });

  it('for another request is a conflict, for another tenant another key', async () => {
    await post(good, { 'idempotency-key': 'shared' });
    for (const changed of [
      { ...good, txCode: true },
      { ...good, label: 'x' },
      { ...good, claims: { ...ADA, given_name: 'Eve' } },
    ]) {
      const answer = await post(changed, { 'idempotency-key': 'shared' });
      expect(answer).toMatchObject({ status: 409, body: { code: 'offer.repeated-differently' } });
    }
    const elsewhere = await world.offer(good, { 'idempotency-key': 'shared' }, 'other');
    expect(elsewhere.offerUri).toContain(encodeURIComponent('/i/other/offers/'));
  });

  it('cannot be used to guess a link: another tenant secret makes another link', async () => {
    const here = await world.offer(good, { 'idempotency-key': 'guess' });
    const there = await world.offer(good, { 'idempotency-key': 'guess' }, 'other');
    expect(here.offerUri.split('%2F').at(-1)).not.toBe(there.offerUri.split('%2F').at(-1));
  });

  it('that is no word is refused', async () => {
    for (const key of ['two words', 'x'.repeat(256)]) {
      expect(await post(good, { 'idempotency-key': key })).toMatchObject({
        status: 400,
        body: { code: 'request.malformed' },
      });
    }
  });
});

describe('finding what was issued', () => {
  it('is by label, for operators of the tenant, newest first, and tells places only', async () => {
    const take = async () => {
      const { offerUri } = await world.offer({ ...good, label: 'ada' });
      await client.request(await client.tokenOf(offerUri), newKey());
    };
    await take();
    world.clock.jump(1000);
    await take();
    const { status, body } = await readIssued('ada');
    const found = body as unknown as Record<string, unknown>[];
    expect(status).toBe(200);
    expect(found).toHaveLength(2);
    expect(Object.keys(found[0] ?? {}).sort()).toEqual(['id', 'index', 'issuedAt', 'list', 'type']);
    expect(Number(found[0]?.issuedAt)).toBe(Number(found[1]?.issuedAt) + 1000);
    expect((await readIssued('ada', 'other')).body).toEqual([]);
    expect((await readIssued('eve')).body).toEqual([]);
    expect((await readIssued('ada', 'civic', {})).status).toBe(401);
    expect((await readIssued('')).status).toBe(400);
  });
});

it('offers that nobody takes up are bounded, and room comes back when they end', async () => {
  const small = await createIssuerWorld({ bounds: { maxOpenOffers: 2 } });
  try {
    await small.offer();
    await small.offer();
    await expect(small.offer()).rejects.toThrow(/offer.too-many/);
    await small.clock.advance(960_000);
    await expect(small.offer()).resolves.toBeDefined();
  } finally {
    await small[Symbol.asyncDispose]();
  }
});

it('an issuer that the network does not accredit offers nothing and issues nothing', async () => {
  const stranger = await createIssuerWorld({ isAccredited: false });
  try {
    const nothingRead = createIssuerClient(stranger);
    const { offerUri } = await stranger.offer();
    const token = await nothingRead.tokenOf(offerUri);
    expect(await nothingRead.request(token)).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    await stranger.epoch();
    await expect(stranger.offer()).rejects.toThrow(/issuance.not-accredited/);
    expect((await nothingRead.request(token)).body.error).toBe('credential_request_denied');
  } finally {
    await stranger[Symbol.asyncDispose]();
  }
});
