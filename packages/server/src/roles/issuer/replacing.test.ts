import { CodedError, parseCredential } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { createWallet, type HeldCredential } from '../../../../wallet/src/index.ts';
import { createRetryingFetch, PLATFORM_RETRY_CLOCK } from '../../../../wallet/src/retrying-fetch.ts';
import { createIssuerClient, newKey } from '../../../test/issuer-client.ts';
import { ADA, createIssuerWorld, type IssuerWorld } from '../../../test/issuer-world.ts';

const NEWER = { ...ADA, family_name: 'King' };
/** What an issuer asks for that cannot give a credential now. */
const ASKED_TO_WAIT_MS = 5000;

function walletOf(world: IssuerWorld) {
  // Moments that the issuer names are of its clock; a short wait, so that they go back to whoever asked.
  const clock = { now: () => world.clock.now(), sleep: PLATFORM_RETRY_CLOCK.sleep };
  const fetch = createRetryingFetch({ clock, tells: () => false });
  return createWallet({ now: clock.now, fetch, allowLoopback: true, bounds: { timeoutMs: 3000 } });
}

async function received() {
  const world = await createIssuerWorld();
  const wallet = walletOf(world);
  const { offerUri } = await world.offer();
  const [held] = await wallet.receive(offerUri);
  if (held === undefined) throw new Error('nothing was received');
  return { world, wallet, held };
}

function placeOf({ credential }: Pick<HeldCredential, 'credential'>) {
  const parsed = parseCredential(credential);
  if (!parsed.ok || parsed.status === undefined) throw new Error('no status');
  const { uri: list, index } = parsed.status;
  return { list, index };
}

function valueAt(world: IssuerWorld, { list, index }: { list: string; index: number }): number | undefined {
  return world.log.state.lists.get(list)?.values[index];
}

async function replacing(world: IssuerWorld, claims: object = NEWER) {
  const [issued] = await world.issuer.readIssued('civic', 'ada');
  return world.offer({ type: 'residence', claims, label: 'ada', replaces: issued?.id });
}

/** Lets time pass until this has ended. */
async function within<Value>(world: IssuerWorld, work: Promise<Value>): Promise<Value> {
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  over.catch(() => undefined);
  while (!isOver) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await world.clock.advance(250);
  }
  return over;
}

describe('a wallet that refreshes', () => {
  it('gets what the issuer offers in the place of what it holds, and the older one ends', async () => {
    const { world, wallet, held } = await received();
    await using _ = world;
    await replacing(world);
    const [newer] = await wallet.refresh(held.id);
    expect(await wallet.readAll()).toEqual([newer]);
    const parsed = parseCredential(newer?.credential ?? '');
    expect(parsed.ok && parsed.claims).toMatchObject({ family_name: 'King' });
    expect(valueAt(world, placeOf(held))).toBe(3);
    expect(newer && valueAt(world, placeOf(newer))).toBe(0);
    await expect(wallet.refresh(newer?.id ?? '')).rejects.toMatchObject({ code: 'wallet.nothing-newer' });
  });

  it('is told when there is nothing newer, and keeps what it has', async () => {
    const { world, wallet, held } = await received();
    await using _ = world;
    await expect(wallet.refresh(held.id)).rejects.toMatchObject({ code: 'wallet.nothing-newer' });
    expect(await wallet.readAll()).toEqual([held]);
    await expect(wallet.refresh('another')).rejects.toMatchObject({ code: 'wallet.not-held' });
  });

  it('may also take up the offer itself', async () => {
    const { world, wallet, held } = await received();
    await using _ = world;
    const { offerUri } = await replacing(world);
    await wallet.receive(offerUri);
    expect(valueAt(world, placeOf(held))).toBe(3);
    expect((await wallet.readAll()).length).toBe(2);
  });

  it('asks again after the issuer vanished in the middle, also with other keys, and holds both until it has the newer one', async () => {
    const { world, wallet, held } = await received();
    await using _ = world;
    await replacing(world);
    world.refuse(new CodedError('network.unreachable', 'gone'));
    await expect(wallet.refresh(held.id)).rejects.toThrow();
    expect(await wallet.readAll()).toEqual([held]);
    expect(valueAt(world, placeOf(held))).toBe(0);
    await world.clock.advance(ASKED_TO_WAIT_MS);
    const [newer] = await wallet.refresh(held.id);
    expect(newer && valueAt(world, placeOf(newer))).toBe(0);
    expect(valueAt(world, placeOf(held))).toBe(3);
    const issued = await world.issuer.readIssued('civic', 'ada');
    expect(issued).toHaveLength(2);
  });

  it('gets the same place again when the answer was lost after the older one had ended', async () => {
    const { world, held } = await received();
    await using _ = world;
    await replacing(world);
    const client = createIssuerClient(world);
    const refresh = { grant_type: 'refresh_token', refresh_token: held.refresh?.token ?? '' };
    const places: unknown[] = [];
    for (let i = 0; i < 2; i += 1) {
      const { access_token: token } = (await client.token(refresh)).body as { access_token: string };
      const proof = client.proof(await client.nonce(), { key: newKey() });
      const { body } = await client.credential(token, client.requestOf([proof]));
      const [issued] = (body as { credentials: { credential: string }[] }).credentials;
      places.push(placeOf({ credential: issued?.credential ?? '' }));
    }
    expect(places[0]).toEqual(places[1]);
    expect(world.appended.flat().filter((statement) => statement.includes(superseding()))).toHaveLength(1);
  });
});

/** How a statement of this type begins, in base64url. */
function superseding(): string {
  return Buffer.from('{"type":"supersede"').toString('base64url').slice(0, -2);
}

describe('a refresh that races with officers', () => {
  it('gives nothing in the place of what was revoked, also when the issuer has not read it yet', async () => {
    const { world, wallet, held } = await received();
    await using _ = world;
    await replacing(world);
    world.setCutOff(true);
    await world.revoke([placeOf(held)]);
    const refreshing = within(world, wallet.refresh(held.id));
    await expect(refreshing).rejects.toMatchObject({ code: 'wallet.refused' });
    world.setCutOff(false);
    await world.clock.advance(ASKED_TO_WAIT_MS);
    await expect(wallet.refresh(held.id)).rejects.toMatchObject({
      code: 'wallet.refused',
      details: { error: 'credential_request_denied' },
    });
    expect(await wallet.readAll()).toEqual([held]);
  });

  it('ends what it has given when the older one is revoked afterwards', async () => {
    const { world, wallet, held } = await received();
    await using _ = world;
    await replacing(world);
    const [newer] = await wallet.refresh(held.id);
    await world.revoke([placeOf(held)]);
    await within(world, expect.poll(() => newer && valueAt(world, placeOf(newer))).toBe(3));
  });

  it('replaces nothing that is suspended, and all of it again once that is over', async () => {
    const { world, wallet, held } = await received();
    await using _ = world;
    await replacing(world);
    world.log.suspend([placeOf(held)], world.log.state.time + 60_000);
    await world.epoch();
    await expect(wallet.refresh(held.id)).rejects.toMatchObject({ code: 'wallet.refused' });
    await world.epoch(world.log.state.time + 60_000);
    expect(await wallet.refresh(held.id)).toHaveLength(1);
  });
});

describe('an offer that replaces', () => {
  it('is refused for what was never issued here, and for another type', async () => {
    const { world } = await received();
    await using _ = world;
    const body = { type: 'residence', claims: NEWER, replaces: 'nothing' };
    await expect(world.offer(body)).rejects.toThrow('offer.replaces-unknown');
  });

  it('waits when as many were replaced today as the rules allow', async () => {
    const { world, wallet, held } = await received();
    await using _ = world;
    const { list } = placeOf(held);
    const free = [0, 1, 2, 3].filter((index) => index !== placeOf(held).index).slice(0, 3);
    world.log.append(world.log.statement({ type: 'supersede', v: 1, list, indices: free }, 'civic statement'));
    await world.epoch();
    await replacing(world);
    await expect(wallet.refresh(held.id)).rejects.toMatchObject({ details: { error: 'temporarily_unavailable' } });
    world.clock.jump(86_400_000);
    await world.epoch(world.log.state.time + 86_400_000);
    // The list that wallets look at is signed in the issuer's next round.
    const signedAt = () => world.issuer.readListToken('civic', 1).asOf;
    await within(world, expect.poll(signedAt).toBe(Math.floor(world.log.state.time / 1000) * 1000));
    expect(await wallet.refresh(held.id)).toHaveLength(1);
  });
});
