import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeLawDocument } from './law-document.ts';
import { LAWS, readLaws } from './laws.ts';
import { MUTANTS } from './mutant-bank.ts';
import type { ORACLES } from './oracles.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../../docs/reference/laws.md'), 'utf8');

describe('the laws', () => {
  test('are those of the reference, each once', () => {
    const ids = LAWS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const asked = [...numbered('I', 7), ...numbered('L', 6), ...numbered('F', 5), ...numbered('G', 6)];
    expect(ids).toEqual(expect.arrayContaining(asked));
  });

  test.each(LAWS)('$id is watched, and something proves that it is', ({ oracles }) => {
    expect(oracles.length).toBeGreaterThan(0);
    // Whoever notices such a wrong version watches this law, whichever of its oracles it is.
    const proofs = MUTANTS.filter(({ noticedBy }) => noticedBy.every((oracle) => oracles.includes(oracle)));
    expect(proofs.map(({ name }) => name)).not.toEqual([]);
  });

  test('are on their page as they are in the code', () => {
    expect(page).toBe(encodeLawDocument());
  });
});

test('an oracle that saw nothing to judge was not met, and a law is met by any of its oracles', () => {
  const [first] = LAWS;
  const [one = 'no-open-handoff', other = 'no-open-handoff'] = first?.oracles ?? [];
  const read = (checked: Partial<Record<(typeof ORACLES)[number], number>>[]) =>
    readLaws(checked.map((each) => ({ checked: each })))[0];
  expect(read([{ [one]: 2 }, { [one]: 3 }])).toMatchObject({
    id: first?.id,
    isMet: true,
    oracles: [
      { name: one, judged: 5 },
      { name: other, judged: 0 },
    ],
  });
  expect(read([{}, { 'no-open-handoff': 7 }])).toMatchObject({ isMet: false });
});

function numbered(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);
}
