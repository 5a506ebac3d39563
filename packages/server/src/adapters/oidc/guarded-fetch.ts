import { CodedError } from '@holdfast/core';

const TIMEOUT_MS = 10_000;
/** Of one answer of a provider: its description, its keys or a token. */
const MAX_ANSWER_BYTES = 1_048_576;

export function isHttpsOrLoopback(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname));
}

/** Fetches from a provider: over https or on this machine, wherever its own description points; bounded, no redirects. */
export async function guardedFetch(address: string, init: RequestInit): Promise<Response> {
  if (!isHttpsOrLoopback(address)) {
    throw new CodedError('console.oidc', `The provider sends us to ${new URL(address).origin}, which is not https.`);
  }
  const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(init.signal ? [init.signal] : [])]);
  const response = await fetch(address, { ...init, redirect: 'manual', signal });
  const { status, headers } = response;
  return new Response(status === 204 ? null : await readBody(response), { status, headers });
}

async function readBody({ body }: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new CodedError('console.oidc', 'The provider answers with too much.');
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
