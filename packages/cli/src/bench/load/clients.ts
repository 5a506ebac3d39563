import { randomUUID } from 'node:crypto';
import { createRetryingFetch } from '@holdfast/wallet/retrying-fetch';
import { type Order, wireOf } from './orders.ts';
import type { RawClient } from './raw-client.ts';

/** How it ended for one client, in the end. */
export type Ending = {
  readonly kind: 'served' | 'graded' | 'told' | 'left';
  /** The status, and the code of a problem. */
  readonly status: string;
};
/** Told of each request that leaves. */
export type Sent = () => void;

const IMPATIENT_MS = 1000;
const IMPATIENT_TRIES = 4;
/** An honest client waits as it is told, so long. */
const PATIENT_MS = 10_000;

/** Gives each attempt a second, drops the connection, and sends the same again at once, three times, whatever it is told. */
export async function comeImpatiently(client: RawClient, order: Order, sent: Sent): Promise<Ending> {
  const key = { 'idempotency-key': randomUUID() };
  let last: Ending = { kind: 'left', status: 'none' };
  for (let attempt = 0; attempt < IMPATIENT_TRIES; attempt += 1) {
    const startedAt = performance.now();
    try {
      sent();
      const { status, body } = await client.send(wireOf(order, key), { patienceMs: IMPATIENT_MS });
      last = endingOf(order, status, body);
    } catch {
      last = { kind: 'left', status: 'none' };
    }
    if (last.kind !== 'told' && last.kind !== 'left') return last;
    const restMs = IMPATIENT_MS - (performance.now() - startedAt);
    if (restMs > 0 && attempt + 1 < IMPATIENT_TRIES) await new Promise((resolve) => setTimeout(resolve, restMs));
  }
  return last;
}

/** A person's own wallet: it has asked nobody before, and asks again only as `createRetryingFetch` allows. */
export async function comeHonestly(client: RawClient, order: Order, sent: Sent): Promise<Ending> {
  let text = '';
  const fetch = createRetryingFetch({
    deadlineMs: PATIENT_MS,
    fetch: async (_input, init) => {
      sent();
      const headers = Object.fromEntries(new Headers(init?.headers));
      delete headers['content-type'];
      const answer = await client.send(wireOf(order, headers), init?.signal ? { signal: init.signal } : {});
      text = answer.body;
      // What was served need not be read twice: the layer below looks only into a refusal.
      const body = answer.status < 400 ? null : text;
      return new Response(body, { status: answer.status, headers: headersOf(answer.headers) });
    },
  });
  try {
    const response = await fetch(`http://localhost${order.path}`, { method: 'POST', repeats: 'keyed' });
    return endingOf(order, response.status, text);
  } catch {
    return { kind: 'left', status: 'none' };
  }
}

function headersOf(text: string): [string, string][] {
  return text
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(/: */, 2) as [string, string])
    .filter(([name]) => /^(retry-after|content-type|date)$/i.test(name));
}

function endingOf({ kind }: Order, status: number, body: string): Ending {
  if (status === 200 || status === 201) {
    const isGraded = kind === 'verify' && body.includes('"shed":true');
    if (kind === 'transfer' && body.includes('"answer":"refused')) return { kind: 'left', status: 'transfer refused' };
    return { kind: isGraded ? 'graded' : 'served', status: `${kind} ${status}` };
  }
  const code = /"code":"([a-z.-]{1,60})"/.exec(body)?.[1] ?? '';
  return { kind: status === 503 || status === 429 ? 'told' : 'left', status: `${kind} ${status} ${code}` };
}
