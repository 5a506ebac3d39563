import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { encodeBase64url, encodeUtf8, inclusionProof, leafHash, proveKeys, readerOfLeaves } from '@holdfast/core';
import {
  auditLog,
  createFollower,
  createFollowerStoreMemory,
  createSnapshotStoreMemory,
  readAudit,
  type ShownKeys,
} from '@holdfast/verifier';
import { afterEach, describe, expect, it } from 'vitest';
import { foldEntries, LIST_URI, meaningOf } from '../../../../core/test/log-builder.ts';
import { createManualClock } from '../../../../verifier/test/manual-clock.ts';
import { rotatingFeed } from '../../../../verifier/test/rotating-feed.ts';
import { createLogKey, createTestFeed, type TestFeed } from '../../../../verifier/test/test-feed.ts';
import { createHttpNetwork } from '../http-network/http-network.ts';
import { type ExportOptions, exportFeed } from './export-feed.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const never = new AbortController().signal;

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-export-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A server of mere files, as nginx or a CDN is one: it knows no query, and nothing of what it serves. */
async function serveFiles(root: () => string): Promise<string> {
  const server = createServer(async (request, answer) => {
    const path = normalize(new URL(request.url ?? '/', 'http://files').pathname);
    const bytes = await readFile(join(root(), path)).catch(() => undefined);
    if (bytes === undefined) answer.writeHead(404, { 'content-type': 'text/html' }).end('<h1>404</h1>');
    else answer.writeHead(200, { 'content-type': 'application/octet-stream' }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

type Followed = Pick<TestFeed, 'network' | 'engine'>;

async function follow(feed: Followed, url: string, beginAt: 'genesis' | 'snapshot' = 'genesis') {
  const clock = createManualClock();
  const follower = createFollower({
    network: feed.network,
    beginAt,
    source: createHttpNetwork({ url }),
    store: createFollowerStoreMemory(),
    snapshots: createSnapshotStoreMemory(),
    engine: feed.engine,
    clock,
    entropy: { bytes: (count) => new Uint8Array(count).fill(255) },
  });
  await follower.start(never);
  closing.push(async () => follower[Symbol.asyncDispose]());
  /** One catch-up, in no time: what the follower does by itself waits for its turn. */
  async function pull(): Promise<string> {
    let outcome: string | undefined;
    follower.pull(never).then(
      () => {
        outcome = 'read';
      },
      (error: { code: string }) => {
        outcome = error.code;
      },
    );
    while (outcome === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      await clock.advance(0);
    }
    return outcome;
  }
  return { follower, pull };
}

const exportTo = (feed: TestFeed, folder: string, source = feed.source) =>
  exportFeed({ source, folder, engine: feed.engine, signal: never });

function growTo(feed: TestFeed, size: number): void {
  for (let i = 0; i < 3; i += 1) feed.log.revoke([{ list: LIST_URI, index: feed.log.entries.length + i }]);
  while (feed.log.entries.length < size) feed.log.epoch();
}

describe('a feed exported as files', () => {
  it('is followed and audited from a server that knows nothing of it, and grows', async () => {
    const feed = createTestFeed();
    growTo(feed, 300);
    const folder = await temporary();
    const url = await serveFiles(() => folder);
    expect(await exportTo(feed, folder)).toEqual({ network: feed.network, from: 0, size: 300 });
    const { follower, pull } = await follow(feed, url);
    expect(await pull()).toBe('read');
    expect(meaningOf(follower.state)).toEqual(meaningOf(feed.log.state));
    for (const size of [310, 511, 520, 800]) {
      const from = feed.log.entries.length;
      growTo(feed, size);
      expect(await exportTo(feed, folder)).toMatchObject({ from, size });
      expect(await pull()).toBe('read');
      expect(follower.position).toEqual(feed.log.state.position);
    }
    const audit = auditLog(createHttpNetwork({ url }), { engine: feed.engine, network: feed.network, signal: never });
    expect(await readAudit(audit)).toMatchObject({ holds: true, entries: 800 });
    // Of partial tiles those of this checkpoint and of the one before stay; nothing half written is left.
    const names = await readdir(folder, { recursive: true });
    expect(names.filter((name) => name.includes('.tmp'))).toEqual([]);
    expect(names.filter((name) => /entries\/003\.p\/./.test(name)).map((name) => name.slice(-2))).toEqual(['32']);
    expect(names.filter((name) => name.includes('checkpoints/')).length).toBe(3);
  });

  it('takes a follower that is far behind in pieces, each with a checkpoint of its own', async () => {
    const feed = createTestFeed();
    growTo(feed, 1600);
    const folder = await temporary();
    await exportTo(feed, folder);
    const { follower, pull } = await follow(feed, await serveFiles(() => folder));
    expect(await pull()).toBe('read');
    expect(follower.position?.size).toBe(1600);
  });

  it('is the same again when nothing is new, and goes on where an interrupted export ended', async () => {
    const feed = createTestFeed();
    growTo(feed, 600);
    const folder = await temporary();
    let reads = 0;
    const failing = {
      ...feed.source,
      fetchEntries: async (from: number, to: number) => {
        reads += 1;
        if (reads > 3) throw new Error('the line is cut');
        return feed.source.fetchEntries(from, to, never);
      },
    };
    await expect(exportTo(feed, folder, failing)).rejects.toThrow('the line is cut');
    expect(await exportTo(feed, folder)).toMatchObject({ from: 0, size: 600 });
    const before = await readFile(join(folder, 'log/checkpoint'));
    expect(await exportTo(feed, folder)).toMatchObject({ from: 600, size: 600 });
    expect(await readFile(join(folder, 'log/checkpoint'))).toEqual(before);
  });

  it('is not written over by a source that is behind it, forked, of another network, or lies about entries', async () => {
    const feed = createTestFeed();
    growTo(feed, 300);
    const folder = await temporary();
    await exportTo(feed, folder);
    const behind = { ...feed.source, fetchCheckpoint: async () => feed.checkpoint(299) };
    await expect(exportTo(feed, folder, behind)).rejects.toMatchObject({ code: 'feed.rollback' });
    const other = createTestFeed({ key: feed.key });
    other.log.revoke([{ list: LIST_URI, index: 9 }]);
    growTo(other, 300);
    const forked = { ...feed.source, fetchCheckpoint: async () => other.checkpoint() };
    await expect(exportTo(feed, folder, forked)).rejects.toMatchObject({ code: 'feed.fork' });
    await expect(exportTo(createTestFeed(), folder)).rejects.toMatchObject({ code: 'feed.other-network' });
    growTo(feed, 320);
    const lying = {
      ...feed.source,
      fetchEntries: async (from: number, to: number) =>
        from === 0 ? feed.log.entries.slice(0, to) : feed.log.entries.slice(from, to).map((entry) => `${entry}x`),
    };
    await expect(exportTo(feed, folder, lying)).rejects.toMatchObject({ code: 'feed.unproved' });
    await rm(join(folder, 'log/tile/1/000.p/1'));
    await expect(exportTo(feed, folder)).rejects.toMatchObject({ code: 'export.damaged' });
  });
});

describe('a feed whose key of the log has changed', () => {
  it('is exported with its snapshot, which new followers of the copy begin at', async () => {
    const feed = rotatingFeed();
    feed.rotate();
    const bytes = feed.snapshot([feed.second]);
    const size = feed.log.entries.length;
    feed.epochs(3);
    const folder = await temporary();
    const exported = (source: typeof feed.source) => exportFeed({ source, folder, engine: feed.engine, signal: never });
    const serving = { ...feed.source, fetchSnapshot: async () => bytes };
    expect(await exported(serving)).toMatchObject({ snapshot: size, size: size + 3 });
    const { follower, pull } = await follow(feed, await serveFiles(() => folder), 'snapshot');
    expect(await pull()).toBe('read');
    expect(follower.health().begunAt).toBe(size);
    expect(meaningOf(follower.state)).toEqual(meaningOf(feed.log.state));
    // What the key in force has signed twice is a fork, and what a stolen one has signed is nobody's.
    const other = `${feed.signed(size + 3, [feed.second]).split('\n\n')[0]}\n`.replace(
      /[^\n]+\n$/,
      `${'A'.repeat(43)}=\n`,
    );
    const forked = (key: typeof feed.second) => ({ ...serving, fetchCheckpoint: async () => key.signNote(other) });
    await expect(exported(forked(feed.second))).rejects.toMatchObject({ code: 'feed.fork' });
    const thief = { ...serving, fetchSnapshot: async () => feed.snapshot([feed.first]) };
    await expect(exported(thief)).rejects.toMatchObject({ code: 'feed.unproved' });
  });
});

describe('a feed whose key of the log has changed, and whose last epoch says so', () => {
  type Feed = ReturnType<typeof rotatingFeed>;

  /** What the network says of its log's keys, under a checkpoint by one of them. */
  function shownKeys({ log, signed }: Feed, key: Feed['second']): ShownKeys {
    const state = foldEntries(log.entries, log.signatures);
    const hashes = log.entries.map((entry) => leafHash(encodeUtf8(entry)));
    const inclusion = inclusionProof(hashes.length - 1, hashes.length, readerOfLeaves(hashes)).map(encodeBase64url);
    const epoch = log.entries.at(-1) ?? '';
    return { ...proveKeys(state, epoch), checkpoint: signed(log.entries.length, [key]), inclusion };
  }

  it('is exported by that key and no other, from the first one on, and so is a copy of the copy', async () => {
    const feed = rotatingFeed();
    const [folder, second] = [await temporary(), await temporary()];
    const exported = (source: ExportOptions['source'], to = folder) =>
      exportFeed({ source, folder: to, engine: feed.engine, signal: never });
    await exported({ ...feed.source, fetchKeys: async () => shownKeys(feed, feed.first) });
    const begun = feed.log.entries.length;
    feed.rotate();
    feed.epochs(300);
    const size = feed.log.entries.length;
    const serving = { ...feed.source, fetchKeys: async () => shownKeys(feed, feed.second) };
    expect(await exported(serving)).toEqual({ network: feed.network, from: begun, size });
    const url = await serveFiles(() => folder);
    expect(await exported(createHttpNetwork({ url }), second)).toMatchObject({ from: 0, size });
    expect(await readFile(join(second, 'log/checkpoint'))).toEqual(await readFile(join(folder, 'log/checkpoint')));
    // Whoever has a key that was given up, or one of his own, grows nobody's copy.
    feed.epochs(3);
    const before = await readdir(folder, { recursive: true });
    for (const key of [feed.first, createLogKey()]) {
      const lying = { ...feed.source, fetchKeys: async () => shownKeys(feed, key) };
      await expect(exported(lying)).rejects.toMatchObject({ code: 'feed.unproved' });
    }
    expect(await readdir(folder, { recursive: true })).toEqual(before);
  });
});

describe('a follower of a copy that is wrong', () => {
  async function copies() {
    const feed = createTestFeed();
    growTo(feed, 300);
    const [folder, yesterday] = [await temporary(), await temporary()];
    await exportTo(feed, folder);
    await cp(folder, yesterday, { recursive: true });
    growTo(feed, 330);
    await exportTo(feed, folder);
    let served = folder;
    const url = await serveFiles(() => served);
    const followed = await follow(feed, url);
    expect(await followed.pull()).toBe('read');
    const serve = (other: string) => {
      served = other;
    };
    return { feed, folder, yesterday, serve, ...followed };
  }

  it('of yesterday notices that it goes back, and stays where it is', async () => {
    const { follower, pull, yesterday, serve } = await copies();
    const { position } = follower;
    serve(yesterday);
    expect(await pull()).toBe('feed.rollback');
    expect(follower.health().alarms.at(-1)?.code).toBe('feed.rollback');
    expect(follower.position).toEqual(position);
    expect(follower.contradiction).toBeUndefined();
  });

  it('that stands still reads nothing new, and its age goes on', async () => {
    const { feed, follower, pull } = await copies();
    const { position } = follower;
    growTo(feed, 350);
    expect(await pull()).toBe('read');
    expect(follower.position).toEqual(position);
    // That there is no stream is told, and nothing else: whoever only serves files has none.
    expect(new Set(follower.health().alarms.map(({ code }) => code))).toEqual(new Set(['feed.answer']));
    expect(follower.health().lastHeardAtMs).toBeDefined();
  });

  it('with the new checkpoint and the old files waits for the rest, and reads on when it has come', async () => {
    const { feed, follower, pull, folder, serve } = await copies();
    const { position } = follower;
    const mixed = await temporary();
    await cp(folder, mixed, { recursive: true });
    growTo(feed, 370);
    await exportTo(feed, folder);
    await cp(join(folder, 'log/checkpoint'), join(mixed, 'log/checkpoint'));
    serve(mixed);
    expect(await pull()).toBe('feed.answer');
    expect(follower.position).toEqual(position);
    serve(folder);
    expect(await pull()).toBe('read');
    expect(follower.position?.size).toBe(370);
  });

  it('that is cut off, or not what was signed, is believed in nothing', async () => {
    const { feed, follower, pull, folder } = await copies();
    const { position } = follower;
    growTo(feed, 345);
    await exportTo(feed, folder);
    const bundle = join(folder, 'log/tile/entries/001.p', `${345 - 256}`);
    const whole = await readFile(bundle);
    await writeFile(bundle, whole.subarray(0, whole.length - 10));
    expect(await pull()).toBe('feed.unproved');
    const changed = Buffer.from(whole);
    const at = changed.length - 5;
    changed[at] = changed[at] === 65 ? 66 : 65;
    await writeFile(bundle, changed);
    expect(await pull()).toBe('feed.unproved');
    await writeFile(join(folder, 'log/checkpoint'), 'nonsense\n');
    expect(await pull()).toBe('feed.unproved');
    expect(follower.position).toEqual(position);
    expect(follower.health().phase).not.toBe('halted');
  });
});
