import { encodeJws, encodeSigningInput } from '@holdfast/core';
import { createRealSignatures, type TestKey } from '../../core/test/test-keys.ts';
import type { IssuerWorld } from './issuer-world.ts';

/** A wallet's requests one by one, so that a test can spoil each. Nothing here checks an answer. */
export type IssuerClient = ReturnType<typeof createIssuerClient>;

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
};

export const GRANT = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';

const signatures = createRealSignatures();
let keys = 0;
export function newKey(): TestKey {
  keys += 1;
  return signatures.key(`holder ${keys}`);
}

export type ProofChanges = { readonly key?: TestKey; readonly header?: object; readonly payload?: object };

export function createIssuerClient({ origin, clock }: Pick<IssuerWorld, 'origin' | 'clock'>, tenant = 'civic') {
  const issuer = `${origin}/i/${tenant}`;
  const call = async (url: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(url, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : { text } };
  };
  const post = (path: string, body: string, headers: Record<string, string>) =>
    call(`${issuer}/${path}`, { method: 'POST', body, headers });
  const json = (token: string | undefined) => ({
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  });

  const readOffer = (offerUri: string) => call(new URL(offerUri).searchParams.get('credential_offer_uri') ?? '');
  const codeOf = async (offerUri: string): Promise<string> => {
    const { body } = await readOffer(offerUri);
    const { grants } = body as { grants: Record<string, { 'pre-authorized_code': string }> };
    return grants[GRANT]?.['pre-authorized_code'] ?? '';
  };
  const token = (form: Record<string, string>) =>
    post('token', new URLSearchParams({ grant_type: GRANT, ...form }).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
    });
  const nonce = async () => String((await call(`${issuer}/nonce`, { method: 'POST' })).body.c_nonce);
  const proof = (c_nonce: string, { key = newKey(), header, payload }: ProofChanges = {}): string => {
    const iat = Math.floor(clock.now() / 1000);
    const input = encodeSigningInput(
      { alg: 'ES256', typ: 'openid4vci-proof+jwt', jwk: key.jwk, ...header },
      { aud: issuer, iat, nonce: c_nonce, ...payload },
    );
    return encodeJws(input, key.sign(input));
  };
  const credential = (accessToken: string | undefined, body: object | string) =>
    post('credential', typeof body === 'string' ? body : JSON.stringify(body), json(accessToken));
  const requestOf = (proofs: readonly unknown[], changes: object = {}) => ({
    credential_configuration_id: 'residence',
    proofs: { jwt: proofs },
    ...changes,
  });

  return {
    issuer,
    call,
    post,
    readOffer,
    codeOf,
    token,
    nonce,
    proof,
    credential,
    requestOf,
    notification: (accessToken: string | undefined, body: object) =>
      post('notification', JSON.stringify(body), json(accessToken)),
    /** Takes up an offer as far as the access token. */
    tokenOf: async (offerUri: string): Promise<string> =>
      String((await token({ 'pre-authorized_code': await codeOf(offerUri) })).body.access_token),
    /** One good credential request with this key. */
    request: async (accessToken: string, ...holders: readonly TestKey[]) => {
      const fresh = await nonce();
      const used = holders.length === 0 ? [newKey()] : holders;
      return credential(accessToken, requestOf(used.map((key) => proof(fresh, { key }))));
    },
  };
}

/** The credentials of an answer. */
export function credentialsOf({ body }: Answer): readonly string[] {
  return ((body.credentials ?? []) as readonly { readonly credential: string }[]).map(({ credential }) => credential);
}
