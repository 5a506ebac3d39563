import {
  CodedError,
  judgeStatusToken,
  MAX_STATUS_LIST_BYTES,
  MAX_STATUS_TOKEN_LENGTH,
  type PublicJwk,
  packedSize,
  parseStatusToken,
  readStatus,
  type StatusReference,
  type StatusToken,
  signatureCheck,
} from '@holdfast/core';
import { type FetchOptions, fetchBounded } from './bounded-fetch.ts';
import type { VerifySignature } from './web-verify.ts';

const STATUS_TYPE = 'application/statuslist+jwt';
const SKEW_S = 60;

type Ports = FetchOptions & { readonly verify: VerifySignature };
type List = { readonly token: StatusToken; readonly packed: Uint8Array };

/**
 * Reads what a status list says of one place, once it is known that the list is about itself, signed by the key of the credential,
 * in force, and has the place. Each list is fetched once. Throws `wallet.status` with the reason.
 */
export function createStatusReader(
  ports: Ports,
): (reference: StatusReference, key: PublicJwk, nowMs: number) => Promise<number> {
  const lists = new Map<string, Promise<List>>();
  return async ({ uri, index }, key, nowMs) => {
    const fetching = lists.get(uri) ?? fetchList(ports, uri);
    lists.set(uri, fetching);
    const { token, packed } = await fetching;
    const reasons = judgeStatusToken(token, { uri, now: Math.floor(nowMs / 1000), skewS: SKEW_S });
    if (reasons.length > 0) throw refusal(`its status list cannot be used (${reasons.join(', ')})`);
    if (token.header.alg !== 'ES256' || !(await ports.verify(signatureCheck(token.jws, key)))) {
      throw refusal('its status list is not signed by the key of the credential');
    }
    if (index >= packedSize(packed, token.bits)) throw refusal('its status list does not have its index');
    return readStatus(packed, token.bits, index);
  };
}

/**
 * Whether what was received has a status that verifiers will be able to read, and which says valid. The check throws
 * `wallet.status` with the reason: a credential that nobody can check is of no use to its holder.
 */
export function createStatusCheck(
  ports: Ports,
): (reference: StatusReference, key: PublicJwk, nowMs: number) => Promise<void> {
  const read = createStatusReader(ports);
  return async (reference, key, nowMs) => {
    const value = await read(reference, key, nowMs);
    if (value !== 0) throw refusal(value === 1 ? 'it is revoked already' : 'it is suspended');
  };
}

async function fetchList(ports: Ports, uri: string): Promise<List> {
  const bounds = { ...ports.bounds, maxBytes: MAX_STATUS_TOKEN_LENGTH };
  const { status, text } = await fetchBounded({ ...ports, bounds }, uri, { headers: { accept: STATUS_TYPE } });
  if (status !== 200) throw refusal(`its status list answers with ${status}`);
  const token = parseStatusToken(text);
  if (!token.ok) throw refusal(token.detail);
  return { token, packed: await inflate(token.compressed) };
}

/** zlib (RFC 1950), cut at the bound: a list that inflates to more is a bomb. */
async function inflate(compressed: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([new Uint8Array(compressed)]).stream().pipeThrough(new DecompressionStream('deflate'));
  const reader = stream.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > MAX_STATUS_LIST_BYTES) throw refusal('its status list is too large');
      chunks.push(new Uint8Array(value));
    }
  } catch (cause) {
    await reader.cancel().catch(() => undefined);
    throw cause instanceof CodedError ? cause : refusal('its status list cannot be inflated', cause);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function refusal(why: string, cause?: unknown): CodedError {
  return new CodedError('wallet.status', `This credential could not be used: ${why}.`, {}, cause);
}
