import { CodedError } from '@holdfast/core/errors';

type Method = 'GET' | 'POST' | 'DELETE';

const TIMEOUT_MS = 20_000;

/** What a problem document says beside its code, for the person at the screen. */
type Problem = {
  readonly code?: unknown;
  readonly detail?: unknown;
  readonly title?: unknown;
  readonly details?: unknown;
  /** `later`: it passes by itself. */
  readonly retry?: unknown;
};

/** Asks our own server, by the session of this browser. Throws what it refuses as the coded error that it is. */
export async function ask<T>(path: string, method: Method = 'GET', body?: unknown, idempotent = false): Promise<T> {
  const response = await send(path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      // A fresh one for each press: the button is out of order until the answer is there.
      ...(idempotent ? { 'idempotency-key': `console-${crypto.randomUUID()}` } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer as T;
  throw problemError(answer, response.status, path);
}

export async function askText(path: string): Promise<string> {
  const response = await send(path, { method: 'GET' });
  if (response.ok) return response.text();
  throw problemError(await response.json().catch(() => undefined), response.status, path);
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, credentials: 'same-origin', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (cause) {
    throw new CodedError('network.unreachable', 'The server does not answer. What you see may be old.', {}, cause);
  }
}

function problemError(answer: unknown, status: number, path: string): CodedError {
  const { code, detail, title, details, retry } = (
    typeof answer === 'object' && answer !== null ? answer : {}
  ) as Problem;
  const words = typeof detail === 'string' ? detail : typeof title === 'string' ? title : `${path} answered ${status}.`;
  const told = typeof details === 'object' && details !== null ? (details as Record<string, unknown>) : {};
  const passing = typeof retry === 'string' ? { ...told, retry } : told;
  return new CodedError(typeof code === 'string' ? code : 'network.answer', words, passing);
}
