import { Bitstring } from '@digitalbazaar/bitstring';
import { parseBitstringCredential, signatureCheck } from '@holdfast/core';
import { createNodeEngine } from '@holdfast/verifier/node';
import { afterEach, describe, expect, it } from 'vitest';
import { createIssuerClient } from '../../../test/issuer-client.ts';
import { createIssuerWorld, type IssuerWorld, type WorldOptions } from '../../../test/issuer-world.ts';

const worlds: IssuerWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
});

async function createWorld(options: WorldOptions = {}) {
  const world = await createIssuerWorld(options);
  worlds.push(world);
  const client = createIssuerClient(world);
  const list = `${world.origin}/status/civic/1`;
  const get = (purpose: string, headers: Record<string, string> = {}) => client.call(`${list}/${purpose}`, { headers });
  /** The bits as an implementation of others reads them. */
  async function bitsOf(purpose: string): Promise<Bitstring> {
    const parsed = parseBitstringCredential(String((await get(purpose)).body.text));
    if (!parsed.ok) throw new Error(parsed.detail);
    const encoded = Buffer.from(parsed.compressed).toString('base64url');
    return new Bitstring({ buffer: await Bitstring.decodeBits({ encoded }) });
  }
  return { world, list, get, bitsOf };
}

describe('a list of the network as a Bitstring Status List', () => {
  it('is signed by the key of its token, about its own address, for one purpose, with its ttl in milliseconds', async () => {
    const { world, list, get } = await createWorld();
    const { status, headers, body } = await get('revocation');
    expect([status, headers.get('content-type')]).toEqual([200, 'application/vc+jwt']);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    const parsed = parseBitstringCredential(String(body.text));
    expect(parsed).toMatchObject({
      ...{ ok: true, uri: `${list}/revocation`, issuer: `${world.origin}/i/civic`, purposes: ['revocation'] },
      ...{ ttlMs: 300_000, header: { kid: world.chain.leafKey.kid, x5c: world.chain.x5c } },
    });
    if (!parsed.ok) return;
    const { jwk } = world.chain.leafKey;
    expect(await createNodeEngine().verify([signatureCheck(parsed.jws, jwk)])).toEqual([true]);
    expect(parsed.iat * 1000).toBe(world.issuer.readListToken('civic', 1).asOf);
  });

  it('has the bit of whoever was revoked, and of nobody beside them, as others read it', async () => {
    const { world, list, bitsOf, get } = await createWorld();
    const before = (await get('revocation')).headers.get('etag');
    await world.revoke([{ list, index: 94_567 }]);
    await expect.poll(async () => (await bitsOf('revocation')).get(94_567)).toBe(true);
    const bits = await bitsOf('revocation');
    expect(bits.length).toBe(131_072);
    expect([94_560, 94_566, 94_568].map((index) => bits.get(index))).toEqual([false, false, false]);
    expect((await bitsOf('suspension')).get(94_567)).toBe(false);
    const after = (await get('revocation')).headers.get('etag') ?? '';
    expect(after).not.toBe(before);
    expect((await get('revocation', { 'if-none-match': after })).status).toBe(304);
  });

  it('is signed once for each token, however many ask at once', async () => {
    const { world, list } = await createWorld();
    let signed = 0;
    const signer = {
      ...world.ports.signer,
      sign: async (name: string, bytes: Uint8Array) => {
        signed += 1;
        return world.ports.signer.sign(name, bytes);
      },
    };
    const issuer = await world.restart({ signer });
    await issuer.awaitReady('civic');
    const ask = () => Promise.all(Array.from({ length: 20 }, () => issuer.readBitstring('civic', 1, 'suspension')));
    const before = signed;
    const first = await ask();
    expect(new Set([...first, ...(await ask())].map(({ jwt }) => jwt)).size).toBe(1);
    expect(signed - before).toBe(1);
    await world.revoke([{ list, index: 1 }]);
    await expect.poll(() => issuer.readListToken('civic', 1).digest).not.toBe(first[0]?.digest);
    expect((await issuer.readBitstring('civic', 1, 'suspension')).digest).toBe(issuer.readListToken('civic', 1).digest);
  });

  it('stays as it was when the feed contradicts itself', async () => {
    const { world, get } = await createWorld();
    const before = (await get('revocation')).body.text;
    world.contradict();
    await world.clock.advance(600_000);
    expect((await get('revocation')).body.text).toBe(before);
  });

  it('is not there for a purpose it has not', async () => {
    const { get } = await createWorld();
    for (const purpose of ['colour', 'Revocation', '__proto__']) {
      expect(await get(purpose)).toMatchObject({ status: 404, body: { code: 'issuer.list-unknown' } });
    }
  });
});
