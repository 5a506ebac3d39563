import { CodedError, encodeBase64url } from '@holdfast/core';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { IssuerStore, Offer } from '../../ports/issuer-store.ts';
import type { IssuerBounds } from './config.ts';
import { PRE_AUTHORIZED_GRANT, REFRESH_GRANT } from './metadata.ts';
import type { IssuerFollower } from './neighbours.ts';
import { isOpen } from './offers.ts';
import { mayReplace, refreshDigest, refreshTokenOf } from './replacing.ts';
import { isSameDigest } from './secrets.ts';
import type { Tenant } from './tenant.ts';

export type TokenRequest = Readonly<Record<string, string>>;

export type TokenResponse = {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  /** Where the network lets issuers replace what they have issued: for what may come in its place. */
  readonly refresh_token?: string;
};

type Ports = {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly store: IssuerStore;
  readonly bounds: IssuerBounds;
  readonly follower: IssuerFollower;
};

const TOKEN_BYTES = 32;
/** Longer than any code of ours: what is longer is not looked up. */
const MAX_CODE_LENGTH = 256;

/**
 * Exchanges a pre-authorized code for an access token (OpenID4VCI 1.0 section 6). A code works once: whoever comes second,
 * also the same wallet after a lost answer, needs a new offer. Throws `issuance.grant-unsupported`,
 * `issuance.request-malformed`, `issuance.code-invalid`, `issuance.tx-code-missing | -unexpected | -wrong`.
 */
export async function redeemCode(ports: Ports, tenant: Tenant, request: TokenRequest): Promise<TokenResponse> {
  const { clock, entropy, store, bounds } = ports;
  if (request.grant_type === REFRESH_GRANT) return refresh(ports, tenant, request.refresh_token ?? '');
  if (request.grant_type !== PRE_AUTHORIZED_GRANT) {
    throw new CodedError('issuance.grant-unsupported', `The grant type here is ${PRE_AUTHORIZED_GRANT}`);
  }
  const code = request['pre-authorized_code'] ?? '';
  if (code === '') throw new CodedError('issuance.request-malformed', 'The pre-authorized_code is missing.');
  if (code.length > MAX_CODE_LENGTH) throw codeInvalid();
  const offer = await store.readOffer(tenant.id, { code: tenant.secrets.digest('code', code) });
  if (offer === undefined || !isOpen(offer, clock.now())) throw codeInvalid();
  await assertTxCode(ports, tenant, offer, { code, txCode: request.tx_code });
  const token = encodeBase64url(entropy.bytes(TOKEN_BYTES));
  const until = clock.now() + bounds.tokenLifeMs;
  // Somebody may have redeemed it since it was read: only one caller gets a token.
  if (!(await store.redeem(tenant.id, offer.id, tokenDigest(tenant, token), until))) throw codeInvalid();
  return tokenResponse(ports, tenant, { token, offer: offer.id });
}

function tokenResponse(
  { bounds, follower }: Ports,
  tenant: Tenant,
  { token, offer }: { readonly token: string; readonly offer: string },
): TokenResponse {
  const expires = Math.floor(bounds.tokenLifeMs / 1000);
  const later = mayReplace(follower) ? { refresh_token: refreshTokenOf(tenant, offer) } : {};
  return { access_token: token, token_type: 'Bearer', expires_in: expires, ...later };
}

/**
 * A token for what was offered in the place of credentials, for whoever has theirs (RFC 6749 section 6). It may be asked
 * for again, so that no answer that is lost costs the person what has replaced the older one. Throws
 * `issuance.nothing-newer`.
 */
async function refresh(ports: Ports, tenant: Tenant, given: string): Promise<TokenResponse> {
  const { clock, entropy, store } = ports;
  if (given === '') throw new CodedError('issuance.request-malformed', 'The refresh_token is missing.');
  const offer =
    given.length > MAX_CODE_LENGTH
      ? undefined
      : await store.readOffer(tenant.id, { replaces: refreshDigest(tenant, given) });
  const token = encodeBase64url(entropy.bytes(TOKEN_BYTES));
  const isOffered = offer !== undefined && clock.now() < offer.until;
  if (!isOffered || !(await store.renew(tenant.id, offer.id, tokenDigest(tenant, token), offer.until))) {
    throw new CodedError('issuance.nothing-newer', 'Nothing newer is offered for this.');
  }
  return tokenResponse(ports, tenant, { token, offer: offer.id });
}

/** The try is counted before it is looked at, so that neither many callers at once nor a crash gives one more try. */
async function assertTxCode(
  { store, bounds }: Ports,
  tenant: Tenant,
  offer: Offer,
  given: { readonly code: string; readonly txCode: string | undefined },
): Promise<void> {
  const { txCode } = given;
  if (offer.txCode === undefined) {
    if (txCode === undefined) return;
    throw new CodedError('issuance.tx-code-unexpected', 'This offer has no transaction code, and one was sent.');
  }
  if (txCode === undefined) {
    throw new CodedError('issuance.tx-code-missing', 'This offer needs the transaction code that came with it.');
  }
  const tries = await store.countGuess(tenant.id, offer.id);
  if (tries > bounds.maxTxCodeGuesses) throw codeInvalid();
  if (txCode.length <= MAX_CODE_LENGTH && isSameDigest(offer.txCode, txCodeDigest(tenant, given.code, txCode))) return;
  const left = bounds.maxTxCodeGuesses - tries;
  if (left <= 0) await store.closeOffer(tenant.id, offer.id);
  throw new CodedError('issuance.tx-code-wrong', `This transaction code is wrong. Tries left: ${left}.`, { left });
}

/** Bound to its offer: the same six digits have another digest in every offer. */
export function txCodeDigest(tenant: Tenant, code: string, txCode: string): string {
  return tenant.secrets.digest('tx code', code, txCode);
}

export function tokenDigest(tenant: Tenant, token: string): string {
  return tenant.secrets.digest('token', token);
}

function codeInvalid(): CodedError {
  return new CodedError(
    'issuance.code-invalid',
    'This pre-authorized code is unknown, has ended, or was used already.',
  );
}
