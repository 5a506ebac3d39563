import {
  CodedError,
  isJsonObject,
  type Json,
  type JsonObject,
  parseJws,
  parseQuery,
  type Query,
  signatureCheck,
} from '@holdfast/core';
import { assertAddress, type FetchOptions, fetchBounded } from './bounded-fetch.ts';
import { parseLeafCertificate } from './certificate.ts';
import type { WalletPorts } from './wallet-ports.ts';

/** What a verifier asks, once its signature has proved that the verifier asks it. */
export type PresentationRequest = {
  /** With its prefix: it goes into the key binding as audience. */
  readonly clientId: string;
  /** base64url SHA-256 of the verifier's certificate: what a person may recognise it by. */
  readonly fingerprint: string;
  /** What it calls itself. Its own word. */
  readonly name?: string;
  readonly responseUri: string;
  readonly nonce: string;
  readonly state?: string;
  readonly query: Query;
  /** Set when the request asks to sign something that this wallet cannot show its holder. */
  readonly hasTransactionData: boolean;
};

const REQUEST_TYP = 'oauth-authz-req+jwt';
const REQUEST_TYPE = `application/${REQUEST_TYP}`;
const PREFIX = 'x509_hash:';
const ANY_WALLET = 'https://self-issued.me/v2';
const MAX_REQUEST_LENGTH = 65_536;
const MAX_REQUEST_AGE_S = 600;
const SKEW_S = 60;
const NONCE_BYTES = 16;

/**
 * Follows the link of a verifier to its signed request (OpenID4VP 1.0 sections 5 and 5.10, RFC 9101) and reads it, after
 * its signature was checked under the certificate that the client id names (section 5.9.3, `x509_hash`). Throws
 * `wallet.request-malformed`, `wallet.request-unsupported`, `wallet.request-forged`, `wallet.certificate`, or what
 * fetching throws. None of these is answered: before the request is proved, nobody knows whom an answer would reach.
 */
export async function fetchRequest(ports: WalletPorts, link: string): Promise<PresentationRequest> {
  const { clientId, requestUri, isPost } = readLink(link);
  const walletNonce = isPost ? randomText(ports) : undefined;
  const text = await fetchRequestObject(ports, requestUri, walletNonce);
  const payload = await verifyRequestObject(ports, text, clientId);
  if (payload.client_id !== clientId) throw malformed('The request is of another verifier than its link.');
  // Else one signed request could be shown to many wallets.
  if (walletNonce !== undefined && payload.wallet_nonce !== walletNonce) {
    throw malformed('The request does not answer to the nonce of this wallet.');
  }
  assertTimes(payload, Math.floor(ports.now() / 1000));
  return readRequest(ports, payload, clientId);
}

function randomText({ entropy }: WalletPorts): string {
  return Array.from(entropy.bytes(NONCE_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function readLink(link: string): { readonly clientId: string; readonly requestUri: string; readonly isPost: boolean } {
  if (link.length > MAX_REQUEST_LENGTH || !URL.canParse(link)) throw malformed('This is not a link.');
  const parameters = new URL(link).searchParams;
  const read = (name: string) => {
    const values = parameters.getAll(name);
    if (values.length > 1) throw malformed(`The link has two of ${name}.`);
    return values[0];
  };
  const [clientId, requestUri, method] = [read('client_id'), read('request_uri'), read('request_uri_method')];
  if (clientId === undefined || requestUri === undefined) {
    throw new CodedError('wallet.request-unsupported', 'This wallet answers signed requests that a link points to.');
  }
  if (!clientId.startsWith(PREFIX)) {
    throw new CodedError('wallet.request-unsupported', 'This wallet knows verifiers by their certificate: x509_hash.');
  }
  return { clientId, requestUri, isPost: method === 'post' };
}

async function fetchRequestObject(
  options: FetchOptions,
  uri: string,
  walletNonce: string | undefined,
): Promise<string> {
  const headers = { accept: REQUEST_TYPE };
  const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
  const init =
    walletNonce === undefined
      ? { headers }
      : { method: 'POST', headers: form, body: new URLSearchParams({ wallet_nonce: walletNonce }).toString() };
  const { status, text } = await fetchBounded(options, uri, init);
  if (status === 200) return text;
  throw new CodedError('wallet.request-gone', 'The verifier no longer has this request.', { status });
}

async function verifyRequestObject(ports: WalletPorts, text: string, clientId: string): Promise<JsonObject> {
  const jws = orMalformed(() => parseJws(text, { maxLength: MAX_REQUEST_LENGTH, maxDepth: 16 }));
  if (jws.header.typ !== REQUEST_TYP) throw malformed(`The typ of a request is ${REQUEST_TYP}.`);
  const { x5c } = jws.header;
  const first = Array.isArray(x5c) ? (x5c as readonly Json[])[0] : undefined;
  if (typeof first !== 'string') throw malformed('The request carries no certificate.');
  const leaf = parseLeafCertificate(first);
  if (clientId !== PREFIX + leaf.fingerprint) throw forged('its certificate is not the one its link names');
  const nowMs = ports.now();
  if (!(leaf.notBeforeMs <= nowMs && nowMs <= leaf.notAfterMs)) throw forged('its certificate is not valid now');
  const check = orMalformed(() => signatureCheck(jws, leaf.key));
  if (!(await ports.verify(check))) throw forged('its signature is wrong');
  return jws.payload;
}

function assertTimes({ iat, nbf, exp }: JsonObject, now: number): void {
  const isTime = (value: Json | undefined) => value === undefined || typeof value === 'number';
  if (!isTime(iat) || !isTime(nbf) || !isTime(exp)) throw malformed('A time in the request is not a number.');
  if (typeof exp === 'number' && exp + SKEW_S <= now) throw malformed('The request has ended.');
  if (typeof iat === 'number' && (iat > now + SKEW_S || now - iat > MAX_REQUEST_AGE_S))
    throw malformed('The request is not of now.');
  if (typeof nbf === 'number' && nbf > now + SKEW_S) throw malformed('The request is not valid yet.');
}

function readRequest({ allowLoopback }: WalletPorts, payload: JsonObject, clientId: string): PresentationRequest {
  const { aud, response_type: type, response_mode: mode, response_uri: uri, nonce, state } = payload;
  if (aud !== ANY_WALLET) throw malformed(`The aud of a request to any wallet is ${ANY_WALLET}.`);
  if (type !== 'vp_token' || mode !== 'direct_post') {
    throw new CodedError('wallet.request-unsupported', 'This wallet answers vp_token requests by direct_post.');
  }
  if (payload.redirect_uri !== undefined) throw malformed('A request by direct_post has no redirect_uri.');
  if (typeof uri !== 'string') throw malformed('The request does not say where to answer.');
  if (typeof nonce !== 'string' || nonce.length === 0 || nonce.length > 512)
    throw malformed('The request has no nonce.');
  if (state !== undefined && (typeof state !== 'string' || state.length > 1024))
    throw malformed('Its state is not text.');
  const fingerprint = clientId.slice(PREFIX.length);
  const name = nameOf(payload.client_metadata);
  return {
    ...{ clientId, fingerprint, nonce },
    ...(name === undefined ? {} : { name }),
    responseUri: assertAddress(uri, allowLoopback).href,
    ...(state === undefined ? {} : { state }),
    query: parseQuery(payload.dcql_query),
    hasTransactionData: payload.transaction_data !== undefined,
  };
}

function nameOf(metadata: Json | undefined): string | undefined {
  const name = isJsonObject(metadata) ? metadata.client_name : undefined;
  return typeof name === 'string' ? name.slice(0, 200) : undefined;
}

function orMalformed<Result>(step: () => Result): Result {
  try {
    return step();
  } catch (cause) {
    throw malformed('The request cannot be read.', cause);
  }
}

function malformed(sentence: string, cause?: unknown): CodedError {
  return new CodedError('wallet.request-malformed', sentence, {}, cause);
}

function forged(why: string): CodedError {
  return new CodedError('wallet.request-forged', `This request was not made by the verifier it names: ${why}.`);
}
