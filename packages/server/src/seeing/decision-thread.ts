import { sha256Base64url } from '@holdfast/core';

const THREAD_BYTES = 16;

/** The trace that everything told of one decision is linked to: of its id, which stands in the log for everybody. */
export function decisionThread(id: string): string {
  return Buffer.from(sha256Base64url(`decision ${id}`), 'base64url')
    .subarray(0, THREAD_BYTES)
    .toString('hex');
}
