import { CodedError } from '@holdfast/core';
import { isLoopbackAddress, parseAddress } from './address.ts';

/** What a URL from a stranger may ask for. */
export type UrlRules = {
  /** For development: http and https to this machine, on any port. */
  readonly allowLoopback: boolean;
  readonly ports: readonly number[];
};

const MAX_URL_LENGTH = 2048;

/**
 * A URL found inside a credential, a document or a redirect. Throws `fetch.url-malformed`, `fetch.scheme`,
 * `fetch.credentials-in-url` or `fetch.port`. Says nothing yet about where its name leads.
 */
export function parseOutsideUrl(text: string, rules: UrlRules): URL {
  if (text.length > MAX_URL_LENGTH || !URL.canParse(text)) {
    throw new CodedError('fetch.url-malformed', 'This is not an absolute URL of reasonable length.');
  }
  const url = new URL(text);
  // What follows the # never leaves the client.
  url.hash = '';
  if (url.username !== '' || url.password !== '') {
    throw new CodedError('fetch.credentials-in-url', 'This URL carries a user name or password.', { host: url.host });
  }
  if (rules.allowLoopback && isLoopbackHost(url) && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  if (url.protocol !== 'https:') {
    throw new CodedError('fetch.scheme', 'Outside this machine only https is fetched.', { scheme: url.protocol });
  }
  if (!rules.ports.includes(url.port === '' ? 443 : Number(url.port))) {
    throw new CodedError('fetch.port', 'This port is not among those that may be fetched from.', { port: url.port });
  }
  return url;
}

/** The host without the brackets of an IPv6 address or the dot of a fully qualified name. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$|\.$/g, '');
}

/** The host when it is an address, which no DNS has to answer for. */
export function addressOf(url: URL): string | undefined {
  const host = hostOf(url);
  return parseAddress(host) === undefined ? undefined : host;
}

/** By its name alone (RFC 6761 section 6.3): a public name that resolves to loopback is an attack, not development. */
export function isLoopbackHost(url: URL): boolean {
  const host = hostOf(url);
  return host === 'localhost' || host.endsWith('.localhost') || isLoopbackAddress(host);
}
