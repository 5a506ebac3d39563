import {
  CodedError,
  encodeBase64url,
  encodeJws,
  encodeSigningInput,
  encodeUtf8,
  isCodedError,
  isJsonObject,
  type Json,
  type JsonObject,
} from '@holdfast/core';
import { fetchBounded, fetchJson, parseAnswer } from './bounded-fetch.ts';
import { readCredentialOffer } from './credential-offer.ts';
import type { HolderKey, HolderKeys } from './holder-keys.ts';
import { fetchIssuerMetadata, type IssuerMetadata } from './issuer-metadata.ts';
import { createReceivedCheck } from './received-credential.ts';
import type { RetryingInit } from './retrying-fetch.ts';
import type { WalletPorts } from './wallet-ports.ts';
import type { HeldCredential } from './wallet-store.ts';

export type ReceiveOptions = {
  /** The code that the person was given beside the offer. */
  readonly txCode?: string;
  /** Copies with keys of their own, so that as many verifiers cannot compare notes. Default 1; at most what the issuer gives. */
  readonly copies?: number;
};

const PRE_AUTHORIZED_GRANT = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';
const PROOF_TYP = 'openid4vci-proof+jwt';
const ID_BYTES = 16;
/** Longer than any that we know of; a longer one is not kept. */
const MAX_REFRESH_LENGTH = 4096;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/**
 * Takes up an offer: OpenID4VCI 1.0, pre-authorized code. What arrives is checked as a verifier would before it is kept;
 * what is not good is refused and the issuer is told. An answer to the credential request that was lost is asked for once
 * more with the same keys.
 *
 * Throws `wallet.tx-code-needed` (with what to ask the person for, before anything was used up), `wallet.refused` with
 * the issuer's error, `wallet.credential`, `wallet.status`, and what reading offer and metadata throws.
 */
export async function receiveCredentials(
  ports: WalletPorts,
  link: string,
  { txCode, copies = 1 }: ReceiveOptions = {},
): Promise<readonly HeldCredential[]> {
  const offer = await readCredentialOffer(ports, link);
  if (offer.txCode !== undefined && txCode === undefined) {
    throw new CodedError('wallet.tx-code-needed', 'This offer needs the code that came with it.', { ...offer.txCode });
  }
  const metadata = await fetchIssuerMetadata(ports, offer);
  const form = new URLSearchParams({
    grant_type: PRE_AUTHORIZED_GRANT,
    'pre-authorized_code': offer.preAuthorizedCode,
  });
  if (offer.txCode !== undefined && txCode !== undefined) form.set('tx_code', txCode);
  return takeUp(ports, metadata, await fetchToken(ports, metadata, form), copies);
}

/** What a token endpoint gave: the token, and the secret for what may come later in the place of the credentials. */
export type Granted = { readonly token: string; readonly refresh?: string };

/** Makes keys, asks for as many credentials, checks them and keeps them. Throws as `receiveCredentials` does. */
export async function takeUp(
  ports: WalletPorts,
  metadata: IssuerMetadata,
  granted: Granted,
  copies: number,
): Promise<readonly HeldCredential[]> {
  const count = Math.max(1, Math.min(copies, metadata.batchSize));
  const keys: HolderKey[] = [];
  try {
    for (let i = 0; i < count; i += 1) keys.push(await ports.keys.create());
    const answer = await fetchCredentials(ports, metadata, granted.token, keys);
    return await keep(ports, metadata, { ...granted, answer, keys });
  } catch (error) {
    for (const { id } of keys) await ports.keys.remove(id);
    throw error;
  }
}

/** Throws `wallet.refused`, `wallet.answer-unexpected`. */
export async function fetchToken(
  ports: WalletPorts,
  { tokenEndpoint }: IssuerMetadata,
  form: URLSearchParams,
): Promise<Granted> {
  const answer = await post(ports, tokenEndpoint, { headers: FORM, body: form.toString() });
  const { access_token: token, token_type: type, refresh_token: refresh } = answer;
  if (typeof token !== 'string' || typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
    throw new CodedError('wallet.answer-unexpected', 'The issuer gave no bearer token.');
  }
  return { token, ...(typeof refresh === 'string' && refresh.length <= MAX_REFRESH_LENGTH ? { refresh } : {}) };
}

/** Once more with a new nonce when the nonce had ended, maybe because an answer was lost; never with other keys. */
async function fetchCredentials(
  ports: WalletPorts,
  metadata: IssuerMetadata,
  token: string,
  keys: readonly HolderKey[],
): Promise<JsonObject> {
  try {
    return await requestCredentials(ports, metadata, token, keys);
  } catch (error) {
    const isStale = isCodedError(error) && error.code === 'wallet.refused' && error.details.error === 'invalid_nonce';
    if (!isStale) throw error;
    return requestCredentials(ports, metadata, token, keys);
  }
}

async function requestCredentials(
  ports: WalletPorts,
  metadata: IssuerMetadata,
  token: string,
  keys: readonly HolderKey[],
): Promise<JsonObject> {
  const { nonceEndpoint, credentialEndpoint, configuration, issuer } = metadata;
  const nonce = nonceEndpoint === undefined ? undefined : await fetchNonce(ports, nonceEndpoint);
  const proofs = await Promise.all(keys.map((key) => createProof(ports, key, issuer, nonce)));
  const body = { credential_configuration_id: configuration.id, proofs: { jwt: proofs } };
  return post(ports, credentialEndpoint, {
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
    // An issuer that has given credentials for these keys gives the same again, or refuses the nonce that it has seen.
    repeats: 'named',
  });
}

async function fetchNonce(ports: WalletPorts, endpoint: string): Promise<string> {
  const { c_nonce: nonce } = await fetchJson(ports, endpoint, { method: 'POST', repeats: 'named' });
  if (typeof nonce === 'string' && nonce !== '') return nonce;
  throw new CodedError('wallet.answer-unexpected', 'The issuer gave no nonce.');
}

/** OpenID4VCI 1.0 appendix F.1. Without `iss`: nobody has told this issuer who the wallet is. */
async function createProof(ports: WalletPorts, key: HolderKey, audience: string, nonce?: string): Promise<string> {
  const header = { alg: 'ES256', typ: PROOF_TYP, jwk: key.publicKey };
  const payload = { aud: audience, iat: Math.floor(ports.now() / 1000), ...(nonce === undefined ? {} : { nonce }) };
  const input = encodeSigningInput(header, payload);
  return encodeJws(input, await ports.keys.sign(key.id, encodeUtf8(input)));
}

type Arrived = Granted & { readonly answer: JsonObject; readonly keys: readonly HolderKey[] };

async function keep(
  ports: WalletPorts,
  metadata: IssuerMetadata,
  { token, refresh, answer, keys }: Arrived,
): Promise<readonly HeldCredential[]> {
  try {
    const texts = readCredentials(answer, keys.length);
    const batch = encodeBase64url(ports.entropy.bytes(ID_BYTES));
    const verifyReceived = createReceivedCheck(ports, metadata, keys);
    const held: HeldCredential[] = [];
    for (const text of texts) {
      const { key, parsed } = await verifyReceived(text);
      held.push({
        id: encodeBase64url(ports.entropy.bytes(ID_BYTES)),
        credential: text,
        keyId: key.id,
        issuer: metadata.issuer,
        vct: parsed.vct,
        batch,
        uses: 0,
        receivedAt: ports.now(),
        ...(refresh === undefined ? {} : { refresh: { token: refresh, configuration: metadata.configuration.id } }),
        ...(parsed.exp === undefined ? {} : { expiresAt: parsed.exp * 1000 }),
        ...(metadata.configuration.name === undefined ? {} : { name: metadata.configuration.name }),
        ...(metadata.name === undefined ? {} : { issuerName: metadata.name }),
      });
    }
    await ports.store.append(held);
    await removeUnused(ports.keys, keys, held);
    await notify(ports, metadata, token, answer, 'credential_accepted');
    return held;
  } catch (error) {
    await notify(ports, metadata, token, answer, 'credential_failure');
    throw error;
  }
}

function readCredentials({ credentials }: JsonObject, most: number): readonly string[] {
  const items = Array.isArray(credentials) ? (credentials as readonly Json[]) : [];
  const texts = items.map((item) => (isJsonObject(item) ? item.credential : undefined));
  if (texts.length > 0 && texts.length <= most && texts.every((text) => typeof text === 'string')) return texts;
  throw new CodedError(
    'wallet.credential',
    'The issuer did not answer with credentials, or with more than were asked for.',
  );
}

/** An issuer may give fewer copies than keys. */
async function removeUnused(
  keys: HolderKeys,
  made: readonly HolderKey[],
  held: readonly HeldCredential[],
): Promise<void> {
  for (const { id } of made) {
    if (!held.some(({ keyId }) => keyId === id)) await keys.remove(id);
  }
}

/** A courtesy: whether the issuer hears it changes nothing for the holder. */
async function notify(
  ports: WalletPorts,
  { notificationEndpoint }: IssuerMetadata,
  token: string,
  { notification_id: id }: JsonObject,
  event: 'credential_accepted' | 'credential_failure',
): Promise<void> {
  if (notificationEndpoint === undefined || typeof id !== 'string') return;
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const body = JSON.stringify({ notification_id: id, event });
  await fetchBounded(ports, notificationEndpoint, { method: 'POST', headers, body }).catch(() => undefined);
}

/** A POST that an OAuth error may answer: `wallet.refused`, with the error as the server named it. */
async function post(ports: WalletPorts, url: string, init: RetryingInit): Promise<JsonObject> {
  const { status, text } = await fetchBounded(ports, url, { ...init, method: 'POST' });
  const answer = parseAnswer(ports, url, text);
  if (status >= 200 && status <= 299) return answer;
  const { error, error_description: description } = answer;
  throw new CodedError('wallet.refused', 'The issuer refused.', {
    status,
    ...(typeof error === 'string' ? { error: error.slice(0, 100) } : {}),
    ...(typeof description === 'string' ? { description: description.slice(0, 300) } : {}),
  });
}
