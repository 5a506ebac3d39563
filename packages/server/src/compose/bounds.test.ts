import { fileURLToPath } from 'node:url';
import { ADMISSION_CLASSES, DEFAULT_ADMISSION_TERMS } from '@holdfast/core';
import { describe, expect, it, test } from 'vitest';
import { encodeBoundsPage } from '../../test/bounds-page.ts';
import { DEFAULT_DOOR_BOUNDS } from '../http/admission/door.ts';
import {
  admissionTermsOf,
  BOUND_NAMES,
  BOUNDS,
  type Bound,
  DEFAULT_BOUNDS,
  doorBoundsOf,
  parseBounds,
  setBounds,
} from './bounds.ts';

const read = (given: unknown, isEmbedded = false) => parseBounds(given, { isEmbedded });
const refusalOf = (given: unknown, isEmbedded = false) => {
  try {
    read(given, isEmbedded);
  } catch (error) {
    return error as { code: string; message: string; details: Record<string, unknown> };
  }
  throw new Error('this was taken');
};

describe('the bounds of a process', () => {
  it('are by default what the code says', () => {
    expect(read({})).toEqual(DEFAULT_BOUNDS);
    expect(admissionTermsOf({})).toEqual(DEFAULT_ADMISSION_TERMS);
    expect(DEFAULT_DOOR_BOUNDS).toMatchObject(doorBoundsOf({}));
    expect(setBounds(DEFAULT_BOUNDS)).toEqual({});
  });

  it.each(BOUND_NAMES)('%s is taken from its least to its most, and refused beyond, by name', (name) => {
    const { default: usual, least, most }: Bound = BOUNDS[name];
    expect(least).toBeLessThanOrEqual(usual);
    expect(usual).toBeLessThanOrEqual(most);
    // The one that has to fit beside another is taken with it.
    const beside = name === 'verifier.waiting' ? { 'verifier.underWay': 50_000 } : {};
    const alone = name === 'verifier.underWay' ? { 'verifier.waiting': 8 } : beside;
    for (const value of [least, most]) expect(read({ ...alone, [name]: value })[name]).toBe(value);
    for (const value of [least - 1, most + 1, usual + 0.5, String(usual), null]) {
      expect(refusalOf({ [name]: value })).toMatchObject({ code: 'usage.bounds', details: { name, least, most } });
    }
  });

  it('that do not exist are named', () => {
    expect(refusalOf({ 'database.conections': 20 }).message).toContain('database.conections');
    expect(refusalOf({ ['__proto__x'.repeat(30)]: 1 }).message.length).toBeLessThan(160);
  });

  it('that would not fit together are refused: connections into an embedded database, waiting beside under way', () => {
    expect(refusalOf({ 'database.connections': 11 }, true).details).toMatchObject({ most: 10 });
    expect(read({ 'database.connections': 11 })['database.connections']).toBe(11);
    const both = { 'verifier.waiting': 100, 'verifier.underWay': 64 };
    expect(refusalOf(both).details).toMatchObject({ name: 'verifier.waiting', most: 64 });
  });

  it('of each class go to the door, and what is late keeps its share of the wait', () => {
    const bounds = read({
      'admission.apply.waitMs': 5_000,
      'admission.apply.waiting': 999,
      'admission.running': 1_000,
    });
    const { total, classes } = admissionTermsOf({ bounds });
    const usual = DEFAULT_ADMISSION_TERMS.classes;
    expect(total).toBe(1_000);
    expect(classes.apply).toEqual({ ...usual.apply, patienceMs: 5_000, lateMs: 1_000, maxQueued: 999 });
    for (const name of ADMISSION_CLASSES) if (name !== 'apply') expect(classes[name]).toEqual(usual[name]);
    expect(setBounds(bounds)).toEqual({
      'admission.apply.waitMs': 5_000,
      'admission.apply.waiting': 999,
      'admission.running': 1_000,
    });
  });
});

test('the page of bounds says what the code says', async () => {
  const page = fileURLToPath(new URL('../../../../docs/reference/bounds.md', import.meta.url));
  await expect(encodeBoundsPage()).toMatchFileSnapshot(page);
});
