import { CodedError, isCodedError, isJsonObject, parseJson, parseUtf8 } from '@holdfast/core';
import { type Clock, createPlatformClock } from '../verify/clock.ts';
import { rejectOnAbort, within } from './deadline.ts';

export type HttpOriginOptions = {
  /** Where the network answers, `https://network.example`; also with a path before `/log`. */
  readonly url: string;
  readonly clock?: Clock;
  readonly fetch?: typeof fetch;
  /** For a whole answer. */
  readonly timeoutMs?: number;
  /** Codes that it may tell us in its problem documents; default those of a network. Any other is not its to use. */
  readonly codes?: RegExp;
};

export type HttpAsk = {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** An answer that is longer is refused. */
  readonly maxBytes: number;
};

/**
 * One network's HTTP origin, named by whoever configured us, so not guarded like an address from a credential; its answers
 * are. Throws `feed.unreachable`, `feed.timeout`, `feed.too-large`, `feed.answer` for what no network answers, the code of
 * its problem document, or the signal's reason.
 */
export type HttpOrigin = {
  readonly ask: (path: string, ask: HttpAsk, signal: AbortSignal) => Promise<Uint8Array>;
  /** An answer without an end, as it comes. The caller bounds it in time. */
  readonly open: (path: string, signal: AbortSignal) => Promise<AsyncGenerator<Uint8Array>>;
};

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_PROBLEM_BYTES = 65_536;

export function createHttpOrigin(options: HttpOriginOptions): HttpOrigin {
  const { clock = createPlatformClock(), timeoutMs = DEFAULT_TIMEOUT_MS, codes = NETWORK_CODES } = options;
  const platformFetch = options.fetch ?? fetch;
  const root = options.url.replace(/\/+$/, '');

  async function request(path: string, ask: Omit<HttpAsk, 'maxBytes'>, signal: AbortSignal): Promise<Response> {
    let response: Response;
    try {
      response = await platformFetch(`${root}${path}`, {
        method: ask.method ?? 'GET',
        ...(ask.headers === undefined ? {} : { headers: ask.headers }),
        ...(ask.body === undefined ? {} : { body: ask.body }),
        signal,
        redirect: 'error',
        cache: 'no-store',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
      });
    } catch (cause) {
      signal.throwIfAborted();
      throw new CodedError('feed.unreachable', `Nobody answers at ${root}.`, {}, cause);
    }
    if (response.ok) return response;
    throw problemOf(response.status, await readAll(response, MAX_PROBLEM_BYTES, signal), codes);
  }

  return {
    ask: (path, ask, signal) =>
      within(clock, timeoutMs, signal, async (inner) => readAll(await request(path, ask, inner), ask.maxBytes, inner)),
    open: async (path, signal) => {
      const response = await within(clock, timeoutMs, signal, () =>
        request(path, { headers: { accept: 'text/event-stream' } }, signal),
      );
      return readChunks(response, signal);
    },
  };
}

async function readAll(response: Response, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of readChunks(response, signal)) {
    length += chunk.length;
    if (length > maxBytes) throw new CodedError('feed.too-large', `This answer is longer than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

async function* readChunks(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const aborted = rejectOnAbort(signal);
  aborted.catch(() => undefined);
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), aborted]);
      if (done) return;
      yield value;
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw new CodedError('feed.unreachable', 'The connection to the network broke.', {}, cause);
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

const NETWORK_CODES = /^(?:feed|log|network|operator|proof|request|statement|tile)\.[a-z-]{1,60}$/;

function problemOf(status: number, bytes: Uint8Array, codes: RegExp): CodedError {
  const problem = parseOrNothing(bytes);
  const { code, detail, details } = isJsonObject(problem) ? problem : {};
  if (typeof code !== 'string' || !codes.test(code)) {
    return new CodedError('feed.answer', `The network answered ${status}, without saying why.`, { status });
  }
  const sentence = typeof detail === 'string' ? detail.slice(0, 500) : `The network answered ${status}.`;
  return new CodedError(code, sentence, isJsonObject(details) ? details : {});
}

function parseOrNothing(bytes: Uint8Array): unknown {
  try {
    return parseJson(parseUtf8(bytes), { maxLength: MAX_PROBLEM_BYTES, maxDepth: 8 });
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return undefined;
  }
}
