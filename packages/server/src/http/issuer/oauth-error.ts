import { isCodedError } from '@holdfast/core';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { problemOf } from '../problem.ts';

/** What a wallet reads instead of a problem document (RFC 6749 section 5.2, OpenID4VCI 1.0 sections 6.3, 8.3.1, 11.3). */
export type OauthError = { readonly status: number; readonly error: string };

const BY_CODE: Readonly<Record<string, OauthError>> = {
  'issuance.grant-unsupported': { status: 400, error: 'unsupported_grant_type' },
  'issuance.request-malformed': { status: 400, error: 'invalid_request' },
  'issuance.code-invalid': { status: 400, error: 'invalid_grant' },
  'issuance.nothing-newer': { status: 400, error: 'invalid_grant' },
  'issuance.tx-code-missing': { status: 400, error: 'invalid_request' },
  'issuance.tx-code-unexpected': { status: 400, error: 'invalid_request' },
  'issuance.tx-code-wrong': { status: 400, error: 'invalid_grant' },
  'issuance.token-missing': { status: 401, error: 'invalid_token' },
  'issuance.token-invalid': { status: 401, error: 'invalid_token' },
  'issuance.request-invalid': { status: 400, error: 'invalid_credential_request' },
  'issuance.identifier-unknown': { status: 400, error: 'unknown_credential_identifier' },
  'issuance.configuration-unknown': { status: 400, error: 'unknown_credential_configuration' },
  'issuance.encryption-unsupported': { status: 400, error: 'invalid_encryption_parameters' },
  'issuance.proof-invalid': { status: 400, error: 'invalid_proof' },
  'issuance.nonce-invalid': { status: 400, error: 'invalid_nonce' },
  'issuance.denied': { status: 400, error: 'credential_request_denied' },
  'issuance.not-accredited': { status: 400, error: 'credential_request_denied' },
  'issuance.unavailable': { status: 503, error: 'temporarily_unavailable' },
  'issuance.notification-invalid': { status: 400, error: 'invalid_notification_request' },
  'issuance.notification-unknown': { status: 400, error: 'invalid_notification_id' },
  'offer.gone': { status: 404, error: 'invalid_request' },
  'issuer.tenant-unknown': { status: 404, error: 'invalid_request' },
};

/**
 * Answers a wallet. `malformed` is the endpoint's own word for a body that cannot be read at all. What has no code is
 * logged with its cause and told as a bare `server_error`.
 */
export function answerOauthError(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
  malformed: string,
): FastifyReply {
  const found = oauthErrorOf(error, malformed);
  if (found === undefined) {
    request.log.error({ err: error }, 'unexpected error');
    return reply.code(500).header('cache-control', 'no-store').send({ error: 'server_error' });
  }
  const { status, error: name } = found;
  reply.code(status).header('cache-control', 'no-store');
  if (status === 503) reply.header('retry-after', '5');
  if (status === 401) reply.header('www-authenticate', challengeOf(error));
  return reply.send({ error: name, error_description: describe(error.message) });
}

function oauthErrorOf(error: FastifyError | Error, malformed: string): OauthError | undefined {
  if (isCodedError(error)) {
    const own = BY_CODE[error.code];
    if (own !== undefined) return own;
    const status = problemOf(error)?.status ?? (/^(json|encoding)\./.test(error.code) ? 400 : 500);
    if (status >= 500) return status === 500 ? undefined : { status: 503, error: 'temporarily_unavailable' };
    return { status, error: malformed };
  }
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  return status >= 400 && status < 500 ? { status, error: malformed } : undefined;
}

/** RFC 6750 section 3.1: a request without any token is not told that its token is wrong. */
function challengeOf(error: Error): string {
  return isCodedError(error) && error.code === 'issuance.token-missing' ? 'Bearer' : 'Bearer error="invalid_token"';
}

/** RFC 6749 section 5.2 allows %x20-21, %x23-5B and %x5D-7E only. */
function describe(sentence: string): string {
  return sentence.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?').slice(0, 300);
}
