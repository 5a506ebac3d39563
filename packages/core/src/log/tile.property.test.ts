import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isCodedError } from '../errors.ts';
import {
  compactTreeAt,
  consistencyProof,
  inclusionProof,
  readerOfLeaves,
  type Subtree,
  subtreesRead,
} from './proof.ts';
import {
  encodeEntryBundle,
  encodeTile,
  entryBundlePath,
  parseEntryBundle,
  parseTile,
  parseTilePath,
  type ReadTile,
  readerOfTiles,
  TILE_WIDTH,
  type Tile,
  tilePath,
  tilesBetween,
  tilesOf,
  tileWidthAt,
} from './tile.ts';
import { appendLeaf, createCompactTree, leafHash } from './tree.ts';

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return isCodedError(error) ? error.code : undefined;
  }
  return undefined;
}

const index = fc.oneof(fc.nat({ max: 3000 }), fc.nat({ max: Number.MAX_SAFE_INTEGER }));
const width = fc.integer({ min: 1, max: TILE_WIDTH });

test('every tile path is read back as what it was written from', () => {
  fc.assert(
    fc.property(fc.nat({ max: 63 }), index, width, (level, i, w) => {
      expect(parseTilePath(tilePath(level, i, w))).toEqual({ kind: 'hashes', level, index: i, width: w });
      expect(parseTilePath(entryBundlePath(i, w))).toEqual({ kind: 'entries', index: i, width: w });
    }),
  );
});

test('a path that is read is the one that would be written', () => {
  const part = fc.constantFrom('tile', 'entries', '/', '0', '00', '000', '001', 'x001', 'x000', '.p', '1', '256', '63');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 9 }), (parts) => {
      const path = `tile/${parts.join('')}`;
      let read: ReturnType<typeof parseTilePath>;
      try {
        read = parseTilePath(path);
      } catch (error) {
        expect(isCodedError(error) && error.code).toBe('tile.malformed-path');
        return;
      }
      const written =
        read.kind === 'entries'
          ? entryBundlePath(read.index, read.width)
          : tilePath(read.level, read.index, read.width);
      expect(written).toBe(path);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['level -1', () => tilePath(-1, 0)],
  ['level 64', () => tilePath(64, 0)],
  ['index -1', () => tilePath(0, -1)],
  ['index 2^53', () => tilePath(0, 2 ** 53)],
  ['index 0.5', () => entryBundlePath(0.5)],
  ['width 0', () => tilePath(0, 0, 0)],
  ['width 257', () => entryBundlePath(0, 257)],
  ['a size below the one before', () => tilesBetween(5, 4)],
  ['a negative size', () => tilesBetween(-1, 4)],
])('%s is out of range', (_case, run) => {
  expect(codeOf(run)).toBe('tile.out-of-range');
});

test('a hostile path of any length is refused at once', () => {
  expect(codeOf(() => parseTilePath(`tile/0/${'x001/'.repeat(50_000)}001`))).toBe('tile.malformed-path');
});

test('growing a log writes exactly the tiles that became wider', () => {
  const size = fc.oneof(fc.nat({ max: 1000 }), fc.nat({ max: 200_000 }));
  fc.assert(
    fc.property(size, size, (a, b) => {
      const [from, to] = a < b ? [a, b] : [b, a];
      const written = new Map(tilesBetween(from, to).map((tile) => [`${tile.level}/${tile.index}`, tile.width]));
      let expected = 0;
      for (let level = 0; level < 4; level += 1) {
        const hashes = Math.floor(to / 256 ** level);
        for (let i = 0; i * 256 < hashes; i += 1) {
          if (tileWidthAt(level, i, to) === tileWidthAt(level, i, from)) continue;
          expected += 1;
          expect(written.get(`${level}/${i}`)).toBe(Math.min(256, hashes - i * 256));
        }
      }
      expect(written.size).toBe(expected);
    }),
    { numRuns: 40 },
  );
});

test('a tile beyond the tree has no width', () => {
  expect(tileWidthAt(0, 1, 256)).toBe(0);
  expect(tileWidthAt(1, 0, 255)).toBe(0);
  expect(tileWidthAt(6, 0, Number.MAX_SAFE_INTEGER)).toBe(31);
  expect(tileWidthAt(7, 0, Number.MAX_SAFE_INTEGER)).toBe(0);
});

const SIZE = 66_000;
const leaves = Array.from({ length: SIZE }, (_, i) => leafHash(Uint8Array.of(i >> 16, (i >> 8) & 255, i & 255)));

/** The tiles a log writes while it appends: the hashes at every eighth level. */
function tileRows(): Uint8Array[][] {
  const rows: Uint8Array[][] = [[], [], []];
  const tree = createCompactTree();
  for (const leaf of leaves) {
    appendLeaf(tree, leaf, (level, _index, hash) => {
      if (level % 8 === 0) rows[level / 8]?.push(hash);
    });
  }
  return rows;
}

const rows = tileRows();

function readTileAt(size: number): ReadTile {
  return (level, i) => {
    const w = tileWidthAt(level, i, size);
    return w === 0 ? undefined : encodeTile((rows[level] ?? []).slice(i * TILE_WIDTH, i * TILE_WIDTH + w));
  };
}

const size = fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 65_000, max: SIZE }));

test('proofs made from tiles equal proofs made from leaves', () => {
  const fromLeaves = readerOfLeaves(leaves);
  fc.assert(
    fc.property(size, fc.nat(), fc.nat(), (to, a, b) => {
      const [i, from] = [a % to, 1 + (b % to)];
      const fromTiles = readerOfTiles(readTileAt(to));
      expect(inclusionProof(i, to, fromTiles)).toEqual(inclusionProof(i, to, fromLeaves));
      expect(consistencyProof(from, to, fromTiles)).toEqual(consistencyProof(from, to, fromLeaves));
      expect(compactTreeAt(to, fromTiles)).toEqual(compactTreeAt(to, fromLeaves));
    }),
    { numRuns: 25 },
  );
});

test('the tiles listed for a proof are enough to make it', () => {
  fc.assert(
    fc.property(size, fc.nat(), (to, a) => {
      const from = 1 + (a % to);
      const needed = tilesOf(
        subtreesRead((read) => [inclusionProof(from - 1, to, read), consistencyProof(from, to, read)]),
        to,
      );
      const loaded = new Map(needed.map((tile) => [placeOf(tile), readTileAt(to)(tile.level, tile.index)]));
      expect(loaded.size).toBe(needed.length);
      expect(needed.every((tile) => tile.width === tileWidthAt(tile.level, tile.index, to))).toBe(true);
      const read = readerOfTiles((level, i) => loaded.get(placeOf({ level, index: i })));
      expect(inclusionProof(from - 1, to, read)).toEqual(inclusionProof(from - 1, to, readerOfTiles(readTileAt(to))));
      expect(() => consistencyProof(from, to, read)).not.toThrow();
    }),
    { numRuns: 25 },
  );
});

function placeOf({ level, index: i }: Pick<Tile, 'level' | 'index'>): string {
  return `${level}/${i}`;
}

test('a tile that is absent or narrower than promised is named, not guessed', () => {
  const outside: Subtree[] = [{ level: 0, index: 5 }];
  expect(codeOf(() => tilesOf(outside, 5))).toBe('tile.missing-hash');
  expect(codeOf(() => readerOfTiles(() => undefined)(0, 0))).toBe('tile.missing-hash');
  const short = encodeTile(leaves.slice(0, 3));
  expect(codeOf(() => readerOfTiles(() => short)(2, 0))).toBe('tile.missing-hash');
  expect(codeOf(() => readerOfTiles(() => short)(1, 0))).toBeUndefined();
});

test('a tile is read back as its hashes and no other length is', () => {
  const hashes = leaves.slice(0, 7);
  expect(parseTile(encodeTile(hashes), 7)).toEqual(hashes);
  expect(codeOf(() => parseTile(encodeTile(hashes), 6))).toBe('tile.malformed');
  expect(codeOf(() => parseTile(encodeTile(hashes), 8))).toBe('tile.malformed');
  expect(codeOf(() => parseTile(encodeTile(hashes).subarray(1), 7))).toBe('tile.malformed');
  expect(codeOf(() => parseTile(new Uint8Array(0), 0))).toBe('tile.malformed');
  expect(codeOf(() => encodeTile([]))).toBe('tile.malformed');
  expect(codeOf(() => encodeTile(leaves.slice(0, 257)))).toBe('tile.malformed');
  expect(codeOf(() => encodeTile([new Uint8Array(31)]))).toBe('tile.malformed');
});

const entries = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 20 });

test('an entry bundle is read back as its entries', () => {
  fc.assert(
    fc.property(entries, (list) => {
      expect(parseEntryBundle(encodeEntryBundle(list), list.length)).toEqual(list);
    }),
  );
});

test('a bundle cut or lengthened anywhere is refused', () => {
  fc.assert(
    fc.property(entries, fc.nat(), (list, seed) => {
      const bundle = encodeEntryBundle(list);
      const cut = bundle.subarray(0, seed % bundle.length);
      expect(codeOf(() => parseEntryBundle(cut, list.length))).toBe('tile.malformed-bundle');
      const longer = Uint8Array.of(...bundle, 0);
      expect(codeOf(() => parseEntryBundle(longer, list.length))).toBe('tile.malformed-bundle');
    }),
  );
});

test('no bytes whatever make a bundle that is not written the same way', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: -1, max: 12 }), (bytes, w) => {
      try {
        expect(encodeEntryBundle(parseEntryBundle(bytes, w))).toEqual(bytes);
      } catch (error) {
        expect(isCodedError(error) && error.code).toBe('tile.malformed-bundle');
      }
    }),
  );
});

test('an entry whose length does not fit in two bytes is refused', () => {
  expect(encodeEntryBundle([new Uint8Array(65_535)]).length).toBe(65_537);
  expect(codeOf(() => encodeEntryBundle([new Uint8Array(65_536)]))).toBe('tile.malformed-bundle');
  expect(codeOf(() => encodeEntryBundle([]))).toBe('tile.malformed-bundle');
  expect(codeOf(() => encodeEntryBundle(leaves.slice(0, 257)))).toBe('tile.malformed-bundle');
});
