import { CodedError } from '@holdfast/core';

type NatsPlace = {
  readonly servers: string[];
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
  readonly tls?: Record<string, never>;
};

const MAX_SERVERS = 16;

/**
 * Where NATS is: one address or several of one cluster with commas, the first of which may have a name and a password, or a token.
 * Throws `usage.feed`.
 */
export function parseNatsUrl(text: string): NatsPlace {
  const urls = text.split(',').map(parseOne);
  const [first] = urls;
  if (first === undefined || urls.length > MAX_SERVERS) throw refused();
  const [user, pass] = [decodeURIComponent(first.username), decodeURIComponent(first.password)];
  return {
    servers: urls.map(({ hostname, port }) => `${hostname}:${port === '' ? 4222 : port}`),
    ...(user !== '' && pass !== '' ? { user, pass } : {}),
    ...(user !== '' && pass === '' ? { token: user } : {}),
    ...(urls.some(({ protocol }) => protocol === 'tls:') ? { tls: {} } : {}),
  };
}

function parseOne(text: string): URL {
  const url = URL.parse(text.trim());
  const isBare = url !== null && ['', '/'].includes(url.pathname) && url.search === '' && url.hash === '';
  if (!isBare || url.hostname === '' || !['nats:', 'tls:'].includes(url.protocol)) throw refused();
  try {
    decodeURIComponent(`${url.username}${url.password}`);
  } catch {
    throw refused();
  }
  return url;
}

/** The text is not repeated: a password may be in it. */
function refused(): CodedError {
  return new CodedError(
    'usage.feed',
    'The feed goes over NATS at an address like nats://host:4222, or tls://user:password@host; several with commas.',
  );
}
