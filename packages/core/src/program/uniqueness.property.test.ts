import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256Base64url } from '../encoding/bytes.ts';
import { admit, createNullifiers, isKeyCommitted, nullifierKeyDigest, readPersonClaim } from './uniqueness.ts';

const KEY = new Uint8Array(32).fill(7);
const PROGRAM = { uniqueness: { claim: ['resident_id'], issuers: ['civic'], key: nullifierKeyDigest(KEY) } };
const nullifierOf = createNullifiers(PROGRAM, 'program', KEY);

const candidates = fc
  .array(fc.record({ n: fc.nat({ max: 60 }), person: fc.nat({ max: 12 }) }), { maxLength: 40 })
  // One application is of one person.
  .map((all) => [...new Map(all.map((one) => [one.n, one])).values()])
  .map((all) => all.map(({ n, person }) => ({ application: sha256Base64url(`${n}`), nullifier: `${person}` })));

describe('one application counts for each person', () => {
  test('in a sealed program the same one, whoever came first and whoever was sent twice', () => {
    fc.assert(
      fc.property(
        candidates.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }), fc.shuffledSubarray(all)),
        ),
        ([one, other, again]) => {
          const admission = admit(one, 'sealed');
          expect(admit([...other, ...again], 'sealed')).toEqual(admission);
          expect(new Set(admission.admitted.map(({ nullifier }) => nullifier)).size).toBe(admission.admitted.length);
          expect(admission.admitted.length + admission.refused.length).toBe(one.length);
          for (const { candidate, code } of admission.refused) {
            const winner = admission.admitted.find(({ nullifier }) => nullifier === candidate.nullifier);
            expect(code).toBe('application.duplicate_person');
            expect((winner?.application ?? '~') < candidate.application).toBe(true);
          }
        },
      ),
    );
  });

  test('in an instant program the first', () => {
    const ofOne = ['b', 'a'].map((application) => ({ application, nullifier: 'same' }));
    expect(admit(ofOne, 'instant').admitted.map(({ application }) => application)).toEqual(['b']);
    expect(admit(ofOne, 'sealed').admitted.map(({ application }) => application)).toEqual(['a']);
  });
});

describe('a nullifier', () => {
  test('is of one value, one claim, one program and one key', () => {
    const other = { uniqueness: { ...PROGRAM.uniqueness, claim: ['person', 'id'] } };
    const key = new Uint8Array(32).fill(8);
    const rekeyed = { uniqueness: { ...PROGRAM.uniqueness, key: nullifierKeyDigest(key) } };
    const made = [
      nullifierOf('R-1'),
      nullifierOf('r-1'),
      nullifierOf('1'),
      nullifierOf(1),
      nullifierOf(true),
      nullifierOf('true'),
      createNullifiers(PROGRAM, 'another', KEY)('R-1'),
      createNullifiers(other, 'program', KEY)('R-1'),
      createNullifiers(rekeyed, 'program', key)('R-1'),
    ];
    expect(new Set(made).size).toBe(made.length);
    expect(nullifierOf('R-1')).toBe(made[0]);
  });

  test('is made only under the key that the program carries the digest of', () => {
    expect(isKeyCommitted(PROGRAM, KEY)).toBe(true);
    expect(isKeyCommitted(PROGRAM, new Uint8Array(32))).toBe(false);
    const short = new Uint8Array(16);
    expect(isKeyCommitted({ uniqueness: { ...PROGRAM.uniqueness, key: nullifierKeyDigest(short) } }, short)).toBe(
      false,
    );
    expect(() => createNullifiers(PROGRAM, 'program', short)).toThrow(
      expect.objectContaining({ code: 'program.nullifier-key' }),
    );
  });
});

describe('the claim that stands for a person', () => {
  const read = (value: unknown, path = ['id']) => readPersonClaim({ id: value as never }, path);

  test.each([
    ['composed and decomposed letters alike', 'Jose\u0301', 'Jos\u00e9'],
    ['a whole number', 4711, 4711],
    ['zero without its sign', -0, 0],
    ['a boolean', false, false],
    ['capitals as they are', 'R-1', 'R-1'],
    ['spaces as they are', ' R-1', ' R-1'],
  ])('is %s', (_name, value, expected) => {
    expect(read(value)).toEqual({ ok: true, value: expected });
  });

  test.each([
    ['absent', undefined],
    ['null', null],
    ['empty', ''],
  ])('is missing when %s', (_name, value) => {
    expect(read(value)).toEqual({ ok: false, code: 'application.person_missing' });
  });

  test.each([
    ['a fraction', 1.5],
    ['a number beyond exactness', 2 ** 53],
    ['an object', { id: 'R-1' }],
    ['a list', ['R-1']],
  ])('is unreadable as %s', (_name, value) => {
    expect(read(value)).toEqual({ ok: false, code: 'application.person_unreadable' });
  });

  test('is found by its path, and nowhere else', () => {
    expect(readPersonClaim({ person: { id: 'R-1' } }, ['person', 'id'])).toEqual({ ok: true, value: 'R-1' });
    for (const path of [['person', 'name'], ['id'], ['person', 'id', 'length'], ['constructor', 'name']]) {
      expect(readPersonClaim({ person: { id: 'R-1' } }, path)).toMatchObject({ code: 'application.person_missing' });
    }
  });
});
