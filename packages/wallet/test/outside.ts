import { deflateSync } from 'node:zlib';
import {
  createCredentialDraft,
  encodeBase64url,
  encodeCredential,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  entropyForCredential,
  type JsonObject,
  type PublicJwk,
  packStatuses,
  parseJws,
  thumbprint,
} from '@holdfast/core';
import type { TestKey } from '../../core/test/test-keys.ts';
import { type Chain, createChain } from '../../verifier/test/verify-world.ts';
import { createWebKeys, type HolderKeys } from '../src/holder-keys.ts';
import type { Fetch } from '../src/retrying-fetch.ts';
import { createWallet, type WalletOptions } from '../src/wallet.ts';
import { createWalletStoreMemory } from '../src/wallet-store-memory.ts';

export const NOW = 1_750_000_000_000;
export const ISSUER = 'https://issuer.example/i/civic';
export const VCT = 'https://issuer.example/vct/civic/residence/1';
export const LIST = 'https://issuer.example/status/civic/1';
export const GRANT = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';

export type Asked = {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string;
};
type Handler = (asked: Asked) => Response | Promise<Response>;

/** Everything outside a wallet: addresses and what answers there. A test replaces the part that it wants to spoil. */
export type Outside = {
  readonly fetch: Fetch;
  readonly asked: Asked[];
  readonly on: (url: string, handler: Handler | JsonObject) => void;
  readonly asksOf: (url: string) => readonly Asked[];
};

export function createOutside(): Outside {
  const handlers = new Map<string, Handler>();
  const asked: Asked[] = [];
  return {
    asked,
    asksOf: (url) => asked.filter((ask) => ask.url === url),
    on: (url, handler) => void handlers.set(url, typeof handler === 'function' ? handler : () => json(handler)),
    fetch: async (input, init) => {
      const request = new Request(String(input), init);
      init?.signal?.throwIfAborted();
      const ask = { url: request.url, method: request.method, headers: request.headers, body: await request.text() };
      asked.push(ask);
      const handler = handlers.get(request.url);
      if (handler === undefined) return new Response('nothing here', { status: 404 });
      return handler(ask);
    },
  };
}

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}

export function createTestWallet(outside: Outside, options: WalletOptions = {}) {
  const store = createWalletStoreMemory();
  const keys = countKeys(createWebKeys());
  return { wallet: createWallet({ fetch: outside.fetch, store, keys, now: () => NOW, ...options }), store, keys };
}

/** Keys that are counted: what is made for nothing must be removed again. */
function countKeys(keys: HolderKeys): HolderKeys & { readonly held: () => number } {
  const held = new Set<string>();
  return {
    held: () => held.size,
    create: async () => {
      const key = await keys.create();
      held.add(key.id);
      return key;
    },
    sign: (id, bytes) => keys.sign(id, bytes),
    remove: async (id) => {
      held.delete(id);
      await keys.remove(id);
    },
  };
}

/** What a test may spoil of a credential; everything else is good. */
export type CredentialChanges = {
  readonly claims?: JsonObject;
  readonly header?: { readonly x5c?: readonly string[]; readonly kid?: string };
  readonly holderKey?: PublicJwk;
  readonly status?: { readonly uri: string; readonly index: number };
  readonly signer?: TestKey;
};

/** An issuer by the book, of hand-made answers. */
export type SmallIssuer = {
  readonly offerUri: string;
  readonly offer: JsonObject;
  readonly chain: Chain;
  readonly metadata: JsonObject;
  /** Answers the credential request with what `make` makes for each proved key. */
  readonly give: (make: (key: PublicJwk, index: number) => string) => void;
  readonly credential: (key: PublicJwk, changes?: CredentialChanges) => string;
  readonly publish: (changes?: ListChanges) => void;
};

export type ListChanges = {
  readonly values?: Uint8Array;
  readonly signer?: TestKey;
  readonly payload?: object;
  readonly header?: object;
  readonly lst?: string;
};

let certified: Promise<Chain> | undefined;

/** `nowMs`: the time at which what it issues is good; others' code in a test only knows the present. */
export async function createSmallIssuer(outside: Outside, nowMs = NOW): Promise<SmallIssuer> {
  certified ??= createChain('issuer.example', ISSUER);
  const chain = await certified;
  const metadata = {
    credential_issuer: ISSUER,
    credential_endpoint: `${ISSUER}/credential`,
    nonce_endpoint: `${ISSUER}/nonce`,
    notification_endpoint: `${ISSUER}/notification`,
    batch_credential_issuance: { batch_size: 5 },
    display: [{ name: 'Civic office' }],
    credential_configurations_supported: {
      residence: {
        format: 'dc+sd-jwt',
        vct: VCT,
        proof_types_supported: { jwt: { proof_signing_alg_values_supported: ['ES256'] } },
        credential_metadata: { display: [{ name: 'Residence' }] },
      },
    },
  };
  const offer = {
    credential_issuer: ISSUER,
    credential_configuration_ids: ['residence'],
    grants: { [GRANT]: { 'pre-authorized_code': 'the-code' } },
  };
  const credential: SmallIssuer['credential'] = (key, changes = {}) => makeCredential(chain, key, changes, nowMs);
  const give: SmallIssuer['give'] = (make) =>
    outside.on(`${ISSUER}/credential`, ({ body }) => {
      const { proofs } = JSON.parse(body) as { proofs: { jwt: string[] } };
      const credentials = proofs.jwt.map((proof, i) => ({
        credential: make(parseJws(proof).header.jwk as unknown as PublicJwk, i),
      }));
      return json({ credentials, notification_id: 'n-1' });
    });
  const publish: SmallIssuer['publish'] = (changes = {}) =>
    outside.on(LIST, () => new Response(makeList(chain, changes, nowMs)));
  const server = { issuer: ISSUER, token_endpoint: `${ISSUER}/token` };
  outside.on('https://issuer.example/.well-known/openid-credential-issuer/i/civic', metadata);
  outside.on('https://issuer.example/.well-known/oauth-authorization-server/i/civic', server);
  outside.on('https://issuer.example/.well-known/jwt-vc-issuer/i/civic', {
    issuer: ISSUER,
    jwks: { keys: [{ ...chain.leafKey.jwk, kid: chain.leafKey.kid }] },
  });
  outside.on(`${ISSUER}/token`, { access_token: 'the-token', token_type: 'Bearer', expires_in: 300 });
  outside.on(`${ISSUER}/nonce`, { c_nonce: 'a-nonce' });
  outside.on(`${ISSUER}/notification`, () => new Response(null, { status: 204 }));
  give((key) => credential(key));
  publish();
  return { offerUri: offerLink(offer), offer, chain, metadata, give, credential, publish };
}

export function offerLink(offer: JsonObject): string {
  return `openid-credential-offer://?credential_offer=${encodeURIComponent(JSON.stringify(offer))}`;
}

let salts = 0;

function makeCredential(chain: Chain, key: PublicJwk, changes: CredentialChanges, nowMs: number): string {
  const day = Math.floor(nowMs / 86_400_000) * 86_400;
  salts += 1;
  const attested = { given_name: 'Ada', family_name: 'Lovelace', birthdate: '1815-12-10' };
  const draft = createCredentialDraft({
    header: { alg: 'ES256', kid: chain.leafKey.kid, x5c: chain.x5c, ...changes.header },
    claims: { iss: ISSUER, vct: VCT, iat: day, exp: day + 30 * 86_400, ...attested, ...changes.claims },
    disclosable: Object.keys(attested),
    holderKey: changes.holderKey ?? key,
    status: changes.status ?? { uri: LIST, index: 7 },
    salts: encodeUtf8(String(salts).padStart(entropyForCredential(3), 'salt of these tests ')),
  });
  const signer = changes.signer ?? chain.leafKey;
  return encodeCredential(draft.signingInput, signer.sign(draft.signingInput), draft.disclosures);
}

function makeList(chain: Chain, changes: ListChanges, nowMs: number): string {
  const { values, signer, payload, header, lst } = changes;
  const packed = packStatuses(values ?? new Uint8Array(64), 2);
  const iat = Math.floor(nowMs / 1000) - 60;
  const list = { bits: 2, lst: lst ?? encodeBase64url(new Uint8Array(deflateSync(packed))) };
  const key = signer ?? chain.leafKey;
  const input = encodeSigningInput(
    { alg: 'ES256', typ: 'statuslist+jwt', kid: thumbprint(key.jwk), ...header },
    { sub: LIST, iat, exp: iat + 3600, ttl: 300, status_list: list, ...payload },
  );
  return encodeJws(input, key.sign(input));
}
