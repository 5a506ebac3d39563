import { inflateSync } from 'node:zlib';
import { CodedError, parseCredential, parseStatusToken, readStatus } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { createIssuerClient } from '../../../test/issuer-client.ts';
import { ADA, createIssuerWorld, type IssuerWorld } from '../../../test/issuer-world.ts';
import type { Issuer } from './issuer.ts';

/** The issuer's entry with its credential key declared stolen, as officers decide it. */
async function declareStolen(world: IssuerWorld): Promise<void> {
  const party =
    [...world.log.state.parties.values()].find(({ kind }) => kind === 'issuer') ?? expect.fail('accredited');
  const stolen = world.chain.leafKey.jwk.x;
  const keys = party.keys.map((key) => (key.key.x === stolen ? { ...key, compromised: 1 } : key));
  world.log.accredit({ ...party, keys });
  await world.epoch();
}

function revokedOf(issuer: Issuer, number: number): number {
  const token = parseStatusToken(issuer.readListToken('civic', number).jwt);
  if (!token.ok) throw new Error('it is a token');
  const packed = new Uint8Array(inflateSync(token.compressed));
  return [0, 1, 77_777, 131_071].filter((index) => readStatus(packed, 2, index) === 1).length;
}

async function issueBy(issuer: Issuer, world: IssuerWorld): Promise<string | undefined> {
  const offer = await issuer.createOffer('civic', { type: 'residence', claims: ADA });
  const client = createIssuerClient(world);
  const token = await client.tokenOf(offer.offerUri);
  const body = client.requestOf([client.proof(issuer.createNonce('civic').c_nonce)]);
  const answer = await issuer.issueCredentials('civic', token, body);
  const parsed = parseCredential(answer.credentials[0]?.credential ?? '');
  return parsed.ok ? parsed.status?.uri : undefined;
}

describe('a stolen credential key', () => {
  it('revokes everything that the issuer has published under it, and issues nothing more', async () => {
    await using world = await createIssuerWorld();
    expect(revokedOf(world.issuer, 1)).toBe(0);
    await declareStolen(world);
    await expect.poll(() => revokedOf(world.issuer, 1)).toBe(4);
    await expect.poll(() => world.issuer.readLists('civic').lists).toMatchObject([{ isCompromised: true }]);
    expect(world.issuer.readLists('civic').lists[0]?.isBehind).toBeUndefined();
    await expect(issueBy(world.issuer, world)).rejects.toMatchObject({ code: 'issuance.not-accredited' });
  });

  it('whose successor is entered already goes on issuing at once, on a list of its own', async () => {
    await using world = await createIssuerWorld();
    await declareStolen(world);
    const { config } = world.ports;
    const [tenant = expect.fail('no tenant')] = config.tenants;
    const rotated = { ...tenant, credentialKey: 'sibling', x5c: [...world.chain.sibling.x5c] };
    const next = await world.restart({ config: { ...config, tenants: [rotated] } });
    await next.awaitReady('civic');
    expect(await issueBy(next, world)).toBe(`${world.origin}/status/civic/2`);
    expect([revokedOf(next, 1), revokedOf(next, 2)]).toEqual([4, 0]);
  });

  it('shows how far its lists follow, and goes on after a crash half-way', async () => {
    await using world = await createIssuerWorld();
    await world.store.takeSequences(`${world.origin}/status/civic/1`, 131_000);
    await issueBy(world.issuer, world);
    await expect
      .poll(() => world.issuer.readLists('civic').lists.filter(({ publishedAsOf }) => publishedAsOf).length)
      .toBe(2);
    // Its signer goes away after one list, and then the process is killed.
    const { signer } = world.ports;
    const sign = signer.sign.bind(signer);
    let left = 1;
    const failing: typeof sign = async (name, bytes) => {
      if (left-- > 0) return sign(name, bytes);
      throw new CodedError('signer.unavailable', 'no answer');
    };
    Object.assign(signer, { sign: failing });
    await declareStolen(world);
    const behind = () => world.issuer.readLists('civic').lists.map(({ isBehind }) => isBehind === true);
    await expect.poll(behind).toEqual([false, true]);
    Object.assign(signer, { sign });
    const next = await world.restart();
    expect([revokedOf(next, 1), revokedOf(next, 2)]).toEqual([4, 4]);
    expect(next.readLists('civic').lists.every(({ isBehind }) => isBehind === undefined)).toBe(true);
  });
});
