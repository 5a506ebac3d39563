import { CodedError, isJsonObject, type JsonObject, parseJsonObject } from '@holdfast/core';
import { type FetchOptions, fetchJson } from './bounded-fetch.ts';

/** What the issuer says of the code that it gave the person on another way (OpenID4VCI 1.0 section 4.1.1). */
export type TxCodeHint = {
  readonly inputMode: 'numeric' | 'text';
  readonly length?: number;
  readonly description?: string;
};

export type CredentialOffer = {
  readonly issuer: string;
  readonly configurations: readonly string[];
  readonly preAuthorizedCode: string;
  readonly txCode?: TxCodeHint;
  readonly authorizationServer?: string;
};

const PRE_AUTHORIZED_GRANT = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';
const MAX_OFFER_LENGTH = 8192;

/**
 * Reads an offer from the link that a person scanned or clicked, by value or by reference. Nothing in it is to be
 * trusted: whoever wrote the link wrote it. Throws `wallet.offer-malformed`, `wallet.offer-unsupported`, or what fetching
 * throws.
 */
export async function readCredentialOffer(options: FetchOptions, link: string): Promise<CredentialOffer> {
  if (link.length > MAX_OFFER_LENGTH || !URL.canParse(link)) throw malformed('This is not a link.');
  const parameters = new URL(link).searchParams;
  const byValue = parameters.getAll('credential_offer');
  const byReference = parameters.getAll('credential_offer_uri');
  if (byValue.length + byReference.length !== 1)
    throw malformed('This link holds no credential offer, or more than one.');
  const [text] = byValue;
  const offer = text === undefined ? await fetchJson(options, byReference[0] ?? '') : parseOffer(text);
  return readOffer(offer);
}

function parseOffer(text: string): JsonObject {
  try {
    return parseJsonObject(text, { maxLength: MAX_OFFER_LENGTH, maxDepth: 8 });
  } catch (cause) {
    throw malformed('The offer in this link is not JSON.', cause);
  }
}

function readOffer(offer: JsonObject): CredentialOffer {
  const { credential_issuer: issuer, credential_configuration_ids: configurations, grants } = offer;
  if (typeof issuer !== 'string' || !isTexts(configurations) || configurations.length === 0) {
    throw malformed('An offer names its issuer and at least one credential.');
  }
  const grant = isJsonObject(grants) ? grants[PRE_AUTHORIZED_GRANT] : undefined;
  if (!isJsonObject(grant)) {
    throw new CodedError(
      'wallet.offer-unsupported',
      'This offer asks for a log-in at the issuer, which is not supported.',
    );
  }
  const { 'pre-authorized_code': preAuthorizedCode, tx_code: txCode, authorization_server: server } = grant;
  if (typeof preAuthorizedCode !== 'string' || preAuthorizedCode === '') throw malformed('The offer has no code.');
  return {
    issuer,
    configurations,
    preAuthorizedCode,
    ...(isJsonObject(txCode) ? { txCode: readTxCode(txCode) } : {}),
    ...(typeof server === 'string' ? { authorizationServer: server } : {}),
  };
}

function readTxCode({ input_mode: inputMode, length, description }: JsonObject): TxCodeHint {
  return {
    inputMode: inputMode === 'text' ? 'text' : 'numeric',
    ...(typeof length === 'number' ? { length } : {}),
    ...(typeof description === 'string' ? { description: description.slice(0, 300) } : {}),
  };
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function malformed(sentence: string, cause?: unknown): CodedError {
  return new CodedError('wallet.offer-malformed', sentence, {}, cause);
}
