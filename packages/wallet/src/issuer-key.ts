import { CodedError, isJsonObject, type Json, type PublicJwk, parsePublicJwk, thumbprint } from '@holdfast/core';
import { type FetchOptions, fetchJson } from './bounded-fetch.ts';
import { parseLeafCertificate } from './certificate.ts';
import { wellKnown } from './issuer-metadata.ts';

type Signed = { readonly kid?: string; readonly x5c?: readonly string[] };

/**
 * Finds the key that a credential of this issuer is signed with: that of the certificate it carries, and one of those the
 * issuer publishes under its own name (SD-JWT VC section 4). Where it has a certificate and publishes keys, both must
 * agree, so that a certificate of somebody else's does not pass for the issuer's. What is published is fetched once.
 * Throws `wallet.issuer-key` or `wallet.certificate`.
 */
export function createIssuerKeys(
  options: FetchOptions,
  issuer: string,
): (signed: Signed, nowMs: number) => Promise<PublicJwk> {
  let fetching: Promise<readonly PublicJwk[] | undefined> | undefined;
  return async ({ kid, x5c }, nowMs) => {
    const leaf = x5c?.[0] === undefined ? undefined : parseLeafCertificate(x5c[0]);
    if (leaf !== undefined && !(leaf.notBeforeMs <= nowMs && nowMs <= leaf.notAfterMs)) {
      throw new CodedError('wallet.issuer-key', "The issuer's certificate is not valid now.");
    }
    fetching ??= fetchPublishedKeys(options, issuer);
    const published = await fetching;
    if (leaf === undefined) {
      const key = published?.find((candidate) => published.length === 1 || thumbprint(candidate) === kid);
      if (key !== undefined) return key;
      throw new CodedError('wallet.issuer-key', 'The issuer publishes no key for this credential.');
    }
    if (published === undefined || published.some((key) => thumbprint(key) === thumbprint(leaf.key))) return leaf.key;
    throw new CodedError('wallet.issuer-key', 'The certificate in this credential is not one of the issuer it names.');
  };
}

/** Undefined when the issuer publishes none: then the certificate stands alone. */
async function fetchPublishedKeys(options: FetchOptions, issuer: string): Promise<readonly PublicJwk[] | undefined> {
  let metadata: { readonly [member: string]: Json };
  try {
    metadata = await fetchJson(options, wellKnown(options, 'jwt-vc-issuer', issuer));
  } catch (error) {
    if (error instanceof CodedError && error.code === 'wallet.answer-unexpected') return undefined;
    throw error;
  }
  if (metadata.issuer !== issuer || !isJsonObject(metadata.jwks) || !Array.isArray(metadata.jwks.keys)) {
    throw new CodedError('wallet.issuer-key', 'What the issuer publishes of its keys cannot be read.');
  }
  return (metadata.jwks.keys as readonly Json[]).slice(0, 32).flatMap(keyOrNothing);
}

function keyOrNothing(value: Json): PublicJwk[] {
  try {
    return [parsePublicJwk(value)];
  } catch {
    // A key of a kind we do not know is no reason to refuse those we do.
    return [];
  }
}
