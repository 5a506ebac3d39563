import {
  CodedError,
  createEpoch,
  createNetworkState,
  encodeEntryBundle,
  encodeSnapshot,
  encodeTile,
  encodeUtf8,
  leafHash,
  parseStatement,
  readerOfLeaves,
} from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { buildLog, foldEntry, LIST_URI, type LogBuilder } from '../../../core/test/log-builder.ts';
import { checkpointText, createTestFeed, type TestFeed, withOneLetterChanged } from '../../test/test-feed.ts';
import { auditLog, readAudit } from './audit.ts';
import type { AuditSource } from './audit-source.ts';

const signal = new AbortController().signal;

/** More than two full bundles, with a revocation in each. */
function longFeed(): TestFeed {
  const feed = createTestFeed({ rules: { retention: { entriesMs: 3_600_000 } } });
  for (let i = 0; feed.log.entries.length < 520; i += 1) {
    if (i % 100 === 0) feed.log.revoke([{ list: LIST_URI, index: i }]);
    feed.log.epoch();
  }
  return feed;
}

/** Only read by the tests: making it takes a while. */
const LONG = longFeed();

function withTiles(feed: TestFeed): AuditSource & Required<Pick<AuditSource, 'fetchTile'>> {
  const read = readerOfLeaves(feed.log.entries.map((entry) => leafHash(encodeUtf8(entry))));
  return {
    ...feed.source,
    fetchTile: async (level, index, width) =>
      encodeTile(Array.from({ length: width }, (_, i) => read(level * 8, index * 256 + i))),
  };
}

function audit(feed: TestFeed, source: AuditSource = withTiles(feed), network?: string) {
  return readAudit(auditLog(source, { engine: feed.engine, signal, ...(network === undefined ? {} : { network }) }));
}

/** A source that alters one entry, and lets everything else stand. */
function altered(feed: TestFeed, source: AuditSource, at: number): AuditSource {
  return {
    ...source,
    fetchEntries: async (from, to, signal) =>
      (await feed.source.fetchEntries(from, to, signal)).map((entry, i) =>
        from + i === at ? withOneLetterChanged(entry, entry.length - 20) : entry,
      ),
  };
}

describe('an audit', () => {
  it('holds for an honest log, and says what it has seen', async () => {
    const feed = LONG;
    const progress: number[] = [];
    const run = auditLog(withTiles(feed), { engine: feed.engine, signal, network: feed.network });
    const report = await readAudit(run, ({ entries }) => progress.push(entries));
    const epochs = feed.log.entries.filter((entry) => {
      const parse = parseStatement(entry);
      return parse.ok && parse.statement.body.type === 'epoch';
    }).length;
    expect(report).toEqual({
      holds: true,
      network: feed.network,
      entries: feed.log.entries.length,
      epochs,
      refused: {},
      head: feed.log.state.position,
    });
    expect(progress).toEqual([256, 512, feed.log.entries.length]);
  });

  it('names the entry whose bytes are not those of its tile', async () => {
    const feed = LONG;
    for (const at of [1, 255, 256, feed.log.entries.length - 1]) {
      const report = await audit(feed, altered(feed, withTiles(feed), at));
      expect(report.firstFault).toMatchObject({ why: 'entry', index: at });
      expect(report.holds).toBe(false);
    }
  });

  it('names the altered entry without tiles too, or the epochs between which it lies', async () => {
    const feed = LONG;
    for (const at of [4, 300, 518]) {
      const report = await audit(feed, altered(feed, feed.source, at));
      expect(report.holds).toBe(false);
      expect(report.firstFault?.index).toBe(at);
    }
  });

  it('finds a tile that says something else about what is below it', async () => {
    const feed = LONG;
    const source = withTiles(feed);
    const lying: AuditSource = {
      ...source,
      fetchTile: async (level, index, width, signal) => {
        const tile = await source.fetchTile(level, index, width, signal);
        return level === 1 ? tile.map((byte, i) => (i === 40 ? byte ^ 1 : byte)) : tile;
      },
    };
    expect((await audit(feed, lying)).firstFault).toMatchObject({ why: 'tile', index: 256 });
    const short: AuditSource = { ...source, fetchTile: async () => new Uint8Array(5) };
    expect((await audit(feed, short)).firstFault).toMatchObject({ why: 'tile', index: 0 });
  });

  it('finds where a history that was signed anew parts from what the log had signed before', async () => {
    const feed = LONG;
    const other = createTestFeed({ key: feed.key });
    other.log.entries.splice(0, other.log.entries.length, ...feed.log.entries);
    const at = 320;
    other.log.entries[at] = withOneLetterChanged(other.log.entries[at] ?? '', 60);
    // The entries are the old ones, the latest checkpoint is over the new ones.
    const source: AuditSource = {
      fetchEntries: feed.source.fetchEntries,
      fetchCheckpoint: async (_, atMost) => other.checkpoint(atMost ?? other.log.entries.length),
    };
    const report = await audit(feed, source);
    expect(report.firstFault).toMatchObject({ why: 'root', index: at });
  });

  it('names a decision that does not hold and that an epoch was built on', async () => {
    const feed = createTestFeed();
    const before = feed.log.entries.length;
    feed.log.decide('revoke', ['somebody'], { officers: ['officer-a'] });
    const stale = JSON.parse(Buffer.from(feed.log.entries[before - 1]?.split('.')[1] ?? '', 'base64url').toString());
    const wrong = {
      ...stale,
      size: before + 1,
      time: stale.time + 1,
      sections: { ...stale.sections, lists: stale.sections.cases },
    };
    feed.log.append(feed.log.statement(wrong, 'network'));
    const report = await audit(feed, { ...feed.source, fetchCheckpoint: async () => feed.checkpoint() });
    expect(report.firstFault).toMatchObject({ why: 'refused', index: before });
    expect(report.refused).toEqual({ quorum: 1, 'epoch-sections': 1 });
    expect(report.head?.size).toBe(before);
  });

  it('names an epoch that is wrong by itself', async () => {
    const feed = createTestFeed();
    feed.log.append(feed.log.entries.at(-1) ?? '');
    const report = await audit(feed, { ...feed.source, fetchCheckpoint: async () => feed.checkpoint() });
    expect(report.firstFault).toMatchObject({ why: 'epoch', index: feed.log.entries.length - 1 });
    expect(report.refused).toEqual({ 'epoch-size': 1 });
  });

  it('counts what the fold refuses without calling it a fault when every epoch holds', async () => {
    const feed = createTestFeed();
    feed.log.append('nonsense');
    feed.log.decide('revoke', ['somebody'], { officers: ['officer-a'] });
    feed.log.epoch();
    const report = await audit(feed);
    expect(report.holds).toBe(true);
    expect(report.refused).toEqual({ unparsed: 1, quorum: 1 });
  });

  it('begins at a snapshot where the log no longer answers for what came before, and finds what is wrong after it', async () => {
    const feed = LONG;
    const { entries } = feed.log;
    const state = createNetworkState();
    const size = 400;
    for (const entry of entries.slice(0, size)) foldEntry(state, entry, feed.log.signatures);
    const signed = { epoch: entries[size - 1] ?? '', checkpoint: feed.checkpoint(size) };
    const snapshot = encodeSnapshot(state, signed);
    const pruned = (from: number) => {
      if (from >= 256 && from < 512) throw new CodedError('log.pruned', 'Too old.');
    };
    const whole = withTiles(feed);
    const honest: AuditSource = {
      ...whole,
      fetchEntries: async (from, to, signal) => {
        if (from < 400) pruned(from);
        return whole.fetchEntries(from, to, signal);
      },
      fetchBundle: async (index, width, signal) => {
        if (index === 1 && reads++ === 0) pruned(256);
        return encodeEntryBundle((await whole.fetchEntries(index * 256, index * 256 + width, signal)).map(encodeUtf8));
      },
      fetchSnapshot: async () => snapshot,
    };
    let reads = 0;
    const found = await audit(feed, honest, feed.network);
    const unseen = { from: 256, to: size };
    expect(found).toMatchObject({ holds: true, unseen, entries: entries.length, head: feed.log.state.position });
    reads = 0;
    const wrongTile: AuditSource = {
      ...honest,
      fetchTile: async (level, index, width, signal) => {
        const tile = await whole.fetchTile(level, index, width, signal);
        return level === 0 && index === 1 ? tile.map((byte, i) => (i === 32 * 200 ? byte ^ 1 : byte)) : tile;
      },
    };
    expect((await audit(feed, wrongTile)).firstFault).toMatchObject({ why: 'tile', index: 456 });
    for (const other of [undefined, new Uint8Array(40), snapshot?.map((byte, i) => (i === 900 ? byte ^ 1 : byte))]) {
      reads = 0;
      const report = await audit(feed, { ...honest, fetchSnapshot: async () => other });
      expect(report).toMatchObject({ holds: false, firstFault: { why: 'missing', index: 256 } });
    }
  });

  it('goes on from no snapshot where the rules state no retention, and from none that another network has made up', async () => {
    const feed = createTestFeed();
    const { signatures, rulebook } = feed.log;
    const keys = { ...rulebook.keys, network: signatures.key('thief').jwk };
    const made = buildLog({
      signatures,
      rulebook: { ...rulebook, keys, retention: { entriesMs: 3_600_000 } },
      until: 'genesis',
    });
    made.append(made.statement(createEpoch(made.state, 1), 'thief'));
    while (made.entries.length < 300)
      made.append(made.statement(createEpoch(made.state, made.state.time + 1), 'thief'));
    while (feed.log.entries.length < 300) feed.log.epoch();
    const snapshotOf = ({ state, entries }: LogBuilder) =>
      encodeSnapshot(
        { ...state, name: feed.network },
        { epoch: entries.at(-1) ?? '', checkpoint: feed.key.signNote(checkpointText(entries)) },
      );
    for (const [log, detail] of [
      [made, 'not of the log'],
      [feed.log, 'no retention'],
    ] as const) {
      const lying: AuditSource = {
        ...feed.source,
        fetchCheckpoint: async () => feed.key.signNote(checkpointText(log.entries)),
        fetchEntries: async (from, to, signal) => {
          if (from >= 256) throw new CodedError('log.pruned', 'Too old.');
          return feed.source.fetchEntries(from, to, signal);
        },
        fetchSnapshot: async () => snapshotOf(log),
      };
      const { holds, firstFault } = await audit(feed, lying);
      expect(holds).toBe(false);
      expect(firstFault).toMatchObject({ why: 'missing', index: 256, detail: expect.stringContaining(detail) });
    }
  });

  it('says that it is another network, or none, or not signed', async () => {
    const feed = createTestFeed();
    const other = createTestFeed();
    expect((await audit(feed, feed.source, other.network)).firstFault).toMatchObject({ why: 'genesis', index: 0 });
    const nonsense: AuditSource = { ...feed.source, fetchEntries: async () => ['nonsense'] };
    expect((await audit(feed, nonsense)).firstFault).toMatchObject({ why: 'genesis', index: 0 });
    const unsigned: AuditSource = { ...feed.source, fetchCheckpoint: async () => other.checkpoint() };
    const report = await audit(feed, unsigned);
    expect(report.firstFault).toMatchObject({ why: 'checkpoint' });
    expect(report.firstFault).not.toHaveProperty('index');
  });

  it('holds by the key in force, and says when a checkpoint is not that of the log', async () => {
    const feed = createTestFeed();
    const report = await audit(feed, { ...feed.source, fetchCheckpoint: async () => 'nonsense' });
    expect(report).toMatchObject({ holds: false, firstFault: { why: 'checkpoint' } });
  });

  it('misses what somebody has read, and finds another history than theirs', async () => {
    const feed = createTestFeed();
    const before = feed.log.state.position;
    feed.log.epoch();
    const seen = feed.log.state.position;
    const look = (position: typeof seen, source: AuditSource = withTiles(feed)) =>
      readAudit(
        auditLog(source, { engine: feed.engine, signal, ...(position === undefined ? {} : { seen: [position] }) }),
      );
    expect((await look(before)).holds).toBe(true);
    expect((await look(seen)).holds).toBe(true);
    const back: AuditSource = { ...withTiles(feed), fetchCheckpoint: async () => feed.checkpoint(before?.size) };
    expect(await look(seen, back)).toMatchObject({
      holds: false,
      firstFault: { why: 'rollback', index: before?.size },
    });
    const elsewhere = seen === undefined ? undefined : { ...seen, log: 'log.example/other' };
    await expect(look(elsewhere)).rejects.toMatchObject({ code: 'feed.other-network' });
    const other = seen === undefined ? undefined : { ...seen, root: 'A'.repeat(43) };
    expect((await look(other)).firstFault).toMatchObject({ why: 'fork', index: feed.log.entries.length - 1 });
  });

  it('does not call it a fault of the log that it cannot be reached', async () => {
    const feed = createTestFeed();
    const gone: AuditSource = { ...feed.source, fetchCheckpoint: () => Promise.reject(new Error('nobody answers')) };
    await expect(audit(feed, gone)).rejects.toThrow('nobody answers');
  });
});
