import { afterAll, describe, expect, it } from 'vitest';
import { createIssuerClient, GRANT } from '../../../test/issuer-client.ts';
import { ADA, createIssuerWorld } from '../../../test/issuer-world.ts';

const world = await createIssuerWorld({ tenants: ['civic', 'other'] });
afterAll(() => world[Symbol.asyncDispose]());
const client = createIssuerClient(world);
const other = createIssuerClient(world, 'other');

const withTxCode = { type: 'residence', claims: ADA, txCode: true };
const wrongOf = (txCode = '') => (txCode === '000000' ? '000001' : '000000');

describe('an offer', () => {
  it('is read behind an unguessable link, by its tenant only, and is never cached', async () => {
    const { id, offerUri } = await world.offer();
    const answer = await client.readOffer(offerUri);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toMatchObject({
      credential_issuer: client.issuer,
      credential_configuration_ids: ['residence'],
    });
    expect(offerUri).not.toContain(id);
    expect((await client.call(`${client.issuer}/offers/${id}`)).status).toBe(404);
    const link = decodeURIComponent(offerUri).split('/').at(-1);
    expect((await client.call(`${other.issuer}/offers/${link}`)).status).toBe(404);
  });

  it('is gone once its code was redeemed, and once its time has passed', async () => {
    const redeemed = await world.offer();
    await client.tokenOf(redeemed.offerUri);
    expect(await client.readOffer(redeemed.offerUri)).toMatchObject({
      status: 404,
      body: { error: 'invalid_request' },
    });
    const late = await world.offer();
    const code = await client.codeOf(late.offerUri);
    world.clock.jump(900_000);
    expect((await client.readOffer(late.offerUri)).status).toBe(404);
    expect((await client.token({ 'pre-authorized_code': code })).body.error).toBe('invalid_grant');
  });
});

describe('a code', () => {
  it('becomes one bearer token, which is never cached', async () => {
    const code = await client.codeOf((await world.offer()).offerUri);
    const answer = await client.token({ 'pre-authorized_code': code });
    expect(answer).toMatchObject({ status: 200, body: { token_type: 'Bearer', expires_in: 300 } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('works once, also when many come at the same moment', async () => {
    const code = await client.codeOf((await world.offer()).offerUri);
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.token({ 'pre-authorized_code': code })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await client.token({ 'pre-authorized_code': code })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  it('of another tenant does not work, and stays good where it is from', async () => {
    const code = await client.codeOf((await world.offer()).offerUri);
    expect(await other.token({ 'pre-authorized_code': code })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect((await client.token({ 'pre-authorized_code': code })).status).toBe(200);
  });

  it.each([
    ['unknown', { 'pre-authorized_code': 'x'.repeat(43) }, 'invalid_grant'],
    ['endless', { 'pre-authorized_code': 'x'.repeat(4000) }, 'invalid_grant'],
    ['missing', {}, 'invalid_request'],
    ['for another grant', { grant_type: 'authorization_code', code: 'x' }, 'unsupported_grant_type'],
  ])('that is %s is refused', async (_name, form: Record<string, string>, error) => {
    expect(await client.token(form)).toMatchObject({ status: 400, body: { error } });
  });
});

describe('a transaction code', () => {
  it('is given to the operator alone, and with it the code is redeemed', async () => {
    const { offerUri, txCode = '' } = await world.offer(withTxCode);
    expect(txCode).toMatch(/^[0-9]{6}$/);
    expect(offerUri).not.toContain(txCode);
    const offer = await client.readOffer(offerUri);
    expect(JSON.stringify(offer.body)).not.toContain(txCode);
    expect(offer.body).toMatchObject({ grants: { [GRANT]: { tx_code: { input_mode: 'numeric', length: 6 } } } });
    const code = await client.codeOf(offerUri);
    expect((await client.token({ 'pre-authorized_code': code, tx_code: txCode })).status).toBe(200);
  });

  it('can be guessed five times, then the code is dead even for who knows it', async () => {
    const { offerUri, txCode = '' } = await world.offer(withTxCode);
    const code = await client.codeOf(offerUri);
    for (const left of [4, 3, 2, 1, 0]) {
      const answer = await client.token({ 'pre-authorized_code': code, tx_code: wrongOf(txCode) });
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
      expect(answer.body.error_description).toContain(`Tries left: ${left}.`);
    }
    const late = await client.token({ 'pre-authorized_code': code, tx_code: txCode });
    expect(late).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await client.readOffer(offerUri)).status).toBe(404);
  });

  it('can be guessed five times in all by a hundred callers at the same moment', async () => {
    const { offerUri, txCode = '' } = await world.offer(withTxCode);
    const code = await client.codeOf(offerUri);
    const guesses = Array.from({ length: 100 }, (_, i) => (i === 99 ? txCode : wrongOf(txCode)));
    const outcomes = await Promise.all(
      guesses.map((tx_code) => {
        // Without HTTP between them, all of them have read the offer before one of them is counted.
        const answer = world.issuer.redeemCode('civic', { grant_type: GRANT, 'pre-authorized_code': code, tx_code });
        return answer.then(
          () => 'redeemed',
          (error: { code: string }) => error.code,
        );
      }),
    );
    expect(outcomes.filter((outcome) => outcome === 'issuance.tx-code-wrong')).toHaveLength(5);
    expect(outcomes.filter((outcome) => outcome === 'issuance.code-invalid')).toHaveLength(95);
  });

  it('the fifth try may be the right one', async () => {
    const { offerUri, txCode = '' } = await world.offer(withTxCode);
    const code = await client.codeOf(offerUri);
    for (let i = 0; i < 4; i += 1) await client.token({ 'pre-authorized_code': code, tx_code: wrongOf(txCode) });
    expect((await client.token({ 'pre-authorized_code': code, tx_code: txCode })).status).toBe(200);
  });

  it('that is missing or not asked for is no guess', async () => {
    const { offerUri, txCode = '' } = await world.offer(withTxCode);
    const code = await client.codeOf(offerUri);
    for (let i = 0; i < 7; i += 1) {
      expect((await client.token({ 'pre-authorized_code': code })).body.error).toBe('invalid_request');
    }
    expect((await client.token({ 'pre-authorized_code': code, tx_code: txCode })).status).toBe(200);
    const plain = await client.codeOf((await world.offer()).offerUri);
    const answer = await client.token({ 'pre-authorized_code': plain, tx_code: '123456' });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });
});

describe('a token request that cannot be read', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  it('repeating a field is refused, for two readers may take different ones', async () => {
    const code = await client.codeOf((await world.offer()).offerUri);
    const body = `grant_type=${encodeURIComponent(GRANT)}&pre-authorized_code=x&pre-authorized_code=${code}`;
    expect(await client.post('token', body, form)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect((await client.token({ 'pre-authorized_code': code })).status).toBe(200);
  });

  it('is told in OAuth words: too large, not a form, without a body, of no tenant', async () => {
    expect(await client.post('token', `x=${'y'.repeat(9000)}`, form)).toMatchObject({
      status: 413,
      body: { error: 'invalid_request' },
    });
    const xml = await client.post('token', '<x/>', { 'content-type': 'text/xml' });
    expect(xml).toMatchObject({ status: 415, body: { error: 'invalid_request' } });
    const json = await client.post('token', '{"grant_type":{"a":1}}', { 'content-type': 'application/json' });
    expect(json).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect((await client.call(`${client.issuer}/token`, { method: 'POST' })).status).toBe(400);
    const nobody = createIssuerClient(world, 'nobody');
    expect(await nobody.token({ 'pre-authorized_code': 'x' })).toMatchObject({
      status: 404,
      body: { error: 'invalid_request' },
    });
  });
});
