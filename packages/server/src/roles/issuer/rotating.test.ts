import { CodedError, type Party, parseCredential, parseJws, parseStatusToken, thumbprint } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { createIssuerClient, newKey } from '../../../test/issuer-client.ts';
import { ADA, ADMIN_KEY, createIssuerWorld, type IssuerWorld } from '../../../test/issuer-world.ts';
import { issuerRoutes } from '../../http/issuer/issuer-routes.ts';
import { hashOperatorKey } from '../../http/operators.ts';
import { createHttpServer } from '../../http/server.ts';
import type { Issuer } from './issuer.ts';
import type { PreparedKeys } from './neighbours.ts';
import { signedInForce, signStatement } from './statements.ts';

/** The second key of the world's chain as one that is prepared when it is asked for. */
function preparing(world: IssuerWorld, isThere = false): PreparedKeys & { readonly made: () => number } {
  let made = isThere ? 1 : 0;
  const key = { name: 'sibling', x5c: world.chain.sibling.x5c };
  return {
    made: () => made,
    read: async () => (made > 0 ? [key] : []),
    prepare: async (_, isNamed) => {
      if (isNamed(world.chain.sibling.key.jwk)) throw new CodedError('key.unavailable', 'there is no third key here');
      made += 1;
      return key;
    },
  };
}

type Rotating = {
  readonly world: IssuerWorld;
  readonly signed: Map<string, number>;
  readonly name: Naming;
  readonly statements: Party['keys'];
};
type Naming = (...keys: readonly Omit<Party['keys'][number], 'use'>[]) => Promise<void>;

/** A world whose network names the first key alone, and what was signed by which key. */
async function open(options: Parameters<typeof createIssuerWorld>[0] = {}): Promise<Rotating> {
  const world = await createIssuerWorld(options);
  const [party] = [...world.log.state.parties.values()].filter(({ kind }) => kind === 'issuer');
  const statement = party?.keys.find(({ use }) => use === 'statement') ?? expect.fail('it has a statement key');
  const statements = [statement];
  const name: Naming = async (...keys) => {
    const named = keys.map((key) => ({ use: 'credential' as const, ...key }));
    world.log.accredit({ ...(party ?? expect.fail('accredited')), keys: [...statements, ...named] });
    await world.epoch();
  };
  await name({ key: world.chain.leafKey.jwk });
  const signed = new Map<string, number>();
  const { signer } = world.ports;
  const sign = signer.sign.bind(signer);
  Object.assign(signer, {
    sign: async (key: string, bytes: Uint8Array) => {
      signed.set(key, (signed.get(key) ?? 0) + 1);
      return sign(key, bytes);
    },
  });
  return { world, signed, name, statements };
}

type Issued = { readonly kid: string; readonly list: string | undefined; readonly place: string };

async function issueBy(issuer: Issuer, world: IssuerWorld): Promise<Issued> {
  const offer = await issuer.createOffer('civic', { type: 'residence', claims: ADA });
  const client = createIssuerClient(world);
  const token = await client.tokenOf(offer.offerUri);
  const body = client.requestOf([client.proof(issuer.createNonce('civic').c_nonce)]);
  const answer = await issuer.issueCredentials('civic', token, body);
  const parsed = parseCredential(answer.credentials[0]?.credential ?? '');
  if (!parsed.ok) throw new Error('it is a credential');
  const { status, header } = parsed;
  return { kid: String(header.kid), list: status?.uri, place: `${status?.uri} ${status?.index}` };
}

const keysOf = ({ chain }: IssuerWorld) => ({ first: chain.leafKey.jwk, second: chain.sibling.key.jwk });

describe('another credential key', () => {
  it('is made for whoever has a key of an operator, who gets its public half', async () => {
    const { world } = await open();
    await using _ = world;
    const { second } = keysOf(world);
    const app = await createHttpServer(false);
    const issuer = await world.restart({ prepared: preparing(world) });
    issuerRoutes(app, { issuer, keys: { admin: [hashOperatorKey(ADMIN_KEY)] } });
    const ask = (headers: Record<string, string>) => app.inject({ method: 'POST', url: '/i/civic/keys', headers });
    expect((await ask({})).statusCode).toBe(401);
    const made = await ask({ authorization: `Bearer ${ADMIN_KEY}` });
    expect([made.statusCode, made.json()]).toEqual([201, { kid: thumbprint(second), key: second }]);
    await app.close();
    await expect(world.issuer.prepareKey('civic')).rejects.toMatchObject({ code: 'issuer.keys-unprepared' });
  });

  it('signs nothing before officers have named it, and everything new from then on, with no restart', async () => {
    const { world, signed, name } = await open();
    await using _ = world;
    const { first, second } = keysOf(world);
    const prepared = preparing(world);
    const issuer = await world.restart({ prepared });
    expect((await issueBy(issuer, world)).kid).toBe(thumbprint(first));
    expect((await issuer.prepareKey('civic')).kid).toBe(thumbprint(second));
    expect(await issuer.prepareKey('civic')).toEqual({ kid: thumbprint(second), key: second });
    await world.epoch();
    expect((await issueBy(issuer, world)).kid).toBe(thumbprint(first));
    expect(signed.get('sibling')).toBeUndefined();
    await name({ key: first }, { key: second });
    await expect.poll(async () => (await issueBy(issuer, world)).kid).toBe(thumbprint(second));
    expect((await issueBy(issuer, world)).list).toBe(`${world.origin}/status/civic/2`);
    const { jwks } = (await issuer.readJwtVcIssuerMetadata('civic')) as { jwks: { keys: { kid: string }[] } };
    expect(jwks.keys.map(({ kid }) => kid).sort()).toEqual([thumbprint(first), thumbprint(second)].sort());
  });

  it('of statements opens the next list, where the one before was stolen: nothing else has to be told', async () => {
    const { world, name, statements } = await open();
    await using _ = world;
    const { first, second } = keysOf(world);
    const issuer = await world.restart({ prepared: preparing(world, true) });
    expect((await issueBy(issuer, world)).kid).toBe(thumbprint(first));
    const { key, kid } = await issuer.statementKeys('civic').prepare();
    const [stolen] = statements.splice(0);
    statements.push({ ...(stolen ?? expect.fail('one')), compromised: 1 }, { use: 'statement', key });
    await name({ key: first }, { key: second });
    await expect.poll(async () => (await issueBy(issuer, world)).kid).toBe(thumbprint(second));
    expect(parseJws(world.appended.at(-1)?.[0] ?? '').header.kid).toBe(kid);
  });

  it('signed anew, a statement that waited says the same and is kept so', async () => {
    const { world, name, statements } = await open();
    await using _ = world;
    const statementKeys = (await world.restart({})).statementKeys('civic');
    const waiting = await signStatement({ statementKeys }, { type: 'list', v: 1 });
    const keep = async (text: string) => text;
    expect(await signedInForce({ statementKeys }, waiting, keep)).toBe(waiting);
    const { key, kid } = await statementKeys.prepare();
    const [stolen] = statements.splice(0);
    statements.push({ ...(stolen ?? expect.fail('one')), compromised: 1 }, { use: 'statement', key });
    await name({ key: keysOf(world).first });
    const anew = parseJws(await signedInForce({ statementKeys }, waiting, keep));
    expect([anew.payload, anew.header.kid]).toEqual([{ type: 'list', v: 1 }, kid]);
  });

  it('leaves the lists of the one before it to that one, which goes on signing them', async () => {
    const { world, name } = await open();
    await using _ = world;
    const { first, second } = keysOf(world);
    const issuer = await world.restart({ prepared: preparing(world, true) });
    await name({ key: first }, { key: second });
    await expect.poll(async () => (await issueBy(issuer, world)).kid).toBe(thumbprint(second));
    await world.revoke([{ list: `${world.origin}/status/civic/1`, index: 7 }]);
    const kids = () => [1, 2].map((number) => parseStatusToken(issuer.readListToken('civic', number).jwt));
    await expect
      .poll(() => issuer.readLists('civic').lists.every(({ isBehind, publishedAsOf }) => !isBehind && publishedAsOf))
      .toBe(true);
    expect(kids().map((token) => token.ok && token.header.kid)).toEqual([thumbprint(first), thumbprint(second)]);
  });

  it('leaves no gap: until its list is open, the key before it issues', async () => {
    const { world, name } = await open({ isMinting: false, isReady: false });
    await using _ = world;
    const { first, second } = keysOf(world);
    await expect.poll(() => world.appended.length).toBeGreaterThan(0);
    await world.epoch();
    await world.issuer.awaitReady('civic');
    const issuer = await world.restart({ prepared: preparing(world, true) });
    const before = world.appended.length;
    await name({ key: first }, { key: second });
    await expect.poll(() => world.appended.length).toBeGreaterThan(before);
    expect((await issueBy(issuer, world)).kid).toBe(thumbprint(first));
    await world.epoch();
    await expect.poll(async () => (await issueBy(issuer, world)).kid).toBe(thumbprint(second));
  });

  it('begins when the network says, and takes over from one that is stolen', async () => {
    const { world, name } = await open();
    await using _ = world;
    const { first, second } = keysOf(world);
    const issuer = await world.restart({ prepared: preparing(world, true) });
    const from = world.log.state.time + 60_000;
    await name({ key: first }, { key: second, from });
    expect((await issueBy(issuer, world)).kid).toBe(thumbprint(first));
    await name({ key: first, compromised: 1 }, { key: second, from });
    await expect(issueBy(issuer, world)).rejects.toMatchObject({ code: 'issuance.not-accredited' });
    await world.epoch(from);
    await expect
      .poll(() =>
        issueBy(issuer, world).then(
          ({ kid }) => kid,
          () => world.clock.advance(5000),
        ),
      )
      .toBe(thumbprint(second));
  });

  it('is not used for what was placed and not answered before the one before it ended', async () => {
    const { world, signed, name } = await open();
    await using _ = world;
    const { first, second } = keysOf(world);
    const issuer = await world.restart({ prepared: preparing(world, true) });
    const offer = await issuer.createOffer('civic', { type: 'residence', claims: ADA });
    const client = createIssuerClient(world);
    const token = await client.tokenOf(offer.offerUri);
    const { signer } = world.ports;
    const { sign } = signer;
    const lost = async () => {
      throw new CodedError('key.unavailable', 'killed before it has signed');
    };
    const holder = newKey();
    const ask = () => client.requestOf([client.proof(issuer.createNonce('civic').c_nonce, { key: holder })]);
    Object.assign(signer, { sign: lost });
    await expect(issuer.issueCredentials('civic', token, ask())).rejects.toMatchObject({ code: 'key.unavailable' });
    Object.assign(signer, { sign });
    await name({ key: first, until: world.log.state.time + 1 }, { key: second });
    await expect.poll(async () => (await issueBy(issuer, world)).kid).toBe(thumbprint(second));
    const before = signed.get('credential');
    const again = issuer.issueCredentials('civic', token, ask());
    await expect(again).rejects.toMatchObject({ code: 'issuance.not-accredited' });
    expect(signed.get('credential')).toBe(before);
  });

  it('is taken up by a process that starts after a crash in the middle, with the list that was begun', async () => {
    const { world, name } = await open();
    await using _ = world;
    const { first, second } = keysOf(world);
    await world.restart({ prepared: preparing(world, true) });
    world.refuse(new CodedError('network.unreachable', 'killed'));
    await name({ key: first }, { key: second });
    await expect.poll(async () => (await world.store.readLists('civic')).length).toBe(2);
    const next = await world.restart({ prepared: preparing(world, true) });
    await expect.poll(async () => (await issueBy(next, world)).list).toBe(`${world.origin}/status/civic/2`);
    expect((await world.store.readLists('civic')).map(({ key }) => key)).toEqual([
      thumbprint(first),
      thumbprint(second),
    ]);
  });

  it('is used by each of several processes that has it, and by no other', async () => {
    const { world, name } = await open();
    await using _ = world;
    const { first, second } = keysOf(world);
    const told: string[] = [];
    const has = await world.restart({ prepared: preparing(world, true) });
    const has2 = await world.restart({ prepared: preparing(world, true) });
    const lacks = await world.restart({ prepared: preparing(world), report: ({ code }) => told.push(code) });
    await name({ key: first }, { key: second });
    await expect.poll(async () => (await issueBy(has, world)).kid).toBe(thumbprint(second));
    await expect.poll(async () => (await issueBy(has2, world)).kid).toBe(thumbprint(second));
    const issued = await Promise.all([has, has2, lacks, has, has2, lacks].map((issuer) => issueBy(issuer, world)));
    expect(issued.map(({ kid }) => kid === thumbprint(second))).toEqual([true, true, false, true, true, false]);
    expect(new Set(issued.map(({ place }) => place)).size).toBe(6);
    expect((await world.store.readLists('civic')).map(({ number }) => number)).toEqual([1, 2]);
  });
});
