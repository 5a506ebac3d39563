import { CodedError, isCodedError, parseJsonObject, parseUtf8 } from '@holdfast/core';
import { createHttpFeed, createHttpOrigin, type HttpFeed, type HttpFeedOptions } from '@holdfast/verifier';
import type { AppendReceipt, Network } from '../../ports/network.ts';

const MAX_RECEIPT_BYTES = 4096;

export type HttpNetwork = Network & HttpFeed;

/** A network in another process, over its HTTP origin. Its answers are checked for shape and size, and believed in nothing else. */
export function createHttpNetwork(options: HttpFeedOptions): HttpNetwork {
  const origin = createHttpOrigin(options);
  return {
    ...createHttpFeed(options, origin),
    async append(statements) {
      const ask = {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ statements }),
        maxBytes: MAX_RECEIPT_BYTES,
      } as const;
      return parseReceipt(await origin.ask('/log/statements', ask, new AbortController().signal), statements.length);
    },
  };
}

function parseReceipt(bytes: Uint8Array, expected: number): AppendReceipt {
  const { index, count } = parseAnswer(bytes);
  if (typeof index === 'number' && Number.isSafeInteger(index) && index >= 0 && count === expected) {
    return { index, count };
  }
  throw new CodedError('feed.answer', 'The network answered an append with something else than a receipt.');
}

function parseAnswer(bytes: Uint8Array) {
  try {
    return parseJsonObject(parseUtf8(bytes));
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw new CodedError('feed.answer', 'The network answered with something else than JSON.', {}, error);
  }
}
