import { describe, expect, test } from 'vitest';
import { createRetryingFetch, type Fetch, type RetryClock, type RetryingFetchOptions } from './retrying-fetch.ts';

const URL_OF = 'https://network.example/programs/relief/applications';
const START = 1_800_000_000_000;

/** Time that passes only by sleeping: whoever sleeps is woken in order, once nothing else is to be done. */
function createTestClock(): RetryClock & { readonly slept: number[] } {
  let now = START;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: async (durationMs, signal) => {
      signal?.throwIfAborted();
      // The watch over an attempt ends with it: it only counts when the other side hangs.
      await new Promise((resolve) => setTimeout(resolve, durationMs >= 10_000 ? 15 : 0));
      signal?.throwIfAborted();
      now += durationMs;
      slept.push(durationMs);
    },
  };
}

type Reply = Response | Error | 'hang';

function createTarget(replies: readonly Reply[]) {
  const asked: { url: string; headers: Headers; body: unknown }[] = [];
  const fetch: Fetch = async (input, init) => {
    const reply = replies[Math.min(asked.length, replies.length - 1)] ?? new Response('ok');
    asked.push({ url: String(input), headers: new Headers(init?.headers), body: init?.body });
    if (reply instanceof Error) throw reply;
    if (reply !== 'hang') return reply.clone();
    return new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
  };
  return { asked, fetch };
}

function setUp(replies: readonly Reply[], options: Partial<RetryingFetchOptions> = {}) {
  const clock = createTestClock();
  const target = createTarget(replies);
  let count = 0;
  const bytes = (length: number) => {
    count += 37;
    return new Uint8Array(length).fill(count % 256);
  };
  return {
    clock,
    ...target,
    retrying: createRetryingFetch({ fetch: target.fetch, clock, entropy: { bytes }, ...options }),
  };
}

const busy = (headers: Record<string, string> = {}) => new Response('', { status: 503, headers });
const problem = (members: object, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(members), {
    status: 503,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
const lost = new TypeError('fetch failed');
const POST = { method: 'POST', body: '{}' };

describe('a request that fails', () => {
  test('is tried three times in all, and the last answer is returned as it is', async () => {
    const { asked, retrying } = setUp([lost, busy(), problem({ code: 'x' })]);
    const response = await retrying(URL_OF);
    expect(asked).toHaveLength(3);
    expect(await response.json()).toEqual({ code: 'x' });
  });

  test('and is then cut off by its deadline gives the answer before that, which says more', async () => {
    const { asked, retrying } = setUp([problem({ code: 'x' }), 'hang']);
    const response = await retrying(URL_OF);
    expect(asked).toHaveLength(2);
    expect(await response.json()).toEqual({ code: 'x' });
    const { retrying: first } = setUp(['hang']);
    await expect(first(URL_OF)).rejects.toThrow('no answer in time');
  });

  test('that nobody answers throws what fetch threw', async () => {
    const { asked, retrying } = setUp([lost]);
    await expect(retrying(URL_OF)).rejects.toBe(lost);
    expect(asked).toHaveLength(3);
  });

  test('is not sent twice when it might count twice', async () => {
    const { asked, retrying } = setUp([lost]);
    await expect(retrying(URL_OF, POST)).rejects.toBe(lost);
    await expect(retrying(URL_OF, { method: 'DELETE' })).rejects.toBe(lost);
    expect(asked).toHaveLength(2);
  });

  test('goes under one key for all its attempts, and another request under another', async () => {
    const { asked, retrying } = setUp([busy(), busy(), new Response('ok')]);
    await retrying(URL_OF, { ...POST, repeats: 'keyed' });
    await retrying(URL_OF, { ...POST, repeats: 'keyed' });
    const keys = asked.map(({ headers }) => headers.get('idempotency-key'));
    expect(new Set(keys.slice(0, 3)).size).toBe(1);
    expect(keys[3]).not.toBe(keys[0]);
    expect(keys[0]).toMatch(/^[\w-]{22}$/);
  });

  test('keeps the key that its caller gave it', async () => {
    const { asked, retrying } = setUp([lost, new Response('ok')]);
    await retrying(URL_OF, { ...POST, headers: { 'idempotency-key': 'mine' } });
    expect(asked.map(({ headers }) => headers.get('idempotency-key'))).toEqual(['mine', 'mine']);
  });

  test('says what remains and which attempt it is, and to strangers nothing', async () => {
    const { asked, retrying } = setUp([busy({ 'retry-after': '2' }), new Response('ok')]);
    await retrying(URL_OF, { deadlineMs: 9000 });
    const told = asked.map(({ headers }) => Number(headers.get('holdfast-deadline-ms')));
    expect(told[0]).toBe(9000);
    expect(told[1]).toBeLessThanOrEqual(7000);
    expect(asked.map(({ headers }) => headers.get('holdfast-attempt'))).toEqual(['0', '1']);
    const silent = setUp([new Response('ok')], { tells: () => false });
    await silent.retrying(URL_OF);
    expect([...(silent.asked[0]?.headers.keys() ?? [])]).toEqual([]);
  });
});

describe('what an answer says about asking again is obeyed', () => {
  test.each(['never', 'after-change'])('retry: %s', async (retry) => {
    const { asked, retrying } = setUp([problem({ code: 'x', retry }, { 'retry-after': '1' })]);
    expect((await retrying(URL_OF)).status).toBe(503);
    expect(asked).toHaveLength(1);
  });

  test('notBefore, to the moment', async () => {
    const shed = problem({
      code: 'request.shed',
      retry: 'later',
      details: { class: 'apply', notBefore: START + 7000 },
    });
    const { clock, retrying } = setUp([shed, new Response('ok')]);
    await retrying(URL_OF);
    expect(clock.now()).toBe(START + 7000);
  });

  test('a moment beyond the deadline ends it, and until then nothing more is sent for that person', async () => {
    const details = { class: 'apply', cursor: 9, notBefore: START + 60_000 };
    const { asked, retrying } = setUp([problem({ code: 'request.shed', retry: 'later', details }), new Response('ok')]);
    expect((await retrying(URL_OF, { handle: 'ada' })).status).toBe(503);
    const again = retrying(URL_OF, { handle: 'ada' });
    await expect(again).rejects.toMatchObject({ code: 'client.held', details });
    expect(asked).toHaveLength(1);
    expect((await retrying(URL_OF, { handle: 'bob' })).status).toBe(200);
  });

  test('a refusal that does not end is not read to its end, and a document that is none counts as none', async () => {
    const endless = new ReadableStream(
      { pull: (to) => to.enqueue(new Uint8Array(4096).fill(32)) },
      { highWaterMark: 0 },
    );
    const headers = { 'content-type': 'application/problem+json' };
    const { asked, retrying } = setUp([new Response(endless, { status: 503, headers }), new Response('ok')]);
    expect((await retrying(URL_OF)).status).toBe(200);
    expect(asked).toHaveLength(2);
    const broken = setUp([new Response('{"retry":"never"', { status: 503, headers }), new Response('ok')]);
    expect((await broken.retrying(URL_OF)).status).toBe(200);
  });
});

describe('a target that takes little', () => {
  test('is asked a tenth more than without retries, beyond the first five', async () => {
    const { asked, retrying } = setUp([busy()]);
    for (let i = 0; i < 40; i += 1) await retrying(`${URL_OF}/${i}`).catch(() => undefined);
    const attempts = asked.map(({ headers }) => headers.get('holdfast-attempt'));
    expect(attempts.filter((attempt) => attempt !== '0')).toHaveLength(5);
  });

  test('is spared while it hangs: what has not come back counts as asked', async () => {
    const { asked, retrying } = setUp(['hang']);
    const stop = new AbortController();
    const all = Array.from({ length: 500 }, () => retrying(URL_OF, { signal: stop.signal }).catch((e: unknown) => e));
    await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    const ends = await Promise.all(all);
    expect(asked.length).toBeLessThan(250);
    expect(ends.filter((end) => (end as { code?: string }).code === 'client.throttled').length).toBeGreaterThan(250);
  });
});

describe('time and patience', () => {
  test('an attempt that hangs is given up, and tried again while there is time', async () => {
    const { asked, retrying } = setUp(['hang', new Response('ok')], { attemptMs: 10_000 });
    expect((await retrying(URL_OF)).status).toBe(200);
    expect(asked).toHaveLength(2);
  });

  test('a caller who gives up is heard while waiting, and nothing is sent afterwards', async () => {
    const { asked, retrying } = setUp([busy({ 'retry-after': '12' })]);
    const stop = new AbortController();
    const waiting = retrying(URL_OF, { signal: stop.signal });
    await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(asked).toHaveLength(1);
  });

  test('a request whose time is over is not sent', async () => {
    const { asked, retrying } = setUp([new Response('ok')]);
    await expect(retrying(URL_OF, { deadlineMs: 0 })).rejects.toMatchObject({ code: 'client.too-late' });
    expect(asked).toHaveLength(0);
  });
});

test('there is one layer: what tries again already is used as it is', async () => {
  const { retrying } = setUp([new Response('ok')]);
  expect(createRetryingFetch({ fetch: retrying as Fetch })).toBe(retrying);
});
