import { CodedError } from '@holdfast/core';
import type { Transport } from './guarded-fetch.ts';

/**
 * The transport of browsers and edge runtimes: `fetch`, without cookies or referrer. It cannot choose the address it
 * connects to: there the platform is the guard (a page cannot read what CORS forbids, an edge runtime has no private
 * network beside it). A browser hides where a redirect leads, so there a redirect fails.
 */
export function createWebTransport(platformFetch: typeof fetch = fetch): Transport {
  return async ({ url, headers, body, signal }) => {
    const response = await platformFetch(url.href, {
      // Browsers refuse a user agent of ours.
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'user-agent')),
      ...(body === undefined ? {} : { method: 'POST', body: new Uint8Array(body) }),
      signal,
      redirect: 'manual',
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    });
    if (response.type === 'opaqueredirect') {
      throw new CodedError('fetch.redirect-malformed', 'This platform does not say where a redirect leads.');
    }
    return {
      status: response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      body: readChunks(response.body),
      close: () => void response.body?.cancel().catch(() => {}),
    };
  };
}

async function* readChunks(stream: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  const reader = stream?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Whoever stops listening stops the download too.
    await reader.cancel().catch(() => {});
  }
}
