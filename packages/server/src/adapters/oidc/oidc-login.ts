import { CodedError, isCodedError } from '@holdfast/core';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import type { OidcLogin } from '../../http/console/oidc-routes.ts';
import type { Operator } from '../../http/operators.ts';
import { guardedFetch, isHttpsOrLoopback } from './guarded-fetch.ts';
import type { OidcSettings } from './oidc-settings.ts';

const MAX_NAME = 100;

/**
 * Logging in at a provider of OpenID Connect (Core 1.0, code flow), with PKCE (RFC 7636), state and nonce. The provider is
 * found by its discovery document when the first one logs in, so that a network starts without it.
 */
export function createOidcLogin(settings: OidcSettings, returnUrl: string): OidcLogin {
  let found: Promise<Configuration> | undefined;
  const provider = () => {
    found ??= discover(settings).catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
  return {
    name: new URL(settings.issuer).host,
    begin: () =>
      coded(async () => {
        const config = await provider();
        const kept = { verifier: randomPKCECodeVerifier(), state: randomState(), nonce: randomNonce() };
        const url = buildAuthorizationUrl(config, {
          ...{ redirect_uri: returnUrl, scope: settings.scope, state: kept.state, nonce: kept.nonce },
          ...{ code_challenge: await calculatePKCECodeChallenge(kept.verifier), code_challenge_method: 'S256' },
        });
        if (isHttpsOrLoopback(url.href)) return { url, kept };
        throw new CodedError('console.oidc', 'The provider would ask for passwords at an address that is not https.');
      }),
    finish: (back, kept) =>
      coded(async () => {
        const tokens = await authorizationCodeGrant(await provider(), new URL(back.search, returnUrl), {
          ...{ pkceCodeVerifier: kept.verifier ?? '', expectedState: kept.state ?? '' },
          ...{ expectedNonce: kept.nonce ?? '', idTokenExpected: true },
        });
        return operatorWith(tokens.claims() ?? {}, settings);
      }),
  };
}

function discover({ issuer, clientId, clientSecret }: OidcSettings): Promise<Configuration> {
  const authentication = clientSecret === undefined ? None() : ClientSecretPost(clientSecret);
  const isLoopback = new URL(issuer).protocol === 'http:';
  return discovery(new URL(issuer), clientId, undefined, authentication, {
    [customFetch]: (address, init) => guardedFetch(address, init as RequestInit),
    ...(isLoopback ? { execute: [allowInsecureRequests] } : {}),
  });
}

/** What the provider answers badly is told as one thing; why is for the log. */
async function coded<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (isCodedError(cause)) throw cause;
    throw new CodedError('console.oidc', 'The provider of log-ins does not answer as it should.', {}, cause);
  }
}

/** Throws `console.no-role`: whom the provider knows is nobody here until the settings say what they may. */
function operatorWith(claims: Readonly<Record<string, unknown>>, { claim, roles }: OidcSettings): Operator {
  const held = valuesOf(claims, claim);
  const found = roles.find(({ value }) => held.includes(value));
  if (found === undefined) throw new CodedError('console.no-role', 'Nobody has said what this person may do here.');
  const name = [claims.name, claims.preferred_username, claims.email, claims.sub].find(
    (text) => typeof text === 'string' && text.trim() !== '',
  );
  const { role, party } = found;
  return { name: String(name).slice(0, MAX_NAME), role, ...(party === undefined ? {} : { party }) };
}

/** One text or several. A claim may have dots in its name, or lie inside another. */
function valuesOf(claims: Readonly<Record<string, unknown>>, claim: string): readonly unknown[] {
  const inside = claim.split('.').reduce<unknown>((at, name) => {
    return typeof at === 'object' && at !== null && Object.hasOwn(at, name)
      ? (at as Readonly<Record<string, unknown>>)[name]
      : undefined;
  }, claims);
  const value = Object.hasOwn(claims, claim) ? claims[claim] : inside;
  return Array.isArray(value) ? value : [value];
}
