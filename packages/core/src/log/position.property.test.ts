import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../encoding/json.ts';
import { encodeBase64url, encodeUtf8 } from '../encoding/text.ts';
import { isCodedError } from '../errors.ts';
import {
  encodePositions,
  type JoinedPositions,
  joinPositions,
  MAX_POSITION_HEADER_LENGTH,
  type Position,
  parsePosition,
  parsePositionArray,
  parsePositions,
} from './position.ts';
import { leafHash } from './tree.ts';

const ROOTS = ['x', 'y', 'z'].map((text) => encodeBase64url(leafHash(encodeUtf8(text))));

/** Few logs, sizes, roots and times, so that positions meet and contradict each other often. */
const meeting: fc.Arbitrary<Position> = fc.record({
  log: fc.constantFrom('log.example/a', 'log.example/b'),
  size: fc.integer({ min: 1, max: 4 }),
  root: fc.constantFrom(...ROOTS),
  time: fc.nat({ max: 2 }),
});
/** As an honest log states them: one root for each size. */
const honest = meeting.map((position) => ({ ...position, root: ROOTS[position.size % 3] ?? '' }));
const lists = (position: fc.Arbitrary<Position>) => fc.array(fc.array(position, { maxLength: 4 }), { maxLength: 4 });

function positionsOf(joined: JoinedPositions): readonly Position[] {
  if ('suspect' in joined) throw new Error('a suspicion among positions of an honest log');
  return joined.positions;
}

test('joining does not depend on the order of lists or of what is in them', () => {
  fc.assert(
    fc.property(lists(meeting), fc.infiniteStream(fc.nat()), (all, order) => {
      const shuffled = all
        .flat()
        .map((position) => ({ position, at: order.next().value }))
        .sort((a, b) => a.at - b.at)
        .map(({ position }) => position);
      expect(joinPositions(shuffled)).toEqual(joinPositions(...all));
      expect(joinPositions(...[...all].reverse())).toEqual(joinPositions(...all));
    }),
  );
});

test('joining twice changes nothing', () => {
  fc.assert(
    fc.property(lists(meeting), (all) => {
      const once = joinPositions(...all);
      expect(joinPositions(...all, ...all)).toEqual(once);
      if ('positions' in once) expect(joinPositions(once.positions, once.positions)).toEqual(once);
      if ('positions' in once) expect(joinPositions(...all, once.positions)).toEqual(once);
    }),
  );
});

test('positions of honest logs join in any grouping', () => {
  const list = fc.array(honest, { maxLength: 4 });
  fc.assert(
    fc.property(list, list, list, (a, b, c) => {
      const left = joinPositions(positionsOf(joinPositions(a, b)), c);
      const right = joinPositions(a, positionsOf(joinPositions(b, c)));
      expect(left).toEqual(right);
      expect(left).toEqual(joinPositions(a, b, c));
    }),
  );
});

test('a join covers everything that went in, with each log once and sorted', () => {
  fc.assert(
    fc.property(lists(honest), (all) => {
      const joined = positionsOf(joinPositions(...all));
      expect(parsePositionArray([...joined])).toEqual(joined);
      for (const position of all.flat()) {
        const held = joined.find(({ log }) => log === position.log);
        expect(held?.size).toBeGreaterThanOrEqual(position.size);
        if (held?.size === position.size) expect(held.time).toBeLessThanOrEqual(position.time);
        expect(all.flat()).toContainEqual(held);
      }
    }),
  );
});

test('two roots for one size are always a suspicion and one root never is', () => {
  fc.assert(
    fc.property(lists(meeting), (all) => {
      const roots = new Map<string, Set<string>>();
      for (const { log, size, root } of all.flat()) {
        const place = `${log} ${size}`;
        roots.set(place, (roots.get(place) ?? new Set()).add(root));
      }
      const forked = [...roots].filter(([, stated]) => stated.size > 1);
      const joined = joinPositions(...all);
      expect('suspect' in joined).toBe(forked.length > 0);
      if (!('suspect' in joined)) return;
      const { suspect } = joined;
      expect([...(roots.get(`${suspect.log} ${suspect.size}`) ?? [])].sort()).toEqual(suspect.roots);
      const first = forked.map(([place]) => place).sort()[0];
      expect(`${suspect.log} ${suspect.size}`).toBe(first);
    }),
  );
});

test('a header is read back as the sorted positions it was written from', () => {
  const log = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text));
  const position = fc.record({
    log,
    size: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    root: fc.constantFrom(...ROOTS),
    time: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  });
  fc.assert(
    fc.property(fc.uniqueArray(position, { selector: ({ log: name }) => name, maxLength: 16 }), (positions) => {
      const header = encodePositions(positions);
      const read = parsePositions(header);
      expect(new Set(read)).toEqual(new Set(positions));
      expect(encodePositions(read)).toBe(header);
      expect(header).toMatch(/^[A-Za-z0-9_-]+$/);
    }),
  );
});

test('the longest positions that may be sent fit in the header', () => {
  const positions = Array.from({ length: 16 }, (_, i) => ({
    log: `${'"'.repeat(253)}${String(i).padStart(2, '0')}`,
    size: Number.MAX_SAFE_INTEGER,
    root: ROOTS[0] ?? '',
    time: Number.MAX_SAFE_INTEGER,
  }));
  const header = encodePositions(positions);
  expect(header.length).toBeLessThanOrEqual(MAX_POSITION_HEADER_LENGTH);
  expect(parsePositions(header)).toHaveLength(16);
});

test('whatever the header says, the answer is positions or a code', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map((text) => encodeBase64url(encodeUtf8(text))),
      ),
      (header) => {
        try {
          expect(parsePositions(header)).toBeInstanceOf(Array);
        } catch (error) {
          expect(isCodedError(error) && error.code).toMatch(/^position\./);
        }
      },
    ),
  );
});

test('what cannot be read is not written either', () => {
  const [a, b] = ['a', 'b'].map((log) => ({ log, size: 1, root: ROOTS[0] ?? '', time: 0 }));
  if (a === undefined || b === undefined) throw new Error('two positions');
  const refused = (positions: Position[], code: string) =>
    expect(() => encodePositions(positions)).toThrowError(expect.objectContaining({ code }));
  refused([a, a], 'position.duplicate-log');
  refused([{ ...a, size: 0 }], 'position.malformed');
  refused([{ ...a, root: 'short' }], 'position.malformed');
  refused(
    Array.from({ length: 17 }, (_, i) => ({ ...a, log: `log${i}` })),
    'position.too-many',
  );
  expect(() => parsePositionArray([b, a])).toThrowError(expect.objectContaining({ code: 'position.unsorted' }));
});

test('members a later version may add are dropped', () => {
  const position = { log: 'log.example', size: 3, root: ROOTS[1] ?? '', time: 5 };
  expect(parsePosition({ ...position, colour: 'red' })).toEqual(position);
  expect(canonicalJson(parsePosition({ ...position, colour: 'red' }))).toBe(canonicalJson(position));
});
