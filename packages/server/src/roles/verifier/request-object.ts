import {
  encodeBase64url,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  type JsonObject,
  parseBase64,
  parseQuery,
  sha256,
} from '@holdfast/core';
import type { PresentationSession } from '../../ports/presentation-store.ts';
import type { Signer } from '../../ports/signer.ts';
import type { VerifierConfig } from './config.ts';

const REQUEST_TYP = 'oauth-authz-req+jwt';
/** The audience of a request whose wallet is not known beforehand (OpenID4VP 1.0 section 5.8). */
const ANY_WALLET = 'https://self-issued.me/v2';
const ALGORITHMS = ['ES256', 'EdDSA'];

/**
 * The client id of a verifier that proves itself by its certificate (OpenID4VP 1.0 section 5.9.3): wallets write it,
 * prefix included, into the key binding as its audience.
 */
export function clientIdOf({ keys }: Pick<VerifierConfig, 'keys'>): string {
  const leaf = parseBase64(keys.request.x5c[0] ?? '');
  return `x509_hash:${encodeBase64url(sha256(leaf))}`;
}

/** Addresses that a wallet is given. The verifier's id is in the path, so that one origin can serve several. */
export function walletAddress(
  { origin, id }: Pick<VerifierConfig, 'origin' | 'id'>,
  requestId: string,
  door: 'request' | 'response',
): string {
  return `${origin}/vp/${id}/${requestId}/${door}`;
}

export function walletLinkOf(config: VerifierConfig, requestId: string): string {
  const parameters = new URLSearchParams({
    client_id: clientIdOf(config),
    request_uri: walletAddress(config, requestId, 'request'),
  });
  return `openid4vp://?${parameters}`;
}

/**
 * The signed request object (OpenID4VP 1.0 sections 5 and 8.2, RFC 9101). Made anew for each wallet that fetches it, so
 * that its `iat` is true and a wallet's own nonce comes back to it.
 */
export async function createRequestObject(
  config: VerifierConfig,
  signer: Pick<Signer, 'sign'>,
  session: PresentationSession,
  when: { readonly now: number; readonly walletNonce?: string },
): Promise<string> {
  const { name, x5c } = config.keys.request;
  const clientId = clientIdOf(config);
  const payload = {
    iss: clientId,
    aud: ANY_WALLET,
    iat: Math.floor(when.now / 1000),
    exp: Math.ceil(session.expiresAt / 1000),
    response_type: 'vp_token',
    response_mode: 'direct_post',
    client_id: clientId,
    response_uri: walletAddress(config, session.requestId, 'response'),
    nonce: session.nonce,
    state: session.state,
    dcql_query: session.query,
    client_metadata: {
      client_name: config.name,
      vp_formats_supported: formatsOf(session),
    },
    ...(when.walletNonce === undefined ? {} : { wallet_nonce: when.walletNonce }),
  };
  const signingInput = encodeSigningInput({ alg: 'ES256', typ: REQUEST_TYP, x5c }, payload);
  return encodeJws(signingInput, await signer.sign(name, encodeUtf8(signingInput)));
}

/** The one format that is asked for. */
function formatsOf({ query }: PresentationSession): JsonObject {
  const isVcJwt = parseQuery(query).credentials.some(({ format }) => format === 'jwt_vc_json');
  if (isVcJwt) return { jwt_vc_json: { alg_values: ALGORITHMS } };
  return { 'dc+sd-jwt': { 'sd-jwt_alg_values': ALGORITHMS, 'kb-jwt_alg_values': ALGORITHMS } };
}
