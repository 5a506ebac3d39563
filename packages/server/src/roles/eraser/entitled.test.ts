import { encodeJws, erasureSigningInput, parseCredential } from '@holdfast/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIST_URI } from '../../../../core/test/log-builder.ts';
import { createRealKey, present } from '../../../../verifier/test/verify-world.ts';
import {
  createCountingEntropy,
  createVerifierWorld,
  VERIFIER_ORIGIN,
  type VerifierWorld,
} from '../../../test/verifier-world.ts';
import { createMemorySealer } from '../../adapters/memory/sealer.ts';
import { createVerifierRole, type VerifierRole } from '../verifier/verifier-role.ts';
import { createEntitlement, type Entitlement } from './entitled.ts';

let world: VerifierWorld;
let north: VerifierRole;
let entitlement: Entitlement;

beforeAll(async () => {
  world = await createVerifierWorld();
  north = createVerifierRole(await world.role('north'));
  entitlement = createEntitlement({
    clock: world.clock,
    entropy: createCountingEntropy(),
    sealer: createMemorySealer(),
    engine: world.engine,
    state: () => world.follower.state,
    verify: async (asked) => (await north.verify(asked)).verdict,
    audience: VERIFIER_ORIGIN,
  });
});

afterAll(() => world[Symbol.asyncDispose]());

type Changes = { readonly nonce?: string; readonly audience?: string; readonly holder?: VerifierWorld['holder'] };

async function presented({ nonce, audience = VERIFIER_ORIGIN, holder = world.holder }: Changes = {}) {
  const given = nonce ?? (await entitlement.nonce()).nonce;
  const request = { nonce: given, audience, iat: Math.floor(world.clock.now() / 1000) };
  return { presentation: present(world.credential(), holder, request), nonce: given };
}

function signed(changes: object = {}, officer = 'officer-a'): { signed: string } {
  const key = world.feed.log.signatures.key(officer);
  const network = world.follower.state.name;
  const request = { network, tenant: 'civic', label: 'ada', at: world.clock.now(), ...changes };
  const input = erasureSigningInput(request, key.jwk);
  return { signed: encodeJws(input, key.sign(input)) };
}

const REFUSED = { code: 'erasure.refused' };

describe('whoever asks to be forgotten', () => {
  it('is the holder of a credential, shown for this very request; what leads to them is read from it', async () => {
    const asked = await presented();
    const { by, traces } = await entitlement.assertEntitled(asked);
    expect(by).toBe('holder');
    expect(traces.places).toEqual([{ list: LIST_URI, index: 7 }]);
    expect(traces.holders).toEqual([world.holder.kid]);
    const parse = parseCredential(asked.presentation);
    expect(traces.credentials).toHaveLength(parse.ok ? 1 : 0);
    expect(traces.labels).toEqual([]);
  });

  it('may hold a credential that was revoked', async () => {
    world.feed.log.revoke([{ list: LIST_URI, index: 7 }]);
    world.feed.log.epoch();
    await world.follower.pull(new AbortController().signal);
    expect((await entitlement.assertEntitled(await presented())).by).toBe('holder');
  });

  it.each<[string, () => Promise<{ presentation: string; nonce: string }>]>([
    ['shows what was shown to somebody else', () => presented({ nonce: 'n'.repeat(43) })],
    ['made it for another audience', () => presented({ audience: 'https://elsewhere.example' })],
    ['does not hold the key', () => presented({ holder: createRealKey() })],
    [
      'shows a credential without its holder',
      async () => ({ presentation: world.credential(), nonce: (await entitlement.nonce()).nonce }),
    ],
    ['shows nothing', async () => ({ presentation: 'a.b.c~', nonce: (await entitlement.nonce()).nonce })],
    [
      'binds one nonce and sends another',
      async () => ({ ...(await presented({ nonce: 'n'.repeat(43) })), nonce: (await entitlement.nonce()).nonce }),
    ],
  ])('is refused who %s', async (_, asked) => {
    await expect(entitlement.assertEntitled(await asked())).rejects.toMatchObject(REFUSED);
  });

  it('has ten minutes for what they were asked', async () => {
    const asked = await presented();
    await world.clock.advance(599_000);
    const later = await presented({ nonce: asked.nonce });
    expect((await entitlement.assertEntitled(later)).by).toBe('holder');
    await world.clock.advance(1_000);
    await expect(entitlement.assertEntitled(await presented({ nonce: asked.nonce }))).rejects.toMatchObject(REFUSED);
  });
});

describe('an officer who asks that somebody is forgotten', () => {
  it('signs it with the key that approves', async () => {
    expect(await entitlement.assertEntitled(signed())).toMatchObject({
      by: 'officer-a',
      traces: { labels: [{ tenant: 'civic', label: 'ada' }], places: [] },
    });
  });

  it.each<[string, () => { signed: string }]>([
    ['the governor', () => signed({}, 'governor')],
    ['a stranger', () => signed({}, 'stranger')],
    ['an officer, for another network', () => signed({ network: 'a'.repeat(43) })],
    ['an officer, an hour ago', () => signed({ at: world.clock.now() - 3_600_000 })],
    ['an officer, for tomorrow', () => signed({ at: world.clock.now() + 86_400_000 })],
    ['nobody', () => ({ signed: `${signed().signed.slice(0, -4)}AAAA` })],
  ])('is not %s', async (_, ask) => {
    await expect(entitlement.assertEntitled(ask())).rejects.toMatchObject(REFUSED);
  });

  it.each(['', 'a.b.c', 'x'.repeat(4000)])('is not %j', async (text) => {
    await expect(entitlement.assertEntitled({ signed: text })).rejects.toMatchObject({
      code: expect.stringMatching(/^(erasure\.malformed|jws\..*|json\..*|encoding\..*)$/),
    });
  });
});
