import { CodedError, concatBytes, isCodedError } from '@holdfast/core';
import { isLoopbackAddress, isPublicAddress } from './address.ts';
import { addressOf, hostOf, isLoopbackHost, parseOutsideUrl, type UrlRules } from './outside-url.ts';

/** One GET that a stranger has caused, or one POST of our own. */
export type GuardedRequest = {
  readonly url: string;
  /** The media types that will do, most wanted first; any other answer is refused. */
  readonly accept: readonly string[];
  /** Of the body as it is after decompression. */
  readonly maxBytes: number;
  /** Sent by POST. A redirect is not followed then: what was meant for one place is shown to no other. */
  readonly post?: OutgoingBody;
  /** For this exchange, when it is less than the fetcher's own. */
  readonly totalMs?: number;
  /** Only whether it was taken counts: any status of success will do, and no body is read. */
  readonly isNotice?: boolean;
};

export type OutgoingBody = {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
};

export type GuardedResponse = {
  /** The last URL, after redirects. */
  readonly url: string;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly cacheControl: string | undefined;
};

/** Throws `fetch.*`; see `createGuardedFetch`. Repeating it is free of effects. It never retries by itself. */
export type GuardedFetch = (request: GuardedRequest) => Promise<GuardedResponse>;

/** Addresses of a host name, as text. Throws anything when there are none. */
export type Lookup = (host: string) => Promise<readonly string[]>;

export type TransportRequest = {
  readonly url: URL;
  /** Connect to this address and no other; undefined where the platform cannot choose (browsers). */
  readonly address: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent by POST; absent: a GET. */
  readonly body?: Uint8Array;
  readonly signal: AbortSignal;
  readonly connectMs: number;
};

export type TransportResponse = {
  readonly status: number;
  header(name: string): string | undefined;
  /** Decompressed on the way, so that a bound on what comes out of it also stops a bomb. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives the connection up; the body is not read further. */
  close(): void;
};

/**
 * One exchange with one address, no redirects followed. Throws a `CodedError` `fetch.*`, or anything, which is then
 * reported as `fetch.unreachable`.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

export type GuardedFetchOptions = {
  readonly transport: Transport;
  /** Without it only literal addresses can be judged: for platforms that resolve names themselves and out of our sight. */
  readonly lookup?: Lookup;
  readonly allowLoopback?: boolean;
  readonly ports?: readonly number[];
  readonly maxRedirects?: number;
  readonly connectMs?: number;
  /** From the first look-up to the last byte, redirects included. */
  readonly totalMs?: number;
};

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Fetches what strangers' credentials point to, without being turned against our own network: https only, names
 * resolved first, every address judged, the connection pinned to a judged one (so that a second answer of the DNS
 * changes nothing), redirects judged again, bounded in size, time and number, nothing sent but what the request names.
 */
export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const rules: UrlRules = { allowLoopback: options.allowLoopback ?? false, ports: options.ports ?? [443] };
  const totalMs = options.totalMs ?? 5000;

  async function follow(request: GuardedRequest, signal: AbortSignal): Promise<GuardedResponse> {
    let url = parseOutsideUrl(request.url, rules);
    // Only who starts on this machine may be sent on to it: a stranger's redirect to localhost is an attack.
    const hopRules = { ...rules, allowLoopback: rules.allowLoopback && isLoopbackHost(url) };
    for (let hop = 0; hop <= (options.maxRedirects ?? 3); hop += 1) {
      const address = await resolveAddress(url, hopRules, options.lookup, signal);
      const response = await open(url, address, request, signal);
      if (!REDIRECTS.has(response.status)) return await readResponse(url, response, request);
      response.close();
      if (request.post !== undefined) {
        throw new CodedError('fetch.redirect-malformed', 'A POST is not sent on to another place.', { host: url.host });
      }
      url = parseOutsideUrl(redirectTarget(url, response), hopRules);
    }
    throw new CodedError('fetch.too-many-redirects', 'This URL sends us on and on.', { host: url.host });
  }

  async function open(url: URL, address: string | undefined, request: GuardedRequest, signal: AbortSignal) {
    const accept = request.accept.length === 0 ? '*/*' : request.accept.join(', ');
    const headers = { accept, 'user-agent': 'holdfast', ...request.post?.headers };
    const body = request.post === undefined ? {} : { body: request.post.body };
    try {
      return await options.transport({ url, address, headers, ...body, signal, connectMs: options.connectMs ?? 2000 });
    } catch (cause) {
      throw toCoded(cause, url);
    }
  }

  return async (request) => {
    const abort = new AbortController();
    const late = new CodedError('fetch.timeout', 'The answer did not arrive in time.', { totalMs });
    const timer = setTimeout(() => abort.abort(late), Math.min(totalMs, request.totalMs ?? totalMs));
    try {
      return await unlessAborted(follow(request, abort.signal), abort.signal);
    } finally {
      clearTimeout(timer);
      abort.abort();
    }
  };
}

async function resolveAddress(
  url: URL,
  { allowLoopback }: UrlRules,
  lookup: Lookup | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const notPublic = () =>
    new CodedError('fetch.private-address', 'This host is not on the public Internet.', { host: url.host });
  if (isLoopbackHost(url) && !allowLoopback) throw notPublic();
  const literal = addressOf(url);
  if (literal === undefined && lookup === undefined) return undefined;
  const addresses = literal === undefined ? await lookUp(hostOf(url), lookup, signal) : [literal];
  const isAllowed = isLoopbackHost(url) ? isLoopbackAddress : isPublicAddress;
  // All of them: whoever answers with one public and one private address waits for us to choose the second.
  if (!addresses.every(isAllowed)) throw notPublic();
  return addresses[0];
}

async function lookUp(host: string, lookup: Lookup | undefined, signal: AbortSignal): Promise<readonly string[]> {
  let addresses: readonly string[] = [];
  try {
    addresses = (await unlessAborted(lookup?.(host) ?? Promise.resolve([]), signal)) ?? [];
  } catch (cause) {
    if (isCodedError(cause)) throw cause;
    throw new CodedError('fetch.name-unresolved', 'The DNS gives no address for this host.', { host }, cause);
  }
  if (addresses.length === 0) {
    throw new CodedError('fetch.name-unresolved', 'The DNS gives no address for this host.', { host });
  }
  return addresses;
}

function redirectTarget(url: URL, response: TransportResponse): string {
  const location = response.header('location') ?? '';
  if (location === '' || !URL.canParse(location, url)) {
    throw new CodedError('fetch.redirect-malformed', 'This redirect leads nowhere.', { host: url.host });
  }
  return new URL(location, url).href;
}

async function readResponse(url: URL, response: TransportResponse, request: GuardedRequest): Promise<GuardedResponse> {
  try {
    const isTaken = response.status >= 200 && response.status < 300;
    if (request.isNotice === true && isTaken) {
      return { url: url.href, contentType: '', body: new Uint8Array(), cacheControl: undefined };
    }
    if (response.status !== 200) {
      const { status } = response;
      throw new CodedError('fetch.status', `The other side answered with status ${status}.`, {
        status,
        host: url.host,
      });
    }
    const contentType = (response.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    if (!request.accept.includes(contentType)) {
      throw new CodedError('fetch.content-type', 'The answer is of another media type.', {
        contentType,
        host: url.host,
      });
    }
    const body = await readBody(url, response, request.maxBytes);
    return { url: url.href, contentType, body, cacheControl: response.header('cache-control') };
  } finally {
    response.close();
  }
}

async function readBody(url: URL, response: TransportResponse, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new CodedError('fetch.too-large', `The answer is larger than ${maxBytes} bytes.`, { maxBytes, host: url.host });
  // The header may lie in both directions: it can only make us stop earlier.
  if (Number(response.header('content-length') ?? 0) > maxBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body) {
      length += chunk.length;
      if (length > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (cause) {
    throw isCodedError(cause)
      ? cause
      : new CodedError('fetch.broken-off', 'The answer broke off in the middle.', { host: url.host }, cause);
  }
  return concatBytes(...chunks);
}

function toCoded(cause: unknown, url: URL): CodedError {
  if (isCodedError(cause)) return cause;
  return new CodedError('fetch.unreachable', 'The other side could not be reached.', { host: url.host }, cause);
}

/** Ends with the signal's reason even where the work itself cannot be stopped. */
async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
