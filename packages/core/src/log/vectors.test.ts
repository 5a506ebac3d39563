import { createPublicKey, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { SignatureCheck } from '../encoding/jws.ts';
import { encodeHex, encodeUtf8, parseHex, parseUtf8 } from '../encoding/text.ts';
import { isCodedError } from '../errors.ts';
import { encodeCheckpoint, parseCheckpoint } from './checkpoint.ts';
import {
  cosignatureMessage,
  encodeCosignature,
  encodeNote,
  encodeVkey,
  judgeNote,
  type NoteKeyType,
  noteChecks,
  noteKeyId,
  parseCosignature,
  parseNote,
  parseVkey,
} from './note.ts';
import { encodePositions, type JoinedPositions, joinPositions, type Position, parsePositions } from './position.ts';
import { type Consistency, type Inclusion, verifyConsistency, verifyInclusion } from './proof.ts';
import {
  encodeEntryBundle,
  entryBundlePath,
  parseEntryBundle,
  parseTilePath,
  type Tile,
  tilePath,
  tilesBetween,
} from './tile.ts';
import { appendLeaf, compactRoot, createCompactTree, leafHash, rootOf } from './tree.ts';

type Vector = {
  name: string;
  kind: string;
  input: unknown;
  expect: { valid?: boolean; code?: string };
  origin: string;
};
type Driver = (input: unknown, expected: unknown) => void;

/** A vector is what its kind says it is: a wrong shape fails in the comparison. */
function driver<Input, Expected>(run: (input: Input, expected: Expected) => void): Driver {
  return (input, expected) => run(input as Input, expected as Expected);
}

type InclusionText = { leafHash: string; index: number; size: number; root: string; proof: string[] };
type ConsistencyText = { from: number; to: number; fromRoot: string; toRoot: string; proof: string[] };
type Opened = { valid: boolean; text: string; signers?: string[]; times?: Record<string, number> };

const FOLDER = new URL('../../../../spec/vectors/log/', import.meta.url);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return isCodedError(error) ? error.code : String(error);
  }
  return 'nothing was refused';
}

function isSignedBy({ key, data, signature }: SignatureCheck): boolean {
  return verify(null, data, createPublicKey({ key: { ...key }, format: 'jwk' }), signature);
}

const valid: Record<string, Driver> = {
  'rfc6962.root': driver<{ leaves: string[] }, { root: string }>(({ leaves }, { root }) => {
    const hashes = leaves.map((leaf) => leafHash(parseHex(leaf)));
    expect(encodeHex(rootOf(hashes))).toBe(root);
    const tree = createCompactTree();
    for (const hash of hashes) appendLeaf(tree, hash);
    expect(encodeHex(compactRoot(tree))).toBe(root);
  }),
  'proof.inclusion': driver<InclusionText, { valid: boolean }>((input, expected) => {
    expect(verifyInclusion(inclusionOf(input))).toBe(expected.valid);
  }),
  'proof.consistency': driver<ConsistencyText, { valid: boolean }>((input, expected) => {
    expect(verifyConsistency(consistencyOf(input))).toBe(expected.valid);
  }),
  'tile.path': driver<Tile, { path: string }>(({ level, index, width }, { path }) => {
    expect(tilePath(level, index, width)).toBe(path);
    expect(parseTilePath(path)).toEqual({ kind: 'hashes', level, index, width });
  }),
  'tile.entries-path': driver<Omit<Tile, 'level'>, { path: string }>(({ index, width }, { path }) => {
    expect(entryBundlePath(index, width)).toBe(path);
    expect(parseTilePath(path)).toEqual({ kind: 'entries', index, width });
  }),
  'tile.coverage': driver<{ size: number }, { tiles: number; partial: number[][] }>(({ size }, expected) => {
    const tiles = tilesBetween(0, size);
    expect(tiles).toHaveLength(expected.tiles);
    const partial = tiles.filter(({ width }) => width < 256);
    expect(partial.map(({ level, index, width }) => [level, index, width])).toEqual(expected.partial);
  }),
  'tile.entry-bundle': driver<{ entries: string[] }, { bundle: string }>(({ entries }, { bundle }) => {
    expect(encodeHex(encodeEntryBundle(entries.map(parseHex)))).toBe(bundle);
    expect(parseEntryBundle(parseHex(bundle), entries.length).map(encodeHex)).toEqual(entries);
  }),
  'note.open': driver<{ note: string; vkeys: string[] }, Opened>(({ note, vkeys }, expected) => {
    expect(parseUtf8(encodeUtf8(note))).toBe(note);
    const parsed = parseNote(note);
    const known = vkeys.map(parseVkey);
    const judgement = judgeNote(parsed, known, noteChecks(parsed, known).checks.map(isSignedBy));
    expect(judgement.accepted).toBe(expected.valid);
    if (!judgement.accepted) return;
    expect(judgement.text).toBe(expected.text);
    if (expected.signers === undefined) return;
    expect(judgement.signers.map(({ vkey }) => vkey.name)).toEqual(expected.signers);
    for (const { vkey, timeSeconds } of judgement.signers) {
      if (expected.times?.[vkey.name] !== undefined) expect(timeSeconds).toBe(expected.times[vkey.name]);
    }
  }),
  'note.parse': driver<{ note: string }, { text: string; signatures: unknown }>(({ note }, { text, signatures }) => {
    const parsed = parseNote(encodeUtf8(note));
    expect(parsed.text).toBe(text);
    expect(parsed.signatures.map((line) => ({ ...line, signature: encodeHex(line.signature) }))).toEqual(signatures);
    expect(encodeNote(parsed)).toBe(note);
  }),
  'note.vkey': driver<{ vkey: string }, { name: string; keyId: string; type: NoteKeyType; publicKey: string }>(
    ({ vkey }, { name, keyId, type, publicKey }) => {
      expect(parseVkey(vkey)).toEqual({ name, keyId, type, publicKey: parseHex(publicKey) });
      expect(noteKeyId(name, type, parseHex(publicKey))).toBe(keyId);
      expect(encodeVkey(parseVkey(vkey))).toBe(vkey);
    },
  ),
  'note.cosignature': driver<{ signature: string; text: string }, { timeSeconds: number; message: string }>(
    ({ signature, text }, { timeSeconds, message }) => {
      const cosignature = parseCosignature(parseHex(signature));
      expect(cosignature?.timeSeconds).toBe(timeSeconds);
      expect(parseUtf8(cosignatureMessage(text, timeSeconds))).toBe(message);
      expect(encodeHex(encodeCosignature(timeSeconds, cosignature?.signature ?? new Uint8Array(64)))).toBe(signature);
    },
  ),
  'checkpoint.parse': driver<{ text: string }, { origin: string; size: number; root: string; extensions: string[] }>(
    ({ text }, { origin, size, root, extensions }) => {
      expect(parseCheckpoint(text)).toEqual({ origin, size, root: parseHex(root), extensions });
      expect(encodeCheckpoint(parseCheckpoint(text))).toBe(text);
    },
  ),
  'position.header': driver<{ positions: Position[] }, { header: string }>(({ positions }, { header }) => {
    expect(encodePositions([...positions].reverse())).toBe(header);
    expect(parsePositions(header)).toEqual(positions);
  }),
  'position.join': driver<{ lists: Position[][] }, JoinedPositions>(({ lists }, expected) => {
    expect(joinPositions(...lists)).toEqual(expected);
    expect(joinPositions(...lists.reverse())).toEqual(expected);
  }),
};

/** Those that are answered rather than refused share the driver of the valid ones: they expect `valid: false`. */
const refused: Record<string, Driver> = {
  'tile.path': driver<{ path: string }, unknown>(({ path }) => parseTilePath(path)),
  'tile.entry-bundle': driver<{ bundle: string; width: number }, unknown>(({ bundle, width }) =>
    parseEntryBundle(parseHex(bundle), width),
  ),
  'note.parse': driver<{ note: string }, unknown>(({ note }) => parseNote(note)),
  'note.vkey': driver<{ vkey: string }, unknown>(({ vkey }) => parseVkey(vkey)),
  'checkpoint.parse': driver<{ text: string }, unknown>(({ text }) => parseCheckpoint(text)),
  'position.header': driver<{ header: string }, unknown>(({ header }) => parsePositions(header)),
};

function inclusionOf({ leafHash: leaf, root, proof, ...place }: InclusionText): Inclusion {
  return { ...place, leafHash: parseHex(leaf), root: parseHex(root), proof: proof.map(parseHex) };
}

function consistencyOf({ fromRoot, toRoot, proof, ...place }: ConsistencyText): Consistency {
  return { ...place, fromRoot: parseHex(fromRoot), toRoot: parseHex(toRoot), proof: proof.map(parseHex) };
}

function read(folder: string): [string, Vector[]][] {
  return readdirSync(new URL(folder, FOLDER)).map((file) => [
    `spec/vectors/log/${folder}${file}`,
    JSON.parse(readFileSync(new URL(`${folder}${file}`, FOLDER), 'utf8')),
  ]);
}

describe.each(read('valid/'))('%s', (_file, vectors) => {
  test.each(vectors)('$name', ({ kind, input, expect: expected, origin }) => {
    expect(origin).not.toBe('');
    expect(valid).toHaveProperty([kind]);
    valid[kind]?.(input, expected);
    expect.hasAssertions();
  });
});

describe.each(read('invalid/'))('%s', (_file, vectors) => {
  test.each(vectors)('$name is refused', ({ kind, input, expect: expected, origin }) => {
    expect(origin).not.toBe('');
    if (expected.valid === false) valid[kind]?.(input, expected);
    else expect(codeOf(() => refused[kind]?.(input, undefined))).toBe(expected.code);
    expect.assertions(2 + (kind === 'note.open' ? 1 : 0));
  });
});
