import { encodeBase64url, encodeJws, encodeSigningInput, type JsonObject, parseBase64, sha256 } from '@holdfast/core';
import type { TestKey } from '../../core/test/test-keys.ts';
import { type Chain, createChain } from '../../verifier/test/verify-world.ts';
import { type Asked, json, NOW, type Outside, VCT } from './outside.ts';

const ORIGIN = 'https://verifier.example';
const REQUEST = `${ORIGIN}/vp/request`;
export const RESPONSE = `${ORIGIN}/vp/response`;

export const QUERY = {
  credentials: [
    {
      id: 'residence',
      format: 'dc+sd-jwt',
      meta: { vct_values: [VCT] },
      claims: [{ path: ['family_name'] }],
    },
  ],
};

/** What a test may spoil of a request; everything else is good. */
export type RequestChanges = {
  readonly header?: object;
  readonly payload?: object;
  readonly signer?: TestKey;
  /** Of the link only. */
  readonly clientId?: string;
  readonly spoil?: (request: string) => string;
};

/** A verifier by the book, of hand-made answers. */
export type SmallVerifier = {
  readonly clientId: string;
  readonly chain: Chain;
  readonly link: (method?: 'post') => string;
  readonly ask: (changes?: RequestChanges) => void;
  /** The forms that were posted as answers, in order. */
  readonly answers: () => readonly URLSearchParams[];
};

let certified: Promise<Chain> | undefined;

export async function createSmallVerifier(outside: Outside): Promise<SmallVerifier> {
  certified ??= createChain('verifier.example', ORIGIN);
  const chain = await certified;
  const clientId = `x509_hash:${encodeBase64url(sha256(parseBase64(chain.x5c[0] ?? '')))}`;
  let linked = clientId;
  const ask: SmallVerifier['ask'] = (changes = {}) => {
    linked = changes.clientId ?? clientId;
    outside.on(REQUEST, (asked) => {
      const request = makeRequest(chain, clientId, asked, changes);
      return new Response(changes.spoil === undefined ? request : changes.spoil(request));
    });
  };
  ask();
  outside.on(RESPONSE, () => json({}));
  return {
    clientId,
    chain,
    ask,
    link: (method) => {
      const parameters = new URLSearchParams({ client_id: linked, request_uri: REQUEST });
      if (method !== undefined) parameters.set('request_uri_method', method);
      return `openid4vp://?${parameters}`;
    },
    answers: () => outside.asksOf(RESPONSE).map(({ body }) => new URLSearchParams(body)),
  };
}

function makeRequest(chain: Chain, clientId: string, asked: Asked, changes: RequestChanges): string {
  const walletNonce = asked.method === 'POST' ? new URLSearchParams(asked.body).get('wallet_nonce') : null;
  const payload: JsonObject = {
    iss: clientId,
    aud: 'https://self-issued.me/v2',
    client_id: clientId,
    response_type: 'vp_token',
    response_mode: 'direct_post',
    response_uri: RESPONSE,
    nonce: 'the-nonce',
    state: 'the-state',
    iat: NOW / 1000 - 5,
    exp: NOW / 1000 + 300,
    dcql_query: QUERY,
    client_metadata: { client_name: 'North desk' },
    ...(walletNonce === null ? {} : { wallet_nonce: walletNonce }),
    ...changes.payload,
  };
  const header = { alg: 'ES256', typ: 'oauth-authz-req+jwt', x5c: chain.x5c, ...changes.header };
  const input = encodeSigningInput(header, payload);
  return encodeJws(input, (changes.signer ?? chain.leafKey).sign(input));
}
