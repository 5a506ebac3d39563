import { readFileSync } from 'node:fs';
import { isCodedError } from '@holdfast/core';
import { describe, expect, it, test } from 'vitest';
import type { DestinationParser } from './destination-parser.ts';

type Accepted = {
  readonly name: string;
  readonly input: object;
  readonly expect: object;
  readonly warnings?: string[];
};
type Refused = { readonly name: string; readonly input: unknown; readonly expect: { readonly code: string } };

function vectors<Vector>(file: string): readonly Vector[] {
  const url = new URL(`../../../../spec/vectors/destination/${file}`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as Vector[];
}

/** Every parser of destinations runs this suite. */
export function describeDestinationParser(name: string, create: () => DestinationParser): void {
  describe(name, () => {
    test.each(vectors<Accepted>('valid/destinations.json'))(
      'reads $name in its canonical spelling as it is',
      ({ input }) => {
        expect(create().parse(input).destination).toEqual(input);
      },
    );

    test.each(vectors<Accepted>('valid/spellings.json'))('reads $name', ({ input, expect: destination, warnings }) => {
      expect(create().parse(input)).toEqual({ destination, warnings: warnings ?? [] });
    });

    test.each(vectors<Refused>('invalid/typed.json'))('refuses $name', ({ input, expect: { code } }) => {
      const error = errorOf(() => create().parse(input));
      expect(error).toMatchObject({ code });
    });

    it('repeats no destination in what it says', () => {
      for (const { input } of vectors<Refused>('invalid/typed.json')) {
        const error = errorOf(() => create().parse(input));
        const said = isCodedError(error)
          ? `${error.message} ${JSON.stringify(error.details)} ${error.cause ?? ''}`
          : '';
        expect(said).not.toBe('');
        for (const text of textsOf(input)) expect(said).not.toContain(text);
      }
    });
  });
}

/** Texts long enough to be somebody's. */
function textsOf(input: unknown): readonly string[] {
  const values = typeof input === 'object' && input !== null ? Object.values(input) : [input];
  return values.filter((value): value is string => typeof value === 'string' && value.length > 8);
}

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
