import { CodedError, concatBytes, type JsonObject, parseJsonObject, parseUtf8 } from '@holdfast/core';
import type { RetryingFetch, RetryingInit } from './retrying-fetch.ts';

/** What one answer may cost a wallet. */
export type FetchBounds = {
  readonly timeoutMs: number;
  /** Bytes of a body as it arrives, decompressed. */
  readonly maxBytes: number;
};

export const DEFAULT_FETCH_BOUNDS: FetchBounds = { timeoutMs: 10_000, maxBytes: 262_144 };

export type FetchOptions = {
  /** The one layer that tries again. */
  readonly fetch: RetryingFetch;
  /** Plain http to this very machine, for development. Never for a wallet that people use: any link could name it. */
  readonly allowLoopback: boolean;
  readonly bounds: FetchBounds;
};

export type Answer = { readonly status: number; readonly text: string };

/** The part of the time in which an answer has to begin, however often it is asked; the rest is for its body. */
const UNTIL_IT_BEGINS = 0.8;

/**
 * One request, bounded in time and size, to an address that a stranger may have written. Redirects are not followed: no
 * step of OpenID4VC needs one, and one could lead from a checked address to another. Throws `wallet.url-refused`,
 * `wallet.unreachable`, `wallet.answer-unexpected` for a redirect, `wallet.answer-too-large`, or `client.*` for what was not sent;
 * any other status is an answer.
 */
export async function fetchBounded(
  { fetch, allowLoopback, bounds }: FetchOptions,
  url: string,
  init: RetryingInit = {},
): Promise<Answer> {
  assertAddress(url, allowLoopback);
  const signal = AbortSignal.timeout(bounds.timeoutMs);
  const common = { redirect: 'manual', credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store' } as const;
  try {
    const deadlineMs = Math.floor(bounds.timeoutMs * UNTIL_IT_BEGINS);
    const response = await fetch(url, { deadlineMs, ...init, ...common, signal });
    if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status <= 399)) {
      throw unexpected(url, 'it leads elsewhere');
    }
    return { status: response.status, text: await readBody(response, bounds.maxBytes) };
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw new CodedError(
      'wallet.unreachable',
      `There was no answer from ${hostOf(url)}.`,
      { host: hostOf(url) },
      cause,
    );
  }
}

/** As `fetchBounded`, for JSON. Throws `wallet.answer-unexpected` for another status than 2xx, or what is not an object. */
export async function fetchJson(options: FetchOptions, url: string, init: RetryingInit = {}): Promise<JsonObject> {
  const headers = { accept: 'application/json', ...(init.headers as Record<string, string> | undefined) };
  const { status, text } = await fetchBounded(options, url, { ...init, headers });
  if (status < 200 || status > 299) throw unexpected(url, `it answered with status ${status}`);
  return parseAnswer(options, url, text);
}

export function parseAnswer({ bounds }: FetchOptions, url: string, text: string): JsonObject {
  try {
    return parseJsonObject(text, { maxLength: bounds.maxBytes, maxDepth: 24 });
  } catch (cause) {
    throw unexpected(url, 'it did not answer with a JSON object', cause);
  }
}

function unexpected(url: string, what: string, cause?: unknown): CodedError {
  const sentence = `${hostOf(url)} did not do what the standard says: ${what}.`;
  return new CodedError('wallet.answer-unexpected', sentence, { host: hostOf(url) }, cause);
}

/** Throws `wallet.url-refused` for anything but https, and http to this machine where that is allowed. */
export function assertAddress(url: string, allowLoopback: boolean): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(parsed?.hostname ?? '');
  const isAllowed = parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && isLoopback && allowLoopback);
  // User and password in an address are how one host is made to look like another.
  if (parsed !== undefined && isAllowed && parsed.username === '' && parsed.password === '') return parsed;
  throw new CodedError('wallet.url-refused', 'This wallet only speaks to https addresses.', { url: url.slice(0, 200) });
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an address that is none';
}

async function readBody(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      await reader.cancel().catch(() => undefined);
      throw new CodedError('wallet.answer-too-large', `An answer is larger than ${maxBytes} bytes.`);
    }
    chunks.push(value);
  }
  return parseUtf8(concatBytes(...chunks));
}
