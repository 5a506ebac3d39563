import { encodeUtf8 } from '@holdfast/core';
import { createGuardedFetch } from '@holdfast/verifier';
import { createNodeTransport, nodeLookup } from '@holdfast/verifier/node';
import type { SendEvent } from '../telling/events.ts';

const TIMEOUT_MS = 10_000;
const HEADERS = { 'content-type': 'application/secevent+jwt', accept: 'application/json' };

/** Pushes events as RFC 8935 says, to no address inside our own network; to this machine only for development. */
export function createEventSender(allowLoopback: boolean): SendEvent {
  const fetch = createGuardedFetch({
    ...{ transport: createNodeTransport(), lookup: nodeLookup, totalMs: TIMEOUT_MS, allowLoopback },
  });
  return async (url, token) => {
    await fetch({ url, accept: [], maxBytes: 0, isNotice: true, post: { body: encodeUtf8(token), headers: HEADERS } });
  };
}

/** Events go to this machine only where nobody else is served: for development. */
export function isThisMachine(origin: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(origin).hostname);
}
