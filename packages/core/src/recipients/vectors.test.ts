import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isCodedError } from '../errors.ts';
import { UINT128_MAX } from '../merkle/words.ts';
import { createListReader } from './list-reader.ts';
import { parseListedAmount, type Units } from './listed-amount.ts';
import type { Cell } from './row-cells.ts';

type Vector = { name: string; kind: string; input: unknown; expect: Record<string, unknown>; origin: string };
type Driver = (input: unknown) => Record<string, unknown>;

/** A vector is what its kind says it is: a wrong shape fails in the comparison. */
function driver<Input>(run: (input: Input) => Record<string, unknown>): Driver {
  return (input) => run(input as Input);
}

const DRIVERS: Record<string, Driver> = {
  'list.amount': driver<{ text: string; decimals: number }>(({ text, decimals }) => {
    const format = { units: 'token', decimals, max: UINT128_MAX, form: 'lenient', zero: 'refused' } as const;
    try {
      return { amount: `${parseListedAmount(text, format)}` };
    } catch (error) {
      if (!isCodedError(error)) throw error;
      return { code: error.code };
    }
  }),
  'list.rows': driver<{ units: Units; decimals: number; rows: Cell[][] }>(({ units, decimals, rows }) => {
    const reader = createListReader({ units, decimals });
    for (const row of rows) if (!reader.isOver()) reader.read(row);
    const { format, count, total, faults } = reader.end();
    return faults.length === 0 ? { format, count, total: `${total}`, faults } : { faults };
  }),
};

const FOLDER = new URL('../../../../spec/vectors/recipients/', import.meta.url);

describe.each(
  ['valid/', 'invalid/'].flatMap((folder) =>
    readdirSync(new URL(folder, FOLDER)).map((file) => [
      `spec/vectors/recipients/${folder}${file}`,
      JSON.parse(readFileSync(new URL(`${folder}${file}`, FOLDER), 'utf8')) as Vector[],
    ]),
  ) as [string, Vector[]][],
)('%s', (_file, vectors) => {
  test.each(vectors)('$name', ({ kind, input, expect: expected, origin }) => {
    expect(origin).not.toBe('');
    expect(DRIVERS[kind]?.(input)).toEqual(expected);
  });
});
