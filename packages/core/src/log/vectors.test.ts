import { createPublicKey, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { SignatureCheck } from '../encoding/jws.ts';
import { encodeHex, encodeUtf8, parseHex, parseUtf8 } from '../encoding/text.ts';
import { isCodedError } from '../errors.ts';
import { encodeAddCheckpoint, judgeAddCheckpoint, parseAddCheckpoint } from './add-checkpoint.ts';
import { encodeCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { type FraudProof, parseFraudProof } from './fraud-proof.ts';
import {
  cosignatureMessage,
  encodeCosignature,
  encodeNote,
  encodeSignatureLines,
  encodeVkey,
  judgeNote,
  type NoteKeyType,
  noteChecks,
  noteKeyId,
  parseCosignature,
  parseNote,
  parseSignatureLines,
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
import { parseTlogPolicy } from './tlog-policy.ts';
import { encodeTlogProof, isInLog, parseTlogProof } from './tlog-proof.ts';
import { appendLeaf, compactRoot, createCompactTree, leafHash, rootOf } from './tree.ts';
import { quorumWord } from './witness-policy.ts';

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

type RequestText = { old: number; hashes: number; size: number; origin: string; signatures: number };
type ProofText = {
  valid: boolean;
  index: number;
  size: number;
  hashes: string[];
  extra?: string;
  signers: Record<string, number | null>;
};

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
  'proof.tlog': driver<{ proof: string; entry: string; vkeys: string[] }, ProofText>(
    ({ proof, entry, vkeys }, expected) => {
      const parsed = parseTlogProof(encodeUtf8(proof));
      const { index, hashes, extra, checkpoint, note } = parsed;
      expect({ index, size: checkpoint.size, hashes: hashes.map(encodeHex) }).toEqual({
        index: expected.index,
        size: expected.size,
        hashes: expected.hashes,
      });
      expect(extra === undefined ? undefined : encodeHex(extra)).toBe(expected.extra);
      expect(encodeTlogProof(parsed, encodeNote(note))).toBe(proof);
      expect(isInLog(leafHash(encodeUtf8(entry)), parsed)).toBe(expected.valid);
      const known = vkeys.map(parseVkey);
      const judgement = judgeNote(note, known, noteChecks(note, known).checks.map(isSignedBy));
      const signers = judgement.accepted ? judgement.signers : [];
      const found = signers.map(({ vkey, timeSeconds }) => [vkey.name, timeSeconds ?? null] as const);
      expect(Object.fromEntries(found)).toEqual(expected.signers);
    },
  ),
  'witness.request': driver<{ body: string }, RequestText>(({ body }, expected) => {
    const { old, proof, note, checkpoint } = parseAddCheckpoint(encodeUtf8(body));
    const { size, origin } = checkpoint;
    const found = { old, hashes: proof.length, size, origin, signatures: note.signatures.length };
    expect(found).toEqual(expected);
    expect(encodeAddCheckpoint(old, proof, encodeNote(note))).toBe(body);
  }),
  'witness.answer': driver<{ body: string }, { names: string[] }>(({ body }, { names }) => {
    const lines = parseSignatureLines(body);
    expect(lines.map(({ name }) => name)).toEqual(names);
    expect(encodeSignatureLines(lines)).toBe(body);
  }),
  'witness.judge': driver<{ body: string; held?: { size: number; root: string } }, { why: string | null }>(
    ({ body, held }, { why }) => {
      const tree = held === undefined ? undefined : { size: held.size, root: parseHex(held.root) };
      expect(judgeAddCheckpoint(parseAddCheckpoint(encodeUtf8(body)), tree) ?? null).toBe(why);
    },
  ),
  'policy.quorum': driver<{ policy: string; times: Record<string, number> }, { time: unknown; by: string[] }>(
    ({ policy, times }, { time, by }) => {
      const { quorum } = parseTlogPolicy(policy);
      const word =
        quorum &&
        quorumWord(quorum, (witness) => {
          const at = times[witness.split('+')[0] ?? ''];
          return at === undefined ? undefined : { witness, size: 1, time: at };
        });
      expect(quorum === undefined ? 'none' : (word?.time ?? null)).toBe(time);
      expect((word?.by ?? []).map(({ witness }) => witness.split('+')[0]).sort()).toEqual([...by].sort());
    },
  ),
  'fraud.proof': driver<{ fraud: FraudProof; vkeys: string[] }, { holds: boolean }>(({ fraud, vkeys }, { holds }) => {
    const parsed = parseFraudProof(fraud, vkeys.map(parseVkey));
    expect(parsed?.holds(parsed.checks.map(isSignedBy)) ?? false).toBe(holds);
  }),
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
  'proof.tlog': driver<{ proof: string }, unknown>(({ proof }) => parseTlogProof(proof)),
  'witness.request': driver<{ body: string }, unknown>(({ body }) => parseAddCheckpoint(encodeUtf8(body))),
  'policy.quorum': driver<{ policy: string }, unknown>(({ policy }) => parseTlogPolicy(policy)),
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
