import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, isCodedError, isJsonObject, type Json, type JsonObject } from '@holdfast/core';
// A door of its own: a whole wallet takes longer to load than most commands take.
import { createRetryingFetch, type RetryingInit } from '@holdfast/wallet/retrying-fetch';

const REQUEST_TIMEOUT_MS = 30_000;
/** The one layer that tries again, for all clients of this process: what one has learnt of a target, all know. */
const retryingFetch = createRetryingFetch({ deadlineMs: REQUEST_TIMEOUT_MS });

export type ClientOptions = { readonly url: string; readonly adminKey?: string | undefined };

/** Asks a running network over HTTP, and turns its problem documents back into coded errors. */
export type NetworkClient = {
  readonly url: string;
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<JsonObject>;
  readonly getList: (path: string) => Promise<readonly Json[]>;
  /** Bytes as they come, at most so many. */
  readonly getBytes: (path: string, maxBytes: number) => Promise<Uint8Array>;
  readonly post: Send;
  readonly put: Send;
  readonly remove: (path: string) => Promise<void>;
};

type Send = (path: string, body: unknown, headers?: Readonly<Record<string, string>>) => Promise<JsonObject>;

export function createNetworkClient({ url, adminKey }: ClientOptions): NetworkClient {
  const authorization = adminKey === undefined ? {} : { authorization: `Bearer ${adminKey}` };
  async function send(path: string, init: RetryingInit): Promise<Response> {
    try {
      return await retryingFetch(new URL(path, url), { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    } catch (cause) {
      if (isCodedError(cause)) throw cause;
      throw new CodedError('network.unreachable', `No network answers at ${url}. Start one with: npm start`, {}, cause);
    }
  }
  async function ask(path: string, init: RequestInit): Promise<unknown> {
    const response = await send(path, init);
    const body: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw ownDoor(problemError(body, response.status, path));
    return body;
  }
  /** Who types has no headers: where the key of this network is looked for is what helps. */
  const ownDoor = (error: CodedError): CodedError => {
    if (error.code !== 'operator.unauthorized') return error;
    const why = adminKey === undefined ? 'none was found' : `the one that was sent is not known at ${url}`;
    const words = `This needs an operator's key, and ${why}. Say where its folder lies (--data), or set HOLDFAST_ADMIN_KEY.`;
    return new CodedError(error.code, words, error.details, error);
  };
  const object = (path: string, body: unknown): JsonObject => {
    if (isJsonObject(body)) return body;
    throw new CodedError('network.answer', `${path} did not answer with a JSON object.`);
  };
  const sendBy =
    (method: string): Send =>
    async (path, body, headers = {}) => {
      const init = { ...authorization, 'content-type': 'application/json', ...headers };
      return object(path, await ask(path, { method, headers: init, body: JSON.stringify(body) }));
    };
  return {
    url,
    get: async (path, headers = {}) => object(path, await ask(path, { headers: { ...authorization, ...headers } })),
    getList: async (path) => {
      const body = await ask(path, { headers: authorization });
      if (Array.isArray(body)) return body as readonly Json[];
      throw new CodedError('network.answer', `${path} did not answer with a JSON array.`);
    },
    getBytes: async (path, maxBytes) => {
      const response = await send(path, { headers: authorization });
      const declared = Number(response.headers.get('content-length') ?? Number.NaN);
      // An answer without a length is not read: it might not end.
      if (response.ok && declared <= maxBytes) return new Uint8Array(await response.arrayBuffer());
      if (response.ok) throw new CodedError('network.answer', `${path} answered with more than ${maxBytes} bytes.`);
      throw problemError(await response.json().catch(() => undefined), response.status, path);
    },
    post: sendBy('POST'),
    put: sendBy('PUT'),
    remove: async (path) => {
      await ask(path, { method: 'DELETE', headers: authorization });
    },
  };
}

function problemError(body: unknown, status: number, path: string): CodedError {
  if (!isJsonObject(body) || typeof body.code !== 'string') {
    return new CodedError('network.answer', `${path} answered ${status}.`);
  }
  const detail = typeof body.detail === 'string' ? body.detail : String(body.title);
  return new CodedError(body.code, detail, isJsonObject(body.details) ? body.details : {});
}

/** The admin key of the data folder on this machine; undefined when there is none that we may read. */
export async function findAdminKey(dataFolder: string): Promise<string | undefined> {
  if (process.env.HOLDFAST_ADMIN_KEY !== undefined) return process.env.HOLDFAST_ADMIN_KEY;
  return readFile(join(dataFolder, 'keys', 'admin'), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}
