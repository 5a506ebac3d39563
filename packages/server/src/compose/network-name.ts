import { CodedError, encodeBase64url, encodeUtf8, parseJsonObject, parseUtf8, sha256 } from '@holdfast/core';
import { createHttpOrigin } from '@holdfast/verifier';
import type { Clock } from '../ports/clock.ts';

const MAX_RULEBOOK_BYTES = 262_144;
const TIMEOUT_MS = 10_000;

/**
 * The name of the network that answers at an address: the digest of the genesis that it shows. Whoever pins it from then on
 * believes nothing else from there. Throws `feed.*` or `network.answer`.
 */
export async function readNetworkName(url: string, clock: Clock): Promise<string> {
  const origin = createHttpOrigin({ url, clock, timeoutMs: TIMEOUT_MS });
  const bytes = await origin.ask('/rulebook', { maxBytes: MAX_RULEBOOK_BYTES }, AbortSignal.timeout(TIMEOUT_MS));
  const { network, genesis } = parseJsonObject(parseUtf8(bytes), { maxLength: MAX_RULEBOOK_BYTES, maxDepth: 16 });
  if (typeof genesis === 'string' && encodeBase64url(sha256(encodeUtf8(genesis))) === network) return network;
  throw new CodedError('network.answer', `${url} does not show the genesis of a network.`);
}
