import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  encodeEntryBundle,
  encodeSnapshot,
  encodeTile,
  encodeUtf8,
  encodeVkey,
  entryBundlePath,
  leafHash,
  readerOfLeaves,
  TILE_WIDTH,
  tilePath,
  tilesBetween,
} from '@holdfast/core';
import { type AuditReport, auditLog, readAudit } from '@holdfast/verifier';
import { createNodeEngine } from '@holdfast/verifier/node';
import { afterAll, describe, expect, it } from 'vitest';
import {
  buildLog,
  DAY_MS,
  LIST_URI,
  type LogBuilder,
  signStatement,
  testRulebook,
} from '../../core/test/log-builder.ts';
import { createRealSignatures } from '../../core/test/test-keys.ts';
import { checkpointText, createLogKey, ORIGIN } from '../../verifier/test/test-feed.ts';
import { openLogFolder } from './log-folder.ts';

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

const signatures = createRealSignatures();
const key = createLogKey();

function newLog(): LogBuilder {
  const rulebook = testRulebook(signatures, {
    log: { origin: ORIGIN, vkey: encodeVkey(key.vkey) },
    retention: { entriesMs: 3_600_000 },
  });
  return buildLog({ signatures, rulebook });
}

/** Two bundles, with a revocation in each. */
function longLog(): LogBuilder {
  const log = newLog();
  for (let i = 0; log.entries.length < 290; i += 1) {
    if (i % 100 === 0) log.revoke([{ list: LIST_URI, index: i }]);
    log.epoch();
  }
  return log;
}

const LONG = longLog();

type Tree = { entries: string[]; hashes?: Uint8Array[]; note?: string };

/** Writes a log as files; what is not given is what the entries give. */
async function write({ entries, hashes, note }: Tree): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-log-'));
  folders.push(folder);
  const put = async (path: string, bytes: Uint8Array | string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  };
  const leaves = hashes ?? entries.map((entry) => leafHash(encodeUtf8(entry)));
  const read = readerOfLeaves(leaves);
  for (const { level, index, width } of tilesBetween(0, leaves.length)) {
    const at = (i: number) => read(level * 8, index * TILE_WIDTH + i);
    await put(tilePath(level, index, width), encodeTile(Array.from({ length: width }, (_, i) => at(i))));
    if (level > 0) continue;
    const texts = entries.slice(index * TILE_WIDTH, index * TILE_WIDTH + width).map(encodeUtf8);
    await put(entryBundlePath(index, width), encodeEntryBundle(texts));
  }
  await put('checkpoint', note ?? key.signNote(checkpointText(entries)));
  return folder;
}

async function verify(folder: string, options: { network?: string } = {}): Promise<AuditReport> {
  const { signal } = new AbortController();
  return readAudit(auditLog(await openLogFolder(folder), { engine: createNodeEngine(), signal, ...options }));
}

const hashesOf = (entries: readonly string[]) => entries.map((entry) => leafHash(encodeUtf8(entry)));
/** Signed by the log over what it had, whatever becomes of the files. */
const noteOf = (entries: readonly string[]) => key.signNote(checkpointText(entries));
const honest = (): Tree => ({ entries: [...LONG.entries], hashes: hashesOf(LONG.entries), note: noteOf(LONG.entries) });

describe('a log as a tree of files', () => {
  it('holds, also where partial tiles gave way to full ones', async () => {
    const folder = await write(honest());
    expect(await verify(folder)).toMatchObject({ holds: true, entries: LONG.entries.length, refused: {} });
    const before = LONG.entries.slice(0, 200);
    await writeFile(join(folder, 'checkpoint'), noteOf(before));
    const source = await openLogFolder(folder);
    const { signal } = new AbortController();
    expect(await source.fetchEntries(0, 2, signal)).toEqual(LONG.entries.slice(0, 2));
    expect(await verify(folder)).toMatchObject({ holds: true, entries: 200 });
  });

  it('is read from its snapshot on where bundles before that are gone, and says what was not seen', async () => {
    const log = newLog();
    while (log.entries.length < 540) log.epoch();
    const size = log.entries.length;
    const checkpoint = noteOf(log.entries);
    const snapshot = encodeSnapshot(log.state, { epoch: log.entries.at(-1) ?? '', checkpoint }) ?? new Uint8Array();
    log.epoch();
    const folder = await write({ entries: log.entries });
    await mkdir(join(folder, 'snapshot'));
    await writeFile(join(folder, 'snapshot/latest'), `${size}\n`);
    await writeFile(join(folder, `snapshot/${size}`), snapshot);
    expect(await verify(folder)).not.toHaveProperty('unseen');
    await rm(join(folder, entryBundlePath(1)));
    const { entries } = log;
    expect(await verify(folder)).toMatchObject({
      holds: true,
      unseen: { from: 256, to: size },
      entries: entries.length,
    });
    await truncate(join(folder, `snapshot/${size}`), 1000);
    expect((await verify(folder)).firstFault).toMatchObject({ why: 'missing', index: 256 });
    await rm(join(folder, 'snapshot/latest'));
    expect((await verify(folder)).firstFault).toMatchObject({ why: 'missing', index: 256 });
    // The first bundle has entry 0, after which the network is named: no snapshot stands in for it.
    await rm(join(folder, entryBundlePath(0)));
    expect((await verify(folder)).holds).toBe(false);
  });

  it.each([1, 130, 255, 256, 280])('names entry %i when one byte of it is another', async (at) => {
    const tree = honest();
    const entry = tree.entries[at] ?? '';
    tree.entries[at] = `${entry.slice(0, -3)}${entry.at(-3) === 'A' ? 'B' : 'A'}${entry.slice(-2)}`;
    const { holds, firstFault } = await verify(await write(tree));
    expect(holds).toBe(false);
    expect(firstFault).toMatchObject({ why: 'entry', index: at, type: expect.any(String) });
    expect(firstFault?.answers).toMatch(/^whoever keeps or serves this copy: /);
  });

  it.each([3, 255, 270])('names entry %i when it is not there', async (at) => {
    const tree = honest();
    tree.entries.splice(at, 1);
    const folder = await write({ ...tree, entries: [...tree.entries, ''] });
    const last = LONG.entries.length - 1 - TILE_WIDTH;
    const texts = tree.entries.slice(TILE_WIDTH, TILE_WIDTH + last).map(encodeUtf8);
    await writeFile(join(folder, entryBundlePath(1, last + 1)), encodeEntryBundle(texts));
    const { firstFault } = await verify(folder);
    expect(firstFault?.index).toBe(at);
    expect(firstFault?.answers).toMatch(/^whoever keeps or serves this copy/);
  });

  it('names the entry below a hash of a tile that is not its own, and says that the tile is wrong', async () => {
    for (const at of [7, 281]) {
      const tree = honest();
      tree.hashes?.splice(at, 1, leafHash(encodeUtf8('something else')));
      expect((await verify(await write(tree))).firstFault).toMatchObject({ why: 'tile', index: at });
    }
  });

  it('names the decision that has an approval too few, and the epoch that is not what its log says', async () => {
    for (const officers of [['officer-a'], ['officer-a', 'officer-c']]) {
      const log = newLog();
      const at = log.entries.length;
      const { digest } = log.decide('revoke', [{ list: LIST_URI, index: 4 }], { officers });
      log.status([digest], [{ list: LIST_URI, index: 4, value: 1 }]);
      // What a network signs that lets it in all the same: any sections but those of the fold.
      const said = { ...JSON.parse(payloadOf(log.entries[at - 1] ?? '')) };
      said.sections = { ...said.sections, lists: 'A'.repeat(43) };
      log.append(signStatement({ ...said, size: at + 2, time: said.time + DAY_MS }, signatures.key('network')));
      const { firstFault } = await verify(await write({ entries: log.entries }));
      expect(firstFault).toMatchObject({ why: 'refused', type: 'decision', index: at });
      expect(firstFault?.detail).toContain('fewer officers approved it');
      expect(firstFault?.answers).toMatch(/^the governor, who signed it, and the network/);
    }
    const log = newLog();
    const at = log.entries.length;
    const said = { ...JSON.parse(payloadOf(log.entries[at - 1] ?? '')) };
    said.sections = { ...said.sections, parties: 'A'.repeat(43) };
    log.append(signStatement({ ...said, size: at, time: said.time + 1 }, signatures.key('network')));
    log.epoch();
    const { firstFault } = await verify(await write({ entries: log.entries }));
    expect(firstFault).toMatchObject({ why: 'epoch', type: 'epoch', index: at });
    expect(firstFault?.answers).toMatch(/^the network, whose key signed/);
  });

  it('names a checkpoint of another key, one that is none, and one that went back behind what was seen', async () => {
    const stranger = createLogKey();
    const foreign = await verify(await write({ ...honest(), note: stranger.signNote(checkpointText(LONG.entries)) }));
    expect(foreign.firstFault).toMatchObject({ why: 'checkpoint' });
    expect((await verify(await write({ ...honest(), note: 'nonsense' }))).firstFault?.why).toBe('checkpoint');
    const folder = await write({ ...honest(), note: noteOf(LONG.entries.slice(0, 200)) });
    const { position } = LONG.state;
    if (position === undefined) throw new Error('a log has epochs');
    const { signal } = new AbortController();
    const audit = auditLog(await openLogFolder(folder), { engine: createNodeEngine(), signal, seen: [position] });
    expect((await readAudit(audit)).firstFault).toMatchObject({ why: 'rollback', index: 200 });
  });

  it('names where a bundle is cut off, gone, or longer than any can be', async () => {
    const bundle = entryBundlePath(1, LONG.entries.length - TILE_WIDTH);
    const cut = await write(honest());
    await truncate(join(cut, bundle), 5000);
    const { firstFault, entries } = await verify(cut);
    expect(firstFault).toMatchObject({ why: 'missing' });
    expect(firstFault?.index).toBe(entries);
    expect(entries).toBeGreaterThan(TILE_WIDTH);
    const gone = await write(honest());
    await rm(join(gone, bundle));
    expect((await verify(gone)).firstFault).toMatchObject({ why: 'missing', index: TILE_WIDTH });
    const bomb = await write(honest());
    // Takes no room on the disk, and would take all of the memory.
    await truncate(join(bomb, bundle), 1e12);
    const found = (await verify(bomb)).firstFault;
    expect(found).toMatchObject({ why: 'missing', index: TILE_WIDTH });
    expect(found?.detail).toContain('more than');
    await expect(verify(join(gone, 'nowhere'))).rejects.toMatchObject({ code: 'log.no-such-tile' });
  });

  it('says that it is another network than the one asked for', async () => {
    expect((await verify(await write(honest()), { network: 'x' })).firstFault).toMatchObject({
      why: 'genesis',
      index: 0,
    });
  });
});

function payloadOf(entry: string): string {
  return Buffer.from(entry.split('.')[1] ?? '', 'base64url').toString('utf8');
}
