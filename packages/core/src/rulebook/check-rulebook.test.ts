import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { changedRulebook } from '../../test/changed-rulebook.ts';
import { longestCaseOf } from './case-course.ts';
import { CASE_SUBJECTS, REMEDIES } from './case-rules.ts';
import { checkRulebook } from './check-rulebook.ts';
import { FINDING_SEVERITIES } from './finding.ts';
import { rulebookSchema } from './rulebook.ts';

type Vector = { name: string; of: string; changes: Readonly<Record<string, unknown>> };
type Invalid = Vector & { errors: readonly string[] };
type Valid = Vector & { warnings: readonly string[]; ignore?: readonly string[]; longestDays?: number };

const DAY_MS = 86_400_000;
const read = <Each>(file: string): readonly Each[] => {
  const url = new URL(`../../../../spec/vectors/rulebook/${file}`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { vectors: readonly Each[] }).vectors;
};
const INVALID = read<Invalid>('invalid/findings.json');
const VALID = read<Valid>('valid/findings.json');

const rulebookOf = ({ of, changes }: Vector) => rulebookSchema.parse(changedRulebook(of, changes));
const told = (vector: Vector, severity: 'error' | 'warning', ignore: readonly string[] = []) => {
  const found = checkRulebook(rulebookOf(vector)).filter((each) => each.severity === severity);
  return [...new Set(found.map(({ code, path }) => `${code} ${path}`))].filter(
    (each) => !ignore.some((code) => each.startsWith(`${code} `)),
  );
};
const sorted = (names: readonly string[]) => [...new Set(names)].sort();

describe('a check of a rulebook', () => {
  test.each(INVALID)('finds $name', (vector) => {
    expect(told(vector, 'error').sort()).toEqual(sorted(vector.errors));
  });

  test.each(VALID)('finds no error in $name', (vector) => {
    expect(told(vector, 'error')).toEqual([]);
    const { ignore = [], warnings } = vector;
    const expected = warnings.filter((each) => !ignore.some((code) => each.startsWith(`${code} `)));
    expect(told(vector, 'warning', ignore).sort()).toEqual(sorted(expected));
    const { cases } = rulebookOf(vector);
    const longest = cases === undefined ? undefined : longestCaseOf(cases);
    expect(longest === undefined ? undefined : longest.ms / DAY_MS).toBe(vector.longestDays);
  });

  test('has a vector for everything that it can find', () => {
    const shown = new Set([...INVALID.flatMap(({ errors }) => errors), ...VALID.flatMap(({ warnings }) => warnings)]);
    const codes = new Set([...shown].map((each) => each.split(' ')[0]));
    expect(Object.keys(FINDING_SEVERITIES).filter((code) => !codes.has(code))).toEqual([]);
  });

  test('looks through the largest rulebook there can be in bearable time', () => {
    const { cases, ...rest } = rulebookOf({ name: '', of: 'consortium', changes: {} });
    const [track] = cases?.tracks ?? [];
    if (cases === undefined || track === undefined) throw new Error('a consortium has cases');
    const tracks = Array.from({ length: 8 }, (_, i) => ({ ...track, id: `track-${i}` }));
    const reasons = Array.from({ length: 64 }, (_, i) => ({
      class: `reason-${i}`,
      subjects: [...CASE_SUBJECTS],
      remedies: [...REMEDIES],
      track: `track-${i % 8}`,
      deadlineMs: DAY_MS,
    }));
    const { contradiction: _, manual, ...others } = cases;
    const { class: _class, payments: _payments, ...bounds } = manual;
    const largest = rulebookSchema.parse({ ...rest, cases: { ...others, manual: bounds, tracks, reasons } });
    expect(checkRulebook(largest).length).toBeGreaterThan(64);
  });

  test('names who is out when nobody is left', () => {
    const vector = INVALID.find(({ name }) => name.startsWith('reviewers who have all'));
    if (vector === undefined) throw new Error('the vector is there');
    const sentences = checkRulebook(rulebookOf(vector)).map(({ sentence }) => sentence);
    expect(sentences).toContain(
      'wrongly-revoked of anybody: nobody is left to review it once officer-a and officer-b and officer-c had a part in what it is about.',
    );
  });

  test('tells the longest course stage by stage, with whoever owns it meanwhile', () => {
    const { cases } = rulebookOf({ name: '', of: 'consortium', changes: {} });
    if (cases === undefined) throw new Error('a consortium has cases');
    const longest = longestCaseOf(cases);
    expect(longest?.stages.map(({ stage, owner, ms }) => `${stage} ${owner.join(' ')} ${ms / DAY_MS}`)).toEqual([
      'filed registrar 1',
      'triaged steward 1',
      // The steward looks at it at the last moment: the authority has its time all the same.
      'triaged registrar 1',
      'answer respondent 24',
      'review reviewer 7',
      'review reviewer 7',
      'decided registrar 10',
      'appeal reviewer 14',
    ]);
  });
});
