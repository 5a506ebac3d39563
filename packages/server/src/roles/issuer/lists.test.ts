import { inflateSync } from 'node:zlib';
import {
  CodedError,
  type NetworkView,
  parseCredential,
  parseStatement,
  parseStatusToken,
  readStatus,
} from '@holdfast/core';
import { afterEach, describe, expect, it } from 'vitest';
import { settle } from '../../../../verifier/test/manual-clock.ts';
import { createIssuerClient, credentialsOf, newKey } from '../../../test/issuer-client.ts';
import { ADA, createIssuerWorld, type IssuerWorld, type WorldOptions } from '../../../test/issuer-world.ts';
import { createIssuerStoreMemory } from '../../adapters/memory/issuer-store.ts';
import type { IssuerList } from '../../ports/issuer-store.ts';

const worlds: IssuerWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
});

async function createWorld(options: WorldOptions = {}) {
  const world = await createIssuerWorld(options);
  worlds.push(world);
  const client = createIssuerClient(world);
  const issue = async () => client.request(await client.tokenOf((await world.offer()).offerUri));
  return { world, client, issue };
}

const unreachable = () => new CodedError('network.unreachable', 'no answer');
const unavailable = { status: 503, body: { error: 'temporarily_unavailable' } };

/** The status of an index as the published token says it, and as of when. */
function published(world: IssuerWorld, index: number) {
  const token = parseStatusToken(world.issuer.readListToken('civic', 1).jwt);
  if (!token.ok) throw new Error(token.detail);
  return { value: readStatus(new Uint8Array(inflateSync(token.compressed)), token.bits, index), iat: token.iat };
}

describe('opening a list', () => {
  it('issues nothing before an epoch has covered the list and its token is out', async () => {
    const { world, client } = await createWorld({ isReady: false, isMinting: false });
    await settle();
    const uri = `${world.origin}/status/civic/1`;
    expect(world.appended.length).toBeGreaterThan(0);
    expect((await client.call(uri)).status).toBe(404);
    const token = await client.tokenOf((await world.offer()).offerUri);
    const request = client.requestOf([client.proof(await client.nonce())]);
    expect(await client.credential(token, request)).toMatchObject(unavailable);
    await world.epoch();
    await world.issuer.awaitReady('civic');
    expect((await client.call(uri)).status).toBe(200);
    // The very same request: being unavailable has used up no nonce.
    expect((await client.credential(token, request)).status).toBe(200);
  });

  it('says by its own statement key which credential key the list belongs to', async () => {
    const { world } = await createWorld();
    const parse = parseStatement(world.appended[0]?.[0] ?? '');
    expect(parse.ok && parse.statement.body).toMatchObject({
      type: 'list',
      list: `${world.origin}/status/civic/1`,
      issuer: `${world.origin}/i/civic`,
      bits: 2,
      size: 131_072,
      key: world.chain.leafKey.kid,
    });
    expect(parse.ok && parse.statement.kid).toBe(world.log.signatures.key('civic statement').kid);
  });

  it('is not asked of a network that has not let this issuer in; once it has, it is opened', async () => {
    const { world, issue } = await createWorld({ isReady: false, isAccredited: false });
    await world.epoch();
    const refused = { code: 'issuance.not-accredited' };
    await expect(world.issuer.awaitReady('civic')).rejects.toMatchObject(refused);
    const asked = world.appended.length;
    await expect(world.issuer.awaitReady('civic')).rejects.toMatchObject(refused);
    expect(world.issuer.readLists('civic').failure).toBe('issuance.not-accredited');
    expect(world.appended).toHaveLength(asked);
    await world.accredit();
    await world.issuer.awaitReady('civic');
    expect(new Set(world.appended.map(([statement]) => statement)).size).toBe(1);
    expect((await issue()).status).toBe(200);
  });

  it('whose answer was lost ends with one list, as does a crash right after sending', async () => {
    const { world } = await createWorld();
    world.refuse(unreachable());
    const next = await world.restart({ bounds: { listReserve: 131_073 } });
    await settle();
    expect(next.readLists('civic').lists).toHaveLength(1);
    await next.awaitReady('civic');
    expect([...world.log.state.lists.keys()]).toEqual([`${world.origin}/status/civic/1`]);
  });

  it('gives up after its time when no epoch comes, says so, and goes on by itself later', async () => {
    const { world } = await createWorld({ isReady: false, isMinting: false, bounds: { openTimeoutMs: 10_000 } });
    await settle();
    await world.clock.advance(10_000);
    expect(world.issuer.readLists('civic').failure).toBe('issuer.list-not-followed');
    await world.epoch();
    await world.clock.advance(5_000);
    await expect.poll(() => world.issuer.readLists('civic')).toMatchObject({ lists: [{ isOpen: true }] });
    expect(world.issuer.readLists('civic')).not.toHaveProperty('failure');
  });
});

describe('a revocation', () => {
  it('reaches the published token with the epoch that carries it, and no other index', async () => {
    const { world, issue } = await createWorld();
    const copies = credentialsOf(await issue()).map((text) => parseCredential(text));
    const [copy] = copies;
    const index = copy?.ok ? (copy.status?.index ?? -1) : -1;
    const before = world.issuer.readListToken('civic', 1);
    expect(published(world, index).value).toBe(0);
    await world.revoke([{ list: `${world.origin}/status/civic/1`, index }]);
    await expect.poll(() => published(world, index).value).toBe(1);
    expect(published(world, index === 0 ? 1 : index - 1).value).toBe(0);
    expect(world.issuer.readListToken('civic', 1).etag).not.toBe(before.etag);
  });

  it('while signing is slow is not lost: the last token says all of it', async () => {
    const { world } = await createWorld();
    let signed = 0;
    const open: (() => void)[] = [];
    const slow = await world.restart({
      signer: {
        ...world.ports.signer,
        sign: async (name, bytes) => {
          signed += 1;
          if (signed > 1) await new Promise<void>((resolve) => open.push(resolve));
          return world.ports.signer.sign(name, bytes);
        },
      },
    });
    const list = `${world.origin}/status/civic/1`;
    for (const index of [1, 2, 3, 4, 5]) await world.revoke([{ list, index }]);
    await expect.poll(() => open.length).toBe(1);
    open.shift()?.();
    await expect.poll(() => open.length).toBe(1);
    open.shift()?.();
    const statusAt = (index: number) => {
      const token = parseStatusToken(slow.readListToken('civic', 1).jwt);
      return token.ok ? readStatus(new Uint8Array(inflateSync(token.compressed)), 2, index) : undefined;
    };
    await expect.poll(() => [1, 2, 3, 4, 5, 6].map(statusAt)).toEqual([1, 1, 1, 1, 1, 0]);
    // Five epochs, but one signature under way and one waiting: coalesced.
    expect(signed).toBe(3);
  });

  it('is nothing an issuer can make by itself: it sends no statement but those that open lists', async () => {
    const { world, issue } = await createWorld();
    await issue();
    await world.clock.advance(3_600_000);
    const types = world.appended.flat().map((entry) => {
      const parse = parseStatement(entry);
      return parse.ok ? parse.statement.body.type : 'unparsed';
    });
    expect(new Set(types)).toEqual(new Set(['list']));
  });
});

describe('the heartbeat', () => {
  it('signs again after half the ttl, as of the epoch read, though nothing changed', async () => {
    const { world } = await createWorld();
    const first = published(world, 0).iat;
    await world.epoch(world.clock.now() + 100_000);
    await settle();
    expect(published(world, 0).iat).toBe(first);
    await world.clock.advance(155_000);
    const time = world.log.state.position?.time ?? 0;
    await expect.poll(() => published(world, 0).iat).toBe(Math.floor(time / 1000));
  });

  it('makes nothing young while cut off; issuing goes on until the token would end too soon', async () => {
    const { world, issue } = await createWorld();
    const { iat } = published(world, 0);
    world.setCutOff(true);
    await world.epoch(world.clock.now() + 600_000);
    await world.clock.advance(1_200_000);
    expect(published(world, 0).iat).toBe(iat);
    expect((await issue()).status).toBe(200);
    world.clock.jump(82_800_000);
    expect(await issue()).toMatchObject(unavailable);
    world.setCutOff(false);
    await world.epoch(world.clock.now());
    await world.clock.advance(5_000);
    await expect.poll(async () => (await issue()).status).toBe(200);
  });

  it('stops with everything else when the feed contradicts itself', async () => {
    const { world, issue } = await createWorld();
    const before = world.issuer.readListToken('civic', 1);
    world.contradict();
    await world.revoke([{ list: `${world.origin}/status/civic/1`, index: 5 }]);
    await world.clock.advance(600_000);
    expect(world.issuer.readListToken('civic', 1)).toEqual(before);
    expect(await issue()).toMatchObject(unavailable);
  });
});

describe('a full list', () => {
  const size = 131_072;

  it('makes room for the next ahead of time', async () => {
    const { world, issue } = await createWorld();
    const first = `${world.origin}/status/civic/1`;
    await world.store.takeSequences(first, size - 100);
    expect((await issue()).status).toBe(200);
    await expect.poll(() => world.issuer.readLists('civic').lists.map(({ isOpen }) => isOpen)).toEqual([true, true]);
    expect([...world.issuer.readListUris('civic')].sort()).toEqual([first, `${world.origin}/status/civic/2`]);
  });

  it('gives its last index, then the next list is used, and nothing is given twice', async () => {
    const { world, client, issue } = await createWorld();
    await world.store.takeSequences(`${world.origin}/status/civic/1`, size - 3);
    const places = new Set<string>();
    const note = (texts: readonly string[]) => {
      for (const text of texts) {
        const parsed = parseCredential(text);
        if (parsed.ok) places.add(`${parsed.status?.uri} ${parsed.status?.index}`);
      }
    };
    note(credentialsOf(await issue()));
    await expect.poll(() => world.issuer.readLists('civic').lists.length).toBe(2);
    await expect.poll(() => world.issuer.readLists('civic').lists[1]?.publishedAsOf).toBeDefined();
    for (let i = 0; i < 2; i += 1) {
      const token = await client.tokenOf((await world.offer()).offerUri);
      note(credentialsOf(await client.request(token, newKey(), newKey())));
    }
    expect(places.size).toBe(5);
    expect([...places].filter((place) => place.includes('/status/civic/2 '))).toHaveLength(2);
  });

  it('with the network away says so, and issues to the same token once the next list is open', async () => {
    const { world, client } = await createWorld();
    await world.store.takeSequences(`${world.origin}/status/civic/1`, size);
    world.refuse(unreachable(), unreachable());
    const [token, key] = [await client.tokenOf((await world.offer()).offerUri), newKey()];
    expect(await client.request(token, key)).toMatchObject(unavailable);
    await settle();
    expect(world.issuer.readLists('civic').failure).toBe('network.unreachable');
    await world.clock.advance(15_000);
    await expect.poll(async () => (await client.request(token, key)).status).toBe(200);
  });
});

describe('an issuer restored from a backup that is older than a list of its own', () => {
  const first = (world: IssuerWorld) => `${world.origin}/status/civic/1`;
  /** Two lists are open, and credentials are in both; the backup knows the first, with one place given out. */
  async function restore(isRead: boolean) {
    const { world, issue } = await createWorld();
    await issue();
    const [{ used: _, opened, ...list }] = (await world.store.readLists('civic')) as [IssuerList];
    await world.store.takeSequences(first(world), list.size - 3);
    for (let i = 0; i < 2; i += 1) await issue();
    await expect.poll(() => world.issuer.readLists('civic').lists[1]?.publishedAsOf).toBeDefined();
    await issue();
    const store = createIssuerStoreMemory();
    await store.appendList(list);
    await store.openList(list.uri, opened ?? { log: '', size: 0 });
    await store.takeSequences(list.uri, 1);
    const events: string[] = [];
    const { follower } = world.ports;
    const [stale] = [{ ...follower.view(), lists: new Map([...(follower.view()?.lists ?? [])].slice(0, 1)) }];
    let isBehind = !isRead;
    const next = await world.restart({
      store,
      follower: {
        ...follower,
        view: () => (isBehind ? (stale as NetworkView) : follower.view()),
        subscribe: (listener) => follower.subscribe(listener),
      },
      report: ({ code }) => events.push(code),
      ...(isRead ? {} : { bounds: { listReserve: 131_072 } }),
    });
    const catchUp = () => {
      isBehind = false;
    };
    return { world, store, next, events, catchUp };
  }

  it('gives out no place again: its lists count as full, those it has forgotten are published, and another is opened', async () => {
    const { store, next, events } = await restore(true);
    await next.awaitReady('civic');
    const lists = await store.readLists('civic');
    expect(lists.map(({ number, size, used }) => [number, size - used])).toEqual([
      [1, 0],
      [2, 0],
      [3, 131_072],
    ]);
    expect(events).toEqual(['issuer.set-back']);
    await expect.poll(() => [...next.readListUris('civic')].length).toBe(3);
  });

  it('that has not read of it yet opens no second list under its number', async () => {
    const { world, store, next, events, catchUp } = await restore(false);
    await expect(next.awaitReady('civic')).rejects.toMatchObject({ code: 'statement.refused' });
    catchUp();
    await world.epoch();
    await next.awaitReady('civic');
    const lists = await store.readLists('civic');
    expect(lists.map(({ number, size, used }) => [number, size - used])).toEqual([
      [1, 0],
      [2, 0],
      [3, 131_072],
    ]);
    expect(events).toContain('issuer.set-back');
  });
});

describe('a certificate', () => {
  const day = 86_400_000;
  const endMs = Date.UTC(2040, 0);

  it('bounds what is issued under it: nothing is good for longer', async () => {
    const { issue } = await createWorld({ startMs: endMs - 10 * day });
    const parsed = parseCredential(credentialsOf(await issue())[0] ?? '');
    expect(parsed.ok && parsed.exp).toBe(endMs / 1000);
  });

  it('that ends today ends issuing', async () => {
    const { issue } = await createWorld({ startMs: endMs - 600_000 });
    expect((await issue()).status).toBe(200);
    const { issue: late } = await createWorld({ startMs: endMs + 600_000 });
    expect(await late()).toMatchObject(unavailable);
  });
});

describe('after a restart', () => {
  it('publishes at once what it had published, and issues on the same list', async () => {
    const { world, issue } = await createWorld();
    await issue();
    const next = await world.restart();
    expect(next.readListUris('civic')).toEqual([`${world.origin}/status/civic/1`]);
    await next.awaitReady('civic');
    expect(world.appended).toHaveLength(1);
  });

  it('with a new credential key opens a new list, and the old key goes on signing the old one', async () => {
    const { world, issue } = await createWorld();
    await issue();
    const { config } = world.ports;
    const [tenant] = config.tenants;
    if (tenant === undefined) throw new Error('no tenant');
    const rotated = { ...tenant, credentialKey: 'sibling', x5c: [...world.chain.sibling.x5c] };
    const next = await world.restart({ config: { ...config, tenants: [rotated] } });
    await next.awaitReady('civic');
    const kids = [1, 2].map((number) => {
      const token = parseStatusToken(next.readListToken('civic', number).jwt);
      return token.ok ? token.header : undefined;
    });
    expect(kids[0]).toMatchObject({ kid: world.chain.leafKey.kid, x5c: world.chain.x5c });
    expect(kids[1]).toMatchObject({ kid: world.chain.sibling.key.kid, x5c: world.chain.sibling.x5c });
    const offer = await next.createOffer('civic', { type: 'residence', claims: ADA });
    const client = createIssuerClient(world);
    const token = await client.tokenOf(offer.offerUri);
    const nonce = next.createNonce('civic').c_nonce;
    const answer = await next.issueCredentials('civic', token, client.requestOf([client.proof(nonce)]));
    const parsed = parseCredential(answer.credentials[0]?.credential ?? '');
    expect(parsed).toMatchObject({ ok: true, status: { uri: `${world.origin}/status/civic/2` } });
    const keys = (await next.readJwtVcIssuerMetadata('civic')) as { jwks: { keys: { kid: string }[] } };
    expect(keys.jwks.keys.map(({ kid }) => kid).sort()).toEqual(
      [world.chain.leafKey.kid, world.chain.sibling.key.kid].sort(),
    );
  });

  it('two processes over one store never give one index twice', async () => {
    const { world, client } = await createWorld();
    const second = await world.restart();
    await second.awaitReady('civic');
    const take = async (issuer: typeof second) => {
      const offer = await issuer.createOffer('civic', { type: 'residence', claims: ADA });
      const token = await client.tokenOf(offer.offerUri);
      const body = client.requestOf([client.proof(issuer.createNonce('civic').c_nonce)]);
      const { credentials } = await issuer.issueCredentials('civic', token, body);
      const parsed = parseCredential(credentials[0]?.credential ?? '');
      return parsed.ok ? parsed.status?.index : undefined;
    };
    const taken = await Promise.all(Array.from({ length: 12 }, (_, i) => take(i % 2 === 0 ? world.issuer : second)));
    expect(new Set(taken).size).toBe(12);
  });
});
