import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { readStatus } from '@holdfast/core';
import {
  createFollower,
  createFollowerStoreMemory,
  createHttpFeed,
  createPlatformClock,
  type Follower,
} from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { BENCH_LIST } from './feed-list.ts';

// A process of its own: `follow URL NETWORK COUNT`, `poll URL TTL_MS COUNT` or `listen URL EVENT COUNT`. Tells its parent
// when all are there, and for each index revoked (or event received) the monotonic milliseconds at which each saw it.
const [what = '', url = '', argument = '', count = '0'] = process.argv.slice(2);
const total = Number(count);
const STARTED_AT_ONCE = 50;
const seen = new Map<number, number[]>();

function note(index: number): void {
  const times = seen.get(index) ?? [];
  times.push(Number(process.hrtime.bigint()) / 1e6);
  seen.set(index, times);
  if (times.length < total) return;
  seen.delete(index);
  process.send?.({ index, times });
}

// Nobody is left who would end it.
process.on('disconnect', () => process.exit());

if (what === 'follow') await follow();
else if (what === 'poll') poll(Number(argument));
else await listen();
process.send?.({ ready: true });

/** Real followers, each with a connection, a store and a fold of its own; every signature is verified by each. */
async function follow(): Promise<void> {
  const clock = createPlatformClock();
  const engine = createNodeEngine();
  const entropy = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };
  const stop = new AbortController();
  const followers: Follower[] = [];
  for (let i = 0; i < total; i += 1) {
    const source = createHttpFeed({ url, clock });
    const store = createFollowerStoreMemory();
    const follower = createFollower({ network: argument, source, store, engine, clock, entropy });
    await follower.start(stop.signal);
    let next = 0;
    follower.subscribe((view) => {
      const values = view.lists.get(BENCH_LIST)?.values;
      for (; values?.[next] === 1; next += 1) note(next);
    });
    followers.push(follower);
    // Not all at once: what is measured is a network in its ordinary days.
    if (i % STARTED_AT_ONCE === 0) await until(() => followers.every((started) => started.position !== undefined));
  }
  await until(() => followers.every((started) => started.position !== undefined));
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** What the text of a list token carries, fetched as often as its ttl allows, each at a moment of its own. */
function poll(ttlMs: number): void {
  for (let i = 0; i < total; i += 1) {
    let next = 0;
    const ask = async () => {
      const packed = new Uint8Array(await (await fetch(`${url}/bench/list`)).arrayBuffer());
      for (; readStatus(packed, 2, next) === 1; next += 1) note(next);
    };
    setTimeout(() => setInterval(() => void ask(), ttlMs), (i * ttlMs) / total);
  }
}

/** Connections that only read what is sent. One that was too slow for an event has seen it with the next. */
async function listen(): Promise<void> {
  const { hostname, port } = new URL(url);
  const latest = Array.from({ length: total }, () => 0);
  const known = new Set<number>();
  function received(at: number, size: number): void {
    const before = latest[at] ?? 0;
    latest[at] = size;
    for (const other of known) if (other > before && other <= size) note(other);
    if (known.has(size)) return;
    known.add(size);
    for (const reached of latest) if (reached >= size) note(size);
  }
  for (let at = 0; at < total; at += 1) {
    const socket = connect(Number(port), hostname);
    socket.setEncoding('latin1');
    await new Promise((resolve) => socket.once('connect', resolve));
    let rest = '';
    socket.on('data', (text: string) => {
      rest += text;
      const end = rest.lastIndexOf('\n\n');
      if (end === -1) return;
      for (const [, size] of rest.slice(0, end).matchAll(/(?:^|\n)id: ([0-9]+)\n/g)) received(at, Number(size));
      rest = rest.slice(end);
    });
    socket.write(`GET /feed?from=${argument} HTTP/1.1\r\nHost: bench\r\n\r\n`);
  }
}
